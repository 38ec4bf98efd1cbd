"""What a case keeps about a running agreement: what is paid for, and what happened on the way.

Everything is added, nothing is edited: a mistake is mended by what is kept later.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from workflows.procedures.payment_agreement.offers import Rate, Supplement
from workflows.settlement import PlanLine


class Kept(BaseModel):
    """What all of it shares."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Stretch(Kept):
    """What is paid from a day on, until the day before the next stretch begins."""

    first: date
    version: int
    """The version whose terms these are."""
    rates: tuple[Rate, ...]
    supplements: tuple[Supplement, ...] = ()
    payer: str | None = None
    """The key of the kommune that pays, after the responsibility has moved to it."""


class Settlement(Kept):
    """Settlement that runs: its plan, and how far the plan reaches."""

    started_at: datetime
    started_by: str
    planned_to: date
    lines: tuple[PlanLine, ...]
    stretches: tuple[Stretch, ...] = ()
    """In order; every paid day lies in exactly one."""
    closed: str | None = None
    """The last closed month, YYYY-MM: its lines never change again."""


class Termination(Kept):
    """Notice that was given, or what took its place, and the end that follows from it."""

    by: str
    received: date
    reason: str
    wanted: date | None
    end: date
    cause: Literal["notice", "move_out", "death"] = "notice"
    notice_end: date | None = None
    """When notice alone would have ended it."""
    left: date | None = None
    """The last day of the stay, or the day of death."""
    relet_from: date | None = None
    """From when the place is let again."""

    @property
    def cut_by_reletting(self) -> bool:
        """Whether the next citizen's first day ended it, so that the day before is paid in full."""
        return self.relet_from is not None and self.end < self.relet_from


class Absence(Kept):
    """Days on which the citizen is away and the place is kept (da: fravær)."""

    first: date
    last: date | None
    told_at: datetime

    def covers(self, first: date, last: date | None) -> bool:
        """Whether it has a day in common with another absence."""
        return first <= (self.last or date.max) and self.first <= (last or date.max)


class Dispute(Kept):
    """A kommune's objection to a line of the plan, and the answer to it."""

    month: str
    line: str
    by: str
    """The role of who objects."""
    reason: str
    at: datetime
    due: datetime
    outcome: Literal["granted", "dismissed"] | None = None
    answer: str | None = None
    amount: Decimal | None = None
    """What the line should have been, where the objection was granted."""


class Remark(Kept):
    """What a caseworker has written down about the case."""

    kind: Literal["phone_note", "misdirected", "correct", "reopen"]
    at: datetime
    by: str
    text: str


class Transfer(Kept):
    """The responsibility that is to move to another kommune, as long as it has not."""

    version: int
    successor: str
    """The key of the new kommune."""
    name: str
    effective: date
    accepted: bool = False


class RateNotice(Kept):
    """Rates that were announced for a year, and whether that was in time."""

    year: int
    announced: date
    last_day: date
    accepted: bool
    rates: tuple[Rate, ...] = ()
