"""Times as the database has them: RFC 3339 in UTC, text that sorts as it counts."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import String
from sqlalchemy.types import TypeDecorator


class Time(TypeDecorator[datetime]):
    """An aware UTC time, kept as RFC 3339 text with microseconds, which sorts as it counts."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:  # noqa: ARG002
        """To text."""
        return None if value is None else written_time(value)

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        """From text."""
        return None if value is None else read_time(value)


@lru_cache(maxsize=64)  # all rows of a batch have the same time
def written_time(value: datetime) -> str:
    """RFC 3339 in UTC with microseconds and Z."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def read_time(text: str) -> datetime:
    """The reverse of `written_time`."""
    return datetime.fromisoformat(text)
