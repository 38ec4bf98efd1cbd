"""Notice periods (da: opsigelsesvarsel, sv: uppsägningstid): from the day of notice to the end.

The seed fixes no number. The common wordings are "løbende måned + 30 dage" and "løbende måned +
1 måned"; the default is the first, and an agreement may carry its own.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class NoticePolicy(BaseModel):
    """How an agreement ends after notice. Days or months, never both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    running_month: bool = True
    """The month in which notice is given runs out first (da: løbende måned)."""
    plus_days: int | None = Field(default=None, ge=0, le=3660)
    """Calendar days after that."""
    plus_months: int | None = Field(default=None, ge=0, le=120)
    """Calendar months after that; from the last day of a month to the last day of a month."""

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if self.plus_days is not None and self.plus_months is not None:
            raise ValueError("plus_days and plus_months exclude each other")
        return self

    def filled(self) -> NoticePolicy:
        """Return the same policy, with 30 days where it names neither days nor months."""
        if self.plus_days is None and self.plus_months is None:
            return self.model_copy(update={"plus_days": 30})
        return self

    def end_for(self, notice_given: date) -> date:
        """Return the last day of the agreement when notice is received on a day."""
        policy = self.filled()
        first = _month_end(notice_given) if policy.running_month else notice_given
        if policy.plus_months is not None:
            return _plus_months(first, policy.plus_months)
        return first + timedelta(days=policy.plus_days or 0)


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _plus_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    is_month_end = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_month_end else min(day.day, last))
