"""Which of the delivered hours may be billed (S3-R5): as ordered, and exceeding the order.

Exceeded is what was delivered before the written order, which an oral one went ahead of, and what
goes beyond the ordered hours of a month. Each stands in a line of its own, and is billed in the
current period only. A period is a calendar month; hours a month are spread over its days.

    ordered + exceeded before + exceeded above = delivered    (as long as the period is current)
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from workflows.definition import MoneyRule
from workflows.procedures.service_order.messages import DeliveredDay
from workflows.procedures.service_order.order_case import TimeLine, Written
from workflows.settlement import CENT, rounded

Label = Literal["ORDERED_TIME", "EXCEEDED_BEFORE_ORDER", "EXCEEDED_ABOVE_ORDER"]
_NOTHING: Final = Decimal("0.00")


def _billed(nothing: Decimal, exceeded: Decimal, bill: bool) -> Decimal:
    """Exceeded time may be billed."""
    return exceeded if bill else nothing


def _current_only(hours: Decimal, current: bool) -> Decimal:
    """And no longer than its period is the current one."""
    return hours if current else _NOTHING


EXCEEDED_TIME: Final = MoneyRule("exceeded_time", ("S3-R5",), _billed)
CURRENT_PERIOD: Final = MoneyRule("current_period", ("S3-R5",), _current_only)
MONEY: Final = (EXCEEDED_TIME, CURRENT_PERIOD)


def month_of(day: date) -> str:
    """Return the period of a day, as 2026-11."""
    return f"{day:%Y-%m}"


def is_current(month: str, today: date, until_day: int) -> bool:
    """Whether a period is open: it runs, or it is the last one and this day has not passed."""
    if month_of(today) == month:
        return True
    before = month_of(date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1))
    return month == before and today.day <= until_day


def lines_of_month(
    days: Sequence[DeliveredDay],
    orders: Sequence[Written],
    *,
    last_day: date | None,
    current: bool,
    bill: bool,
) -> tuple[TimeLine, ...]:
    """Return the lines of the delivered days of one month, those without hours left out."""
    if not days:
        return ()
    start = orders[0].first_day if orders else None
    before = [one for one in days if start is None or one.day < start]
    within = [one for one in days if start is not None and one.day >= start]
    allowed = hours_allowed(days[0].day, orders, last_day)
    delivered = _sum(within)
    as_ordered = delivered if allowed is None else min(delivered, allowed)
    parts: tuple[tuple[Label, Sequence[DeliveredDay], Decimal], ...] = (
        ("ORDERED_TIME", within, as_ordered),
        ("EXCEEDED_BEFORE_ORDER", before, _exceeded(_sum(before), current, bill)),
        ("EXCEEDED_ABOVE_ORDER", within, _exceeded(delivered - as_ordered, current, bill)),
    )
    rate = orders[-1].order.hourly_rate if orders else None
    return tuple(_line(label, of, hours, rate) for label, of, hours in parts if hours)


def _exceeded(hours: Decimal, current: bool, bill: bool) -> Decimal:
    billed: Decimal = EXCEEDED_TIME.apply(_NOTHING, hours, bill)
    kept: Decimal = CURRENT_PERIOD.apply(billed, current)
    return kept


def hours_allowed(month: date, orders: Sequence[Written], last_day: date | None) -> Decimal | None:
    """Return the ordered hours of a day's month, two decimals; None where none are ordered by hour.

    Each day has its share of the hours a month of the services that are valid on it, by the version
    that is in force.
    """
    services = [service for one in orders for service in one.order.services]
    if all(service.hours_per_month is None for service in services):
        return None
    length = monthrange(month.year, month.month)[1]
    total = Fraction(0)
    for number in range(1, length + 1):
        day = month.replace(day=number)
        if last_day is None or day <= last_day:
            total += sum((Fraction(hours) for hours in _hours_on(day, orders)), Fraction(0))
    exact = total / length
    return rounded(Decimal(exact.numerator) / Decimal(exact.denominator))


def _hours_on(day: date, orders: Sequence[Written]) -> Iterable[Decimal]:
    in_force = next((one for one in reversed(orders) if one.first_day <= day), None)
    for service in in_force.order.services if in_force else ():
        ended = service.valid_to is not None and service.valid_to < day
        if service.hours_per_month is not None and service.valid_from <= day and not ended:
            yield service.hours_per_month


def _sum(days: Iterable[DeliveredDay]) -> Decimal:
    return sum((one.hours for one in days), _NOTHING)


def _line(
    label: Label, days: Sequence[DeliveredDay], hours: Decimal, rate: Decimal | None
) -> TimeLine:
    return TimeLine(
        month=month_of(days[0].day),
        first=min(one.day for one in days),
        last=max(one.day for one in days),
        label=label,
        quantity=hours.quantize(CENT),
        rate=rate,
        amount=None if rate is None else rounded(hours * rate),
    )
