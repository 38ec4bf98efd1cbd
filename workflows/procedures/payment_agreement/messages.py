"""What people and systems may say about a payment agreement: one model for each message.

Parsing, JSON Schema and blank forms come from these models. Field names are the wire names of
docs/protocol.md; a name that Python keeps for itself (`from`) is an alias.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from parsers.identifiers import Cpr, LegalBasis, MunicipalityCode

Kind = Literal["both", "payment", "matching"]
Recipient = Literal["acting", "payer", "facility", "authority"]

Line = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]
"""Text on one line."""
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
"""Text as people write it, over several lines."""
Digest = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, pattern=r"^(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{16})$"
    ),
]
"""A draft's digest: 64 hex digits, or the first 16 that a person copies from the draft."""

_STATUTE: Final = re.compile(r"(?:§|\bpar\.|\bart\b|\bartikel\b|\bkap\b).{0,10}?\d", re.IGNORECASE)
_CONSENT: Final = frozenset({"consent", "samtykke", "samtycke"})


def _disclosure(text: str) -> str:
    if text.casefold() in _CONSENT:
        return "consent"
    if not _STATUTE.search(text):
        raise PydanticCustomError("disclosure_basis", "neither consent nor a paragraph of a law")
    return text


DisclosureBasis = Annotated[Line, AfterValidator(_disclosure)]
"""`consent`, or the statute and paragraph that allows disclosure."""


class Body(BaseModel):
    """What all bodies share: nothing unknown comes in, nothing changes afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Guardian(Body):
    """Who speaks for the citizen (da: værge, forældremyndighedsindehaver)."""

    name: Line
    relation: Line | None = None
    phone: Line | None = None
    email: Line | None = None


class Citizen(Body):
    """The citizen (da: borger). Without a CPR number a reason must be given."""

    anonymous: Line | None = None
    """Why there is no CPR number."""
    cpr: Cpr | None = Field(default=None, validate_default=True)
    name: Line
    address: Line | None = None
    protected_address: bool = False
    guardians: tuple[Guardian, ...] = Field(default=(), max_length=10)

    @field_validator("cpr")
    @classmethod
    def _number_or_reason(cls, cpr: Cpr | None, info: ValidationInfo) -> Cpr | None:
        if cpr is None and info.data.get("anonymous", "") is None:
            raise PydanticCustomError("missing", "a CPR number, or a reason why there is none")
        return cpr


class Caseworker(Body):
    """Who answers for the case at the kommune (da: sagsbehandler)."""

    name: Line
    phone: Line | None = None
    email: Line | None = None


class PlacementRequest(Body):
    """A request for a place (da: anmodning), addressed to one facility (S0-R9)."""

    kind: Kind = "both"
    citizen: Citizen
    acting_municipality: MunicipalityCode
    paying_municipality: MunicipalityCode | None = None
    caseworker: Caseworker
    facility: Line
    legal_basis: LegalBasis
    duration: Literal["temporary", "permanent"] | None = None
    requested_start: date
    expected_end: date | None = None
    need: Text
    disclosure_basis: DisclosureBasis
    urgent: bool = False

    @property
    def payer(self) -> MunicipalityCode:
        """Who pays: the acting municipality, unless another is named."""
        return self.paying_municipality or self.acting_municipality


class Dialogue(Body):
    """Free words between the parties (S0-R5); to all others where nobody is named."""

    text: Text
    recipients: tuple[Recipient, ...] = ()


class UnclearReply(Body):
    """Looks like an answer to a draft, and is none: kept as dialogue."""

    text: str


class Unavailable(Body):
    """The place can not be offered (da: plads kan ikke tilbydes). Not an appealable decision."""

    reason: Text


class AgreementApproval(Body):
    """The kommune approves one exact version (S0-R17)."""

    version: int = Field(ge=1)
    digest: Digest
    approver: Line | None = None


class AgreementChangeRequest(Body):
    """The kommune wants the draft changed (da: ændringsønske)."""

    text: Text
    version: int | None = Field(default=None, ge=1)
    digest: Digest | None = None


class AgreementRejection(Body):
    """The kommune does not approve (da: ikke godkendt)."""

    reason: Text
    version: int | None = Field(default=None, ge=1)
    digest: Digest | None = None


class RequestWithdrawal(Body):
    """The kommune takes its request back (da: tilbagetrækning)."""

    reason: Text | None = None


class AgreementTermination(Body):
    """Notice (da: opsigelse), from either side; the end is computed, never earlier than agreed."""

    reason: Text
    end: date | None = None


class Note(Body):
    """An act that needs no more than, at most, a remark."""

    note: Text | None = None


class RegisterApproval(Body):
    """An approval that came by another secure channel, entered by one person, seen by a second."""

    document: Line
    """What the approval can be found as: a file's name, a journal number."""
    channel: Line
    second_person: Line
    approver: Line
    """Who approved, at the kommune."""
    party: Literal["acting", "payer"] = "acting"
    version: int | None = Field(default=None, ge=1)
    """The version that was approved; the latest where none is named."""
