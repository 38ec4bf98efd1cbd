"""The offer (da: tilbud) of a facility, and the terms that an agreement's version fixes.

NB the homonym: *tilbud* is the facility, and what it offers; here it is the offer.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from parsers.values import Money
from workflows.bodies import Body, Line, Text
from workflows.notice import NoticePolicy

Amount = Annotated[Money, Field(ge=0)]
Hours = Annotated[Money, Field(gt=0, le=800)]
"""Hours a month, two decimals."""
Ean = Annotated[str, StringConstraints(pattern=r"^\d{13}$")]


OperatorType = Literal["own", "other_kommune", "region", "private"]
"""Who runs a facility (S4-R3): the kommune itself, another one, a region, or a private one."""


def not_before_first(last: date | None, info: ValidationInfo) -> date | None:
    """Refuse a period whose `last` day lies before its `first`; for models with both fields."""
    first = info.data.get("first")
    if last and first and last < first:
        raise PydanticCustomError("period", "the last day is before the first")
    return last


class _Priced(Body):
    """What costs something from a day to a day."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True)

    amount: Amount
    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")
    hours: Hours | None = None
    """Agreed hours a month, for the unit hour."""

    _in_order = field_validator("last")(not_before_first)


class Rate(_Priced):
    """A rate (da: takst)."""

    unit: Literal["day", "hour", "month"]
    price_level: int | None = Field(default=None, ge=2000, le=2100)

    @property
    def label(self) -> str:
        """The key of the words for a rate's line in the plan."""
        return "rate"


class Supplement(_Priced):
    """A supplementary service (da: tillægsydelse)."""

    text: Line
    unit: Literal["day", "hour", "month", "once"]

    @property
    def label(self) -> str:
        """What the plan's line is called."""
        return self.text


class Billing(Body):
    """How it is billed. At least 14 days (styringsaftale), at most 30 (renteloven § 3 b)."""

    in_advance: bool = False
    due_days: int = Field(default=30, ge=14, le=30)
    ean: Ean | None = None
    reference: Line | None = None

    @field_validator("ean")
    @classmethod
    def _check_digit(cls, ean: str | None) -> str | None:
        if ean and sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(ean)) % 10:
            raise PydanticCustomError("ean", "the check digit does not fit")
        return ean


class Matching(Body):
    """The match of need and facility (da: matchning); the seed gives no contents, so free text."""

    need_category: Line | None = None
    package: Text | None = None
    remarks: Text | None = None


class AgreementOffer(Body):
    """What the facility offers. Only a rate and a start are required."""

    rate: Rate | None = None
    rates: tuple[Rate, ...] = Field(default=(), max_length=60, validate_default=True)
    start: date
    end: date | None = None
    service: Text | None = None
    scope: Text | None = None
    supplements: tuple[Supplement, ...] = Field(default=(), max_length=60)
    notice_policy: NoticePolicy | None = None
    billing: Billing | None = None
    matching: Matching | None = None
    valid_until: date | None = None
    operator: OperatorType | None = None
    """Who runs the facility (da: driftsherre)."""

    @field_validator("rates")
    @classmethod
    def _one_way_to_say_it(cls, rates: tuple[Rate, ...], info: ValidationInfo) -> tuple[Rate, ...]:
        if "rate" not in info.data:
            return rates
        if info.data["rate"] is None and not rates:
            raise PydanticCustomError("missing", "a rate, or several")
        if info.data["rate"] is not None and rates:
            raise PydanticCustomError("rates", "either rate or rates, not both")
        return rates

    @field_validator("end")
    @classmethod
    def _in_order(cls, end: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("start")
        if end and start and end < start:
            raise PydanticCustomError("period", "the end is before the start")
        return end

    @property
    def all_rates(self) -> tuple[Rate, ...]:
        """The rates, whichever way they were given."""
        return (self.rate,) if self.rate else self.rates


class Terms(Body):
    """The terms of one version: all fields present, so that two readers digest the same."""

    facility: str
    facility_name: str
    legal_basis: str
    rates: tuple[Rate, ...]
    start: date
    end: date | None
    service: str | None
    scope: str | None
    supplements: tuple[Supplement, ...]
    notice_policy: NoticePolicy
    billing: Billing
    matching: Matching | None
    valid_until: date | None
    operator: OperatorType | None = None


def connected(rates: tuple[Rate, ...], start: date, end: date | None) -> tuple[Rate, ...] | None:
    """Return the rates in order, each with its days, so that every day has one rate.

    A rate without `to` ends where the next begins. None: a day has no rate, or two.
    """
    ordered = sorted(rates, key=lambda rate: rate.first or start)
    if (ordered[0].first or start) > start:
        return None
    filled = []
    for rate, following in pairwise(ordered):
        if following.first is None:
            return None
        day_before = following.first - timedelta(days=1)
        if (rate.last or day_before) != day_before or day_before < (rate.first or start):
            return None
        filled.append(rate.model_copy(update={"first": rate.first or start, "last": day_before}))
    final = ordered[-1]
    if final.last is not None and (end is None or final.last < end):
        return None
    filled.append(final.model_copy(update={"first": final.first or start}))
    return tuple(filled)


def terms_from(
    offer: AgreementOffer, facility: tuple[str, str], legal_basis: str, notice: NoticePolicy
) -> Terms | None:
    """Return the terms of an offer, defaults filled in. None: the rates do not fit the period."""
    rates = connected(offer.all_rates, offer.start, offer.end)
    if rates is None:
        return None
    return Terms(
        facility=facility[0],
        facility_name=facility[1],
        legal_basis=legal_basis,
        rates=rates,
        start=offer.start,
        end=offer.end,
        service=offer.service,
        scope=offer.scope,
        supplements=offer.supplements,
        notice_policy=(offer.notice_policy or notice).filled(),
        billing=offer.billing or Billing(),
        matching=offer.matching,
        valid_until=offer.valid_until,
        operator=offer.operator,
    )
