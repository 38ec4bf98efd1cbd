"""Conditions without which an event is refused; one named guard each, with the rules it keeps."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from parsers.problems import Problem
from workflows.definition import Guard, Situation
from workflows.procedures.home_care_change.care import UNANSWERED, CareCase, pays_in, related
from workflows.procedures.home_care_change.days import Interval, between
from workflows.procedures.home_care_change.lines import net_days
from workflows.procedures.home_care_change.messages import (
    EXCLUDED,
    Answered,
    CareChangeRequest,
    CareRequestCompletion,
    PostAdjustment,
)
from workflows.procedures.home_care_change.settings import CareSettings
from workflows.refusals import unfit
from workflows.security import addressed_to_us, secure_enough

_FAR: Final = timedelta(days=2 * 366)
"""No help began longer ago, and none is asked for longer ahead: such a date is a slip."""


def _may_request(situation: Situation) -> Problem | None:
    return None if "request" in situation.event.may else Problem("sender.role", "message")


def _provider_is_sender(situation: Situation) -> Problem | None:
    sender, stated = situation.party("provider"), situation.body(CareChangeRequest).provider
    if stated is None or (sender is not None and sender.cvr == stated):
        return None
    return unfit(situation, "provider", "not_your_number")


def _in_scope(situation: Situation) -> Problem | None:
    service = situation.body(CareChangeRequest).service
    if service not in EXCLUDED:
        return None
    words, language = situation.wording, situation.reader()
    contact = situation.settings(CareSettings).ordinary_contact
    key = "elsewhere.contact" if contact else "elsewhere.plain"
    said = {
        "service": words.text(f"choice.service.{service}", language),
        "where": words.text(key, language, {"contact": contact}),
    }
    return Problem("out_of_scope", "service", said)


def _dates_plausible(situation: Situation) -> Problem | None:
    body = situation.event.body
    assert isinstance(body, CareChangeRequest | CareRequestCompletion)
    today = situation.calendar.local_date(situation.event.at)
    for name in ("requested_effective_date", "delivery_start"):
        day = getattr(body, name)
        if day is not None and abs(day - today) > _FAR:
            return unfit(situation, name, "far_away")
    return None


def _delivered_by_then(situation: Situation) -> Problem | None:
    """Nothing can be ordered from a day on which nothing was delivered."""
    body = situation.event.body
    assert isinstance(body, CareChangeRequest | CareRequestCompletion)
    began = body.delivery_start
    if began is None and isinstance(body, CareRequestCompletion):
        began = situation.data(CareCase).request.delivery_start
    effective = body.requested_effective_date
    if began is None or effective is None or effective >= began:
        return None
    return unfit(situation, "requested_effective_date", "before_delivery", began=began)


def _not_asked_already(situation: Situation) -> Problem | None:
    """The same provider writes in the case that it has; it can be told that case's number."""
    own = situation.event.actor.key
    for case in situation.event.related:
        provider = case.party("provider")
        waiting = case.state in {"INCOMPLETE", *UNANSWERED}
        if waiting and provider is not None and provider.key == own:
            state = situation.wording.text(f"state.{case.state}", situation.reader())
            return Problem("case.state", "case", {"state": state, "number": case.number})
    return None


def _reason_given(situation: Situation) -> Problem | None:
    if situation.body(Answered).reason:
        return None
    return Problem("field.missing", "reason")


def _task_deadline_moved(situation: Situation) -> Problem | None:
    day = situation.body(Answered).new_task_deadline
    if day is None:
        return Problem("field.missing", "new_task_deadline")
    today = situation.calendar.local_date(situation.event.at)
    if day - today > _FAR:
        return unfit(situation, "new_task_deadline", "far_away")
    if today <= day != situation.data(CareCase).due:
        return None
    return unfit(situation, "new_task_deadline", "not_moved")


def _adjustment_reasoned(situation: Situation) -> Problem | None:
    return None if situation.body(PostAdjustment).reason else Problem("field.missing", "reason")


def _adjustment_authorised(situation: Situation) -> Problem | None:
    role = situation.body(PostAdjustment).role
    if role is None:
        return Problem("field.missing", "role")
    allowed = situation.settings(CareSettings).adjustment_roles
    if not allowed or role.casefold() in {one.casefold() for one in allowed}:
        return None
    return Problem("sender.role", "role")


def _adjustment_four_eyes(situation: Situation) -> Problem | None:
    if not situation.settings(CareSettings).adjustment_four_eyes:
        return None
    second = situation.body(PostAdjustment).second_person
    if second is None:
        return Problem("field.missing", "second_person")
    first = situation.event.actor.person or situation.event.actor.name
    same = _plain(first) == _plain(second)
    return unfit(situation, "second_person", "same_person") if same else None


def _adjustment_fits(situation: Situation) -> Problem | None:
    """Pay what is not paid, take back what is; an amount of one's own stays in one month."""
    body, care = situation.body(PostAdjustment), situation.data(CareCase)
    if body.first > body.last or body.last - body.first > _FAR:
        return unfit(situation, "last", "no_period")
    if body.last > situation.calendar.local_date(situation.event.at):
        return unfit(situation, "last", "day_to_come")
    if body.amount is not None and body.first.replace(day=1) != body.last.replace(day=1):
        return unfit(situation, "last", "one_month")
    if body.days == "keep":
        return None if body.amount is not None else Problem("field.missing", "amount")
    if body.days == "take_back":
        days = between(body.first, body.last)
        fits = days <= net_days(care.settled.lines)
    else:
        stretch = Interval(first=body.first, last=body.last)
        others = (other for _, _, other in related(situation))
        fits = not any(pays_in(one, stretch) for one in (care, *others))
    why = "not_paid" if body.days == "take_back" else "paid_already"
    return None if fits else unfit(situation, "days", why)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


SECURE: Final = secure_enough()
ADDRESSED: Final = addressed_to_us()
MAY_REQUEST: Final = Guard("may_request", (), _may_request)
PROVIDER_IS_SENDER: Final = Guard("provider_is_sender", ("S1-R4",), _provider_is_sender)
IN_SCOPE: Final = Guard("in_scope", ("S1-R1", "S1-R6"), _in_scope)
DATES_PLAUSIBLE: Final = Guard("dates_plausible", (), _dates_plausible)
DELIVERED_BY_THEN: Final = Guard("delivered_by_then", ("S1-R16",), _delivered_by_then)
NOT_ASKED_ALREADY: Final = Guard("not_asked_already", (), _not_asked_already)
REASON_GIVEN: Final = Guard("reason_given", ("S1-R23", "S1-R28"), _reason_given)
TASK_MOVED: Final = Guard("task_deadline_moved", ("S1-R23", "S1-R28"), _task_deadline_moved)
ADJUSTMENT_REASONED: Final = Guard("adjustment_reasoned", ("S1-R30",), _adjustment_reasoned)
ADJUSTMENT_AUTHORISED: Final = Guard("adjustment_authorised", ("S1-R30",), _adjustment_authorised)
ADJUSTMENT_FOUR_EYES: Final = Guard("adjustment_four_eyes", ("S1-R30",), _adjustment_four_eyes)
ADJUSTMENT_FITS: Final = Guard("adjustment_fits", ("S1-R29", "S1-R30"), _adjustment_fits)

MAIL: Final = (SECURE, ADDRESSED)
"""What every message has to pass."""
REQUEST: Final = (
    *MAIL,
    MAY_REQUEST,
    PROVIDER_IS_SENDER,
    IN_SCOPE,
    DATES_PLAUSIBLE,
    DELIVERED_BY_THEN,
    NOT_ASKED_ALREADY,
)
ANSWER: Final = (REASON_GIVEN, TASK_MOVED)
ADJUSTMENT: Final = (
    ADJUSTMENT_REASONED,
    ADJUSTMENT_AUTHORISED,
    ADJUSTMENT_FOUR_EYES,
    ADJUSTMENT_FITS,
)
