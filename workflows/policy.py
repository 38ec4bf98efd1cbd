"""The rules that the seeds leave open, each with its default and the reason for it.

This is the table `[policy]` of `sagspost.toml`. Nothing here is law; where a default is a guess,
its docstring says so.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from workflows.calendars import Calendar
from workflows.cooperation import Cooperation
from workflows.notice import NoticePolicy

Assurance = Literal["sealed", "signed", "tunnel"]
Month = Annotated[int, Field(ge=1, le=12)]
DayOfMonth = Annotated[int, Field(ge=1, le=31)]


class Timers(BaseModel):
    """`[policy.timers]`: reminders, not legal deadlines; S0 has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    facility_acceptance_minutes: int = Field(default=15, ge=1)
    """NOTIFIED without the facility's acceptance: a receipt that says so, and an alert."""
    facility_answer_days: int = Field(default=5, ge=1, le=365)
    """ACKNOWLEDGED and untouched, in working days: a reminder to the facility."""
    draft_answer_days: int = Field(default=10, ge=1, le=365)
    """DRAFT_SENT without an answer, in working days: a reminder to the kommune."""
    confirmation_minutes: int = Field(default=60, ge=1)
    """APPROVED and the confirmation undelivered: an alert, because it blocks money (S0-R19)."""
    reminders: int = Field(default=3, ge=1, le=20)
    """So many reminders for one thing; the last one also alerts, and then the gateway is still."""


class Policy(BaseModel):
    """`[policy]`: how this authority reads what the seeds leave open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    approval_by: Literal["both", "acting"] = "both"
    """Who approves when another kommune pays: S0-R17 wants the paying kommune's signer, and the
    acting kommune decides about the citizen, so both; `acting` where the payer has agreed to
    follow."""
    count_first_day: bool = True
    """The day of moving in is paid; both practices that were found agree on that."""
    count_last_day: bool = True
    """The day of moving out is paid ("til og med ophørsdagen"). Practices differ: set it to false
    where the framework agreement says so."""
    notice: NoticePolicy = NoticePolicy(running_month=True, plus_days=30)
    """Notice where the agreement itself says nothing: running month + 30 days. Uncertain: no
    number was found for Midtjylland."""
    settlement_start: Literal["manual", "automatic"] = "manual"
    """S0-R19: the region starts settlement; a person does it unless it is automatic, and
    then right after the confirmation has been delivered."""
    plan_months: int = Field(default=12, ge=1, le=120)
    """How far ahead an agreement without an end is planned."""
    calendar: Literal["DK", "SE"] = "DK"
    """Whose working days count."""
    saturday: bool = False
    """Whether a Saturday is a working day; in administration it is not."""
    closed_days: tuple[tuple[Month, DayOfMonth], ...] = ()
    """Further days off as (month, day), such as (5, 1)."""
    timers: Timers = Timers()
    cooperation: Cooperation = Cooperation()
    """Who takes part in the framework cooperation, and whose its secretariat is."""
    assurance: dict[str, Assurance] = Field(default_factory=dict)
    """Message name to a higher minimum than its own; a lower one has no effect."""
    procedures: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """`[policy.procedures.<name>]`: the settings that one procedure alone has."""

    @property
    def days(self) -> Calendar:
        """The calendar that these settings describe."""
        return Calendar(self.calendar, self.saturday, self.closed_days)
