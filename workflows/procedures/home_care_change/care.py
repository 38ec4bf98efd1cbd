"""What a case keeps about a change of home care: request, deadlines, answer, orders, settlement."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from workflows.definition import Situation
from workflows.errors import WrongEvent
from workflows.procedures.home_care_change.days import Days, Interval
from workflows.procedures.home_care_change.lines import CareLine, net_days
from workflows.procedures.home_care_change.messages import CareChangeRequest, CareRate
from workflows.procedures.home_care_change.money import Answer, Handled
from workflows.procedures.home_care_change.settings import CareSettings

UNANSWERED: Final = ("SUBMITTED", "ASSESSING", "OVERDUE")
"""States in which the orderer has to answer."""
ANSWERED: Final = ("GRANTED", "OTHER", "DECLINED")
"""States after the answer, until the care record is aligned."""
OPEN: Final = ("INCOMPLETE", *UNANSWERED, *ANSWERED)
PLACE: Final = "care"
"""What cases are filed under: the citizen and the group of services."""


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Order(_Kept):
    """What is ordered, or closed (da: bestilling, afslutning)."""

    kind: Literal["order", "other_order", "existing_closed", "existing_resumes"]
    what: str
    first: date
    last: date | None
    minutes_per_week: int | None = None


class Decision(_Kept):
    """The orderer's answer (da: afgørelse af opgaven), one of exactly three (S1-R15)."""

    answer: Answer
    at: datetime
    handling: date
    """The local day of the answer."""
    by: str
    reason: str | None
    new_task_deadline: date | None
    existing_order: str | None
    orders: tuple[Order, ...]
    rate: CareRate | None
    minutes_per_week: int | None


class Settlement(_Kept):
    """What is paid (da: afregning)."""

    month: str
    """The settlement month at the time of the answer, YYYY-MM."""
    lines: tuple[CareLine, ...]
    runs_on_from: date | None
    """From this day a granted order is settled month by month like any other order."""
    runs_on_to: date | None = None
    """The last such day, where another order has taken its place."""


class Alignment(_Kept):
    """The care record was aligned with what was delivered."""

    what: str
    by: str
    at: datetime


class Adjustment(_Kept):
    """A post-adjustment that was decided (da: efterregulering)."""

    first: date
    last: date
    reason: str
    role: str
    by: str
    second_person: str | None
    at: datetime


class CareCase(_Kept):
    """All of it."""

    request: CareChangeRequest
    reference: str | None
    received_at: datetime
    """When the request came."""
    counted_at: datetime
    """When it counts as received: later where it was completed only after its deadline."""
    request_deadline: date | None = None
    """T1; None while nobody knows when delivery began."""
    exceeded: tuple[date, ...] = ()
    """Days by which the request came too late."""
    due: date | None = None
    """T2; None while the request is incomplete."""
    crosses_cut_off: bool = False
    """The 5th passed without an answer, so another settlement month is concerned."""
    decision: Decision | None = None
    settlement: Settlement | None = None
    suspended: tuple[Interval, ...] = ()
    """Days on which this order is closed because another one is paid."""
    proposed: tuple[Interval, ...] = ()
    """Days lost only because the orderer was late: proposed for post-adjustment."""
    adjustments: tuple[Adjustment, ...] = ()
    alignment: Alignment | None = None
    external_case_ref: str | None = None
    """The case in the authority's own records (da: GO-sag) (S1-R31)."""
    closing_reason: str | None = None

    @property
    def answer(self) -> Decision:
        """The decision. Raises WrongEvent where there is none."""
        if self.decision is None:
            raise WrongEvent("the case has no answer yet")
        return self.decision

    @property
    def settled(self) -> Settlement:
        """The settlement. Raises WrongEvent where there is none."""
        if self.settlement is None:
            raise WrongEvent("the case has no settlement yet")
        return self.settlement

    def settling(self, lines: tuple[CareLine, ...]) -> CareCase:
        """Return the case with other settlement lines."""
        settlement = self.settled.model_copy(update={"lines": lines})
        return self.model_copy(update={"settlement": settlement})


def pays_in(care: CareCase, stretch: Interval) -> bool:
    """Whether a case pays any day of a stretch: by a line, or by an order that runs on."""
    if care.settlement is None:
        return False
    last = stretch.last or date.max
    if any(stretch.first <= day <= last for day in net_days(care.settlement.lines)):
        return True
    runs_on, until = care.settlement.runs_on_from, care.settlement.runs_on_to or date.max
    if runs_on is None:
        return False
    first, last = max(runs_on, stretch.first), min(until, last)
    closed = any(one.first <= first and last <= (one.last or date.max) for one in care.suspended)
    return first <= last and not closed


def effective_date(care: CareCase) -> date:
    """Return the effective date. Raises WrongEvent for an incomplete request."""
    day = care.request.requested_effective_date
    if day is None:
        raise WrongEvent("the request has no effective date yet")
    return day


def handled(situation: Situation, answer: Answer) -> Handled:
    """Return the request with an answer given on the day of the event."""
    care = situation.data(CareCase)
    effective = effective_date(care)
    return Handled(
        answer=answer,
        effective=effective,
        began=care.request.began or effective,
        exceeded=Days(care.exceeded),
        handling=situation.calendar.local_date(situation.event.at),
        settings=situation.settings(CareSettings),
    )


def place_of(request: CareChangeRequest) -> str | None:
    """Return what the case is filed under; None for a citizen without a number."""
    cpr = request.citizen.cpr
    return None if cpr is None else f"{cpr} {request.service}"


def related(situation: Situation) -> tuple[tuple[str, str, CareCase], ...]:
    """Return the other cases of the same citizen and service: number, state, data."""
    return tuple(
        (case.number, case.state, case.data)
        for case in situation.event.related
        if isinstance(case.data, CareCase)
    )
