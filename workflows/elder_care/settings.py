"""The settings that all procedures share in which a place is found."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class PlacingSettings(BaseModel):
    """Times that seed 003 does not give: reminders of ours, and the individual's time to answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offer_reminder_days: int | None = Field(default=None, ge=1, le=365)
    """Arbetsdagar without an offer, until whoever has to make one is reminded. None: never."""
    answer_days: int | None = Field(default=None, ge=1, le=60)
    """Vardagar for the individual to answer an offer. None by default: municipalities differ (48
    hours here, two vardagar there), and the guidelines that the seed points to were not at hand."""
    order_reminder_days: int = Field(default=1, ge=1, le=60)
    """Arbetsdagar after a place was found, until the caseworker is reminded to order it."""
