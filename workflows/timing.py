"""Deadlines from their rules, each with the facts that explain its count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from workflows.calendars import Calendar, Count
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
    calendar: Calendar | None = None,
) -> SetDeadline:
    """Return a deadline in working days, counted from the day of the event (day 0).

    `why` is the key below `rule.` that says by which rule or setting; so for all functions here.
    `calendar`: another one than the procedure's, where a rule counts other days.
    """
    days_of = calendar or situation.calendar
    start = _day(situation, since)
    counted = days_of.add_working_days(start, days)
    count = working_days_count(situation, start, days, counted, why)
    return SetDeadline(rule.name, days_of.end_of_day(counted.due), rule.who, count)


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


def day_of_next_month_count(situation: Situation, day: date) -> dict[str, Any]:
    """Return the facts of a day of the month that a rule names; it stays where it falls.

    Where nobody works on it, `work_by` is the last working day before.
    """
    work_by = day if situation.calendar.is_working_day(day) else last_working_day(situation, day)
    return {
        "unit": "day_of_next_month",
        "day": day.day,
        "from": (day.replace(day=1) - timedelta(days=1)).isoformat(),
        "off": situation.calendar.reason_off(day),
        "work_by": work_by.isoformat(),
        "due": day.isoformat(),
    }


def earlier_of(
    situation: Situation, rule: DeadlineRule, counts: Sequence[Mapping[str, Any]], why: str
) -> SetDeadline:
    """Return the deadline that several counts come to: the earliest of them."""
    day = min(count["due"] for count in counts)
    count = {"unit": "earlier", "of": [dict(one) for one in counts], "rule": why, "due": day}
    due = situation.calendar.end_of_day(date.fromisoformat(day))
    return SetDeadline(rule.name, due, rule.who, count)


def last_working_day(situation: Situation, before: date) -> date:
    """Return the last working day before a day."""
    day = before - timedelta(days=1)
    while not situation.calendar.is_working_day(day):
        day -= timedelta(days=1)
    return day


def morning_before(
    situation: Situation, rule: DeadlineRule, end: date, why: str, at: time = time(8)
) -> SetDeadline:
    """Return a reminder on the last working day before a deadline, in the morning, local time."""
    day = last_working_day(situation, end)
    due = datetime.combine(day, at, situation.calendar.zone).astimezone(UTC)
    count = {
        "unit": "morning_before",
        "end": end.isoformat(),
        "time": f"{at:%H:%M}",
        "rule": why,
        "due": day.isoformat(),
    }
    return SetDeadline(rule.name, due, rule.who, count)


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
