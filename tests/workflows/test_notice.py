"""Notice periods: the golden vectors, and what always holds."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from workflows.notice import NoticePolicy

DAYS = st.dates(date(2020, 1, 1), date(2060, 1, 1))


@pytest.mark.parametrize(
    ("notice", "days", "months"),
    [
        ("2026-11-23", "2026-12-30", "2026-12-31"),
        ("2027-01-31", "2027-03-02", "2027-02-28"),
        ("2027-02-01", "2027-03-30", "2027-03-31"),
    ],
)
def test_running_month_plus_30_days_or_one_month_ends_where_the_vectors_say(
    notice: str, days: str, months: str
) -> None:
    given_on = date.fromisoformat(notice)
    assert NoticePolicy(plus_days=30).end_for(given_on) == date.fromisoformat(days)
    assert NoticePolicy(plus_months=1).end_for(given_on) == date.fromisoformat(months)


def test_without_a_number_it_is_30_days() -> None:
    assert NoticePolicy().filled() == NoticePolicy(plus_days=30)
    assert NoticePolicy().end_for(date(2026, 11, 23)) == date(2026, 12, 30)


def test_without_the_running_month_it_counts_from_the_day_of_notice() -> None:
    plain = NoticePolicy(running_month=False, plus_days=14)
    assert plain.end_for(date(2026, 11, 23)) == date(2026, 12, 7)
    monthly = NoticePolicy(running_month=False, plus_months=1)
    assert monthly.end_for(date(2027, 1, 30)) == date(2027, 2, 28)


def test_days_and_months_together_are_refused() -> None:
    with pytest.raises(ValidationError):
        NoticePolicy(plus_days=30, plus_months=1)


@given(DAYS, st.booleans(), st.integers(0, 400))
def test_an_agreement_never_ends_before_notice_was_given(
    day: date, running: bool, days: int
) -> None:
    assert NoticePolicy(running_month=running, plus_days=days).end_for(day) >= day


@given(DAYS, DAYS, st.integers(0, 24))
def test_later_notice_never_ends_earlier(one: date, other: date, months: int) -> None:
    policy = NoticePolicy(plus_months=months)
    first, second = sorted((one, other))
    assert policy.end_for(first) <= policy.end_for(second)
