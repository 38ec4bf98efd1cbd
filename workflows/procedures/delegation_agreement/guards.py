"""Conditions of a delegation: who the sides are, what may be delegated, and what is accepted."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from parsers.identifiers import MunicipalityCode
from parsers.problems import Problem
from workflows.definition import Guard, Situation
from workflows.events import AUTHORITY
from workflows.procedures.delegation_agreement.agreement import Delegation, side_of
from workflows.procedures.delegation_agreement.messages import (
    DelegationAccept,
    DelegationProposal,
    DelegationReject,
)
from workflows.security import addressed_to_us, secure_enough

_AS_BEFORE: Final = MappingProxyType({"expected": "same_as_before"})


def _from_the_delegator(situation: Situation) -> Problem | None:
    code = situation.body(DelegationProposal).delegating_municipality
    party = situation.party(situation.event.actor.role)
    if party is None:
        return Problem("sender.municipality", "delegating_municipality")
    own = party.municipality == code or (party.role == AUTHORITY and party.cvr == code.cvr)
    allowed = party.role == AUTHORITY or "request" in situation.event.may
    if not allowed:
        return Problem("sender.role", "message")
    return None if own else Problem("sender.municipality", "delegating_municipality")


def _delegate_known(situation: Situation) -> Problem | None:
    body, own = situation.body(DelegationProposal), situation.party(AUTHORITY)
    if body.delegate_municipality is not None:
        if body.facility and own and body.delegate_municipality.cvr != own.cvr:
            return Problem("field.invalid", "facility", {"expected": "only_ours"})
        return _kommune_known(situation, body.delegate_municipality)
    if body.facility is None:
        return None
    facility = situation.party("facility")
    known = facility is not None and facility.key == body.facility.casefold()
    return None if known else Problem("facility.unknown", "facility")


def _kommune_known(situation: Situation, code: MunicipalityCode) -> Problem | None:
    delegate, own = situation.party("delegate"), situation.party(AUTHORITY)
    known = delegate is not None and delegate.municipality == code
    ours = own is not None and own.cvr == code.cvr
    return None if known or ours else Problem("partner.unknown", "delegate_municipality")


def _no_other() -> Problem:
    return Problem("field.invalid", "delegate_municipality", {"expected": "other_municipality"})


def _two_sides(situation: Situation) -> Problem | None:
    body = situation.body(DelegationProposal)
    to_itself = body.delegate_municipality == body.delegating_municipality
    ours = body.delegate_municipality is None and body.facility is None
    nobody = ours and situation.event.actor.role == AUTHORITY
    return _no_other() if to_itself or nobody else None


def _decision_power_has_a_basis(situation: Situation) -> Problem | None:
    """Preparing work may be delegated by agreement; power to decide only where a law says so."""
    body = situation.body(DelegationProposal)
    if not body.delegates_decision_power or body.legal_basis is not None:
        return None
    return Problem("field.missing", "legal_basis")


def _hours_have_a_ceiling(situation: Situation) -> Problem | None:
    """Who may grant more hours may grant them up to some number, of hours or kroner."""
    for at, task in enumerate(situation.body(DelegationProposal).tasks):
        if task.type == "supplementary_hours" and task.ceiling is None:
            return Problem("field.missing", f"tasks.{at}.ceiling")
        if task.ceiling is not None and task.ceiling_unit is None:
            return Problem("field.missing", f"tasks.{at}.ceiling_unit")
    return None


def _tasks_are_named(situation: Situation) -> Problem | None:
    """Both have to know what is delegated: another task than the usual ones is told in words."""
    for at, task in enumerate(situation.body(DelegationProposal).tasks):
        if task.type == "other" and task.text is None:
            return Problem("field.missing", f"tasks.{at}.text")
    return None


def _not_over(situation: Situation) -> Problem | None:
    end = situation.body(DelegationProposal).end
    today = situation.calendar.local_date(situation.event.at)
    if end is None or end >= today:
        return None
    return Problem("field.invalid", "end", {"expected": "not_past"})


def _has_days_left(situation: Situation) -> Problem | None:
    """What is over by its own last day can neither be proposed nor accepted any more."""
    end = situation.data(Delegation).current.proposal.end
    if end is None or end >= situation.calendar.local_date(situation.event.at):
        return None
    over = situation.wording.text("over", situation.reader())
    return Problem("case.state", "case", {"state": over})


def _same_sides(situation: Situation) -> Problem | None:
    """A new version is between the same two, for the same citizen."""
    before, body = situation.data(Delegation).current.proposal, situation.body(DelegationProposal)
    if before.citizen.cpr != body.citizen.cpr:
        return Problem("field.invalid", "citizen.cpr", _AS_BEFORE)
    one, other = (
        (p.delegating_municipality, p.delegate_municipality, p.facility) for p in (before, body)
    )
    return None if one == other else Problem("field.invalid", "delegate_municipality", _AS_BEFORE)


def _a_side(situation: Situation) -> Problem | None:
    side = side_of(situation, situation.event.actor.role)
    return Problem("sender.role", "message") if side is None else None


def _the_delegator(situation: Situation) -> Problem | None:
    side = side_of(situation, situation.event.actor.role)
    return None if side == "delegator" else Problem("sender.role", "message")


def _the_delegate(situation: Situation) -> Problem | None:
    side = side_of(situation, situation.event.actor.role)
    return None if side == "delegate" else Problem("sender.role", "message")


def _version_is_current(situation: Situation) -> Problem | None:
    body, current = situation.event.body, situation.data(Delegation).current
    number = body.version if isinstance(body, DelegationAccept | DelegationReject) else None
    if number is None or number == current.number:
        return None
    if number > current.number:
        return Problem("field.invalid", "version", {"expected": "sent_version"})
    return Problem("draft.superseded", "version", {"version": str(current.number)})


def _digest_is_the_versions(situation: Situation) -> Problem | None:
    body, agreement = situation.body(DelegationAccept), situation.data(Delegation)
    named = next((one for one in agreement.versions if one.number == body.version), None)
    if named is not None and named.digest.startswith(body.digest):
        return None
    return Problem("draft.digest", "digest")


def _current_documents(situation: Situation) -> tuple[str, ...]:
    return situation.data(Delegation).current.documents


def _may_accept(situation: Situation) -> Problem | None:
    """A partner needs the right to approve, and who signs has to be listed where any are."""
    party = situation.party(situation.event.actor.role)
    if party is None or party.role == AUTHORITY or not party.cvr:
        return None
    if "approve" not in situation.event.may:
        return Problem("sender.role", "message")
    signer = situation.body(DelegationAccept).signer or situation.event.actor.person
    listed = {_plain(name) for name in situation.event.approvers}
    if not listed or (signer is not None and _plain(signer) in listed):
        return None
    return Problem("sender.role", "signer")


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


SECURE: Final = secure_enough("S2-R11")
ADDRESSED: Final = addressed_to_us()
FROM_DELEGATOR: Final = Guard("from_the_delegator", ("S2-R1",), _from_the_delegator)
DELEGATE_KNOWN: Final = Guard("delegate_known", ("S2-R1",), _delegate_known)
TWO_SIDES: Final = Guard("two_sides", ("S2-R1",), _two_sides)
DECISION_POWER: Final = Guard("decision_power_has_a_basis", (), _decision_power_has_a_basis)
CEILING: Final = Guard("hours_have_a_ceiling", (), _hours_have_a_ceiling)
TASKS_NAMED: Final = Guard("tasks_are_named", (), _tasks_are_named)
NOT_OVER: Final = Guard("not_over", (), _not_over)
HAS_DAYS_LEFT: Final = Guard("has_days_left", (), _has_days_left)
SAME_SIDES: Final = Guard("same_sides", (), _same_sides)
A_SIDE: Final = Guard("a_side", (), _a_side)
THE_DELEGATOR: Final = Guard("the_delegator", (), _the_delegator)
THE_DELEGATE: Final = Guard("the_delegate", (), _the_delegate)
VERSION_CURRENT: Final = Guard(
    "version_is_current", ("S2-R11",), _version_is_current, attach=_current_documents
)
DIGEST_FITS: Final = Guard("digest_is_the_versions", ("S2-R11",), _digest_is_the_versions)
MAY_ACCEPT: Final = Guard("may_accept", (), _may_accept)

MAIL: Final = (SECURE, ADDRESSED)
CONTENT: Final = (DECISION_POWER, CEILING, TASKS_NAMED, NOT_OVER)
OPENING: Final = (*MAIL, FROM_DELEGATOR, DELEGATE_KNOWN, TWO_SIDES, *CONTENT)
RENEWING: Final = (*MAIL, THE_DELEGATOR, SAME_SIDES, *CONTENT)
ACCEPTING: Final = (*MAIL, A_SIDE, HAS_DAYS_LEFT, VERSION_CURRENT, DIGEST_FITS, MAY_ACCEPT)
