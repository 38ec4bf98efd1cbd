"""Conditions without which an event is refused; one named guard each, with the rules it keeps."""

from __future__ import annotations

from typing import Final

from parsers.problems import Problem
from workflows.citizen_numbers import fields_with_numbers
from workflows.definition import Guard, Situation
from workflows.events import AUTHORITY
from workflows.participants import kommuner, taking_part
from workflows.procedures.facility_notice.messages import (
    NewOfferProposal,
    OfferClosureNotice,
    TakstChangeNotice,
)
from workflows.security import addressed_to_us, secure_enough


def _own_facility(situation: Situation) -> Problem | None:
    """A facility gives notice of itself; the authority of all that it runs (S4-R4)."""
    body = situation.event.body
    assert isinstance(body, OfferClosureNotice | TakstChangeNotice)
    wanted = body.facility.casefold()
    if situation.event.actor.role == AUTHORITY:
        party = situation.party("facility")
        known = party is not None and party.key == wanted
        return None if known else Problem("facility.unknown", "facility")
    if situation.event.actor.key == wanted:
        return None
    return Problem("facility.unknown", "facility")


def _operator_fits(situation: Situation) -> Problem | None:
    """Whose the offer will be, seen from who proposes it (S4-R3)."""
    body = situation.body(NewOfferProposal)
    party = situation.party(situation.event.actor.role)
    cvr = party.cvr if party else ""
    if cvr == taking_part(situation).regional_council:
        fits = {"REGION", "PRIVATE"}
    elif cvr in kommuner():
        fits = {"OWN", "OTHER_KOMMUNE", "PRIVATE"}
    else:
        return None
    if body.operator_type in fits:
        return None
    allowed = {"allowed": ", ".join(sorted(fits)), "expected": "choice"}
    return Problem("field.invalid", "operator_type", allowed)


def _rate_changes(situation: Situation) -> Problem | None:
    body = situation.body(TakstChangeNotice)
    return Problem("field.invalid", "new_rate") if body.new_rate == body.old_rate else None


def _no_citizens(situation: Situation) -> tuple[Problem, ...] | None:
    """It goes to many: no citizen is named in it."""
    body = situation.event.body
    found = fields_with_numbers(body) if body is not None else ()
    return tuple(
        Problem("field.invalid", path, {"expected": "no_citizen_number"}) for path in found
    )


def _still_to_come(situation: Situation) -> Problem | None:
    body, today = situation.event.body, situation.calendar.local_date(situation.event.at)
    assert isinstance(body, OfferClosureNotice | TakstChangeNotice)
    if body.effective_from > today:
        return None
    return Problem("field.invalid", "effective_from", {"expected": "range"})


MAIL: Final = (secure_enough(), addressed_to_us())
NO_CITIZENS: Final = Guard("no_citizens", (), _no_citizens, alert="citizen_number")
PROPOSING: Final = (*MAIL, NO_CITIZENS, Guard("operator_fits", ("S4-R3",), _operator_fits))
_NOTIFYING: Final = (
    *MAIL,
    NO_CITIZENS,
    Guard("own_facility", ("S4-R4",), _own_facility),
    Guard("still_to_come", (), _still_to_come),
)
CLOSING: Final = _NOTIFYING
CHANGING: Final = (*_NOTIFYING, Guard("rate_changes", (), _rate_changes))
ANSWERING: Final = (*MAIL, NO_CITIZENS)
