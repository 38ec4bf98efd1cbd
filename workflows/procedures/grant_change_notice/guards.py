"""Who may tell whom of a change, in what form, and for which two sides."""

from __future__ import annotations

from typing import Final

from parsers.problems import Problem
from workflows.definition import Guard, Situation
from workflows.events import AUTHORITY
from workflows.procedures.grant_change_notice.case import (
    ChangeCase,
    side_of,
    side_roles,
    sides_of,
)
from workflows.procedures.grant_change_notice.judging import form_missing, pair_rule
from workflows.procedures.grant_change_notice.messages import ChangeNotice, ChangeProposal
from workflows.procedures.grant_change_notice.settings import ChangeSettings, Mandate
from workflows.security import addressed_to_us, secure_enough

_NEEDED_TO_OPEN: Final = (
    "citizen",
    "acting_municipality",
    "change",
    "legal_basis",
    "caseworker",
    "disclosure_basis",
)


def _sides_known(situation: Situation) -> Problem | None:
    """Both sides take part, and who writes is one of them."""
    buyer, seller = side_roles(situation, sides_of(situation.event.body))
    if buyer is None:
        return Problem("partner.unknown", "acting_municipality")
    if seller is None:
        return Problem("partner.unknown", "operator_municipality")
    if situation.event.actor.role not in {buyer, seller}:
        return Problem("sender.municipality", "acting_municipality")
    return None


def _two_sides(situation: Situation) -> Problem | None:
    """Who acts is another than who runs the facility; else there is nobody to notify."""
    sides = sides_of(situation.event.body)
    buyer, seller = side_roles(situation, sides)
    same = sides.acting is not None and sides.acting == sides.operator
    if same or (buyer is not None and buyer == seller):
        return Problem("field.invalid", "operator_municipality", {"expected": "other_municipality"})
    return None


def _facility_known(situation: Situation) -> Problem | None:
    """A facility is named where it is ours, and not beside another kommune that runs it."""
    sides, own = sides_of(situation.event.body), situation.party(AUTHORITY)
    named = sides.facility
    if named and sides.operator and own and sides.operator.cvr != own.cvr:
        return Problem("field.invalid", "facility", {"expected": "only_ours"})
    keys = {party.key for party in situation.parties if party.role in {"facility", "notifier"}}
    return (
        None
        if named is None or named.casefold() in keys
        else Problem("facility.unknown", "facility")
    )


def mandate(situation: Situation, role: str) -> Mandate:
    """Return what whoever is in a role may do as a seller; our own facility by its own name."""
    party = situation.party("facility") if role == AUTHORITY else situation.party(role)
    key = party.key if party else role
    return situation.settings(ChangeSettings).mandate_of(key)


def _may_inform(situation: Situation) -> Problem | None:
    """The buyer may ask for something at all; the seller has to have the mandate to inform."""
    buyer, _ = side_roles(situation, sides_of(situation.event.body))
    role = situation.event.actor.role
    if role == buyer:
        allowed = role == AUTHORITY or "request" in situation.event.may
    else:
        allowed = mandate(situation, role).may_inform
    return None if allowed else Problem("sender.role", "message")


def _may_negotiate(situation: Situation) -> Problem | None:
    case, role = situation.data(ChangeCase), situation.event.actor.role
    if side_of(role, case) == case.buyer or mandate(situation, role).may_negotiate:
        return None
    return Problem("sender.role", "message")


def _in_the_agreed_form(situation: Situation) -> Problem | None:
    rule = pair_rule(situation)
    missing = form_missing(situation, rule)
    if missing is None or rule.level != "FIXED_RULE":
        return None
    if missing == "sealed":
        return Problem("sender.assurance", "message", {"minimum": "sealed"})
    label = situation.wording.text("attached_decision", situation.reader())
    return Problem("field.missing", "attachments", {"label": label})


def _proposal_is_whole(situation: Situation) -> Problem | None:
    body = situation.body(ChangeProposal)
    missing = (name for name in _NEEDED_TO_OPEN if getattr(body, name) is None)
    first = next(missing, None)
    return Problem("field.missing", first) if first else None


def _seller_proposes(situation: Situation) -> Problem | None:
    buyer, _ = side_roles(situation, sides_of(situation.event.body))
    return Problem("sender.role", "message") if situation.event.actor.role == buyer else None


def _same_matter(situation: Situation) -> Problem | None:
    """A further notice of a case is about the same citizen and the same two sides."""
    case, notice = situation.data(ChangeCase), situation.body(ChangeNotice)
    before = case.notice or case.proposal
    if before is None or before.citizen is None:
        return None
    if before.citizen.cpr != notice.citizen.cpr:
        return Problem("field.invalid", "citizen.cpr", {"expected": "same_as_before"})
    if sides_of(before).kommuner != sides_of(notice).kommuner:
        return Problem("field.invalid", "acting_municipality", {"expected": "same_as_before"})
    return None


def _who_notified(situation: Situation) -> Problem | None:
    case = situation.data(ChangeCase)
    same = side_of(situation.event.actor.role, case) == side_of(case.notifier, case)
    return None if same else Problem("sender.role", "message")


def _the_other_side(situation: Situation) -> Problem | None:
    case = situation.data(ChangeCase)
    side = side_of(situation.event.actor.role, case)
    other = {case.buyer, case.seller} - {side_of(case.notifier, case)}
    return None if side in other else Problem("sender.role", "message")


SECURE: Final = secure_enough("S2-R10")
ADDRESSED: Final = addressed_to_us()
SIDES_KNOWN: Final = Guard("sides_known", ("S2-R1",), _sides_known)
TWO_SIDES: Final = Guard("two_sides", ("S2-R1",), _two_sides)
FACILITY_KNOWN: Final = Guard("facility_known", (), _facility_known)
MAY_INFORM: Final = Guard("may_inform", ("S2-R9",), _may_inform)
MAY_NEGOTIATE: Final = Guard("may_negotiate", ("S2-R9",), _may_negotiate)
FORM: Final = Guard("in_the_agreed_form", ("S2-R10",), _in_the_agreed_form)
WHOLE: Final = Guard("proposal_is_whole", (), _proposal_is_whole)
SELLER: Final = Guard("seller_proposes", (), _seller_proposes)
SAME_MATTER: Final = Guard("same_matter", (), _same_matter)
WHO_NOTIFIED: Final = Guard("who_notified", (), _who_notified)
OTHER_SIDE: Final = Guard("the_other_side", (), _the_other_side)

MAIL: Final = (SECURE, ADDRESSED)
OPENING: Final = (*MAIL, SIDES_KNOWN, TWO_SIDES, FACILITY_KNOWN, MAY_INFORM, FORM)
PROPOSING: Final = (*MAIL, WHOLE, SIDES_KNOWN, TWO_SIDES, FACILITY_KNOWN, SELLER, MAY_INFORM)
RENEWING: Final = (*MAIL, WHO_NOTIFIED, SAME_MATTER, FORM)
ANSWERING: Final = (*MAIL, OTHER_SIDE, SAME_MATTER, FORM)
