"""From an agreement's terms to its settlement plan (da: afregningsplan).

The arithmetic is `workflows.settlement`; here stands which prices and which days.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from workflows.policy import Policy
from workflows.procedures.payment_agreement.keeping import Absence, Stretch
from workflows.procedures.payment_agreement.offers import Rate, Supplement, Terms
from workflows.procedures.payment_agreement.settings import PaymentSettings
from workflows.settlement import PlanLine, Unit, paid_period, plan, rounded
from workflows.wording import Wording

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Course:
    """What is planned: the stretches over the days from the first to the last."""

    stretches: tuple[Stretch, ...]
    first: date
    last: date
    ends: bool = True
    """The agreement ends on the last day with a moving out, so that the policy on that day counts;
    else the day is only as far as the plan reaches, or the next citizen comes on the day after."""
    absences: tuple[Absence, ...] = ()
    begins: bool = True
    """The citizen moves in on the first day, so that the policy on that day counts; else other
    terms only take over on it."""


@dataclass(frozen=True, slots=True)
class _Price:
    amount: Decimal
    unit: Unit
    first: date | None
    last: date | None
    hours: Decimal | None
    label: str


def planning_horizon(start: date, policy: Policy) -> date:
    """Return the last planned day of an agreement without an end: whole months from its start."""
    year, month = divmod(start.year * 12 + start.month - 2 + policy.plan_months, 12)
    return date(year, month + 1, monthrange(year, month + 1)[1])


def stretch_of(
    terms: Terms, version: int, first: date | None = None, payer: str | None = None
) -> Stretch:
    """Return what is paid under some terms from their start, or from a later day."""
    begins = first or terms.start
    return Stretch(
        first=begins,
        version=version,
        rates=_open(terms.rates, terms.start),
        supplements=tuple(one for one in terms.supplements if not _is_over(one, terms, begins)),
        payer=payer,
    )


def succeeded(stretches: Sequence[Stretch], new: Stretch) -> tuple[Stretch, ...]:
    """Return the stretches with a new one that replaces all from its first day on."""
    return (*(one for one in stretches if one.first < new.first), new)


def rerated(
    stretches: Sequence[Stretch], first: date, rates: tuple[Rate, ...]
) -> tuple[Stretch, ...]:
    """Return the stretches with other rates from a day until the next stretch."""
    earlier = [one for one in stretches if one.first <= first]
    if not earlier:
        return tuple(stretches)
    once = [one for one in earlier[-1].supplements if one.unit != "once" or _later(one, first)]
    changes = {"first": first, "rates": rates, "supplements": tuple(once)}
    new = earlier[-1].model_copy(update=changes)
    later = [one for one in stretches if one.first > first]
    return (*(one for one in earlier if one.first < first), new, *later)


def rates_from(stretches: Sequence[Stretch], day: date) -> tuple[Rate, ...]:
    """Return the rates that hold from a day on, each with its days; the last runs on."""
    found = []
    ends = [*(following.first - _DAY for _, following in pairwise(stretches)), None]
    for stretch, end in zip(stretches, ends, strict=True):
        for rate in stretch.rates:
            first = max(rate.first or stretch.first, stretch.first, day)
            last = min(filter(None, (rate.last, end)), default=None)
            if last is None or first <= last:
                found.append(rate.model_copy(update={"first": first, "last": last}))
    return tuple(found)


def supplements_from(stretches: Sequence[Stretch], day: date) -> tuple[Supplement, ...]:
    """Return the supplements that hold on and after a day; what is paid once is over."""
    current = [one for one in stretches if one.first <= day][-1:]
    return tuple(
        one
        for stretch in current
        for one in stretch.supplements
        if (one.unit != "once" or _later(one, day)) and (one.last or day) >= day
    )


def lines_to(
    terms: Terms,
    until: date,
    policy: Policy,
    wording: Wording,
    language: str,
    *,
    begins: bool = True,
    ends: bool = True,
) -> tuple[PlanLine, ...]:
    """Return the lines of one version's terms from their start to a day, for its document."""
    course = Course((stretch_of(terms, 1),), terms.start, until, ends, begins=begins)
    return lines_of(course, policy, PaymentSettings(), wording, language)


def lines_of(
    course: Course, policy: Policy, settings: PaymentSettings, wording: Wording, language: str
) -> tuple[PlanLine, ...]:
    """Return the lines of a course, month by month; every paid day stands in one stretch."""
    period = paid_period(
        course.first,
        course.last,
        count_first_day=policy.count_first_day or not course.begins,
        count_last_day=policy.count_last_day or not course.ends,
    )
    if period is None:
        return ()
    words = _Words(wording.text("plan.rate", language), wording.text("plan.absence", language))
    lines: list[PlanLine] = []
    for stretch, span in _spans(course.stretches, period):
        made = _stretch_lines(stretch, span, course.absences, settings, words)
        lines += [line.model_copy(update={"payer": stretch.payer}) for line in made]
    return tuple(sorted(lines, key=lambda line: line.month))


@dataclass(frozen=True, slots=True)
class _Words:
    rate: str
    absence: str


def _stretch_lines(
    stretch: Stretch,
    span: tuple[date, date],
    absences: Sequence[Absence],
    settings: PaymentSettings,
    words: _Words,
) -> Iterator[PlanLine]:
    parts = list(_parts(span, absences, settings))
    prices = [_price(rate, words.rate) for rate in stretch.rates]
    for price in (*prices, *(_price(one, one.text) for one in stretch.supplements)):
        if price.unit == "once":
            yield from plan([price], span)
            continue
        for part, away in parts:
            yield from plan([_reduced(price, settings, words) if away else price], part)


def _spans(
    stretches: Sequence[Stretch], period: tuple[date, date]
) -> Iterator[tuple[Stretch, tuple[date, date]]]:
    """Each stretch with its paid days: the first reaches back, the last reaches on."""
    ends = [*(following.first - _DAY for _, following in pairwise(stretches)), period[1]]
    for number, (stretch, end) in enumerate(zip(stretches, ends, strict=True)):
        first = period[0] if number == 0 else max(stretch.first, period[0])
        last = min(end, period[1])
        if first <= last:
            yield stretch, (first, last)


def _parts(
    span: tuple[date, date], absences: Sequence[Absence], settings: PaymentSettings
) -> Iterator[tuple[tuple[date, date], bool]]:
    """The days of a span in order, and whether they are days of absence with a lower rate."""
    at = span[0]
    full = settings.absence_percent == 100
    for absence in () if full else sorted(absences, key=lambda one: one.first):
        first = max(at, absence.first + timedelta(days=settings.absence_full_days))
        last = min(span[1], absence.last or span[1])
        if first > last:
            continue
        if at < first:
            yield (at, first - _DAY), False
        yield (first, last), True
        at = last + _DAY
    if at <= span[1]:
        yield (at, span[1]), False


def _reduced(price: _Price, settings: PaymentSettings, words: _Words) -> _Price:
    amount = rounded(price.amount * settings.absence_percent / 100)
    label = f"{price.label}, {words.absence}"
    return _Price(amount, price.unit, price.first, price.last, price.hours, label)


def _price(source: Rate | Supplement, label: str) -> _Price:
    return _Price(source.amount, source.unit, source.first, source.last, source.hours, label)


def _open(rates: tuple[Rate, ...], start: date) -> tuple[Rate, ...]:
    """The first rate holds from whatever day is the first, the last to whatever is the last."""
    first = rates[0]
    if first.first == start:
        first = first.model_copy(update={"first": None})
    if len(rates) == 1:
        return (first.model_copy(update={"last": None}),)
    return (first, *rates[1:-1], rates[-1].model_copy(update={"last": None}))


def _later(one: Supplement, day: date) -> bool:
    return one.first is not None and one.first >= day


def _is_over(one: Supplement, terms: Terms, begins: date) -> bool:
    """Whether something that is paid once was due before a stretch begins."""
    return one.unit == "once" and (one.first or terms.start) < begins
