"""The money of an agreement that changes: every day once, closed months untouched, to the øre."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.play import PROCEDURE
from workflows.policy import Policy
from workflows.procedures.payment_agreement.keeping import Absence, Stretch
from workflows.procedures.payment_agreement.offers import Rate, Supplement
from workflows.procedures.payment_agreement.plan import (
    Course,
    lines_of,
    rates_from,
    rerated,
    succeeded,
    supplements_from,
)
from workflows.procedures.payment_agreement.settings import PaymentSettings
from workflows.settlement import PlanLine, correction, settled, total

START = date(2026, 11, 20)
DAYS = st.integers(0, 200)
AMOUNTS = st.decimals(0, 9_999, places=2)
DAY = timedelta(days=1)


def stretch(first: date, amount: Decimal, version: int = 1, payer: str | None = None) -> Stretch:
    rate = Rate(amount=amount, unit="day")
    return Stretch(first=first, version=version, rates=(rate,), payer=payer)


def planned(course: Course, **settings: object) -> tuple[PlanLine, ...]:
    chosen = PaymentSettings.model_validate(settings)
    return lines_of(course, Policy(), chosen, PROCEDURE.wording, "da")


def days_of(lines: tuple[PlanLine, ...]) -> list[date]:
    """Every day that a line is for, as often as it is paid."""
    return [
        line.first + n * DAY for line in lines for n in range((line.last - line.first).days + 1)
    ]


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """Successions of versions, announced rates, and absences that do not overlap."""
    stretches = (stretch(START, draw(AMOUNTS)),)
    for number, (offset, amount) in enumerate(
        draw(st.lists(st.tuples(st.integers(1, 150), AMOUNTS), max_size=4))
    ):
        day = START + offset * DAY
        if draw(st.booleans()):
            stretches = succeeded(stretches, stretch(day, amount, number + 2))
        else:
            stretches = rerated(stretches, day, (Rate(amount=amount, unit="day"),))
    absences, at = [], START
    spans = st.tuples(st.integers(0, 60), st.integers(0, 30))
    for gap, length in draw(st.lists(spans, max_size=3)):
        first = at + gap * DAY
        last = first + length * DAY
        absences.append(Absence(first=first, last=last, told_at=_noon(first)))
        at = last + DAY
    first = START + draw(st.integers(-20, 60)) * DAY
    return Course(stretches, first, first + draw(DAYS) * DAY, absences=tuple(absences))


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def month_after(month: str) -> str:
    return f"{date.fromisoformat(f'{month}-28') + 9 * DAY:%Y-%m}"


@given(courses(), st.integers(0, 100), st.integers(0, 10))
def test_every_paid_day_is_paid_once_and_lies_within_the_agreement(
    course: Course, percent: int, full: int
) -> None:
    lines = planned(course, absence_percent=percent, absence_full_days=full)
    ordered = [course.first + n * DAY for n in range((course.last - course.first).days + 1)]
    assert sorted(days_of(lines)) == ordered


@given(courses())
def test_the_sum_of_the_lines_is_the_sum_of_each_days_rate(course: Course) -> None:
    def rate(day: date) -> Decimal:
        found = [one for one in course.stretches if one.first <= day] or [course.stretches[0]]
        return found[-1].rates[0].amount

    lines = planned(course)
    ordered = [course.first + n * DAY for n in range((course.last - course.first).days + 1)]
    assert total(lines) == sum((rate(day) for day in ordered), Decimal(0))


@given(courses(), st.integers(0, 60), st.integers(0, 100))
def test_a_later_end_never_costs_less_and_absence_never_more(
    course: Course, more: int, percent: int
) -> None:
    longer = Course(course.stretches, course.first, course.last + more * DAY, True, course.absences)
    assert total(planned(longer)) >= total(planned(course))
    away = planned(course, absence_percent=percent)
    assert total(away) <= total(planned(course))


@settings(max_examples=40)
@given(st.lists(courses(), min_size=2, max_size=4), st.data())
def test_closed_months_are_never_edited_and_the_sum_is_always_what_is_owed(
    plans: list[Course], data: st.DataObject
) -> None:
    lines: tuple[PlanLine, ...] = ()
    closed: str | None = None
    corrected = Decimal("0.00")
    for course in plans:
        frozen = [one for one in lines if closed is not None and one.month <= closed]
        target = planned(course)
        into = "2026-11" if closed is None else month_after(closed)
        lines = settled(lines, target, closed, into, "Ny plan")
        if data.draw(st.booleans()):
            amount = data.draw(st.decimals(-500, 500, places=2))
            lines = (*lines, correction("2026-12", "Takst", amount, into, "Fejl"))
            corrected += amount
        assert total(lines) == total(target) + corrected
        assert all(lines.count(one) == frozen.count(one) for one in frozen)
        months = [one.month for one in target]
        if months and data.draw(st.booleans()):
            closed = max(closed or "", data.draw(st.sampled_from(months)))


def test_a_closed_month_gets_its_difference_as_a_line_of_its_own() -> None:
    first = date(2026, 12, 1)
    course = Course((stretch(first, Decimal("1000.00")),), first, date(2027, 1, 31))
    before = settled((), planned(course), None, "2026-12", "")
    shorter = Course(course.stretches, course.first, date(2026, 12, 20))
    after = settled(before, planned(shorter), "2026-12", "2027-01", "Dødsfald")
    assert [(one.month, one.kind, one.corrects, one.amount) for one in after] == [
        ("2026-12", "plan", None, Decimal("31000.00")),
        ("2027-01", "adjustment", "2026-12", Decimal("-11000.00")),
    ]
    again = settled(after, planned(shorter), "2027-01", "2027-02", "Intet nyt")
    assert again == after


def test_what_is_paid_once_is_paid_once_whatever_comes_after() -> None:
    once = Supplement(text="Indretning", amount=Decimal("500.00"), unit="once")
    first = stretch(START, Decimal("100.00")).model_copy(update={"supplements": (once,)})
    day = START + 40 * DAY
    assert supplements_from((first,), day) == ()
    rates = rerated((first,), day, (Rate(amount=Decimal("90.00"), unit="day"),))
    lines = planned(Course(rates, START, START + 80 * DAY))
    assert [line.amount for line in lines if line.label == "Indretning"] == [Decimal("500.00")]


def test_rates_that_hold_anyway_are_taken_over_with_their_days() -> None:
    stretches = succeeded(
        (stretch(START, Decimal("100.00")),), stretch(date(2027, 1, 1), Decimal("110.00"))
    )
    assert [(r.amount, r.first, r.last) for r in rates_from(stretches, date(2026, 12, 15))] == [
        (Decimal("100.00"), date(2026, 12, 15), date(2026, 12, 31)),
        (Decimal("110.00"), date(2027, 1, 1), None),
    ]
    assert rates_from(stretches, date(2027, 2, 1))[0].first == date(2027, 2, 1)


def test_the_first_days_of_an_absence_are_paid_in_full_where_the_setting_says_so() -> None:
    away = Absence(first=date(2026, 12, 5), last=date(2026, 12, 14), told_at=_noon(START))
    course = Course(
        (stretch(date(2026, 12, 1), Decimal("99.99")),),
        date(2026, 12, 1),
        date(2026, 12, 31),
        absences=(away,),
    )
    lines = planned(course, absence_percent=50, absence_full_days=3)
    assert [(one.first.day, one.last.day, one.rate, one.amount) for one in lines] == [
        (1, 7, Decimal("99.99"), Decimal("699.93")),
        (8, 14, Decimal("50.00"), Decimal("350.00")),
        (15, 31, Decimal("99.99"), Decimal("1699.83")),
    ]
    assert "fravær" in lines[1].label
