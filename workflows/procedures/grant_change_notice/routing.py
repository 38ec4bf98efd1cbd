"""To whom a notice goes: the role that the receiver has registered, else its main mailbox.

Of the directory's contacts only verified ones count (S2-R9, S2-R10, S2-R12). Our own authority is
written to at the facility (drift) or the inbox (myndighed); another kommune has one secure mailbox,
and the mail says for whom it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from workflows.contacts import Addressee, ContactRole, needed
from workflows.definition import Situation
from workflows.effects import Alert, Effect, FileUnder
from workflows.events import AUTHORITY, INBOX
from workflows.letters import address_of
from workflows.procedures.contact_directory.entry import verified_contacts
from workflows.procedures.contact_directory.messages import ContactUpdate

_EACH: Final[dict[Addressee | None, tuple[ContactRole, ...]]] = {
    "DRIFT": ("DRIFT",),
    "MYNDIGHED": ("MYNDIGHED",),
    "BOTH": ("DRIFT", "MYNDIGHED"),
    None: ("DRIFT", "MYNDIGHED"),
}


@dataclass(frozen=True, slots=True)
class Route:
    """Where a notice goes, and to whose attention."""

    addresses: tuple[str, ...]
    receiver: str
    """What the other side is called."""
    organisation: str
    contacts: tuple[tuple[ContactRole, ContactUpdate], ...]
    cases: tuple[str, ...]
    """The contacts' own cases in the directory."""
    meant_for: Addressee | None = None

    def attention(self, situation: Situation, language: str) -> str | None:
        """Return for whom it is, in words."""
        words = situation.wording
        named = [
            words.text(
                "contact",
                language,
                {
                    "role": words.text(f"addressee.{role}", language),
                    "name": ", ".join(part for part in (contact.name, contact.phone) if part),
                },
            )
            for role, contact in self.contacts
        ]
        if not named and self.meant_for is not None:
            return words.text(f"addressee.{self.meant_for}", language)
        return "; ".join(named) or None

    def effects(self, situation: Situation) -> list[Effect]:
        """Return what keeps the contacts in use while the case is open, or says there is none."""
        roles = dict.fromkeys(role for role, _ in self.contacts)
        if not roles:
            return [Alert("no_contact", {"number": situation.number})]
        values = [needed(self.organisation, role) for role in roles]
        return [FileUnder("contact_needed", value) for value in values]


def route(situation: Situation, receiver: str, meant_for: Addressee | None) -> Route:
    """Return the way to a receiver: what it has registered, narrowed to whom it is meant for."""
    party = situation.party(receiver)
    organisation = party.cvr if party else ""
    day = situation.calendar.local_date(situation.event.at)
    found = verified_contacts(situation.event.related, organisation, day)
    registered = [role for role in _EACH[None] if role in found]
    chosen = [role for role in registered if role in _EACH[meant_for]] or registered
    addresses = tuple(dict.fromkeys(_address(situation, receiver, role) for role in chosen))
    return Route(
        addresses or (address_of(receiver),),
        party.name if party else "",
        organisation,
        tuple((role, contact) for role in chosen for _, contact in found[role]),
        tuple(number for role in chosen for number, _ in found[role]),
        meant_for,
    )


def _address(situation: Situation, receiver: str, role: ContactRole) -> str:
    if receiver != AUTHORITY:
        return receiver
    drift = role == "DRIFT" and situation.party("facility") is not None
    return "facility" if drift else INBOX
