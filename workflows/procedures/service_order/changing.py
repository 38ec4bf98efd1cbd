"""While an order runs: new versions, its end, delivered hours, its number in Paraplysystemet."""

from __future__ import annotations

from typing import Any, Final

from workflows.definition import Move, Outcome, Situation
from workflows.dialogue import dialogue_moves
from workflows.effects import Effect
from workflows.elder_care import people
from workflows.elder_care.rows import on_passing
from workflows.letters import letter
from workflows.procedures.service_order import guards as g
from workflows.procedures.service_order import timers as t
from workflows.procedures.service_order.mails import lines_in_words
from workflows.procedures.service_order.messages import (
    DeliveredDay,
    Order,
    OrderEnd,
    Registered,
    TimeReport,
)
from workflows.procedures.service_order.money import is_current, lines_of_month, month_of
from workflows.procedures.service_order.order_case import (
    CONFIRMING,
    OPEN,
    RUNNING,
    Account,
    OrderCase,
    TimeLine,
)
from workflows.procedures.service_order.ordering import order_mails, written_today
from workflows.procedures.service_order.settings import OrderSettings
from workflows.timing import clear


def _change(situation: Situation) -> Outcome:
    order, before = situation.body(Order), situation.data(OrderCase)
    written = written_today(situation, order, before.newest.number + 1)
    case = before.model_copy(
        update={
            "orders": (*before.orders, written),
            "received_on": None,
            "last_day": written.last_day,
            "reminders": _without_confirmations(before.reminders),
        }
    )
    started = case.started_on is not None
    ends = t.end(situation, written.last_day) or clear(t.END)
    effects: list[Effect] = [
        *order_mails(situation, case, "order_changed"),
        *people.receipt(situation, "order_sent"),
        *t.confirmation(situation, case, written.dated, started=started),
        *ends,
    ]
    return Outcome(case, tuple(effects))


def _without_confirmations(reminders: dict[str, int]) -> dict[str, int]:
    """A new version is confirmed anew, and reminded of anew."""
    over = (t.RECEIPT.name, t.START.name)
    return {name: count for name, count in reminders.items() if name not in over}


def _never_began(situation: Situation) -> bool:
    case = situation.data(OrderCase)
    return case.started_on is None and situation.body(OrderEnd).last_day < case.earliest_day


def _cancel(situation: Situation) -> Outcome:
    body, case = situation.body(OrderEnd), situation.data(OrderCase)
    facts: dict[str, Any] = {"reason": body.reason, "individual": case.individual.name}
    effects = (*_to_carriers(situation, "order_cancelled", facts), *clear(*t.DEADLINES))
    return Outcome(case.model_copy(update={"closing_reason": body.reason}), effects)


def _ends_later(situation: Situation) -> bool:
    return situation.body(OrderEnd).last_day >= people.today(situation)


def _plan_end(situation: Situation) -> Outcome:
    body = situation.body(OrderEnd)
    effects = (*_told_of_end(situation, body), *t.end(situation, body.last_day))
    return Outcome(_with_end(situation, body), effects)


def _end_at_once(situation: Situation) -> Outcome:
    body = situation.body(OrderEnd)
    effects = (*_told_of_end(situation, body), *clear(*t.DEADLINES))
    return Outcome(_with_end(situation, body), effects)


def _with_end(situation: Situation, body: OrderEnd) -> OrderCase:
    ended = {"last_day": body.last_day, "closing_reason": body.reason}
    return situation.data(OrderCase).model_copy(update=ended)


def _told_of_end(situation: Situation, body: OrderEnd) -> list[Effect]:
    case = situation.data(OrderCase)
    facts: dict[str, Any] = {
        "last_day": body.last_day,
        "reason": body.reason,
        "individual": case.individual.name,
    }
    return _to_carriers(situation, "order_ending", facts)


def _to_carriers(situation: Situation, wording: str, facts: dict[str, Any]) -> list[Effect]:
    """Tell the provider, the fee officer that confirms for it, and whoever ordered it by mail."""
    made: list[Effect] = [
        letter(situation, "order_end", "provider", wording, evidence=True, **facts)
    ]
    if not situation.data(OrderCase).addressed.connected:
        made.append(letter(situation, "order_end", "fee_officer", wording, **facts))
    return [*made, *people.receipt(situation, "order_sent")]


def _ended(situation: Situation) -> Outcome:
    case = situation.data(OrderCase)
    facts: dict[str, Any] = {"last_day": case.last_day, "individual": case.individual.name}
    told = [
        letter(situation, "ended", "provider", "order_ended", evidence=True, **facts),
        *people.to_caseworker(situation, "ended", "order_ended", **facts),
    ]
    return Outcome(case, (*told, *clear(*t.DEADLINES)))


def _report_time(situation: Situation) -> Outcome:
    body, case = situation.body(TimeReport), situation.data(OrderCase)
    own, on = situation.settings(OrderSettings), people.today(situation)
    days = _merged(case.settlement.days, body.days)
    months = {month_of(one.day) for one in body.days}
    kept = [line for line in case.settlement.lines if line.month not in months]
    made: list[TimeLine] = []
    for month in sorted(months):
        made += lines_of_month(
            [one for one in days if month_of(one.day) == month],
            case.orders,
            last_day=case.last_day,
            current=is_current(month, on, own.exceeded_time_until_day),
            bill=own.exceeded_time == "bill",
        )
    lines = tuple(sorted((*kept, *made), key=lambda line: line.month))
    case = case.model_copy(update={"settlement": Account(days=days, lines=lines)})
    return Outcome(case, tuple(_told_of_time(situation, case, made)))


def _merged(
    before: tuple[DeliveredDay, ...], reported: tuple[DeliveredDay, ...]
) -> tuple[DeliveredDay, ...]:
    """Return all days; a day that is reported again replaces what was told of it."""
    by_day = {one.day: one for one in (*before, *reported)}
    return tuple(by_day[day] for day in sorted(by_day))


def _told_of_time(situation: Situation, case: OrderCase, lines: list[TimeLine]) -> list[Effect]:
    made: list[Effect] = []
    role = situation.event.actor.role
    made += people.receipt(situation, "time_received", lines=lines_in_words(situation, role, lines))
    exceeding = [line for line in lines if line.label != "ORDERED_TIME"]
    if exceeding:
        made += people.to_caseworker(
            situation,
            "notice",
            "time_news",
            individual=case.individual.name,
            lines=lines_in_words(situation, "authority", lines),
        )
    return made


def _register(situation: Situation) -> Outcome:
    ref = situation.body(Registered).paraply_ref
    return Outcome(situation.data(OrderCase).model_copy(update={"paraply_ref": ref}))


def _readers(own: str) -> tuple[str, ...]:
    return ("authority", "orderer") if own in {"provider", "fee_officer"} else ("provider",)


CHANGING_MOVES: Final = (
    Move(
        name="change_order",
        sources=RUNNING,
        events=("order_change",),
        target=None,
        who=("authority", "orderer"),
        rules=("S3-R4", "S3-R7"),
        guards=(*people.MAIL, g.NEVER_RETROACTIVE, *g.COMPLETE),
        act=_change,
    ),
    Move(
        name="cancel_order",
        sources=CONFIRMING,
        events=("order_end",),
        target="WITHDRAWN",
        who=("authority", "orderer"),
        reason="What has not begun is not carried out: somebody dies, or says no after all.",
        guards=people.MAIL,
        when=_never_began,
        act=_cancel,
    ),
    Move(
        name="plan_end",
        sources=RUNNING,
        events=("order_end",),
        target=None,
        who=("authority", "orderer"),
        reason="An order ends as it began, in writing; the seed tells of its beginning only.",
        guards=(*people.MAIL, g.ENDS_AFTER),
        when=_ends_later,
        act=_plan_end,
    ),
    Move(
        name="end_at_once",
        sources=RUNNING,
        events=("order_end",),
        target="ENDED",
        who=("authority", "orderer"),
        reason="The last day has passed already, as when somebody has died.",
        guards=(*people.MAIL, g.ENDS_AFTER),
        act=_end_at_once,
    ),
    on_passing(
        t.END,
        "end",
        RUNNING,
        _ended,
        target="ENDED",
        reason="The last day of the order has passed.",
    ),
    Move(
        name="report_time",
        sources=(*RUNNING, "ENDED"),  # the last days are reported when they are over
        events=("time_report",),
        target=None,
        who=("provider",),
        rules=("S3-R5",),
        settings=("exceeded_time", "exceeded_time_until_day"),
        guards=g.REPORTED,
        act=_report_time,
    ),
    Move(
        name="register_in_paraply",
        sources=OPEN,
        events=("register",),
        target=None,
        who=("authority",),
        rules=("S3-R6", "S3-R8"),
        guards=(g.DOCUMENTED_AFTER,),
        act=_register,
    ),
    *dialogue_moves(
        sources=OPEN,
        people=("authority", "orderer", "provider", "fee_officer"),
        readers=_readers,
        guards=people.MAIL,
        rules=("S3-R9",),
    ),
)
