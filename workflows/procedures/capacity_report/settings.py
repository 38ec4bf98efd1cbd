"""What the source leaves open about the reports: `[policy.procedures.capacity_report]`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ReportSettings(BaseModel):
    """How reports are collected."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reminder_days: tuple[Annotated[int, Field(ge=1, le=365)], ...] = (14, 7, 1)
    """So many days before the collection closes, organisations that are missing are reminded. S4
    knows no reminders; how often reports are called is for the secretariat (yearly, half-yearly and
    quarterly ones are known)."""
