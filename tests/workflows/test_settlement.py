"""The settlement plan: exact money, every paid day once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from workflows.settlement import Unit, paid_period, plan, rounded, total


@dataclass(frozen=True)
class Price:
    amount: Decimal
    unit: Unit = "day"
    first: date | None = None
    last: date | None = None
    hours: Decimal | None = None
    label: str = "Takst"


AMOUNTS = st.decimals(0, 99_999, places=2)
STARTS = st.dates(date(2024, 1, 1), date(2030, 1, 1))
SPANS = st.integers(0, 800)
DECEMBER = (date(2026, 12, 1), date(2026, 12, 31))


def test_a_daily_rate_is_its_days_times_the_rate_month_by_month() -> None:
    lines = plan([Price(Decimal("1845.50"))], (date(2026, 12, 15), date(2027, 1, 31)))
    assert [(line.month, line.quantity, line.amount) for line in lines] == [
        ("2026-12", Decimal("17.00"), Decimal("31373.50")),
        ("2027-01", Decimal("31.00"), Decimal("57210.50")),
    ]


def test_half_a_month_is_paid_by_its_days() -> None:
    lines = plan([Price(Decimal("31000.00"), "month")], (date(2026, 12, 1), date(2026, 12, 10)))
    assert lines[0].amount == Decimal("10000.00")


def test_agreed_hours_are_paid_and_unknown_hours_wait() -> None:
    agreed = plan([Price(Decimal("400.00"), "hour", hours=Decimal("12.50"))], DECEMBER)
    assert agreed[0].amount == Decimal("5000.00")
    unknown = plan([Price(Decimal("400.00"), "hour")], DECEMBER)
    assert unknown[0].amount is None
    assert unknown[0].quantity is None


def test_a_single_payment_falls_on_its_first_day_only() -> None:
    once = Price(Decimal("2500.00"), "once", first=date(2026, 12, 24))
    lines = plan([once], (date(2026, 12, 1), date(2027, 3, 31)))
    assert [(line.first, line.amount) for line in lines] == [
        (date(2026, 12, 24), Decimal("2500.00"))
    ]


def test_a_new_rate_takes_over_on_its_first_day() -> None:
    old = Price(Decimal("1000.00"), last=date(2026, 12, 31))
    new = Price(Decimal("1100.00"), first=date(2027, 1, 1))
    lines = plan([old, new], (date(2026, 12, 30), date(2027, 1, 2)))
    assert [line.amount for line in lines] == [Decimal("2000.00"), Decimal("2200.00")]


def test_the_first_and_the_last_day_are_paid_as_the_policy_says() -> None:
    start, end = date(2026, 12, 1), date(2026, 12, 3)
    both = paid_period(start, end, count_first_day=True, count_last_day=True)
    neither = paid_period(start, end, count_first_day=False, count_last_day=False)
    assert both == (start, end)
    assert neither == (date(2026, 12, 2), date(2026, 12, 2))
    assert paid_period(start, start, count_first_day=True, count_last_day=False) is None
    assert plan([Price(Decimal(1))], None) == ()


def test_a_half_oere_is_rounded_up() -> None:
    assert rounded(Decimal("0.005")) == Decimal("0.01")
    assert rounded(Decimal("2.675")) == Decimal("2.68")


@given(AMOUNTS, STARTS, SPANS)
def test_every_day_is_paid_exactly_once(amount: Decimal, start: date, span: int) -> None:
    end = start + timedelta(days=span)
    lines = plan([Price(amount)], (start, end))
    days = [
        line.first + timedelta(days=at)
        for line in lines
        for at in range((line.last - line.first).days + 1)
    ]
    assert days == [start + timedelta(days=at) for at in range(span + 1)]
    assert total(lines) == amount * (span + 1)


@given(AMOUNTS, STARTS, SPANS, SPANS)
def test_splitting_a_period_by_days_changes_no_daily_sum(
    amount: Decimal, start: date, span: int, cut: int
) -> None:
    end = start + timedelta(days=span)
    middle = start + timedelta(days=min(cut, span))
    whole = total(plan([Price(amount)], (start, end)))
    first = total(plan([Price(amount)], (start, middle)))
    rest = (middle + timedelta(days=1), end) if middle < end else None
    assert whole == first + total(plan([Price(amount)], rest))


@given(AMOUNTS, st.sampled_from(["day", "month", "hour"]), STARTS, SPANS)
def test_lines_stay_within_their_month_and_are_rounded_each(
    amount: Decimal, unit: Unit, start: date, span: int
) -> None:
    price = Price(amount, unit, hours=Decimal("37.00"))
    for line in plan([price], (start, start + timedelta(days=span))):
        assert f"{line.first:%Y-%m}" == f"{line.last:%Y-%m}" == line.month
        assert line.amount is not None
        assert line.amount == line.amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


@given(AMOUNTS, STARTS)
def test_a_whole_month_at_a_monthly_rate_is_the_rate(amount: Decimal, start: date) -> None:
    first = start.replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    assert total(plan([Price(amount, "month")], (first, last))) == rounded(amount)
