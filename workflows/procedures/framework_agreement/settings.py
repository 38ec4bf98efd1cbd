"""What the source leaves open about the framework agreement: `[policy.procedures.<name>]`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from workflows.policy import DayOfMonth, Month


class FrameworkSettings(BaseModel):
    """How the round is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    years: Annotated[int, Field(ge=1, le=4)] = 2
    """For how many calendar years an agreement holds: two (S4-R5)."""
    adopted_by: tuple[Month, DayOfMonth] = (10, 15)
    """Month and day by which every council has to have approved, in the year before the agreement
    begins: 15 October, as councils of the region write; S4 itself names no day."""
    reminder_days: tuple[Annotated[int, Field(ge=1, le=365)], ...] = (30, 14, 7, 1)
    """So many days before that the councils that have not answered are reminded. S4 knows no
    reminders; they bind nobody."""
