"""What is done once on a day, by whichever process comes first."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, insert, select, update

from gateway.store import tables as t


def claim(connection: Connection, name: str, day: date) -> bool:
    """Claim a day's work. False when it, or a later day's, was claimed before."""
    c, row = t.counters.c, f"daily.{name}"
    if connection.execute(select(c.value).where(c.name == row)).scalar() is None:
        connection.execute(insert(t.counters).values(name=row, value=0))
    later = update(t.counters).where(c.name == row, c.value < day.toordinal())
    return connection.execute(later.values(value=day.toordinal())).rowcount == 1
