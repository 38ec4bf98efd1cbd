"""The golden vectors of Danish and Swedish working days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calendars import Calendar, end_of_day

DK, SE = Calendar("DK"), Calendar("SE")
DAYS = st.dates(date(2010, 1, 1), date(2060, 1, 1))


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-23", "2026-11-30"),
        ("2026-11-27", "2026-12-04"),
        ("2026-11-30", "2026-12-07"),
        ("2026-12-22", "2027-01-04"),
        ("2026-12-30", "2027-01-08"),
        ("2027-03-24", "2027-04-05"),
        ("2027-04-30", "2027-05-10"),
        ("2027-05-31", "2027-06-07"),
        ("2028-03-31", "2028-04-07"),
    ],
)
def test_five_danish_working_days_end_where_the_golden_vectors_say(received: str, due: str) -> None:
    assert DK.add_working_days(day(received), 5).due == day(due)


@pytest.mark.parametrize(
    ("received", "three", "fifteen"),
    [
        ("2026-11-23", "2026-11-26", "2026-12-14"),
        ("2026-12-21", "2026-12-28", "2027-01-18"),
        ("2026-12-30", "2027-01-07", "2027-01-25"),
        ("2027-03-24", "2027-03-31", "2027-04-16"),
        ("2027-04-29", "2027-05-04", "2027-05-21"),
        ("2027-05-05", "2027-05-11", "2027-05-27"),
        ("2027-06-23", "2027-06-29", "2027-07-15"),
    ],
)
def test_swedish_working_days_end_where_the_golden_vectors_say(
    received: str, three: str, fifteen: str
) -> None:
    assert SE.add_working_days(day(received), 3).due == day(three)
    assert SE.add_working_days(day(received), 15).due == day(fifteen)


def test_store_bededag_is_a_day_off_until_2023_and_a_working_day_after() -> None:
    assert DK.reason_off(day("2023-05-05")) == "great_prayer_day"
    assert DK.is_working_day(day("2024-04-26"))


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("2026-06-05", "constitution_day"),
        ("2026-12-24", "christmas_eve"),
        ("2026-12-31", "new_years_eve"),
        ("2026-04-02", "maundy_thursday"),
        ("2026-05-25", "whit_monday"),
    ],
)
def test_danish_days_off_are_named(when: str, reason: str) -> None:
    assert DK.reason_off(day(when)) == reason


def test_first_of_may_is_a_working_day_in_denmark_and_none_in_sweden() -> None:
    assert DK.is_working_day(day("2026-05-01"))
    assert SE.reason_off(day("2026-05-01")) == "may_day"


def test_midsummer_eve_and_the_national_day_are_off_in_sweden_only() -> None:
    assert SE.reason_off(day("2027-06-25")) == "midsummer_eve"
    assert SE.reason_off(day("2028-06-06")) == "national_day"
    assert DK.is_working_day(day("2027-06-25"))


def test_a_saturday_counts_only_where_the_policy_says_so() -> None:
    assert not DK.is_working_day(day("2026-11-28"))
    assert Calendar("DK", saturday=True).is_working_day(day("2026-11-28"))
    assert not Calendar("DK", saturday=True).is_working_day(day("2026-12-26"))


def test_a_local_day_off_is_passed_over_and_named() -> None:
    local = Calendar("DK", extra_off=((5, 1),))
    counted = local.add_working_days(day("2026-04-30"), 1)
    assert counted.due == day("2026-05-04")
    assert counted.skipped[0] == (day("2026-05-01"), "local_day_off")


def test_a_day_ends_one_second_before_midnight_in_its_own_zone_winter_and_summer() -> None:
    assert DK.end_of_day(day("2026-12-01")) == datetime(2026, 12, 1, 22, 59, 59, tzinfo=UTC)
    assert DK.end_of_day(day("2026-07-01")) == datetime(2026, 7, 1, 21, 59, 59, tzinfo=UTC)
    assert end_of_day(day("2026-10-25"), SE.zone) == datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC)


def test_a_mail_after_midnight_local_time_is_of_the_next_day() -> None:
    assert DK.local_date(datetime(2026, 11, 23, 23, 30, tzinfo=UTC)) == day("2026-11-24")


def test_nobody_counts_backwards() -> None:
    with pytest.raises(ValueError, match="forward"):
        DK.add_working_days(day("2026-11-23"), -1)


@given(DAYS, st.integers(0, 40), st.sampled_from([DK, SE, Calendar("DK", saturday=True)]))
def test_counting_on_from_a_deadline_is_counting_all_at_once(
    start: date, n: int, calendar: Calendar
) -> None:
    first, second = n // 2, n - n // 2
    halfway = calendar.add_working_days(start, first).due
    assert calendar.add_working_days(halfway, second).due == calendar.add_working_days(start, n).due


@given(DAYS, st.integers(1, 40), st.sampled_from([DK, SE]))
def test_a_deadline_is_a_working_day_and_every_skipped_day_is_none(
    start: date, n: int, calendar: Calendar
) -> None:
    counted = calendar.add_working_days(start, n)
    assert calendar.is_working_day(counted.due)
    assert all(not calendar.is_working_day(skipped) for skipped, _ in counted.skipped)
    assert (counted.due - start).days == n + len(counted.skipped)
