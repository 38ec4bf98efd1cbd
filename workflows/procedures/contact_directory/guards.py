"""Who may say what about a contact, and the one that can not be taken away."""

from __future__ import annotations

from typing import Final

from parsers.problems import Problem
from workflows.definition import Case, Guard, Situation
from workflows.events import AUTHORITY
from workflows.participants import taking_part
from workflows.procedures.contact_directory.entry import Entry, entries
from workflows.procedures.contact_directory.messages import ContactUpdate
from workflows.procedures.delegation_agreement.states import TERMINAL as DELEGATION_OVER
from workflows.procedures.grant_change_notice.states import TERMINAL as NOTICE_OVER
from workflows.security import addressed_to_us, secure_enough

_OVER: Final = {"grant_change_notice": NOTICE_OVER, "delegation_agreement": DELEGATION_OVER}
"""The states in which a case of another procedure needs no contact any more."""


def _own_contact(situation: Situation) -> Problem | None:
    """Nobody changes another organisation's contacts, the authority that runs this included.

    A facility of ours is no organisation of its own: our people enter its contacts.
    """
    body, case = situation.event.body, situation.case
    named = body.organisation if isinstance(body, ContactUpdate) else None
    if case is None:
        party = situation.party(situation.event.actor.role)
        own = party.cvr if party else None
        if not own:
            return Problem("sender.role", "message")
    else:
        entry = situation.data(Entry)
        if situation.event.actor.role == AUTHORITY and not entry.own:
            return Problem("sender.role", "message")
        own = entry.organisation
    return None if named is None or named == own else Problem("sender.role", "organisation")


def _a_member_asks(situation: Situation) -> Problem | None:
    asks = situation.party(situation.event.actor.role)
    return None if taking_part(situation).has(asks) else Problem("sender.municipality", "message")


def _not_over(situation: Situation) -> Problem | None:
    """A contact whose last day has passed would be retired as soon as it is registered."""
    last = situation.body(ContactUpdate).valid_to
    if last is None or last >= situation.calendar.local_date(situation.event.at):
        return None
    return Problem("field.invalid", "valid_to", {"expected": "not_past"})


def _needs_a_contact(case: Case) -> bool:
    return case.procedure in _OVER and case.state not in _OVER[case.procedure]


def is_last_of_its_role(situation: Situation) -> bool:
    """Whether cases are open that need this contact, and nobody else is there in its role."""
    contact = situation.data(Entry).contact
    if contact is None:
        return False
    today = situation.calendar.local_date(situation.event.at)
    others = [
        entry
        for case, entry in entries(situation.event.related)
        if case.state == "VERIFIED"
        and entry.contact
        and entry.contact.role == contact.role
        and entry.contact.serves(today)
    ]
    return not others and any(_needs_a_contact(case) for case in situation.event.related)


def _somebody_is_left(situation: Situation) -> Problem | None:
    contact, body = situation.data(Entry).contact, situation.event.body
    if isinstance(body, ContactUpdate) and contact and body.role == contact.role:
        return None
    if not is_last_of_its_role(situation):
        return None
    return Problem("case.state", "case", {"state": _why(situation)})


def _why(situation: Situation) -> str:
    return situation.wording.text("last_contact", situation.reader())


SECURE: Final = secure_enough("S2-R12")
ADDRESSED: Final = addressed_to_us()
OWN: Final = Guard("own_contact", ("S2-R12",), _own_contact)
MEMBER: Final = Guard("a_member_asks", ("S2-R12",), _a_member_asks)
NOT_OVER: Final = Guard("not_over", (), _not_over)
NOT_LAST: Final = Guard(
    "somebody_is_left", ("S2-R12",), _somebody_is_left, alert="last_contact_kept"
)

MAIL: Final = (SECURE, ADDRESSED)
CHANGE: Final = (*MAIL, OWN, NOT_LAST)
