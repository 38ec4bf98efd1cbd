"""What organisations say about their contacts, and what members ask of the directory."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from parsers.identifiers import Cvr, Gln
from workflows.bodies import Body, Line, Text
from workflows.contacts import ContactRole

Address = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$"
    ),
]
"""A secure mailbox (da: sikker mailadresse)."""


class ContactUpdate(Body):
    """A new contact, or a contact that has changed (da: ny eller ændret kontaktperson)."""

    organisation: Cvr | None = None
    """Whose contact it is; nobody registers another's, so it may be left out."""
    unit: Line | None = None
    role: ContactRole
    name: Line
    phone: Line | None = None
    secure_mail: Address | None = None
    ean: Gln | None = None
    """Where electronic invoices go (da: EAN-nummer)."""
    topics: tuple[Line, ...] = Field(default=(), max_length=20)
    valid_from: date | None = None
    valid_to: date | None = None
    certificate_fingerprint: Line | None = None

    @field_validator("valid_to")
    @classmethod
    def _in_order(cls, last: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("valid_from")
        if last and first and last < first:
            raise PydanticCustomError("period", "the last day is before the first")
        return last

    def serves(self, day: date) -> bool:
        """Whether the contact is valid on a day."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)


class ContactConfirmed(Body):
    """The organisation attests that a contact is still right (da: bekræftelse af kontaktperson)."""

    note: Text | None = None


class ContactRetirement(Body):
    """A contact is no contact any more (da: kontaktpersonen udgår)."""

    reason: Text | None = None


class DirectoryExtract(Body):
    """A member asks who the contacts are (da: udtræk af oversigten over kontaktpersoner)."""

    role: ContactRole | None = None
    of: Cvr | None = None
    """Of one organisation alone."""
