"""What is ordered and what is paid: the rules of seed 001 as arithmetic over days.

A day is paid or it is not; everything here is sets of dates, intervals of them with both ends
inside, and amounts in kroner rounded half up on each line. Each rule is a row of `MONEY`; the
algorithm calls them in the order in which they stand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from workflows.calendars import Calendar
from workflows.definition import MoneyRule
from workflows.procedures.home_care_change.days import (
    DAY,
    Days,
    Interval,
    between,
    fifth_after,
    month_before,
)
from workflows.procedures.home_care_change.lines import CareLine, taken_back
from workflows.procedures.home_care_change.settings import CareSettings

Answer = Literal["granted", "other_intervention", "declined"]
REQUEST_DAYS: Final = 5
"""Working days that the provider has after the change in delivery (S1-R10)."""


@dataclass(frozen=True, slots=True)
class Handled:
    """A request and its answer: all that decides what is ordered and paid."""

    answer: Answer
    effective: date
    began: date
    """The first day of the changed delivery."""
    exceeded: Days
    handling: date
    """The local day on which the orderer answered."""
    settings: CareSettings

    @property
    def agreed(self) -> bool:
        """Whether the orderer agrees in the provider's assessment."""
        return self.answer == "granted"


# --- the rules ------------------------------------------------------------------------------------


def _exceeded(
    none: Days, began: date, received: date, calendar: Calendar, settings: CareSettings
) -> Days:
    if settings.late_by == "fifth":
        deadline = fifth_after(began)
    else:
        deadline = calendar.add_working_days(began, REQUEST_DAYS).due
    late = between(deadline + DAY, received)
    if settings.exceeded_days == "working":
        late = frozenset(day for day in late if calendar.is_working_day(day))
    return none | late


def _from_effective(order: Interval, handled: Handled) -> Interval:
    return Interval(first=handled.effective, last=order.last)


def _until_handling(order: Interval, handled: Handled) -> Interval:
    return order if handled.agreed else Interval(first=order.first, last=handled.handling)


def _next_day(handling: date) -> date:
    return handling + DAY


def _by_the_fifth(month: date, handled: Handled) -> date:
    still_open = handled.handling.day <= 5 and handled.effective < month
    by_fifth = handled.settings.settlement_month == "until_fifth"
    return month_before(month) if by_fifth and still_open else month


def _current_month(days: Days, month: date) -> Days:
    return frozenset(day for day in days if day >= month)


def _late_and_not_agreed(days: Days, handled: Handled) -> Days:
    return days if handled.agreed else days - handled.exceeded


def _decline_loss(days: Days, handled: Handled, month: date) -> Days:
    if (handled.answer, handled.settings.decline_pay) != ("declined", "lose_current_month"):
        return days
    return frozenset(day for day in days if day.replace(day=1) != month)


def _close_existing(closed: Days, handled: Handled, paid: Days) -> Days:
    if handled.answer != "declined" and handled.settings.close_existing == "on_decline":
        return closed
    return closed | paid


def _not_twice(lines: tuple[CareLine, ...], days: Days) -> tuple[CareLine, ...]:
    return (*lines, *taken_back(lines, days))


def _orderer_late(proposed: Days, handled: Handled, due: date) -> Days:
    if handled.handling <= due:
        return proposed
    in_time = paid_days(replace(handled, handling=due))
    return proposed | (in_time - paid_days(handled))


def _adjust(lines: tuple[CareLine, ...], line: CareLine) -> tuple[CareLine, ...]:
    return (*lines, line)


EXCEEDED: Final = MoneyRule("exceeded_days", ("S1-R10", "S1-R12"), _exceeded)
FROM_EFFECTIVE: Final = MoneyRule(
    "ordered_from_effective_date", ("S1-R16", "S1-R20", "S1-R25"), _from_effective
)
UNTIL_HANDLING: Final = MoneyRule("ordered_until_handling", ("S1-R20", "S1-R25"), _until_handling)
NEXT_DAY: Final = MoneyRule("other_starts_next_day", ("S1-R24",), _next_day)
BY_THE_FIFTH: Final = MoneyRule("settlement_month_by_the_fifth", ("S1-R3", "S1-R18"), _by_the_fifth)
CURRENT_MONTH: Final = MoneyRule("current_month_only", ("S1-R18", "S1-R22"), _current_month)
LATE: Final = MoneyRule("late_and_not_agreed", ("S1-R12", "S1-R19"), _late_and_not_agreed)
DECLINE_LOSS: Final = MoneyRule("loss_after_decline", ("S1-R27",), _decline_loss)
CLOSE_EXISTING: Final = MoneyRule("existing_order_closed", ("S1-R29",), _close_existing)
NOT_TWICE: Final = MoneyRule("no_day_twice", ("S1-R29",), _not_twice)
ORDERER_LATE: Final = MoneyRule("lost_by_the_orderer", ("S1-R30",), _orderer_late)
ADJUST: Final = MoneyRule("post_adjustment", ("S1-R30",), _adjust)

MONEY: Final = (
    EXCEEDED,
    FROM_EFFECTIVE,
    UNTIL_HANDLING,
    NEXT_DAY,
    BY_THE_FIFTH,
    CURRENT_MONTH,
    LATE,
    DECLINE_LOSS,
    CLOSE_EXISTING,
    NOT_TWICE,
    ORDERER_LATE,
    ADJUST,
)


# --- the algorithm --------------------------------------------------------------------------------


def exceeded_days(began: date, received: date, calendar: Calendar, settings: CareSettings) -> Days:
    """Return the days by which a request came too late; none where it came in time."""
    found: Days = EXCEEDED.apply(frozenset(), began, received, calendar, settings)
    return found


def order_of(handled: Handled) -> Interval | None:
    """Return what is ordered of the help that was given; None where none of it was yet."""
    order: Interval = UNTIL_HANDLING.apply(
        FROM_EFFECTIVE.apply(Interval(first=handled.began, last=None), handled), handled
    )
    return order if order.last is None or order.first <= order.last else None


def other_starts(handling: date) -> date:
    """Return the first day of the other intervention, or of the existing one after a decline."""
    day: date = NEXT_DAY.apply(handling)
    return day


def settlement_month(handled: Handled) -> date:
    """Return the first day of the month that is being settled when a request is handled."""
    month: date = BY_THE_FIFTH.apply(handled.handling.replace(day=1), handled)
    return month


def paid_days(handled: Handled) -> Days:
    """Return the days through handling that are paid. What a grant orders runs on after them."""
    order = order_of(handled)
    if order is None:
        return frozenset()
    month = settlement_month(handled)
    days: Days = between(order.first, handled.handling)
    days = CURRENT_MONTH.apply(days, month)
    days = LATE.apply(days, handled)
    paid: Days = DECLINE_LOSS.apply(days, handled, month)
    return paid


def closed_days(handled: Handled) -> Days:
    """Return the days through handling on which the existing order is closed."""
    days: Days = CLOSE_EXISTING.apply(frozenset(), handled, paid_days(handled))
    return days


def lost_by_the_orderer(handled: Handled, due: date) -> Days:
    """Return the days that are not paid only because the orderer answered after its deadline."""
    days: Days = ORDERER_LATE.apply(frozenset(), handled, due)
    return days


def suspended(lines: tuple[CareLine, ...], days: Days) -> tuple[CareLine, ...]:
    """Return an order's lines when another one pays some days: each is taken back, once."""
    kept: tuple[CareLine, ...] = NOT_TWICE.apply(lines, days)
    return kept


def adjusted(lines: tuple[CareLine, ...], line: CareLine) -> tuple[CareLine, ...]:
    """Return the lines with a correction after them."""
    kept: tuple[CareLine, ...] = ADJUST.apply(lines, line)
    return kept
