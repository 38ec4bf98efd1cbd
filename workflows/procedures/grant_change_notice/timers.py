"""The deadlines of a notice: to object, to answer a proposal, and the day of the change."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from workflows.definition import DeadlineRule, Situation
from workflows.effects import SetDeadline
from workflows.procedures.grant_change_notice.settings import ChangeSettings
from workflows.timing import in_working_days, on_date

OBJECTION: Final = DeadlineRule(
    "objection", "counterpart", rules=("S2-R10",), settings=("objection_days",)
)
CHANGE: Final = DeadlineRule(
    "change_takes_effect",
    "authority",
    rules=("S2-R10",),
    settings=("fallback.level", "fallback.period"),
)
ANSWER: Final = DeadlineRule(
    "proposal_answer",
    "acting",
    reason="A proposal of the seller needs an answer.",
    settings=("answer_days",),
)
DEADLINES: Final = (OBJECTION, CHANGE, ANSWER)


def watch_objection(situation: Situation) -> SetDeadline:
    """Return the days within which the other side may object."""
    days = situation.settings(ChangeSettings).objection_days
    return in_working_days(situation, OBJECTION, days, "objection_days")


def watch_change(situation: Situation, day: date) -> SetDeadline:
    """Return the end of the last day of the old terms, so that the change is told on its day."""
    return on_date(situation, CHANGE, day - timedelta(days=1), "last_day_before")


def watch_answer(situation: Situation) -> SetDeadline:
    """Return the days within which a proposal is answered."""
    days = situation.settings(ChangeSettings).answer_days
    return in_working_days(situation, ANSWER, days, "answer_days", situation.now)
