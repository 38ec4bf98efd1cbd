"""The arithmetic of an overview: exact sums, averages weighted by places.

Amounts are kroner as Decimal, rounded half up to two decimals once, at the end of each average.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from workflows.definition import MoneyRule
from workflows.procedures.capacity_report.cycle import Totals
from workflows.procedures.capacity_report.messages import FacilityRow

_CENT: Final = Decimal("0.01")
_NOTHING: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Line:
    """What the rows of one group come to."""

    group: str
    places: int
    occupied: int
    expected_need: int
    gap: int
    """Places without need, or below nothing: need without places (S4-R6)."""
    occupancy: Decimal
    """Per cent of the places."""
    average_rate: Decimal
    rate_change: Decimal | None
    expenditure: Decimal


def _gap(places: int, need: int) -> int:
    return places - need


def _weighted(plain: Decimal, rates: Sequence[tuple[Decimal, int]]) -> Decimal:
    """Return the average by places; the plain one where nobody has any place."""
    weight = sum(places for _, places in rates)
    if not weight:
        return plain
    total = sum((rate * places for rate, places in rates), Decimal(0))
    return (total / weight).quantize(_CENT, ROUND_HALF_UP)


def _added(total: Decimal, amount: Decimal) -> Decimal:
    return total + amount


def _small_only(rows: tuple[FacilityRow, ...]) -> tuple[FacilityRow, ...]:
    return tuple(row for row in rows if row.small_target_group)


def _operator(_: str, row: FacilityRow) -> str:
    return row.operator_type


GAP: Final = MoneyRule("supply_beside_need", ("S4-R6",), _gap)
WEIGHTED: Final = MoneyRule("average_rate", ("S4-R8",), _weighted)
SPENT: Final = MoneyRule("expenditure", ("S4-R8",), _added)
SMALL: Final = MoneyRule("small_target_groups", ("S4-R7",), _small_only)
OPERATOR: Final = MoneyRule("supply_by_operator", ("S4-R3",), _operator)
MONEY: Final = (GAP, WEIGHTED, SPENT, SMALL, OPERATOR)


def lines_by(
    rows: Iterable[FacilityRow], group_of: Callable[[FacilityRow], str]
) -> tuple[Line, ...]:
    """Return a line for each group, by name."""
    groups: dict[str, list[FacilityRow]] = {}
    for row in rows:
        groups.setdefault(group_of(row), []).append(row)
    return tuple(line_of(name, groups[name]) for name in sorted(groups))


def line_of(group: str, rows: Sequence[FacilityRow]) -> Line:
    """Return what some rows come to."""
    places = sum(row.places for row in rows)
    occupied = sum(row.occupied for row in rows)
    need = sum(row.expected_need for row in rows)
    changes = [(row.rate_change, row.places) for row in rows if row.rate_change is not None]
    spent = _NOTHING
    for row in rows:
        spent = SPENT.apply(spent, row.expenditure or _NOTHING)
    return Line(
        group=group,
        places=places,
        occupied=occupied,
        expected_need=need,
        gap=GAP.apply(places, need),
        occupancy=_share(occupied, places),
        average_rate=_average([(row.rate, row.places) for row in rows]),
        rate_change=_average(changes) if changes else None,
        expenditure=spent,
    )


def totals_of(rows: Sequence[FacilityRow]) -> Totals:
    """Return what all rows come to."""
    line = line_of("", rows)
    return Totals(
        places=line.places,
        occupied=line.occupied,
        expected_need=line.expected_need,
        average_rate=line.average_rate,
        expenditure=line.expenditure,
    )


def small_groups(rows: tuple[FacilityRow, ...]) -> tuple[Line, ...]:
    """Return the lines of small target groups and of those with complicated problems."""
    return lines_by(SMALL.apply(rows), lambda row: row.target_group)


def by_operator(rows: tuple[FacilityRow, ...]) -> tuple[Line, ...]:
    """Return the lines by whose the facilities are: own, another kommune's, the region's..."""
    return lines_by(rows, lambda row: str(OPERATOR.apply(row.facility, row)))


def _average(rates: Sequence[tuple[Decimal, int]]) -> Decimal:
    if not rates:
        return _NOTHING
    plain = sum((rate for rate, _ in rates), Decimal(0)) / len(rates)
    found: Decimal = WEIGHTED.apply(plain.quantize(_CENT, ROUND_HALF_UP), rates)
    return found


def _share(part: int, whole: int) -> Decimal:
    if not whole:
        return _NOTHING
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
