"""`[policy.procedures.service_order]`: what seed 003 leaves open."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from workflows.calendars import Calendar


class OrderSettings(BaseModel):
    """How this authority reads the routine. The seed's own numbers, 3 and 15, are no settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    saturday_is_vardag: bool = False
    """Whether a Saturday counts as a *vardag* (S3-R7). By the dictionary it does; by lag 1930:173
    nobody has to act on one, so it does not. An *arbetsdag* (S3-R24) never is a Saturday."""
    start_confirmation: Literal["later_of_receipt_and_start", "from_receipt"] = (
        "later_of_receipt_and_start"
    )
    """From when the three vardagar of the start's confirmation run. The seed counts both facts from
    the order; but an order may begin later, and nobody can confirm a start ahead of it. So the
    default counts from the later of receipt and the first day; `from_receipt` is the literal
    reading."""
    written_order_reminder_days: int = Field(default=1, ge=1, le=30)
    """An oral order has to be confirmed in writing "snarast" (S3-R3), which is no number: the
    caseworker is reminded after so many arbetsdagar."""
    written_order_escalation_days: int = Field(default=3, ge=1, le=60)
    """And after so many vardagar the unit is told."""
    reminder_days: int = Field(default=3, ge=1, le=60)
    """How many vardagar lie between reminders of what is overdue. A choice of ours."""
    exceeded_time: Literal["bill", "none"] = "bill"
    """Whether time beyond the written order is billed (S3-R5). What the sentence bills exactly is
    uncertain, so such time always stands in lines of its own."""
    exceeded_time_until_day: int = Field(default=10, ge=0, le=28)
    """Exceeded time is billed in the current period only. A month stays the current one until this
    day of the next, because nobody can report its last day before it is over; 0: not longer than
    itself. Uncertain: the seed does not say when a period closes."""
    fee_officer: str | None = None
    """The partner that confirms for providers that are not connected to Paraplysystemet (S3-R19);
    an order can name another."""
    filing_tag: str = "Dokumenthanteraren"
    """Under what plans are filed (S3-R26)."""

    def vardagar(self, calendar: Calendar) -> Calendar:
        """Return the calendar of the word *vardag*."""
        return Calendar(calendar.country, self.saturday_is_vardag, calendar.extra_off)

    @staticmethod
    def arbetsdagar(calendar: Calendar) -> Calendar:
        """Return the calendar of the word *arbetsdag*."""
        return Calendar(calendar.country, False, calendar.extra_off)
