"""After the answer: the care record, post-adjustments, orders that another case closes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect
from workflows.events import INBOX
from workflows.letters import letter
from workflows.procedures.home_care_change import deadlines as d
from workflows.procedures.home_care_change import guards as g
from workflows.procedures.home_care_change.care import (
    ANSWERED,
    OPEN,
    Adjustment,
    Alignment,
    CareCase,
)
from workflows.procedures.home_care_change.days import DAY, Days, Interval, between
from workflows.procedures.home_care_change.lines import CareLine, lines_of, net_days, total
from workflows.procedures.home_care_change.mails import stretch_in_words, words
from workflows.procedures.home_care_change.messages import (
    LinkCase,
    NexusAligned,
    OrderSuspended,
    PostAdjustment,
)
from workflows.procedures.home_care_change.money import adjusted, suspended

_SETTLED: Final = (*ANSWERED, "CLOSED")


def _person(situation: Situation) -> str:
    return situation.event.actor.person or situation.event.actor.name


def _align(situation: Situation) -> Outcome:
    what = situation.body(NexusAligned).what
    done = Alignment(what=what, by=_person(situation), at=situation.event.at)
    care = situation.data(CareCase).model_copy(update={"alignment": done})
    told = letter(situation, "ended", "provider", "ended", evidence=True)
    return Outcome(care, (told, *d.clear(d.NEXUS, d.TASK)))


def _link(situation: Situation) -> Outcome:
    reference = situation.body(LinkCase).external_case_ref
    care = situation.data(CareCase).model_copy(update={"external_case_ref": reference})
    return Outcome(care)


def _adjust(situation: Situation) -> Outcome:
    body, care = situation.body(PostAdjustment), situation.data(CareCase)
    lines = care.settled.lines
    for line in _corrections(care, body):
        lines = adjusted(lines, line)
    assert body.reason is not None
    assert body.role is not None
    done = Adjustment(
        first=body.first,
        last=body.last,
        reason=body.reason,
        role=body.role,
        by=_person(situation),
        second_person=body.second_person,
        at=situation.event.at,
    )
    changes = {"adjustments": (*care.adjustments, done), "proposed": _left(care, body)}
    care = care.settling(lines).model_copy(update=changes)
    told = letter(
        situation,
        "adjusted",
        "provider",
        "adjusted",
        evidence=True,
        days=stretch_in_words(situation, "provider", body.first, body.last),
        what=words(situation, "provider", f"adjustment.{body.days}"),
        amount=_amount(care, len(lines) - len(situation.data(CareCase).settled.lines)),
        reason=body.reason,
        role=body.role,
    )
    return Outcome(care, (told,))


def _corrections(care: CareCase, body: PostAdjustment) -> tuple[CareLine, ...]:
    """Return the lines of a correction; its own amount counts before the rate's."""
    decision = care.answer
    days = between(body.first, body.last)
    sign = {"pay": 1, "take_back": -1, "keep": 0}[body.days]
    made = lines_of(days, decision.rate, decision.minutes_per_week, "adjustment")
    return tuple(
        line.model_copy(
            update={
                "days": sign * line.days,
                "quantity": None if line.quantity is None else sign * line.quantity,
                "amount": _sum(line, body, sign),
                "reason": body.reason,
            }
        )
        for line in made
    )


def _sum(line: CareLine, body: PostAdjustment, sign: int) -> Decimal | None:
    if body.amount is not None:
        return body.amount
    return None if line.amount is None else sign * line.amount


def _amount(care: CareCase, new: int) -> Decimal | str:
    """Return what the newest lines come to; empty where no amount is known."""
    newest = care.settled.lines[len(care.settled.lines) - new :]
    return total(newest) if any(line.amount is not None for line in newest) else ""


def _left(care: CareCase, body: PostAdjustment) -> tuple[Interval, ...]:
    """Return the proposals that a correction does not cover."""
    return tuple(
        one
        for one in care.proposed
        if not (body.days == "pay" and body.first <= one.first and _end(one) <= body.last)
    )


def _end(stretch: Interval) -> date:
    return stretch.last or date.max


def _suspend(situation: Situation) -> Outcome:
    body, care = situation.body(OrderSuspended), situation.data(CareCase)
    stretch = Interval(first=body.first, last=body.last)
    days = Days(day for day in net_days(care.settled.lines) if day >= body.first)
    days = Days(day for day in days if day <= _end(stretch))
    care = _taken_over(care.settling(suspended(care.settled.lines, days)), stretch)
    care = care.model_copy(update={"suspended": (*care.suspended, stretch)})
    effects: list[Effect] = [
        letter(
            situation,
            "order_closed",
            "provider",
            "suspended",
            evidence=True,
            days=stretch_in_words(situation, "provider", body.first, body.last),
        ),
        letter(
            situation,
            "notice",
            INBOX,
            "notice_suspended",
            days=stretch_in_words(situation, INBOX, body.first, body.last),
            by_case=body.by_case,
        ),
    ]
    return Outcome(care, tuple(effects))


def _taken_over(care: CareCase, stretch: Interval) -> CareCase:
    """End an order that runs on where another one takes its place until further notice."""
    runs_on = care.settled.runs_on_from
    if stretch.last is not None or runs_on is None:
        return care
    last = stretch.first - DAY
    changes = {"runs_on_from": None} if last < runs_on else {"runs_on_to": last}
    return care.model_copy(update={"settlement": care.settled.model_copy(update=changes)})


AFTER_MOVES: Final = (
    Move(
        name="align_nexus",
        sources=ANSWERED,
        events=("nexus_aligned",),
        target="CLOSED",
        who=("authority",),
        rules=("S1-R17", "S1-R21", "S1-R26"),
        act=_align,
    ),
    Move(
        name="adjust",
        sources=_SETTLED,
        events=("post_adjustment",),
        target=None,
        who=("authority",),
        rules=("S1-R30",),
        guards=g.ADJUSTMENT,
        act=_adjust,
        settings=("adjustment_four_eyes",),
    ),
    Move(
        name="suspend_order",
        sources=_SETTLED,
        events=("order_suspended",),
        target=None,
        who=("gateway",),
        rules=("S1-R29",),
        act=_suspend,
    ),
    Move(
        name="link_case",
        sources=(*OPEN, "CLOSED"),
        events=("link_case",),
        target=None,
        who=("authority",),
        rules=("S1-R31",),
        act=_link,
    ),
)
