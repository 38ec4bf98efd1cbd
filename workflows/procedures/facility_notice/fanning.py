"""Whom a notice is for: Takstgruppen and DASSOS, and every buyer with an open agreement.

They are found through other cases: the bodies' lists, and the agreements at the facility.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from workflows.definition import Case, Situation
from workflows.events import AUTHORITY, INBOX, Party
from workflows.procedures.facility_notice.notice import Buyer
from workflows.procedures.governance_mail.body import GovernanceBody
from workflows.procedures.governance_mail.seats import valid_on

BODIES: Final = ("TAKSTGRUPPE", "DASSOS")
OPEN: Final = frozenset({"APPROVED", "CONFIRMED", "SETTLEMENT_ACTIVE", "TERMINATING"})
"""States in which an agreement is paid for, or will be."""


def buyers(situation: Situation) -> tuple[Buyer, ...]:
    """Return who has open agreements at the facility, each with its cases; no case twice."""
    found: dict[str, Buyer] = {}
    for case in _agreements(situation):
        for party in case.parties:
            if party.role not in {"acting", "payer"}:
                continue
            role = f"buyer.{party.key}"
            known = found.get(role) or Buyer(role=role, name=party.name, cases=())
            if case.number not in known.cases:
                known = known.model_copy(update={"cases": (*known.cases, case.number)})
            found[role] = known
    return tuple(found[role] for role in sorted(found))


def readers(situation: Situation) -> tuple[str, ...]:
    """Return the roles of the members of Takstgruppen and DASSOS; ourselves at our inbox."""
    return tuple(INBOX if p.role == AUTHORITY else p.role for p in _members(situation))


def parties(situation: Situation) -> tuple[Party, ...]:
    """Return the case's parties: who was named, the buyers, the members of the bodies."""
    found = {party.role: party for party in situation.event.parties}
    for case in _agreements(situation):
        for party in case.parties:
            if party.role in {"acting", "payer"}:
                role = f"buyer.{party.key}"
                found.setdefault(role, replace(party, role=role))
    for party in _members(situation):
        found.setdefault(party.role, party)
    return tuple(found.values())


def _agreements(situation: Situation) -> tuple[Case, ...]:
    return tuple(
        case
        for case in situation.event.related
        if case.procedure == "payment_agreement" and case.state in OPEN
    )


def _members(situation: Situation) -> tuple[Party, ...]:
    today = situation.calendar.local_date(situation.event.at)
    found: dict[str, Party] = {}
    for case in situation.event.related:
        if not isinstance(case.data, GovernanceBody) or case.data.code not in BODIES:
            continue
        sitting = {one.organisation for one in valid_on(case.data.members, today)}
        for party in case.parties:
            if party.cvr not in sitting or party.role == "secretariat":
                continue
            own = party.role == AUTHORITY
            role = AUTHORITY if own else f"governance.{party.key}"
            found.setdefault(role, replace(party, role=role))
    return tuple(found.values())
