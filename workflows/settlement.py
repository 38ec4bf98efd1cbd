"""The settlement plan (da: afregningsplan): monthly lines from rates, in exact money.

Amounts are `Decimal` in kroner, rounded half up to øre on each line. Which of the first and the
last day are paid is the caller's policy. A closed month is never edited: corrections are lines of
their own, and come with later events.

- `day`: so many days times the rate.
- `month`: the rate, for a part of a month by its days.
- `hour`: the agreed hours a month times the rate, for a part of a month by its days; where no hours
  are agreed the line waits for reported hours and has no amount.
- `once`: the rate, on its first day.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict

Unit = Literal["day", "hour", "month", "once"]
CENT: Final = Decimal("0.01")


class Price(Protocol):
    """What a plan needs to know of a rate or a supplement."""

    @property
    def amount(self) -> Decimal:
        """Kroner for one unit."""

    @property
    def unit(self) -> Unit:
        """What one unit is."""

    @property
    def first(self) -> date | None:
        """From this day; None: from the agreement's start."""

    @property
    def last(self) -> date | None:
        """To this day; None: to the agreement's end."""

    @property
    def hours(self) -> Decimal | None:
        """Agreed hours a month, for the unit hour."""

    @property
    def label(self) -> str:
        """What the line is called."""


class PlanLine(BaseModel):
    """One price in one month."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    month: str
    """YYYY-MM."""
    first: date
    last: date
    label: str
    unit: Unit
    quantity: Decimal | None
    """Days, months or hours; None while hours are not known."""
    rate: Decimal
    amount: Decimal | None
    """Kroner, two decimals; None while hours are not known."""


def rounded(amount: Decimal) -> Decimal:
    """To whole øre, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def paid_period(
    start: date, end: date, *, count_first_day: bool, count_last_day: bool
) -> tuple[date, date] | None:
    """Return the first and last paid day of a period; None when no day of it is paid."""
    first = start if count_first_day else start + timedelta(days=1)
    last = end if count_last_day else end - timedelta(days=1)
    return (first, last) if first <= last else None


def plan(prices: Iterable[Price], period: tuple[date, date] | None) -> tuple[PlanLine, ...]:
    """Return the lines of all prices over the paid days, month by month.

    Within a month they stand in the order of the prices. A price without `first` or `last` runs as
    long as the period does.
    """
    if period is None:
        return ()
    lines = [line for price in prices for line in _lines_of(price, *period)]
    return tuple(sorted(lines, key=lambda line: line.month))


def total(lines: Iterable[PlanLine]) -> Decimal:
    """Return the sum of the amounts that are known."""
    return sum((line.amount for line in lines if line.amount is not None), Decimal("0.00"))


def _lines_of(price: Price, start: date, end: date) -> Iterator[PlanLine]:
    first = max(start, price.first or start)
    last = min(end, price.last or end)
    if first > last:
        return
    if price.unit == "once":
        yield _line(price, first, first)
        return
    for month_first, month_last in _months(first, last):
        yield _line(price, month_first, month_last)


def _months(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        month_end = first.replace(day=monthrange(first.year, first.month)[1])
        yield first, min(month_end, last)
        first = month_end + timedelta(days=1)


def _line(price: Price, first: date, last: date) -> PlanLine:
    quantity, exact = _measure(price, first, last)
    return PlanLine(
        month=f"{first:%Y-%m}",
        first=first,
        last=last,
        label=price.label,
        unit=price.unit,
        quantity=None if quantity is None else rounded(quantity),
        rate=price.amount,
        amount=None if exact is None else rounded(exact),
    )


def _measure(price: Price, first: date, last: date) -> tuple[Decimal | None, Decimal | None]:
    """How much of the unit, and its price, both before rounding."""
    days = Decimal((last - first).days + 1)
    month_days = Decimal(monthrange(first.year, first.month)[1])
    match price.unit:
        case "day":
            return days, days * price.amount
        case "month":
            return days / month_days, price.amount * days / month_days
        case "once":
            return Decimal(1), price.amount
        case "hour" if price.hours is not None:
            return price.hours * days / month_days, price.amount * price.hours * days / month_days
        case _:
            return None, None
