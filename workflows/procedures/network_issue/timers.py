"""The deadlines of a report: the last day of its month, and reminders before it (S2-R14)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from workflows.definition import DeadlineRule, Situation
from workflows.effects import SetDeadline
from workflows.procedures.network_issue.settings import NetworkSettings
from workflows.timing import on_date

DUE: Final = DeadlineRule("report_due", "authority", rules=("S2-R14",))
REMINDER: Final = DeadlineRule("report_reminder", "member", rules=("S2-R14",))
DEADLINES: Final = (DUE, REMINDER)


def watch(situation: Situation, due: date) -> list[SetDeadline]:
    """Return the report's last day, and the next reminder where one is still ahead."""
    return [on_date(situation, DUE, due, "month_of_report"), *next_reminder(situation, due)]


def next_reminder(situation: Situation, due: date) -> list[SetDeadline]:
    """Return the next reminder: it goes out as its day begins, so many days before the last."""
    today = situation.calendar.local_date(situation.now)
    days = situation.settings(NetworkSettings).reminder_days
    ahead = sorted(due - timedelta(days=before) for before in days)
    following = next((day for day in ahead if day > today), None)
    if following is None:
        return []
    return [on_date(situation, REMINDER, following - timedelta(days=1), "reminder_days")]
