"""Conditions without which an event is refused; one named guard each, with the rules it keeps.

A guard gives a Problem or None. The engine asks all guards of a move and tells all refusals.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from parsers.problems import Problem
from workflows.definition import Guard, Situation
from workflows.engine import state_problem
from workflows.procedures.payment_agreement.agreement import Agreement, Version
from workflows.procedures.payment_agreement.messages import (
    AgreementApproval,
    AgreementChangeRequest,
    AgreementRejection,
    PlacementRequest,
    RegisterApproval,
)
from workflows.procedures.payment_agreement.offers import AgreementOffer, connected
from workflows.procedures.payment_agreement.settings import PaymentSettings
from workflows.refusals import unfit
from workflows.security import addressed_to_us, secure_enough

MINIMUM: Final = {
    "placement_request": "tunnel",
    "agreement_offer": "tunnel",
    "unavailable": "tunnel",
    "agreement_approval": "sealed",
    "agreement_change_request": "tunnel",
    "agreement_rejection": "tunnel",
    "request_withdrawal": "tunnel",
    "agreement_termination": "tunnel",
    "agreement_amendment": "tunnel",
    "agreement_cancellation": "tunnel",
    "move_in_confirmed": "tunnel",
    "start_changed": "tunnel",
    "move_out": "tunnel",
    "death": "tunnel",
    "absence": "tunnel",
    "caseworker_change": "tunnel",
    "responsibility_transfer": "sealed",
    "invoice_dispute": "tunnel",
    "admission_notice": "tunnel",
}
"""The least assurance of each message: approvals, and who is responsible, are sealed
(docs/protocol.md section 1)."""


def approving_role(situation: Situation) -> str:
    """Return for whom an approval counts: its sender, or the party that an act registers."""
    body = situation.event.body
    return body.party if isinstance(body, RegisterApproval) else situation.event.actor.role


def _may_request(situation: Situation) -> Problem | None:
    return None if "request" in situation.event.may else Problem("sender.role", "message")


def _from_acting_municipality(situation: Situation) -> Problem | None:
    acting = situation.party("acting")
    wanted = situation.body(PlacementRequest).acting_municipality
    if (
        acting is not None
        and acting.key == situation.event.actor.key
        and acting.municipality == wanted
    ):
        return None
    return Problem("sender.municipality", "acting_municipality")


def _facility_known(situation: Situation) -> Problem | None:
    facility = situation.party("facility")
    if facility is not None and facility.key == situation.body(PlacementRequest).facility:
        return None
    return Problem("facility.unknown", "facility")


def _legal_basis_in_force(situation: Situation) -> Problem | None:
    """Every paragraph holds on the day that the place is wanted from, as far as we know.

    One that the register does not list is not objected to: the numbering is under reform.
    """
    request = situation.body(PlacementRequest)
    day = request.requested_start
    for found in request.legal_basis.on(day):
        if found.doubt not in {None, "unknown"}:
            problem = unfit(
                situation,
                "legal_basis",
                f"paragraph_{found.doubt}",
                paragraph=found.paragraph,
                day=day,
            )
            followed = {"suggestion": found.successor} if "§" in found.successor else {}
            return replace(problem, params={**problem.params, **followed})
    return None


def _payer_known(situation: Situation) -> Problem | None:
    request, payer = situation.body(PlacementRequest), situation.party("payer")
    if request.payer == request.acting_municipality:
        return None
    if payer is not None and payer.municipality == request.payer:
        return None
    return Problem("partner.unknown", "paying_municipality")


def _reference_of_the_payer(situation: Situation) -> Problem | None:
    request = situation.body(PlacementRequest)
    wanted = situation.settings(PaymentSettings).payer_reference == "required"
    if not wanted or request.payer == request.acting_municipality or request.payer_reference:
        return None
    return Problem("field.missing", "payer_reference")


def _others_known(situation: Situation) -> Problem | None:
    request = situation.body(PlacementRequest)
    for role in ("location", "residence"):
        field = f"{role}_municipality"
        wanted = getattr(request, field)
        own = {request.acting_municipality, request.payer}
        found = {one.municipality for one in situation.parties}
        if wanted is not None and wanted not in own and wanted not in found:
            return Problem("partner.unknown", field)
    return None


def _rates_cover_the_period(situation: Situation) -> Problem | None:
    offer = situation.body(AgreementOffer)
    if connected(offer.all_rates, offer.start, offer.end) is not None:
        return None
    return unfit(situation, "rates" if offer.rates else "rate", "rates_gap")


def _still_valid(situation: Situation) -> Problem | None:
    until = situation.body(AgreementOffer).valid_until
    if until is None or until >= situation.calendar.local_date(situation.event.at):
        return None
    return unfit(situation, "valid_until", "day_passed")


def _named_version(situation: Situation) -> tuple[int | None, str | None]:
    body = situation.event.body
    if isinstance(body, AgreementApproval | AgreementChangeRequest | AgreementRejection):
        return body.version, body.digest
    if isinstance(body, RegisterApproval):
        return body.version, None
    return None, None


def _version_is_current(situation: Situation) -> Problem | None:
    number, _ = _named_version(situation)
    agreement = situation.data(Agreement)
    current = agreement.standing
    if number is None or (current is not None and number == current.number):
        return None
    if current is None or agreement.version(number) is None:
        return unfit(situation, "version", "no_version")
    return Problem("draft.superseded", "version", {"version": str(current.number)})


def _digest_is_the_versions(situation: Situation) -> Problem | None:
    number, start = _named_version(situation)
    agreement = situation.data(Agreement)
    named: Version | None = agreement.standing if number is None else agreement.version(number)
    if start is None or (named is not None and named.digest.startswith(start)):
        return None
    return Problem("draft.digest", "digest")


def _current_draft(situation: Situation) -> tuple[str, ...]:
    current = situation.data(Agreement).standing
    if current is None:
        return ()
    if situation.event.actor.role == "payer":
        return f"terms-{current.number}.pdf", f"terms-{current.number}.json"
    return current.documents


def _may_approve(situation: Situation) -> Problem | None:
    return None if "approve" in situation.event.may else Problem("sender.role", "message")


def _listed_approver(situation: Situation) -> Problem | None:
    listed = {_plain(name) for name in situation.event.approvers}
    named = situation.body(AgreementApproval).approver or situation.event.actor.person
    if not listed or (named is not None and _plain(named) in listed):
        return None
    return Problem("sender.role", "approver")


def _payer_is_asked(situation: Situation) -> Problem | None:
    if approving_role(situation) != "payer" or situation.policy.approval_by == "both":
        return None
    return Problem("sender.role", "message")


def _party_takes_part(situation: Situation) -> Problem | None:
    if situation.party(approving_role(situation)) is not None:
        return None
    return unfit(situation, "party", "no_party")


def _four_eyes(situation: Situation) -> Problem | None:
    first = situation.event.actor.person or situation.event.actor.name
    if _plain(first) != _plain(situation.body(RegisterApproval).second_person):
        return None
    return unfit(situation, "second_person", "same_person")


def _confirmation_delivered(situation: Situation) -> Problem | None:
    if situation.data(Agreement).confirmation is not None:
        return None
    return state_problem(situation)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


SECURE = secure_enough("S0-R6")
ADDRESSED = addressed_to_us()
MAY_REQUEST = Guard("may_request", (), _may_request)
FROM_ACTING = Guard("from_acting_municipality", ("S4-R1", "S4-R4"), _from_acting_municipality)
"""Only a kommune decides about a place; a region has no municipality, and sells (S4-R4)."""
FACILITY_KNOWN = Guard("facility_known", ("S0-R9",), _facility_known)
LEGAL_BASIS = Guard("legal_basis_in_force", (), _legal_basis_in_force)
PAYER_KNOWN = Guard("payer_known", ("S4-R1",), _payer_known)
PAYER_REFERENCE = Guard("reference_of_the_payer", ("S4-R2",), _reference_of_the_payer)
OTHERS_KNOWN = Guard("others_known", ("S2-R1",), _others_known)
RATES_COVER = Guard("rates_cover_the_period", ("S0-R14",), _rates_cover_the_period)
STILL_VALID = Guard("still_valid", (), _still_valid)
VERSION_CURRENT = Guard(
    "version_is_current", ("S0-R17",), _version_is_current, attach=_current_draft
)
DIGEST_FITS = Guard("digest_is_the_versions", ("S0-R17",), _digest_is_the_versions)
MAY_APPROVE = Guard("may_approve", ("S0-R17",), _may_approve)
LISTED_APPROVER = Guard("listed_approver", ("S0-R17",), _listed_approver)
PAYER_ASKED = Guard("payer_is_asked", ("S0-R17",), _payer_is_asked)
PARTY_TAKES_PART = Guard("party_takes_part", ("S0-R17",), _party_takes_part)
FOUR_EYES = Guard("four_eyes", ("S0-R17",), _four_eyes)
CONFIRMATION_DELIVERED = Guard(
    "confirmation_delivered", ("S0-R18", "S0-R19"), _confirmation_delivered
)

MAIL = (SECURE, ADDRESSED)
"""What every message has to pass."""
APPROVAL = (*MAIL, VERSION_CURRENT, DIGEST_FITS, MAY_APPROVE, LISTED_APPROVER)
REGISTERED = (VERSION_CURRENT, FOUR_EYES)
ANSWER = (*MAIL, VERSION_CURRENT, DIGEST_FITS, PAYER_ASKED)
