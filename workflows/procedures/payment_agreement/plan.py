"""From an agreement's terms to its settlement plan (da: afregningsplan).

The arithmetic is `workflows.settlement`; here stands which prices and which days.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from workflows.policy import Policy
from workflows.procedures.payment_agreement.offers import Rate, Supplement, Terms
from workflows.settlement import PlanLine, Unit, paid_period, plan
from workflows.wording import Wording


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


def lines_to(
    terms: Terms, until: date, policy: Policy, wording: Wording, language: str, *, ends: bool = True
) -> tuple[PlanLine, ...]:
    """Return the plan's lines from the start to a day.

    `ends`: the agreement ends on that day, so that the policy on the last day counts; else the day
    is only as far as the plan reaches.
    """
    label = wording.text("plan.rate", language)
    prices = [_price(rate, label) for rate in terms.rates]
    prices += [_price(one, one.text) for one in terms.supplements]
    period = paid_period(
        terms.start,
        until,
        count_first_day=policy.count_first_day,
        count_last_day=policy.count_last_day or not ends,
    )
    return plan(prices, period)


def _price(source: Rate | Supplement, label: str) -> _Price:
    return _Price(source.amount, source.unit, source.first, source.last, source.hours, label)
