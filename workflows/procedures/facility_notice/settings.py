"""What the source leaves open about notices of facilities: `[policy.procedures.<name>]`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from workflows.procedures.grant_change_notice.settings import Level, Period


class NoticeSettings(BaseModel):
    """How long before a change buyers have to be told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Level = "FIXED_RULE"
    """Whether the period binds (S2-R12): where there is a steering agreement, which Takstgruppen
    writes (S4-R16), it does; else a notice that is short is only warned of."""
    rate_period: Period = Period(running_month=True, days=30)
    """The notice of a changed rate: the running month and 30 days. Uncertain: no number was found
    for Midtjylland (S2-R10)."""
    closure_period: Period = Period(running_month=True, days=30)
    """The notice of a closing facility; uncertain in the same way."""
    objection_days: int = Field(default=10, ge=1, le=120)
    """So many working days buyers have for an objection; the sources name no number."""
