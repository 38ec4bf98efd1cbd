"""The settings of the coordination alone: `[policy.procedures.coordination]`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class CoordinationSettings(BaseModel):
    """The seed names no deadline; this one only reminds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reminder_days: int = Field(default=10, ge=1, le=365)
    """After so many working days without an answer the residence kommune is reminded. A guess of
    ours: the source gives no number."""
