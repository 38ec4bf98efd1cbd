"""From a new contact to a verified one, and what its organisation changes about it afterwards."""

from __future__ import annotations

from typing import Any, Final

from workflows.contacts import ORGANISATION, OWN
from workflows.definition import NO_CASE, Move, Outcome, Situation
from workflows.effects import Effect, FileUnder, SendMail
from workflows.events import AUTHORITY
from workflows.letters import Key, letter, proof, receipt
from workflows.procedures.contact_directory import guards as g
from workflows.procedures.contact_directory import timers as t
from workflows.procedures.contact_directory.entry import (
    ALL,
    DIRECTORY,
    IN_USE,
    OWNER,
    Entry,
    owner_role,
)
from workflows.procedures.contact_directory.messages import ContactRetirement, ContactUpdate
from workflows.procedures.contact_directory.settings import ContactSettings
from workflows.timing import clear


def about(entry: Entry) -> dict[str, Any]:
    """Return what mails say about a contact."""
    contact = entry.contact
    if contact is None:
        return {"organisation": entry.name}
    ways = (contact.phone, contact.secure_mail)
    return {
        "organisation": entry.name,
        "name": contact.name,
        "role": Key(f"role.{contact.role}"),
        "unit": contact.unit or "",
        "reach": ", ".join(way for way in ways if way),
        "topics": ", ".join(contact.topics),
    }


def _filed(entry: Entry) -> list[Effect]:
    own: list[Effect] = [FileUnder(ORGANISATION, OWN)] if entry.own else []
    return [FileUnder(ORGANISATION, entry.organisation), FileUnder(DIRECTORY, ALL), *own]


def _opened(situation: Situation) -> Entry:
    owner = situation.party(situation.event.actor.role)
    contact = situation.body(ContactUpdate)
    return Entry(
        contact=contact,
        organisation=owner.cvr if owner else "",
        name=owner.name if owner else situation.event.actor.name,
        municipality=owner.municipality if owner else None,
        own=situation.event.actor.role == AUTHORITY,
        received_at=situation.event.at,
    )


def ask(situation: Situation, entry: Entry, kind: str, wording: str) -> SendMail:
    """Return the question whether a contact is right; its return makes the contact stale."""
    due = t.watch_confirmation(situation).due
    return letter(
        situation,
        kind,
        owner_role(situation),
        wording,
        on_failed="contact_bounced",
        due=due,
        count=entry.reminders,
        **about(entry),
    )


def _register(situation: Situation) -> Outcome:
    entry = _opened(situation)
    watch = t.watch_confirmation(situation)
    told = proof(
        situation,
        "received",
        OWNER,
        "registered",
        on_failed="contact_bounced",
        due=watch.due,
        **about(entry),
    )
    assert entry.contact is not None
    return Outcome(
        entry, (*_filed(entry), told, watch, *t.watch_validity(situation, entry.contact))
    )


def _register_own(situation: Situation) -> Outcome:
    entry = _opened(situation).model_copy(update={"verified_at": situation.event.at})
    assert entry.contact is not None
    watches = (t.watch_attestation(situation), *t.watch_validity(situation, entry.contact))
    return Outcome(entry, (*_filed(entry), *watches))


def _update(situation: Situation) -> Outcome:
    contact = situation.body(ContactUpdate)
    changes = {"contact": contact, "received_at": situation.event.at, "reminders": 0}
    entry = situation.data(Entry).model_copy(update=changes)
    watch = t.watch_confirmation(situation)
    told = receipt(situation, "registered", due=watch.due, **about(entry))
    ended = clear(t.ATTESTATION, t.VALIDITY)
    return Outcome(entry, (*told, *ended, watch, *t.watch_validity(situation, contact)))


def _update_own(situation: Situation) -> Outcome:
    contact = situation.body(ContactUpdate)
    changes = {"contact": contact, "verified_at": situation.event.at, "reminders": 0}
    entry = situation.data(Entry).model_copy(update=changes)
    ended = clear(t.CONFIRMATION, t.VALIDITY)
    watches = (t.watch_attestation(situation), *t.watch_validity(situation, contact))
    return Outcome(entry, (*ended, *watches))


def _confirm(situation: Situation) -> Outcome:
    changes = {"verified_at": situation.event.at, "reminders": 0}
    entry = situation.data(Entry).model_copy(update=changes)
    watch = t.watch_attestation(situation)
    months = situation.settings(ContactSettings).attestation_months
    told = receipt(
        situation,
        "confirmed",
        months=months,
        next=situation.calendar.local_date(watch.due),
        **about(entry),
    )
    return Outcome(entry, (*told, *clear(t.CONFIRMATION), watch))


def _retire(situation: Situation) -> Outcome:
    reason = situation.body(ContactRetirement).reason
    entry = situation.data(Entry).model_copy(update={"closing_reason": reason})
    told = receipt(situation, "retired", **about(entry))
    return Outcome(entry, (*told, *clear(*t.DEADLINES)))


REGISTERING: Final = (
    Move(
        name="register",
        sources=(NO_CASE,),
        events=("contact_update",),
        target="PENDING",
        who=(OWNER,),
        rules=("S2-R12",),
        guards=(*g.MAIL, g.OWN, g.NOT_OVER),
        act=_register,
        settings=("answer_days",),
    ),
    Move(
        name="register_own",
        sources=(NO_CASE,),
        events=("register_contact",),
        passing=("PENDING",),
        target="VERIFIED",
        who=(AUTHORITY,),
        reason="The authority's own contacts are entered by its own people.",
        guards=(g.OWN, g.NOT_OVER),
        act=_register_own,
    ),
    Move(
        name="update",
        sources=IN_USE,
        events=("contact_update",),
        target="PENDING",
        who=(OWNER,),
        rules=("S2-R12",),
        guards=(*g.CHANGE, g.NOT_OVER),
        act=_update,
        settings=("answer_days",),
    ),
    Move(
        name="update_own",
        sources=IN_USE,
        events=("change_contact",),
        target="VERIFIED",
        who=(AUTHORITY,),
        reason="The authority's own contacts are changed by its own people.",
        guards=(g.OWN, g.NOT_LAST, g.NOT_OVER),
        act=_update_own,
    ),
    Move(
        name="confirm",
        sources=IN_USE,
        events=("contact_confirmed", "confirm_contact"),
        target="VERIFIED",
        who=(OWNER, AUTHORITY),
        rules=("S2-R12",),
        guards=(*g.MAIL, g.OWN),
        act=_confirm,
        settings=("attestation_months",),
    ),
    Move(
        name="retire",
        sources=IN_USE,
        events=("contact_retirement", "retire_contact"),
        target="RETIRED",
        who=(OWNER, AUTHORITY),
        rules=("S2-R12",),
        guards=g.CHANGE,
        act=_retire,
    ),
)
