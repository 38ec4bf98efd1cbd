"""Conditions without which an event is refused; one named guard each."""

from __future__ import annotations

from typing import Final

from parsers.problems import Problem
from workflows.definition import Guard, Situation
from workflows.events import AUTHORITY
from workflows.procedures.coordination.case import answerer, asker
from workflows.procedures.coordination.messages import CoordinationReply, CoordinationRequest
from workflows.security import addressed_to_us, secure_enough


def _may_request(situation: Situation) -> Problem | None:
    own = situation.event.actor.role == AUTHORITY
    return None if own or "request" in situation.event.may else Problem("sender.role", "message")


def _from_the_acting(situation: Situation) -> Problem | None:
    sender = situation.party(situation.event.actor.role)
    acting = situation.body(CoordinationRequest).acting_municipality
    if sender is not None and acting.cvr == sender.cvr:
        return None
    if sender is not None and sender.municipality == acting:
        return None
    return Problem("sender.municipality", "acting_municipality")


def _two_kommuner(situation: Situation) -> Problem | None:
    request = situation.body(CoordinationRequest)
    if request.residence_municipality != request.acting_municipality:
        return None
    return Problem("field.invalid", "residence_municipality", {"expected": "other_municipality"})


def _residence_known(situation: Situation) -> Problem | None:
    """The residence kommune is registered with us, or is the authority that we serve."""
    request, own = situation.body(CoordinationRequest), situation.party(AUTHORITY)
    named = request.residence_municipality
    if named == request.acting_municipality or situation.party("residence") is not None:
        return None
    if own is not None and own.cvr == named.cvr:
        return None
    return Problem("partner.unknown", "residence_municipality")


def _answer_is_due_from(situation: Situation) -> Problem | None:
    if situation.event.actor.role == answerer(situation):
        return None
    return Problem("sender.role", "message")


def _asked_by(situation: Situation) -> Problem | None:
    if situation.event.actor.role == asker(situation):
        return None
    return Problem("sender.role", "message")


def _says_something(situation: Situation) -> Problem | None:
    reply = situation.body(CoordinationReply)
    return None if reply.benefits or reply.text else Problem("field.missing", "benefits")


def _periods_fit(situation: Situation) -> Problem | None:
    for number, one in enumerate(situation.body(CoordinationReply).benefits):
        if one.first is not None and one.last is not None and one.last < one.first:
            return Problem("field.invalid", f"benefits.{number}.to", {"expected": "period"})
    return None


SECURE: Final = secure_enough()
ADDRESSED: Final = addressed_to_us()
MAY_REQUEST: Final = Guard("may_request", (), _may_request)
FROM_ACTING: Final = Guard("from_the_acting", ("S2-R2",), _from_the_acting)
TWO_KOMMUNER: Final = Guard("two_kommuner", ("S2-R2",), _two_kommuner)
RESIDENCE_KNOWN: Final = Guard("residence_known", ("S2-R2",), _residence_known)
ANSWERER: Final = Guard("answer_is_due_from", ("S2-R2",), _answer_is_due_from)
ASKER: Final = Guard("asked_by", (), _asked_by)
SAYS_SOMETHING: Final = Guard("says_something", ("S2-R2",), _says_something)
PERIODS_FIT: Final = Guard("periods_fit", (), _periods_fit)

MAIL: Final = (SECURE, ADDRESSED)
REQUEST: Final = (*MAIL, MAY_REQUEST, FROM_ACTING, TWO_KOMMUNER, RESIDENCE_KNOWN)
REPLY: Final = (*MAIL, ANSWERER, SAYS_SOMETHING, PERIODS_FIT)
