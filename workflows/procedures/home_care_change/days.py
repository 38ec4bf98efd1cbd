"""Days as sets and as intervals with both ends inside; the 5th of the month after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict

Days = frozenset[date]
DAY: Final = timedelta(days=1)


class Interval(BaseModel):
    """Days with both ends inside; `last` None: until further notice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: date
    last: date | None


def between(first: date, last: date) -> Days:
    """Return all days of an interval; none where it is turned around."""
    return frozenset(first + DAY * number for number in range((last - first).days + 1))


def intervals(days: Iterable[date]) -> tuple[Interval, ...]:
    """Return days as the fewest intervals, in their order."""
    found: list[Interval] = []
    for day in sorted(days):
        if found and found[-1].last == day - DAY:
            found[-1] = Interval(first=found[-1].first, last=day)
        else:
            found.append(Interval(first=day, last=day))
    return tuple(found)


def month_before(first: date) -> date:
    """Return the first day of the month before."""
    return (first - DAY).replace(day=1)


def fifth_after(day: date) -> date:
    """Return the 5th of the month after a day (da: d. 5. i efterfølgende måned)."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=5)
