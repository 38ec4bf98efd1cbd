"""The deadlines of a change of home care, and how they are counted.

T1, the provider's: five working days after the change in delivery (S1-R10). T2, the orderer's: five
working days after the receipt, but always the 5th of the following month at the latest (S1-R2,
S1-R3, S1-R14).
"""

from __future__ import annotations

from datetime import date
from typing import Final

from workflows import timing
from workflows.calendars import Calendar
from workflows.definition import DeadlineRule, Situation
from workflows.effects import ClearDeadline, SetDeadline
from workflows.procedures.home_care_change.days import fifth_after
from workflows.procedures.home_care_change.money import REQUEST_DAYS
from workflows.procedures.home_care_change.settings import CareSettings

HANDLING_DAYS: Final = 5
"""Working days that the orderer has (S1-R2, S1-R14)."""

_FIFTH: Final = ("cap_anchor", "fifth_on_day_off")
"""AMB-2 and AMB-3: which 5th, and what of it when nobody works on it."""

REQUEST_REMINDER: Final = DeadlineRule("request_reminder", "provider", rules=("S1-R13",))
REQUEST: Final = DeadlineRule("request", "provider", rules=("S1-R10", "S1-R11"))
HANDLING_REMINDER: Final = DeadlineRule(
    "handling_reminder", "authority", rules=("S1-R14",), settings=_FIFTH
)
HANDLING: Final = DeadlineRule(
    "handling", "authority", rules=("S1-R2", "S1-R3", "S1-R14"), settings=_FIFTH
)
BUDGET: Final = DeadlineRule("budget_cut_off", "authority", rules=("S1-R3",), settings=_FIFTH)
NEXUS: Final = DeadlineRule("nexus_alignment", "authority", rules=("S1-R17", "S1-R21", "S1-R26"))
TASK: Final = DeadlineRule("task", "provider", rules=("S1-R23", "S1-R28"))

DEADLINES: Final = (
    REQUEST_REMINDER,
    REQUEST,
    HANDLING_REMINDER,
    HANDLING,
    BUDGET,
    NEXUS,
    TASK,
)
BEFORE_ANSWER: Final = (REQUEST_REMINDER, REQUEST, HANDLING_REMINDER, HANDLING, BUDGET)


def clear(*rules: DeadlineRule) -> list[ClearDeadline]:
    """Return the order to stop watching."""
    return timing.clear(*rules)


def request_deadline(calendar: Calendar, began: date) -> date:
    """Return T1, the last day on which a request is in time."""
    return calendar.add_working_days(began, REQUEST_DAYS).due


def budget_day(received: date, effective: date, calendar: Calendar, settings: CareSettings) -> date:
    """Return the 5th by which a request is to be handled, for the budget's sake."""
    fifth = fifth_after(received)
    if settings.cap_anchor == "effective":
        fifth = next((day for day in (fifth_after(effective),) if day >= received), fifth)
    if settings.fifth_on_day_off == "next_working_day" and not calendar.is_working_day(fifth):
        return calendar.add_working_days(fifth, 1).due
    return fifth


def handling_deadline(situation: Situation, since: date, effective: date) -> SetDeadline:
    """Return T2: the earlier of both counts."""
    settings = situation.settings(CareSettings)
    counted = situation.calendar.add_working_days(since, HANDLING_DAYS)
    own = timing.working_days_count(situation, since, HANDLING_DAYS, counted, "S1-R14")
    fifth = budget_day(since, effective, situation.calendar, settings)
    cap = timing.day_of_next_month_count(situation, fifth)
    return timing.earlier_of(situation, HANDLING, (own, cap), "handling")


def watch_handling(situation: Situation, since: date, effective: date) -> tuple[SetDeadline, ...]:
    """Return T2, its reminder, and the budget's day where that comes later than T2."""
    handling = handling_deadline(situation, since, effective)
    due = date.fromisoformat(handling.count["due"])
    reminder = timing.morning_before(situation, HANDLING_REMINDER, due, "handling_reminder")
    settings = situation.settings(CareSettings)
    fifth = budget_day(since, effective, situation.calendar, settings)
    if fifth <= due:
        return handling, reminder
    return handling, reminder, timing.on_date(situation, BUDGET, fifth, "budget_cut_off")


def watch_request(situation: Situation, began: date | None) -> tuple[SetDeadline, ...]:
    """Return T1 and its reminder; only a reminder where T1 is over, or nobody can count it."""
    if began is None:
        return (watch_completion(situation),)
    request = timing.in_working_days(situation, REQUEST, REQUEST_DAYS, "request", began)
    end = date.fromisoformat(request.count["due"])
    if request.due <= situation.now:
        return (watch_completion(situation),)
    reminder = timing.morning_before(situation, REQUEST_REMINDER, end, "request_reminder")
    return (request, reminder) if reminder.due > situation.now else (request,)


def watch_completion(situation: Situation) -> SetDeadline:
    """Return the days after which somebody asks again for what is missing."""
    days = situation.settings(CareSettings).incomplete_days
    return timing.in_working_days(situation, REQUEST_REMINDER, days, "incomplete_days")


def exceeds_other_budget_day(due: date, effective: date, received: date) -> bool:
    """Whether T2 lies after the other reading's 5th, that of the effective date (AMB-2)."""
    other = fifth_after(effective)
    return other != fifth_after(received) and due > other


def watch_alignment(situation: Situation) -> SetDeadline:
    """Return the days after which the caseworker is reminded to align the care record."""
    days = situation.settings(CareSettings).nexus_days
    return timing.in_working_days(situation, NEXUS, days, "nexus_days")


def watch_task(situation: Situation, day: date) -> SetDeadline:
    """Return the task's new deadline, as the answer names it."""
    return timing.on_date(situation, TASK, day, "task")
