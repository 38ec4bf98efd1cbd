"""`[policy.procedures.delegation_agreement]`: reminders; the source names no deadline."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class DelegationSettings(BaseModel):
    """When the two sides of a delegation hear from us."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    expiry_reminder_days: int = Field(default=30, ge=1, le=365)
    """So many calendar days before its end both are reminded: time enough to make a new one."""
    answer_days: int = Field(default=10, ge=1, le=365)
    """Working days to accept, and after each reminder."""
    reminders: int = Field(default=2, ge=0, le=20)
    """So many reminders for an answer; after the last one a person has to ask."""
