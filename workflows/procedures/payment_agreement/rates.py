"""Rates of a year that the facility has announced (da: takster), applied to one agreement.

The annual clause of the standard contract: what is announced until the annual notice date holds
from 1 January without a new approval; what comes later changes nothing, and that is told.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect
from workflows.letters import Key
from workflows.procedures.payment_agreement.agreement import RUNNING, Agreement
from workflows.procedures.payment_agreement.booking import (
    PLAN_SETTINGS,
    agreed_end,
    replanned,
    stretches_of,
)
from workflows.procedures.payment_agreement.keeping import RateNotice
from workflows.procedures.payment_agreement.mails import news
from workflows.procedures.payment_agreement.offers import Rate
from workflows.procedures.payment_agreement.plan import rates_from, rerated
from workflows.procedures.payment_agreement.running import RatesAnnounced
from workflows.procedures.payment_agreement.settings import PaymentSettings
from workflows.settlement import rounded


def _apply(situation: Situation) -> Outcome:
    body, agreement = situation.body(RatesAnnounced), situation.data(Agreement)
    region = agreement.request.framework_region
    last_day = situation.settings(PaymentSettings).notice_day(body.year, region)
    first = date(body.year, 1, 1)
    before = _rate_on(agreement, first)
    new = _announced_for(before, body) if before is not None else None
    notice = RateNotice(
        year=body.year,
        announced=body.announced,
        last_day=last_day,
        accepted=new is not None and body.announced <= last_day,
        rates=(new,) if new else (),
    )
    kept = (*agreement.rate_notices, notice)
    changed = agreement.model_copy(update={"rate_notices": kept})
    if before is None or new is None:
        what = "rates_after_end" if before is None else "rates_not_meant"
        return Outcome(changed, tuple(_not_meant(situation, body, what)))
    if notice.accepted:
        stretches = rerated(stretches_of(changed), first, (new,))
        changed = replanned(situation, changed, stretches=stretches)
    told = news(
        situation,
        "rates",
        "rates_accepted" if notice.accepted else "rates_too_late",
        effect="rates" if notice.accepted else "old_terms",
        year=body.year,
        announced=body.announced,
        last_day=last_day,
        old=before.amount,
        new=new.amount,
        unit=Key(f"unit.{before.unit}"),
    )
    return Outcome(changed, tuple(told))


def _rate_on(agreement: Agreement, first: date) -> Rate | None:
    """The rate that would hold on the year's first day; None where the agreement is over then."""
    if _over_before(agreement, first):
        return None
    return next(iter(rates_from(stretches_of(agreement), first)), None)


def _over_before(agreement: Agreement, first: date) -> bool:
    """Whether the agreement is over before a day: by notice, or by what its terms say."""
    ended = agreement.termination
    last = ended.end if ended is not None else agreed_end(agreement)
    return last is not None and last < first


def _announced_for(before: Rate, body: RatesAnnounced) -> Rate | None:
    """The new rate in place of the old; None where the announcement does not mean it."""
    if body.percent is not None:
        amount = rounded(before.amount * (100 + body.percent) / 100)
    else:
        same = [one for one in body.rates if one.unit == before.unit]
        exact = [one.amount for one in same if one.replaces == before.amount]
        general = [one.amount for one in same if one.replaces is None]
        found: list[Decimal] = [*exact, *general]
        if not found:
            return None
        amount = found[0]
    changes = {"amount": amount, "price_level": body.year, "first": None, "last": None}
    return before.model_copy(update=changes)


def _not_meant(situation: Situation, body: RatesAnnounced, what: str) -> list[Effect]:
    return [
        *news(
            situation,
            "rates",
            what,
            to=("inbox",),
            year=body.year,
            announcement=body.announcement,
        )
    ]


RATE_MOVES: Final = (
    Move(
        name="take_rates",
        sources=RUNNING,
        events=("rates_announced",),
        target=None,
        who=("gateway",),
        reason="Rates are set by the year; the annual notice date decides whether they hold.",
        settings=("annual_notice_days", *PLAN_SETTINGS),
        act=_apply,
    ),
)
