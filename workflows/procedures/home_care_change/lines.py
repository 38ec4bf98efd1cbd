"""Settlement lines (da: afregningslinjer): days in one settlement month, and what they come to.

A line is never edited. What is taken back or corrected is a line of its own, after the others.
Amounts are kroner, rounded half up to øre on each line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from workflows.procedures.home_care_change.days import (
    DAY,
    Days,
    Interval,
    between,
    fifth_after,
    intervals,
)
from workflows.procedures.home_care_change.messages import CareRate, hours_a_day
from workflows.settlement import rounded


class CareLine(BaseModel):
    """Some days in one settlement month (da: afregningsmåned), never edited afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    month: str
    """YYYY-MM."""
    first: date
    last: date
    kind: Literal["paid", "exceeded", "suspended", "adjustment"]
    """Help that is paid; days lost for lateness; days that another order pays; a correction."""
    days: int
    """Days that are paid; below zero where they are taken back."""
    unit: Literal["day", "hour"] | None
    quantity: Decimal | None
    """Days or hours, two decimals; None while the hours are not known."""
    rate: Decimal | None
    amount: Decimal | None
    """Kroner; None where no rate was given."""
    reason: str | None = None


def lines_of(
    days: Days,
    rate: CareRate | None,
    minutes_per_week: int | None,
    kind: Literal["paid", "exceeded", "adjustment"] = "paid",
) -> tuple[CareLine, ...]:
    """Return one line for each stretch of days in one month."""
    return tuple(
        _line(first, last, rate, minutes_per_week, kind) for first, last in _by_month(days)
    )


def net_days(lines: Iterable[CareLine]) -> Days:
    """Return the days that lines pay, after all that they take back."""
    count: dict[date, int] = {}
    for line in lines:
        step = (line.days > 0) - (line.days < 0)
        for day in between(line.first, line.last):
            count[day] = count.get(day, 0) + step
    return frozenset(day for day, number in count.items() if number > 0)


def total(lines: Iterable[CareLine]) -> Decimal:
    """Return the sum of the amounts that are known."""
    return sum((line.amount for line in lines if line.amount is not None), Decimal("0.00"))


def _by_month(days: Days) -> Iterator[tuple[date, date]]:
    for stretch in intervals(days):
        first, end = stretch.first, stretch.last or stretch.first
        while first <= end:
            last = min(fifth_after(first).replace(day=1) - DAY, end)
            yield first, last
            first = last + DAY


def _line(
    first: date,
    last: date,
    rate: CareRate | None,
    minutes_per_week: int | None,
    kind: Literal["paid", "exceeded", "adjustment"],
) -> CareLine:
    days = (last - first).days + 1 if kind != "exceeded" else 0
    exact: Decimal | None = Decimal(days)
    if rate is not None and rate.unit == "hour":
        exact = None if minutes_per_week is None else days * hours_a_day(minutes_per_week)
    amount = None if rate is None or exact is None else rounded(exact * rate.amount)
    return CareLine(
        month=f"{first:%Y-%m}",
        first=first,
        last=last,
        kind=kind,
        days=days,
        unit=rate.unit if rate else None,
        quantity=None if exact is None else rounded(exact),
        rate=rate.amount if rate else None,
        amount=amount,
    )


def taken_back(lines: tuple[CareLine, ...], days: Days) -> Iterator[CareLine]:
    """Return a line for each day that is paid and not taken back yet, at the price it had."""
    still = net_days(lines) & days
    for line in lines:
        if line.days <= 0:
            continue
        for stretch in intervals(between(line.first, line.last) & still):
            yield _taken_back(line, stretch)
        still -= between(line.first, line.last)


def _taken_back(line: CareLine, stretch: Interval) -> CareLine:
    last = stretch.last or stretch.first
    days = (last - stretch.first).days + 1
    share = Decimal(days) / Decimal(line.days)
    whole = days == line.days
    amount = None if line.amount is None else -(line.amount if whole else line.amount * share)
    quantity = None if line.quantity is None else -line.quantity * share
    return line.model_copy(
        update={
            "first": stretch.first,
            "last": last,
            "kind": "suspended",
            "days": -days,
            "quantity": None if quantity is None else rounded(quantity),
            "amount": None if amount is None else rounded(amount),
        }
    )
