"""What is ordered and paid: the worked examples E1 to E7, the readings, and what always holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calendars import Calendar
from workflows.procedures.home_care_change.days import (
    Days,
    Interval,
    between,
    fifth_after,
    intervals,
    month_before,
)
from workflows.procedures.home_care_change.lines import lines_of, net_days, total
from workflows.procedures.home_care_change.messages import CareRate
from workflows.procedures.home_care_change.money import (
    Answer,
    Handled,
    adjusted,
    closed_days,
    exceeded_days,
    lost_by_the_orderer,
    order_of,
    other_starts,
    paid_days,
    settlement_month,
    suspended,
)
from workflows.procedures.home_care_change.settings import CareSettings

DK = Calendar("DK")
DAY_RATE = CareRate(amount=Decimal("412.35"), unit="day")
ANSWERS: tuple[Answer, ...] = ("granted", "other_intervention", "declined")


def on(text: str) -> date:
    """A day of 2026, such as 11-09."""
    return date.fromisoformat(f"2026-{text}")


def case(
    answer: Answer,
    effective: str,
    received: str,
    handling: str,
    began: str | None = None,
    **settings: Any,
) -> Handled:
    chosen = CareSettings.model_validate(settings)
    start = on(began or effective)
    return Handled(
        answer=answer,
        effective=on(effective),
        began=start,
        exceeded=exceeded_days(start, on(received), DK, chosen),
        handling=on(handling),
        settings=chosen,
    )


# --- worked examples ------------------------------------------------------------------------------


@pytest.mark.rule("S1-R10", "S1-R20", "S1-R22", "S1-R24")
def test_e1_in_time_and_another_intervention_pays_nine_days() -> None:
    told = case("other_intervention", "11-09", "11-12", "11-17")
    assert told.exceeded == frozenset()
    assert settlement_month(told) == on("11-01")
    assert order_of(told) == Interval(first=on("11-09"), last=on("11-17"))
    assert paid_days(told) == between(on("11-09"), on("11-17"))
    assert len(paid_days(told)) == 9
    assert other_starts(told.handling) == on("11-18")
    assert closed_days(told) == paid_days(told)


@pytest.mark.rule("S1-R10", "S1-R12", "S1-R19")
def test_e2_late_and_another_intervention_loses_the_exceeded_days() -> None:
    told = case("other_intervention", "11-09", "11-19", "11-23")
    assert told.exceeded == {on("11-17"), on("11-18"), on("11-19")}
    assert order_of(told) == Interval(first=on("11-09"), last=on("11-23"))
    assert len(paid_days(told)) == 12
    assert paid_days(told) == between(on("11-09"), on("11-23")) - told.exceeded
    assert closed_days(told) == paid_days(told)


@pytest.mark.rule("S1-R12", "S1-R16")
def test_e3_late_but_agreed_loses_nothing() -> None:
    told = case("granted", "11-09", "11-19", "11-23")
    assert len(told.exceeded) == 3
    assert paid_days(told) == between(on("11-09"), on("11-23"))
    assert order_of(told) == Interval(first=on("11-09"), last=None)


@pytest.mark.rule("S1-R25", "S1-R27")
def test_e4_late_and_declined_by_both_readings() -> None:
    capped = case("declined", "11-09", "11-19", "11-23")
    literal = case("declined", "11-09", "11-19", "11-23", decline_pay="lose_current_month")
    assert len(paid_days(capped)) == 12
    assert paid_days(literal) == frozenset()
    ordered = Interval(first=on("11-09"), last=on("11-23"))
    assert order_of(capped) == order_of(literal) == ordered


@pytest.mark.rule("S1-R3", "S1-R18", "S1-R30")
def test_e5_until_the_fifth_october_is_still_being_settled() -> None:
    in_time = case("granted", "10-26", "10-30", "11-04")
    assert settlement_month(in_time) == on("10-01")
    assert paid_days(in_time) == between(on("10-26"), on("11-04"))
    assert lost_by_the_orderer(in_time, on("11-05")) == frozenset()

    late = case("granted", "10-26", "10-30", "11-06")
    assert settlement_month(late) == on("11-01")
    assert paid_days(late) == between(on("11-01"), on("11-06"))
    assert lost_by_the_orderer(late, on("11-05")) == between(on("10-26"), on("10-31"))


@pytest.mark.rule("S1-R3", "S1-R22")
def test_e6_ten_days_over_the_turn_of_a_month() -> None:
    told = case("other_intervention", "11-25", "11-30", "12-04")
    assert told.exceeded == frozenset()
    assert settlement_month(told) == on("11-01")
    assert paid_days(told) == between(on("11-25"), on("12-04"))
    assert len(paid_days(told)) == 10


@pytest.mark.rule("S1-R25", "S1-R27", "S1-R29")
def test_e7_in_time_and_declined_pays_nine_days_and_closes_the_existing_order_for_them() -> None:
    told = case("declined", "11-09", "11-12", "11-17")
    assert len(paid_days(told)) == 9
    assert closed_days(told) == paid_days(told)
    assert other_starts(told.handling) == on("11-18")


@pytest.mark.rule("S1-R18", "S1-R22")
def test_another_intervention_too_is_paid_in_the_settlement_month_only() -> None:
    told = case("other_intervention", "10-26", "10-30", "11-06")
    assert paid_days(told) == between(on("11-01"), on("11-06"))
    assert order_of(told) == Interval(first=on("10-26"), last=on("11-06"))


@pytest.mark.rule("S1-R16", "S1-R20", "S1-R25")
@pytest.mark.parametrize("answer", ANSWERS)
def test_an_order_begins_on_the_effective_date_and_not_with_the_delivery(answer: Answer) -> None:
    told = case(answer, "11-11", "11-12", "11-17", began="11-09")
    order = order_of(told)
    assert order is not None
    assert order.first == on("11-11")
    assert min(paid_days(told)) == on("11-11")


@pytest.mark.parametrize("answer", ANSWERS)
def test_nothing_is_paid_before_help_began(answer: Answer) -> None:
    told = case(answer, "11-25", "11-12", "11-17")
    assert paid_days(told) == frozenset()
    order = order_of(told)
    assert order == (Interval(first=on("11-25"), last=None) if answer == "granted" else None)


# --- each reading changes an outcome --------------------------------------------------------------


def test_amb_4_by_working_days_a_weekend_is_not_lost() -> None:
    usual = case("other_intervention", "11-09", "11-23", "11-25")
    working = case("other_intervention", "11-09", "11-23", "11-25", exceeded_days="working")
    assert usual.exceeded == between(on("11-17"), on("11-23"))
    assert working.exceeded == usual.exceeded - {on("11-21"), on("11-22")}
    assert len(paid_days(working)) == len(paid_days(usual)) + 2


def test_amb_5_by_calendar_months_the_fifth_does_not_matter() -> None:
    usual = case("granted", "10-26", "10-30", "11-04")
    calendar = case("granted", "10-26", "10-30", "11-04", settlement_month="calendar")
    assert paid_days(calendar) == between(on("11-01"), on("11-04"))
    assert len(paid_days(usual)) == 10


def test_amb_5_the_fifth_counts_as_still_open_and_the_sixth_does_not() -> None:
    assert settlement_month(case("granted", "10-26", "10-30", "11-05")) == on("10-01")
    assert settlement_month(case("granted", "10-26", "10-30", "11-06")) == on("11-01")
    assert settlement_month(case("granted", "11-02", "11-03", "11-04")) == on("11-01")


def test_amb_6_by_the_fifth_a_request_is_late_much_later() -> None:
    by_fifth = case("declined", "11-09", "11-19", "11-23", late_by="fifth")
    assert by_fifth.exceeded == frozenset()
    assert len(paid_days(by_fifth)) == 15
    later = case("declined", "11-09", "12-07", "12-09", late_by="fifth")
    assert later.exceeded == {on("12-06"), on("12-07")}


@pytest.mark.rule("S1-R29")
def test_amb_7_the_existing_order_is_closed_by_hand_unless_declined() -> None:
    for answer, closes in (("granted", False), ("other_intervention", False), ("declined", True)):
        told = case(answer, "11-09", "11-12", "11-17", close_existing="on_decline")  # type: ignore[arg-type]  # literals
        assert bool(closed_days(told)) is closes
        usual = replace(told, settings=CareSettings())
        assert closed_days(usual) == paid_days(usual)


# --- lines ----------------------------------------------------------------------------------------


@pytest.mark.rule("S1-R18", "S1-R22")
def test_lines_stand_by_month_and_are_rounded_one_by_one() -> None:
    lines = lines_of(between(on("11-25"), on("12-04")), DAY_RATE, None)
    assert [(line.month, line.days, line.amount) for line in lines] == [
        ("2026-11", 6, Decimal("2474.10")),
        ("2026-12", 4, Decimal("1649.40")),
    ]
    assert total(lines) == Decimal("4123.50")


def test_hours_come_from_the_minutes_a_week() -> None:
    rate = CareRate(amount=Decimal("389.00"), unit="hour")
    (line,) = lines_of(between(on("11-09"), on("11-18")), rate, 100)
    assert line.quantity == Decimal("2.38")
    assert line.amount == Decimal("926.19")
    (unknown,) = lines_of(between(on("11-09"), on("11-18")), rate, None)
    assert (unknown.days, unknown.quantity, unknown.amount) == (10, None, None)


def test_days_without_a_rate_have_no_amount() -> None:
    (line,) = lines_of(between(on("11-09"), on("11-17")), None, 100)
    assert (line.days, line.quantity, line.amount) == (9, Decimal("9.00"), None)


def test_exceeded_days_are_told_and_count_for_nothing() -> None:
    (line,) = lines_of(between(on("11-17"), on("11-19")), DAY_RATE, None, "exceeded")
    assert (line.kind, line.days, line.amount) == ("exceeded", 0, Decimal("0.00"))
    assert net_days((line,)) == frozenset()


@pytest.mark.rule("S1-R29")
def test_days_that_another_order_pays_are_taken_back_on_lines_of_their_own() -> None:
    lines = lines_of(between(on("11-09"), on("11-23")), DAY_RATE, None)
    after = suspended(lines, between(on("11-20"), on("11-30")))
    assert after[: len(lines)] == lines
    assert [(line.kind, line.days, line.amount) for line in after[len(lines) :]] == [
        ("suspended", -4, Decimal("-1649.40"))
    ]
    assert net_days(after) == between(on("11-09"), on("11-19"))
    assert suspended(after, between(on("11-20"), on("11-30"))) == after


@pytest.mark.rule("S1-R30")
def test_a_correction_stands_after_the_lines_and_edits_none_of_them() -> None:
    lines = lines_of(between(on("11-01"), on("11-06")), DAY_RATE, None)
    (correction,) = lines_of(between(on("10-26"), on("10-31")), DAY_RATE, None, "adjustment")
    after = adjusted(lines, correction)
    assert after == (*lines, correction)
    assert total(after) == Decimal("4948.20")


# --- days -----------------------------------------------------------------------------------------


def test_the_fifth_after_and_the_month_before_cross_the_year() -> None:
    assert fifth_after(on("12-30")) == date(2027, 1, 5)
    assert fifth_after(on("01-31")) == on("02-05")
    assert month_before(on("01-01")) == date(2025, 12, 1)


# --- what always holds ----------------------------------------------------------------------------

DATES = st.dates(date(2026, 1, 1), date(2027, 12, 31))
SETTINGS = st.builds(
    CareSettings,
    decline_pay=st.sampled_from(["loss_capped_to_current_month", "lose_current_month"]),
    exceeded_days=st.sampled_from(["calendar", "working"]),
    settlement_month=st.sampled_from(["until_fifth", "calendar"]),
    late_by=st.sampled_from(["request_deadline", "fifth"]),
    close_existing=st.sampled_from(["always", "on_decline"]),
)


@st.composite
def cases(draw: st.DrawFn) -> Handled:
    began = draw(DATES)
    effective = began + timedelta(days=draw(st.integers(0, 20)))
    received = began + timedelta(days=draw(st.integers(-5, 60)))
    settings = draw(SETTINGS)
    return Handled(
        answer=draw(st.sampled_from(ANSWERS)),
        effective=effective,
        began=began,
        exceeded=exceeded_days(began, received, DK, settings),
        handling=received + timedelta(days=draw(st.integers(0, 60))),
        settings=settings,
    )


@given(cases())
def test_paid_days_lie_within_ordered_days_and_end_with_handling(told: Handled) -> None:
    paid, order = paid_days(told), order_of(told)
    if order is None:
        assert not paid
    else:
        assert paid <= between(order.first, order.last or told.handling)
        assert paid <= between(told.effective, told.handling)


@given(cases())
def test_a_decline_never_pays_more_than_another_intervention_nor_that_more_than_a_grant(
    told: Handled,
) -> None:
    granted, other, declined = (paid_days(replace(told, answer=answer)) for answer in ANSWERS)
    assert declined <= other <= granted


@given(cases(), st.integers(1, 30))
def test_a_later_request_never_pays_more(told: Handled, days: int) -> None:
    later = replace(
        told,
        exceeded=told.exceeded
        | exceeded_days(told.began, told.began + timedelta(days=60 + days), DK, told.settings),
    )
    assert paid_days(later) <= paid_days(told)


@given(cases(), st.integers(1, 30))
def test_a_later_effective_date_never_pays_a_day_more(told: Handled, days: int) -> None:
    later = replace(told, effective=told.effective + timedelta(days=days))
    assert paid_days(later) <= paid_days(told)


@given(cases())
def test_within_a_settlement_month_a_later_answer_never_pays_less(told: Handled) -> None:
    later = replace(told, handling=told.handling + timedelta(days=1))
    if settlement_month(later) == settlement_month(told):
        assert paid_days(told) <= paid_days(later)


@given(cases(), st.integers(0, 40))
def test_what_the_orderer_lost_is_ordered_and_not_paid(told: Handled, days: int) -> None:
    due = told.handling - timedelta(days=days)
    lost = lost_by_the_orderer(told, due)
    assert not lost & paid_days(told)
    assert not lost or lost <= between(told.effective, due)
    assert lost_by_the_orderer(told, told.handling) == frozenset()


@given(cases(), st.sets(DATES, max_size=40))
def test_no_day_is_paid_twice_across_orders(told: Handled, others: set[date]) -> None:
    lines = lines_of(Days(others), DAY_RATE, None)
    after = suspended(lines, paid_days(told))
    assert not net_days(after) & paid_days(told)
    assert net_days(after) == others - paid_days(told)
    assert total(after) == DAY_RATE.amount * len(net_days(after))
    assert suspended(after, paid_days(told)) == after


@given(st.sets(DATES, max_size=60))
def test_lines_and_intervals_cover_exactly_the_days(days: set[date]) -> None:
    lines = lines_of(Days(days), DAY_RATE, None)
    assert net_days(lines) == days
    assert sum(line.days for line in lines) == len(days)
    assert total(lines) == DAY_RATE.amount * len(days)
    assert total(lines) == sum((line.amount or Decimal(0) for line in lines), Decimal(0))
    assert all(line.month == f"{line.first:%Y-%m}" == f"{line.last:%Y-%m}" for line in lines)
    found = intervals(days)
    assert {day for one in found for day in between(one.first, one.last or one.first)} == days
