"""The orderer's answer: exactly three, each by a caseworker, with orders that name their days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect, MakeDocument, TellCase
from workflows.events import INBOX
from workflows.letters import letter
from workflows.procedures.home_care_change import deadlines as d
from workflows.procedures.home_care_change import guards as g
from workflows.procedures.home_care_change.care import (
    UNANSWERED,
    CareCase,
    Decision,
    Order,
    Settlement,
    handled,
    pays_in,
    related,
)
from workflows.procedures.home_care_change.days import DAY, Days, Interval, between, intervals
from workflows.procedures.home_care_change.lines import lines_of, total
from workflows.procedures.home_care_change.mails import (
    days_in_words,
    orders_in_words,
    stretches_in_words,
    words,
)
from workflows.procedures.home_care_change.messages import (
    Answered,
    Decline,
    Grant,
    OtherIntervention,
)
from workflows.procedures.home_care_change.money import (
    Handled,
    closed_days,
    lost_by_the_orderer,
    order_of,
    other_starts,
    paid_days,
    settlement_month,
)

DOCUMENT: Final = "orders.json"
_STATES: Final = {"granted": "GRANTED", "other_intervention": "OTHER", "declined": "DECLINED"}


@dataclass(frozen=True, slots=True)
class _Reckoned:
    """An answer with everything that follows from it."""

    told: Handled
    paid: Days
    not_agreed: Days
    """Ordered days that are lost because the request was late and is not agreed to."""
    unpaid: Days
    """Ordered days that are not paid for another reason: the settlement month, or the decline."""
    closed: tuple[Interval, ...]
    """When the existing order is closed."""
    lost: Days
    """Days lost only because the orderer was late."""


def _open(situation: Situation) -> Outcome:
    return Outcome(situation.data(CareCase))


def _reckon(told: Handled, due: date) -> _Reckoned:
    order, paid = order_of(told), paid_days(told)
    ordered = between(order.first, told.handling) if order else Days()
    not_agreed = Days() if told.agreed else (ordered & told.exceeded) - paid
    closed = closed_days(told)
    return _Reckoned(
        told=told,
        paid=paid,
        not_agreed=not_agreed,
        unpaid=ordered - paid - not_agreed,
        closed=_runs_on(intervals(closed), told) if closed or told.agreed else (),
        lost=lost_by_the_orderer(told, due),
    )


def _runs_on(closed: tuple[Interval, ...], told: Handled) -> tuple[Interval, ...]:
    """After a grant the new order takes the existing one's place until further notice."""
    if not told.agreed or told.settings.close_existing == "on_decline":
        return closed
    first = max(told.effective, told.handling + DAY)
    if closed and closed[-1].last == first - DAY:
        return (*closed[:-1], Interval(first=closed[-1].first, last=None))
    return (*closed, Interval(first=first, last=None))


def _orders(care: CareCase, found: _Reckoned, body: Grant | Answered) -> tuple[Order, ...]:
    request, order = care.request, order_of(found.told)
    orders: list[Order] = []
    if order is not None:
        minutes = request.minutes_after if body.minutes_per_week is None else body.minutes_per_week
        orders.append(
            Order(
                kind="order",
                what=request.service,
                first=order.first,
                last=order.last,
                minutes_per_week=minutes,
            )
        )
    if isinstance(body, OtherIntervention):
        orders.append(
            Order(
                kind="other_order",
                what=body.intervention,
                first=other_starts(found.told.handling),
                last=None,
                minutes_per_week=body.other_minutes_per_week,
            )
        )
    return (*orders, *_existing(care, found, body))


def _existing(care: CareCase, found: _Reckoned, body: Grant | Answered) -> list[Order]:
    """Close the existing order for exactly the days that the other one is paid (S1-R29)."""
    existing = body.existing_order or care.request.order_reference
    if existing is None:
        return []
    orders = [
        Order(kind="existing_closed", what=existing, first=one.first, last=one.last)
        for one in found.closed
    ]
    if isinstance(body, Decline) and found.closed:
        first = other_starts(found.told.handling)
        orders.append(Order(kind="existing_resumes", what=existing, first=first, last=None))
    return orders


def _answer(situation: Situation, answer: Any, body: Grant | Answered) -> Outcome:
    care = situation.data(CareCase)
    assert care.due is not None
    found = _reckon(handled(situation, answer), care.due)
    decision = _decision(situation, care, found, body)
    care = care.model_copy(
        update={
            "decision": decision,
            "settlement": _settlement(found, decision),
            "proposed": intervals(found.lost),
        }
    )
    effects: list[Effect] = [*d.clear(*d.BEFORE_ANSWER), _document(situation, care)]
    effects += [_told(situation, care, found), _task(situation, care)]
    effects += [d.watch_alignment(situation)]
    if decision.new_task_deadline is not None:
        effects.append(d.watch_task(situation, decision.new_task_deadline))
    if found.lost:
        effects.append(_proposal(situation, found))
    return Outcome(care, (*effects, *_suspend_others(situation, found)))


def _decision(
    situation: Situation, care: CareCase, found: _Reckoned, body: Grant | Answered
) -> Decision:
    asked = care.request.minutes_after
    return Decision(
        answer=found.told.answer,
        at=situation.event.at,
        handling=found.told.handling,
        by=situation.event.actor.person or situation.event.actor.name,
        reason=body.reason if isinstance(body, Answered) else body.note,
        new_task_deadline=body.new_task_deadline if isinstance(body, Answered) else None,
        existing_order=body.existing_order or care.request.order_reference,
        orders=_orders(care, found, body),
        rate=body.rate,
        minutes_per_week=asked if body.minutes_per_week is None else body.minutes_per_week,
    )


def _settlement(found: _Reckoned, decision: Decision) -> Settlement:
    rate, minutes, told = decision.rate, decision.minutes_per_week, found.told
    return Settlement(
        month=f"{settlement_month(told):%Y-%m}",
        lines=(
            *lines_of(found.paid, rate, minutes),
            *lines_of(found.not_agreed, rate, minutes, "exceeded"),
        ),
        runs_on_from=max(told.effective, told.handling + DAY) if told.agreed else None,
    )


def _document(situation: Situation, care: CareCase) -> MakeDocument:
    view = {
        "case": situation.number,
        "answer": care.answer.answer,
        "handled": care.answer.handling.isoformat(),
        "orders": [order.model_dump(mode="json") for order in care.answer.orders],
        "settlement": [line.model_dump(mode="json") for line in care.settled.lines],
    }
    return MakeDocument(DOCUMENT, view)


def _told(situation: Situation, care: CareCase, found: _Reckoned) -> Effect:
    decision, told = care.answer, found.told
    return letter(
        situation,
        told.answer,
        "provider",
        told.answer,
        documents=(DOCUMENT,),
        evidence=True,
        effective=told.effective,
        handling=told.handling,
        orders=orders_in_words(situation, "provider", decision.orders),
        paid=days_in_words(situation, "provider", found.paid),
        not_agreed=days_in_words(situation, "provider", found.not_agreed),
        unpaid=_unpaid(situation, found),
        amount=_amount(care),
        delivered=_delivered(situation, found),
        next_day=other_starts(told.handling),
        reason=decision.reason or "",
        task_deadline=decision.new_task_deadline,
    )


def _amount(care: CareCase) -> Decimal | str:
    """Return what the paid days come to; empty where no rate was given."""
    lines = care.settled.lines
    return total(lines) if any(line.amount for line in lines) else ""


def _delivered(situation: Situation, found: _Reckoned) -> str:
    """Say until when the help is ordered that was given; empty where none of it was yet."""
    if order_of(found.told) is None:
        return ""
    return words(situation, "provider", "delivered", handling=found.told.handling)


def _unpaid(situation: Situation, found: _Reckoned) -> str:
    """Name the days that are ordered and not paid, although nothing was late."""
    if not found.unpaid:
        return ""
    lost = found.told.settings.decline_pay == "lose_current_month"
    key = "unpaid.declined" if lost and found.told.answer == "declined" else "unpaid.month"
    days = days_in_words(situation, "provider", found.unpaid)
    return words(situation, "provider", key, days=days)


def _task(situation: Situation, care: CareCase) -> Effect:
    orders = orders_in_words(situation, INBOX, care.answer.orders)
    return letter(situation, "task", INBOX, "nexus_task", documents=(DOCUMENT,), orders=orders)


def _proposal(situation: Situation, found: _Reckoned) -> Effect:
    days = stretches_in_words(situation, INBOX, intervals(found.lost))
    handling = found.told.handling
    due = situation.data(CareCase).due
    return letter(situation, "proposal", INBOX, "proposal", days=days, handling=handling, due=due)


def _suspend_others(situation: Situation, found: _Reckoned) -> list[Effect]:
    """Close the orders of other cases for the days that this one pays: no day is paid twice."""
    effects: list[Effect] = []
    stretches = list(intervals(found.paid))
    if found.told.agreed:
        stretches.append(
            Interval(first=max(found.told.effective, found.told.handling + DAY), last=None)
        )
    for number, _, other in related(situation):
        effects += [
            TellCase(
                number,
                "order_suspended",
                {"by_case": situation.number, **one.model_dump(mode="json")},
            )
            for one in stretches
            if pays_in(other, one)
        ]
    return effects


def _grant(situation: Situation) -> Outcome:
    return _answer(situation, "granted", situation.body(Grant))


def _other(situation: Situation) -> Outcome:
    return _answer(situation, "other_intervention", situation.body(OtherIntervention))


def _decline(situation: Situation) -> Outcome:
    return _answer(situation, "declined", situation.body(Decline))


ANSWER_MOVES: Final = (
    Move(
        name="open",
        sources=("SUBMITTED",),
        events=("open",),
        target="ASSESSING",
        who=("authority",),
        rules=("S1-R14",),
        act=_open,
    ),
    Move(
        name="grant",
        sources=UNANSWERED,
        events=("grant",),
        target="GRANTED",
        who=("authority",),
        rules=("S1-R15", "S1-R16", "S1-R17", "S1-R18"),
        act=_grant,
        settings=("settlement_month", "close_existing"),
    ),
    Move(
        name="other_intervention",
        sources=UNANSWERED,
        events=("other_intervention",),
        target="OTHER",
        who=("authority",),
        rules=("S1-R15", "S1-R19", "S1-R20", "S1-R21", "S1-R22", "S1-R23", "S1-R24"),
        guards=g.ANSWER,
        act=_other,
        settings=("settlement_month", "close_existing"),
    ),
    Move(
        name="decline",
        sources=UNANSWERED,
        events=("decline",),
        target="DECLINED",
        who=("authority",),
        rules=("S1-R15", "S1-R25", "S1-R26", "S1-R27", "S1-R28", "S1-R29"),
        guards=g.ANSWER,
        act=_decline,
        settings=("decline_pay", "settlement_month"),
    ),
)
