"""What the messages of all procedures are made of: lines, texts, citizens, caseworkers.

Field names are the wire names of docs/protocol.md.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

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

from parsers.identifiers import Cpr

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
"""A text's digest: 64 hex digits, or the first 16 that a person copies from it."""

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

    @property
    def reached(self) -> str:
        """Name, telephone and mail address on one line, as far as they are known."""
        return ", ".join(part for part in (self.name, self.phone, self.email) if part)


class Note(Body):
    """An act that needs no more than, at most, a remark."""

    note: Text | None = None
