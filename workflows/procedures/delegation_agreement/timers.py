"""The deadlines of a delegation: an answer, its first day, its last, and a reminder before that."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from workflows.definition import DeadlineRule, Situation
from workflows.effects import SetDeadline
from workflows.procedures.delegation_agreement.messages import DelegationProposal
from workflows.procedures.delegation_agreement.settings import DelegationSettings
from workflows.timing import in_working_days, on_date

ANSWER: Final = DeadlineRule(
    "delegation_answer",
    "delegate",
    reason="A proposal needs an answer; nobody accepts tacitly.",
    settings=("answer_days",),
)
START: Final = DeadlineRule("delegation_start", "authority", rules=("S2-R11",))
EXPIRY_REMINDER: Final = DeadlineRule(
    "delegation_expiry_reminder",
    "acting",
    reason="Both need time to make a new agreement.",
    settings=("expiry_reminder_days",),
)
END: Final = DeadlineRule("delegation_end", "authority", rules=("S2-R11",))
DEADLINES: Final = (ANSWER, START, EXPIRY_REMINDER, END)


def watch_answer(situation: Situation) -> SetDeadline:
    """Return the days within which both accept."""
    days = situation.settings(DelegationSettings).answer_days
    return in_working_days(situation, ANSWER, days, "answer_days", situation.now)


def watch_start(situation: Situation, proposal: DelegationProposal) -> SetDeadline:
    """Return the end of the day before the first, so that the agreement runs from its morning."""
    return on_date(situation, START, proposal.start - timedelta(days=1), "day_before_start")


def watch_end(situation: Situation, proposal: DelegationProposal) -> list[SetDeadline]:
    """Return the agreement's last day and the reminder before it, where there is any."""
    if proposal.end is None:
        return []
    days = situation.settings(DelegationSettings).expiry_reminder_days
    reminder = proposal.end - timedelta(days=days)
    today = situation.calendar.local_date(situation.event.at)
    watches = [on_date(situation, END, proposal.end, "agreed_end")]
    if reminder > today:
        watches.append(on_date(situation, EXPIRY_REMINDER, reminder, "expiry_reminder_days"))
    return watches
