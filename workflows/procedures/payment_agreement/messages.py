"""What people and systems may say about a payment agreement: one model for each message.

Parsing, JSON Schema and blank forms come from these models. Field names are the wire names of
docs/protocol.md; a name that Python keeps for itself (`from`) is an alias.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from parsers.identifiers import LegalBasis, MunicipalityCode
from workflows.bodies import Body, Caseworker, Citizen, Digest, DisclosureBasis, Line, Text
from workflows.procedures.payment_agreement.settings import Region

Kind = Literal["both", "payment", "matching"]


class PlacementRequest(Body):
    """A request for a place (da: anmodning), addressed to one facility (S0-R9)."""

    kind: Kind = "both"
    citizen: Citizen
    acting_municipality: MunicipalityCode
    paying_municipality: MunicipalityCode | None = None
    payer_reference: Line | None = None
    """The agreement or decision by which another kommune pays (S4-R2): an exception."""
    location_municipality: MunicipalityCode | None = None
    """Where the facility lies (da: beliggenhedskommune), where that is no party already (S2-R1)."""
    residence_municipality: MunicipalityCode | None = None
    """Where the citizen lives (da: bopælskommune), for other laws than these (S2-R2)."""
    covered_by_framework: bool | None = None
    """Whether the framework agreement covers the facility (S2-R8); the process is the same."""
    framework_region: Region | None = None
    """Whose framework agreement: its annual notice date holds."""
    caseworker: Caseworker
    facility: Line
    legal_basis: LegalBasis
    duration: Literal["temporary", "permanent"] | None = None
    requested_start: date
    expected_end: date | None = None
    need: Text
    disclosure_basis: DisclosureBasis
    urgent: bool = False

    @field_validator("expected_end")
    @classmethod
    def _in_order(cls, end: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("requested_start")
        if end and start and end < start:
            raise PydanticCustomError("period", "the end is before the start")
        return end

    @property
    def payer(self) -> MunicipalityCode:
        """Who pays: the acting municipality, unless another is named."""
        return self.paying_municipality or self.acting_municipality


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


class RegisterApproval(Body):
    """An approval that came by another secure channel, entered by one person, seen by a second."""

    document: Line
    """What the approval can be found as: a file's name, a journal number."""
    channel: Line
    second_person: Line
    approver: Line
    """Who approved, at the kommune."""
    party: Literal["acting", "payer"] = "acting"
    """For whom; of a transfer it is always the new kommune."""
    version: int | None = Field(default=None, ge=1)
    """The version that was approved; the latest where none is named."""
