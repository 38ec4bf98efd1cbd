"""The settlement plan (da: afregningsplan): monthly lines from rates, in exact money.

Amounts are `Decimal` in kroner, rounded half up to øre on each line. Which of the first and the
last day are paid is the caller's policy. A closed month is never edited: what it should have been
and was not stands in an open month, as a line of its own (`settled`).

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
from typing import Final, Literal, Protocol, TypeAlias

from pydantic import BaseModel, ConfigDict

Unit = Literal["day", "hour", "month", "once"]
LineKind = Literal["plan", "adjustment", "correction"]
"""`plan`: follows from the terms. `adjustment`: makes good what a closed month was planned wrongly
for. `correction`: entered by a person, with a reason (da: efterregulering)."""
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
    kind: LineKind = "plan"
    payer: str | None = None
    """The key of the kommune that pays, where it has changed on the way; None: the first payer."""
    corrects: str | None = None
    """The closed month (YYYY-MM) that an adjustment or correction belongs to."""
    reason: str | None = None
    """Why the line was added, where it does not follow from the terms."""
    disputed: bool = False
    """Whether a kommune has objected to it, and nobody has answered yet."""


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


def settled(
    kept: Iterable[PlanLine], target: Iterable[PlanLine], closed: str | None, into: str, reason: str
) -> tuple[PlanLine, ...]:
    """Return the lines after a change: closed months as they were, open ones as they should be.

    `kept`: the lines until now. `target`: what follows from the terms as they are now. `closed`:
    the last closed month, None where none is. What the closed months should have been and were
    not becomes one adjustment for each month, label and payer, in the month `into`. Corrections by
    people stand beside the plan and are never counted against it. So the sum of the lines is always
    that of `target` and the corrections.
    """
    kept, target = tuple(kept), tuple(target)
    frozen = [one for one in kept if one.kind != "plan" or _is_closed(one.month, closed)]
    booked = _sums(one for one in frozen if one.kind != "correction")
    owed = _sums(one for one in target if _is_closed(one.month, closed))
    made = [
        _adjustment(key, owed.get(key, _NOTHING) - booked.get(key, _NOTHING), into, reason)
        for key in dict.fromkeys((*booked, *owed))
        if owed.get(key, _NOTHING) != booked.get(key, _NOTHING)
    ]
    still_open = [one for one in target if not _is_closed(one.month, closed)]
    return tuple(sorted([*frozen, *made, *still_open], key=lambda line: line.month))


_NOTHING: Final = Decimal("0.00")
_Key: TypeAlias = tuple[str, str, str | None]


def _is_closed(month: str, closed: str | None) -> bool:
    return closed is not None and month <= closed


def _sums(lines: Iterable[PlanLine]) -> dict[_Key, Decimal]:
    """The sums of the months that lines belong to; an adjustment stands in another month."""
    found: dict[_Key, Decimal] = {}
    for line in lines:
        key = (line.corrects or line.month, line.label, line.payer)
        found[key] = found.get(key, _NOTHING) + (line.amount or _NOTHING)
    return found


def _adjustment(key: _Key, amount: Decimal, into: str, reason: str) -> PlanLine:
    month, label, payer = key
    line = correction(month, label, amount, into, reason)
    return line.model_copy(update={"kind": "adjustment", "payer": payer})


def correction(month: str, label: str, amount: Decimal, into: str, reason: str) -> PlanLine:
    """Return a line that adds an amount, or takes one off, for a month, and stands in another."""
    first = date.fromisoformat(f"{month}-01")
    return PlanLine(
        month=into,
        first=first,
        last=first.replace(day=monthrange(first.year, first.month)[1]),
        label=label,
        unit="once",
        quantity=Decimal("1.00"),
        rate=amount,
        amount=amount,
        kind="correction",
        corrects=month,
        reason=reason,
    )


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
