"""The settlement of a case as its facts stand: begun, planned anew, closed month by month."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Final

from workflows.definition import Situation
from workflows.effects import SetDeadline
from workflows.procedures.payment_agreement import timers as t
from workflows.procedures.payment_agreement.agreement import Agreement, in_force
from workflows.procedures.payment_agreement.keeping import Settlement, Stretch
from workflows.procedures.payment_agreement.plan import (
    Course,
    lines_of,
    planning_horizon,
    stretch_of,
)
from workflows.procedures.payment_agreement.settings import PaymentSettings
from workflows.settlement import PlanLine, settled

PLAN_SETTINGS: Final = ("policy.count_first_day", "policy.count_last_day", "month_closing")
"""What every plan rests on."""


def today(situation: Situation) -> date:
    """Return the local day of the event."""
    return situation.calendar.local_date(situation.event.at)


def month_of(day: date) -> str:
    """Return a day's settlement month."""
    return f"{day:%Y-%m}"


def month_end(month: str) -> date:
    """Return the last day of a settlement month."""
    first = date.fromisoformat(f"{month}-01")
    return first.replace(day=monthrange(first.year, first.month)[1])


def stretches_of(agreement: Agreement) -> tuple[Stretch, ...]:
    """Return what is paid when; of a case from before stretches were kept, its one version."""
    if agreement.settlement is not None and agreement.settlement.stretches:
        return agreement.settlement.stretches
    version = in_force(agreement)
    return (stretch_of(version.terms, version.number),)


def agreed_end(agreement: Agreement) -> date | None:
    """Return the last day by the terms that are the last to hold."""
    version = agreement.version(stretches_of(agreement)[-1].version)
    return version.terms.end if version else None


def course_of(situation: Situation, agreement: Agreement, planned_to: date) -> Course:
    """Return the days that are paid for, as the facts stand.

    A moving in before the agreed day adds none: an earlier start is for the kommune to say.
    """
    first = agreement.first_day
    follows = situation.settings(PaymentSettings).plan_start == "move_in"
    if follows and agreement.moved_in is not None:
        first = max(first, agreement.moved_in)
    ended, end = agreement.termination, agreed_end(agreement)
    stretches, absences = stretches_of(agreement), agreement.absences
    if ended is not None:
        return Course(stretches, first, ended.end, not ended.cut_by_reletting, absences)
    return Course(stretches, first, end or planned_to, end is not None, absences)


def begun(situation: Situation, agreement: Agreement) -> Agreement:
    """Return the agreement with its settlement begun."""
    version = in_force(agreement)
    actor = situation.event.actor
    settlement = Settlement(
        started_at=situation.event.at,
        started_by=actor.person or actor.name,
        planned_to=version.terms.end or horizon(situation, agreement),
        lines=(),
        stretches=(stretch_of(version.terms, version.number),),
    )
    changed = agreement.model_copy(update={"settlement": settlement})
    return _planned(situation, changed, settlement, "")


def horizon(situation: Situation, agreement: Agreement) -> date:
    """Return how far an agreement without an end is planned now."""
    now = situation.calendar.local_date(situation.now)
    return planning_horizon(max(agreement.first_day, now), situation.policy)


def replanned(
    situation: Situation, agreement: Agreement, why: str | None = None, **changes: object
) -> Agreement:
    """Return the agreement with its plan as it should be now; closed months stay as they were.

    `changes` are made to the settlement first. `why` is the key of the words for adjustments: by
    default the event's own. Without settlement there is no plan, and nothing to do.
    """
    if agreement.settlement is None:
        return agreement
    settlement = _closed_by_now(situation, agreement.settlement)
    settlement = settlement.model_copy(update=changes)
    agreement = agreement.model_copy(update={"settlement": settlement})
    reader = situation.reader("authority")
    reason = situation.wording.text(why or f"event.{situation.event.name}", reader)
    return _planned(situation, agreement, settlement, reason)


def extended(situation: Situation, agreement: Agreement, *lines: PlanLine) -> Agreement:
    """Return the agreement with corrections that a person entered, beside the plan."""
    assert agreement.settlement is not None
    return replanned(situation, agreement, lines=(*agreement.settlement.lines, *lines))


def open_month(situation: Situation, settlement: Settlement) -> str:
    """Return the month in which corrections stand: this one, unless it is closed."""
    month = month_of(today(situation))
    if settlement.closed is None or month > settlement.closed:
        return month
    return month_of(month_end(settlement.closed) + timedelta(days=1))


def _closed_by_now(situation: Situation, settlement: Settlement) -> Settlement:
    """Close the months that are over, where that needs no act."""
    if situation.settings(PaymentSettings).month_closing == "by_act":
        return settlement
    over = month_of(today(situation).replace(day=1) - timedelta(days=1))
    if settlement.closed is not None and settlement.closed >= over:
        return settlement
    return settlement.model_copy(update={"closed": over})


def _planned(
    situation: Situation, agreement: Agreement, settlement: Settlement, reason: str
) -> Agreement:
    target = lines_of(
        course_of(situation, agreement, settlement.planned_to),
        situation.policy,
        situation.settings(PaymentSettings),
        situation.wording,
        situation.reader("authority"),
    )
    into = open_month(situation, settlement)
    lines = settled(settlement.lines, target, settlement.closed, into, reason)
    flagged = tuple(_flagged(line, agreement) for line in lines)
    planned = settlement.model_copy(update={"lines": flagged})
    return agreement.model_copy(update={"settlement": planned})


def _flagged(line: PlanLine, agreement: Agreement) -> PlanLine:
    """Mark a line that is objected to; its money stays as it is."""
    waiting = any(
        one.outcome is None and (one.month, one.line) == (line.month, line.label)
        for one in agreement.disputes
    )
    return line if line.disputed == waiting else line.model_copy(update={"disputed": waiting})


def effect_on(before: Agreement, after: Agreement) -> str:
    """Return which `effect.<name>` tells what a fact did to the plan."""
    if after.settlement is None:
        return "later"
    kept = before.settlement
    changed = kept is None or kept.lines != after.settlement.lines
    return "plan" if changed else "none"


def watch_plan(situation: Situation, agreement: Agreement) -> SetDeadline:
    """Return what a running plan waits for: its end, or its renewal."""
    end = agreed_end(agreement)
    if end is not None:
        return t.on_date(situation, t.AGREEMENT_END, end, "terms.end")
    assert agreement.settlement is not None
    until = agreement.settlement.planned_to
    return t.on_date(situation, t.PLAN_RENEWAL, until.replace(day=1), "policy.plan_months")
