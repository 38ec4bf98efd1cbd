"""Exceeded time: lines of its own, in the current period only, and nothing lost or paid twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.elder_care.stage import CARE, DECISION, ORAL, ORDER, Play, ordered
from workflows.procedures.service_order.messages import DeliveredDay, Order
from workflows.procedures.service_order.money import hours_allowed, is_current, lines_of_month
from workflows.procedures.service_order.order_case import Written


def days(hours: str, *numbers: int, month: str = "2026-11") -> dict[str, Any]:
    return {"days": [{"day": f"{month}-{number:02}", "hours": hours} for number in numbers]}


def spoken_then_written() -> Play:
    """Ordered by word of mouth on the 20th, in writing on the 23rd, 30 hours a month."""
    play = Play().does("oral_order", ORAL).does("decide", DECISION)
    return play.does("order", {**ORDER, "hourly_rate": "412.50"})


def lines(play: Play) -> list[tuple[str, str, str | None]]:
    return [
        (line.label, f"{line.quantity}", None if line.amount is None else f"{line.amount}")
        for line in play.data.settlement.lines
    ]


@pytest.mark.rule("S3-R5")
def test_time_before_the_written_order_and_above_it_stands_in_lines_of_its_own() -> None:
    play = spoken_then_written().on(2026, 11, 30)
    play.sends("provider", "time_report", days("2.00", 20, 21, 23, 24, 25, 26, 27))
    assert lines(play) == [
        ("ORDERED_TIME", "8.00", "3300.00"),
        ("EXCEEDED_BEFORE_ORDER", "4.00", "1650.00"),
        ("EXCEEDED_ABOVE_ORDER", "2.00", "825.00"),
    ]
    assert play.sent == {("time_received", "sender"), ("time_news", "inbox")}
    assert play.state == "ORDERED"


@pytest.mark.rule("S3-R5")
def test_exceeded_time_of_a_period_that_is_over_is_not_billed() -> None:
    reported = days("2.00", 20, 21, 23)
    late = spoken_then_written().on(2026, 12, 11).sends("provider", "time_report", reported)
    assert lines(late) == [("ORDERED_TIME", "2.00", "825.00")]
    in_time = spoken_then_written().on(2026, 12, 10).sends("provider", "time_report", reported)
    assert ("EXCEEDED_BEFORE_ORDER", "4.00", "1650.00") in lines(in_time)
    assert in_time.last.settings == ("exceeded_time", "exceeded_time_until_day")


@pytest.mark.rule("S3-R5")
def test_an_authority_may_read_the_rule_so_that_no_exceeded_time_is_billed() -> None:
    play = Play(own={"exceeded_time": "none"})
    play.does("oral_order", ORAL).does("decide", DECISION).does("order", ORDER)
    play.on(2026, 11, 30).sends("provider", "time_report", days("2.00", 20, 23))
    assert lines(play) == [("ORDERED_TIME", "2.00", None)]


@pytest.mark.rule("S3-R5")
def test_a_day_is_told_once_and_told_again_it_replaces_what_was_told() -> None:
    play = ordered().on(2026, 11, 30)
    twice = {"days": [*days("2.00", 23)["days"], *days("3.00", 23)["days"]]}
    assert play.sends("provider", "time_report", twice).refused == {
        ("field.duplicate", "days.1.day")
    }
    play.sends("provider", "time_report", days("2.00", 23, 24))
    play.sends("provider", "time_report", days("1.00", 24))
    assert lines(play) == [("ORDERED_TIME", "3.00", None)]


@pytest.mark.rule("S3-R5")
def test_a_closed_period_is_never_opened_again() -> None:
    play = ordered().on(2026, 11, 30).sends("provider", "time_report", days("2.00", 23))
    play.on(2026, 12, 11).sends("provider", "time_report", days("2.00", 24))
    assert play.refused == {("field.invalid", "days.0.day")}
    assert lines(play) == [("ORDERED_TIME", "2.00", None)]


@pytest.mark.rule("S3-R5")
def test_time_from_before_anybody_ordered_or_from_days_to_come_is_refused() -> None:
    play = ordered().on(2026, 11, 25)
    assert play.sends("provider", "time_report", days("2.00", 22)).refused == {
        ("field.invalid", "days.0.day")
    }
    assert play.sends("provider", "time_report", days("2.00", 26)).refused == {
        ("field.invalid", "days.0.day")
    }
    spoken = spoken_then_written().on(2026, 11, 25)
    assert spoken.sends("provider", "time_report", days("2.00", 20)).refused == set()


@pytest.mark.parametrize(
    ("today", "until", "current"),
    [
        (date(2026, 11, 30), 0, True),
        (date(2026, 12, 1), 0, False),
        (date(2026, 12, 10), 10, True),
        (date(2026, 12, 11), 10, False),
        (date(2027, 11, 1), 10, False),
    ],
)
def test_a_period_is_current_until_its_day(today: date, until: int, current: bool) -> None:
    assert is_current("2026-11", today, until) is current


def test_december_is_current_in_the_first_days_of_january() -> None:
    assert is_current("2026-12", date(2027, 1, 10), 10)
    assert not is_current("2026-12", date(2027, 1, 11), 10)


def test_hours_of_a_month_are_shared_by_its_days_and_versions() -> None:
    first = written(1, "30.00", "2026-11-01")
    assert hours_allowed(date(2026, 11, 5), [first], None) == Decimal("30.00")
    assert hours_allowed(date(2026, 11, 5), [first], date(2026, 11, 10)) == Decimal("10.00")
    second = written(2, "60.00", "2026-11-16")
    assert hours_allowed(date(2026, 11, 5), [first, second], None) == Decimal("45.00")


def written(number: int, hours: str, valid_from: str, valid_to: str | None = None) -> Written:
    care = {**CARE, "hours_per_month": hours, "valid_from": valid_from, "valid_to": valid_to}
    order = Order.model_validate({**ORDER, "services": [care], "hourly_rate": "412.50"})
    return Written(
        number=number,
        order=order,
        dated=date.fromisoformat(valid_from),
        sent_at=datetime(2026, 11, 1, tzinfo=UTC),
    )


reports = st.dictionaries(
    st.integers(1, 30), st.decimals("0.25", "24", places=2), min_size=1, max_size=30
)


@given(
    reported=reports,
    hours=st.decimals("1", "800", places=2),
    first=st.integers(1, 30),
    current=st.booleans(),
    bill=st.booleans(),
)
def test_no_hour_is_lost_or_billed_twice(
    reported: dict[int, Decimal], hours: Decimal, first: int, current: bool, bill: bool
) -> None:
    orders = [written(1, f"{hours}", f"2026-11-{first:02}")]
    told = [DeliveredDay(day=date(2026, 11, day), hours=h) for day, h in sorted(reported.items())]
    made = lines_of_month(told, orders, last_day=None, current=current, bill=bill)
    by_label = {line.label: line.quantity for line in made}
    delivered = sum((one.hours for one in told), Decimal(0))
    allowed = hours_allowed(date(2026, 11, 1), orders, None)
    assert allowed is not None
    assert len(by_label) == len(made)
    assert by_label.get("ORDERED_TIME", Decimal(0)) <= allowed
    if current and bill:
        assert sum(by_label.values()) == delivered
    else:
        assert set(by_label) <= {"ORDERED_TIME"}
    for line in made:
        assert line.amount == (line.quantity * Decimal("412.50")).quantize(
            Decimal("0.01"), "ROUND_HALF_UP"
        )


@given(reported=reports, more=st.decimals("0.25", "4", places=2))
def test_more_hours_are_never_less_money(reported: dict[int, Decimal], more: Decimal) -> None:
    orders = [written(1, "30.00", "2026-11-05")]

    def total(extra: Decimal) -> Decimal:
        last = max(reported)
        told = [
            DeliveredDay(
                day=date(2026, 11, day), hours=min(h + (extra if day == last else 0), Decimal(24))
            )
            for day, h in sorted(reported.items())
        ]
        made = lines_of_month(told, orders, last_day=None, current=True, bill=True)
        return sum((line.amount or Decimal(0) for line in made), Decimal(0))

    assert total(more) >= total(Decimal(0)) - Decimal("0.01")


@given(length=st.integers(0, 40))
def test_a_longer_order_never_allows_fewer_hours(length: int) -> None:
    start = date(2026, 11, 1)

    def allowed(last: date) -> Decimal:
        found = hours_allowed(start, [written(1, "31.00", "2026-11-01")], last)
        assert found is not None
        return found

    last = start + timedelta(days=length)
    assert allowed(last) <= allowed(last + timedelta(days=1))


def test_the_last_days_are_reported_after_the_order_has_ended() -> None:
    play = ordered().does("order_end", {"last_day": "2026-11-30", "reason": "Flyttar"})
    play.on(2026, 12, 1).passed("order_end")
    assert play.state == "ENDED"
    play.on(2026, 12, 3).sends("provider", "time_report", days("1.00", 28, 29, 30))
    assert (play.state, play.refused) == ("ENDED", set())
    assert lines(play) == [("ORDERED_TIME", "3.00", None)]
    play.sends("provider", "confirmation", {"received_on": "2026-11-23"})
    assert play.refused == {("case.state", "case")}
