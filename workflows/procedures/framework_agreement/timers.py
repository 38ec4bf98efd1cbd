"""The deadlines of a framework agreement. S4 sets none; the days are those that councils write."""

from __future__ import annotations

from datetime import date
from typing import Final

from workflows import timing
from workflows.definition import DeadlineRule, Situation
from workflows.effects import Effect
from workflows.participants import next_reminder
from workflows.procedures.framework_agreement.settings import FrameworkSettings

VOTES_DUE: Final = DeadlineRule("votes_due", "council", rules=("S4-R10",), settings=("adopted_by",))
VOTE_REMINDER: Final = DeadlineRule(
    "vote_reminder",
    "council",
    reason="Councils that have not answered are reminded.",
    settings=("reminder_days",),
)
ENTRY: Final = DeadlineRule("entry_into_force", "authority", rules=("S4-R5",))
PERIOD_END: Final = DeadlineRule("period_end", "authority", rules=("S4-R5",), settings=("years",))
DEADLINES: Final = (VOTES_DUE, VOTE_REMINDER, ENTRY, PERIOD_END)


def watch_round(situation: Situation, due: date) -> list[Effect]:
    """Return the day by which all have to have answered, and the next reminder before it."""
    return [
        timing.on_date(situation, VOTES_DUE, due, "adopted_by"),
        *next_vote_reminder(situation, due),
    ]


def next_vote_reminder(situation: Situation, due: date) -> list[Effect]:
    """Return the next reminder that is still to come; else stop reminding."""
    days = situation.settings(FrameworkSettings).reminder_days
    return [*next_reminder(situation, VOTE_REMINDER, due, days)]
