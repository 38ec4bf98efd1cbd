"""What happens as time passes: reminders, the leader, the budget's day. Never a decision."""

from __future__ import annotations

from typing import Any, Final

from workflows.definition import DeadlineRule, Move, Outcome, Situation
from workflows.events import INBOX
from workflows.letters import alarm, letter
from workflows.procedures.home_care_change import deadlines as d
from workflows.procedures.home_care_change.care import (
    ANSWERED,
    UNANSWERED,
    CareCase,
    effective_date,
)
from workflows.procedures.home_care_change.mails import orders_in_words, words
from workflows.procedures.home_care_change.settings import CareSettings


def _remind_provider(situation: Situation) -> Outcome:
    """Remind of what is missing; once no deadline will do it, our own people ask from then on."""
    care = situation.data(CareCase)
    mail = letter(
        situation,
        "reminder",
        "provider",
        "reminder_completion",
        received_at=care.received_at,
        deadline=care.request_deadline or "",
    )
    today = situation.calendar.local_date(situation.event.at)
    if care.request_deadline is not None and today <= care.request_deadline:
        return Outcome(care, (mail,))
    told = letter(situation, "overdue", INBOX, "still_incomplete", received_at=care.received_at)
    return Outcome(care, (mail, told))


def _request_deadline_passed(situation: Situation) -> Outcome:
    care = situation.data(CareCase)
    mail = letter(
        situation, "overdue", "provider", "overdue_completion", deadline=care.request_deadline
    )
    return Outcome(care, (mail, d.watch_completion(situation)))


def _remind_orderer(situation: Situation) -> Outcome:
    care = situation.data(CareCase)
    mail = letter(
        situation,
        "reminder",
        INBOX,
        "reminder_handling",
        received_at=care.received_at,
        due=care.due,
        work_by=situation.calendar.local_date(situation.event.at),
    )
    return Outcome(care, (mail,))


def _escalate(situation: Situation) -> Outcome:
    """Tell the leader; the case stays open, and nothing is granted by silence."""
    care = situation.data(CareCase)
    assert care.due is not None
    crosses = care.due >= _budget_day(situation, care)
    care = care.model_copy(update={"crosses_cut_off": care.crosses_cut_off or crosses})
    mail = letter(
        situation,
        "overdue",
        INBOX,
        "overdue_handling",
        received_at=care.received_at,
        due=care.due,
        budget=words(situation, INBOX, "crosses_cut_off") if care.crosses_cut_off else "",
    )
    return Outcome(care, (mail, alarm(situation, "handling_overdue")))


def _budget_day(situation: Situation, care: CareCase) -> Any:
    received = situation.calendar.local_date(care.counted_at)
    settings = situation.settings(CareSettings)
    return d.budget_day(received, effective_date(care), situation.calendar, settings)


def _cross_cut_off(situation: Situation) -> Outcome:
    care = situation.data(CareCase).model_copy(update={"crosses_cut_off": True})
    text = words(situation, INBOX, "crosses_cut_off")
    return Outcome(care, (letter(situation, "overdue", INBOX, "cut_off", budget=text),))


def _remind_nexus(situation: Situation) -> Outcome:
    care = situation.data(CareCase)
    orders = orders_in_words(situation, INBOX, care.answer.orders)
    mail = letter(situation, "reminder", INBOX, "reminder_nexus", orders=orders)
    return Outcome(care, (mail,))


def _remind_task(situation: Situation) -> Outcome:
    care = situation.data(CareCase)
    orders = orders_in_words(situation, "provider", care.answer.orders)
    return Outcome(
        care, (letter(situation, "reminder", "provider", "reminder_task", orders=orders),)
    )


def _row(
    name: str, rule: DeadlineRule, sources: tuple[str, ...], act: Any, target: str | None = None
) -> Move:
    return Move(
        name=name,
        sources=sources,
        events=("deadline_passed",),
        deadline=rule.name,
        target=target,
        who=("clock",),
        rules=rule.rules,
        act=act,
    )


WATCHING_MOVES: Final = (
    _row("remind_provider", d.REQUEST_REMINDER, ("INCOMPLETE",), _remind_provider),
    _row("request_deadline_passed", d.REQUEST, ("INCOMPLETE",), _request_deadline_passed),
    _row("remind_orderer", d.HANDLING_REMINDER, ("SUBMITTED", "ASSESSING"), _remind_orderer),
    _row("escalate", d.HANDLING, ("SUBMITTED", "ASSESSING"), _escalate, "OVERDUE"),
    _row("cross_cut_off", d.BUDGET, UNANSWERED, _cross_cut_off),
    _row("remind_of_alignment", d.NEXUS, ANSWERED, _remind_nexus),
    _row("remind_of_task", d.TASK, ("OTHER", "DECLINED"), _remind_task),
)
