"""Deadlines from their rules, each with the facts that explain its count."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from workflows.calendars import Count
from workflows.definition import DeadlineRule, Situation
from workflows.effects import ClearDeadline, SetDeadline


def clear(*rules: DeadlineRule) -> list[ClearDeadline]:
    """Return the order to stop watching."""
    return [ClearDeadline(rule.name) for rule in rules]


def in_minutes(situation: Situation, rule: DeadlineRule, minutes: int, setting: str) -> SetDeadline:
    """Return a technical deadline, counted from the processing of the event."""
    count = {"unit": "minutes", "n": minutes, "from": situation.now.isoformat(), "rule": setting}
    due = situation.now + timedelta(minutes=minutes)
    return SetDeadline(rule.name, due, rule.who, count | {"due": due.isoformat()})


def in_working_days(
    situation: Situation,
    rule: DeadlineRule,
    days: int,
    why: str,
    since: datetime | date | None = None,
) -> SetDeadline:
    """Return a deadline in working days, counted from the day of the event (day 0).

    `why` is the key below `rule.` that says by which rule or setting; so for all functions here.
    """
    start = _day(situation, since)
    counted = situation.calendar.add_working_days(start, days)
    count = working_days_count(situation, start, days, counted, why)
    return SetDeadline(rule.name, situation.calendar.end_of_day(counted.due), rule.who, count)


def working_days_count(
    situation: Situation, start: date, days: int, counted: Count, why: str
) -> dict[str, Any]:
    """Return the facts of a count in working days."""
    return {
        "unit": "working_days",
        "n": days,
        "from": start.isoformat(),
        "calendar": situation.calendar.country,
        "skipped": [[day.isoformat(), reason] for day, reason in counted.skipped],
        "rule": why,
        "due": counted.due.isoformat(),
    }


def in_calendar_days(
    situation: Situation,
    rule: DeadlineRule,
    days: int,
    why: str,
    since: datetime | date | None = None,
) -> SetDeadline:
    """Return a deadline in calendar days, counted from the day of the event (day 0)."""
    start = _day(situation, since)
    day = start + timedelta(days=days)
    count = {
        "unit": "calendar_days",
        "n": days,
        "from": start.isoformat(),
        "rule": why,
        "due": day.isoformat(),
    }
    return SetDeadline(rule.name, situation.calendar.end_of_day(day), rule.who, count)


def on_date(situation: Situation, rule: DeadlineRule, day: date, why: str) -> SetDeadline:
    """Return a deadline at the end of a day that was agreed, or that a rule names."""
    due = situation.calendar.end_of_day(day)
    count = {"unit": "date", "rule": why, "due": day.isoformat()}
    return SetDeadline(rule.name, due, rule.who, count)


def _day(situation: Situation, since: datetime | date | None) -> date:
    if isinstance(since, datetime) or since is None:
        return situation.calendar.local_date(since or situation.event.at)
    return since
