"""`[policy.procedures.contact_directory]`: who takes part, and how often contacts are attested."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ContactSettings(BaseModel):
    """How the directory is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attestation_months: int = Field(default=6, ge=1, le=60)
    """So many months after it was confirmed a contact is asked about again. The source says
    nothing; half a year is short enough for people to remember who has left."""
    answer_days: int = Field(default=10, ge=1, le=365)
    """Working days to answer such a question, and to answer each reminder."""
    reminders: int = Field(default=1, ge=0, le=20)
    """So many reminders; after the last one the contact counts as stale."""
