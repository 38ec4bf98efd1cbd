"""The contact directory as a table: one case for each contact, and one for each question.

PENDING: told by its organisation, not yet confirmed. VERIFIED: confirmed, and asked about again
after some months. STALE: nobody answered, or mail came back. RETIRED: no contact any more.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel

from workflows.bodies import Note
from workflows.contacts import NEEDED, ORGANISATION, needed
from workflows.definition import Case, MessageRule, Procedure, Relation
from workflows.dialogue import (
    DIALOGUE,
    DIALOGUE_EVENTS,
    DIALOGUE_MAILS,
    Dialogue,
    dialogue_moves,
)
from workflows.events import AUTHORITY, DeadlinePassed, Delivery
from workflows.policy import Policy
from workflows.procedures.contact_directory import guards as g
from workflows.procedures.contact_directory import messages as m
from workflows.procedures.contact_directory.attesting import ATTESTING
from workflows.procedures.contact_directory.entry import (
    ALL,
    DIRECTORY,
    IN_USE,
    NAME,
    OWNER,
    Entry,
)
from workflows.procedures.contact_directory.extracting import EXTRACTING
from workflows.procedures.contact_directory.registering import REGISTERING
from workflows.procedures.contact_directory.settings import ContactSettings
from workflows.procedures.contact_directory.timers import DEADLINES
from workflows.validation import checked
from workflows.wording import SHARED, load

_CHANGES: Final = (
    "contact_update",
    "change_contact",
    "contact_retirement",
    "retire_contact",
    "contact_bounced",
    "deadline_passed",
)
_QUESTIONS: Final = ("directory_extract", "check_network")


def _organisation(case: Case | None, _: BaseModel) -> str | None:
    """Whose other contacts are looked at: those of the contact's organisation."""
    entry = case.data if case else None
    return entry.organisation if isinstance(entry, Entry) else None


def _needed(case: Case | None, _: BaseModel) -> str | None:
    """Which cases are looked at: those that need a contact in the role."""
    entry = case.data if case else None
    if not isinstance(entry, Entry) or entry.contact is None:
        return None
    return needed(entry.organisation, entry.contact.role)


def _all(_: Case | None, __: BaseModel) -> str:
    return ALL


def _readers(own: str) -> tuple[str, ...]:
    return (OWNER,) if own == AUTHORITY else (AUTHORITY,)


PROCEDURE: Final = checked(
    Procedure(
        name=NAME,
        states=(*IN_USE, "RETIRED", "EXTRACT_SENT", "NETWORK_COMPLETE", "NETWORK_INCOMPLETE"),
        terminal=frozenset({"RETIRED", "EXTRACT_SENT", "NETWORK_COMPLETE", "NETWORK_INCOMPLETE"}),
        moves=(
            *REGISTERING,
            *ATTESTING,
            *EXTRACTING,
            *dialogue_moves(
                sources=IN_USE,
                people=(OWNER, AUTHORITY),
                readers=_readers,
                guards=g.MAIL,
                reason="Who keeps the directory and whose contact it is may write to each other.",
            ),
        ),
        messages=(
            MessageRule("contact_update", m.ContactUpdate, "sealed", opens=True, sender=OWNER),
            MessageRule("contact_confirmed", m.ContactConfirmed, "sealed"),
            MessageRule("contact_retirement", m.ContactRetirement, "sealed"),
            MessageRule(
                "directory_extract", m.DirectoryExtract, "tunnel", opens=True, sender=OWNER
            ),
            DIALOGUE,
        ),
        acts=MappingProxyType(
            {
                "register_contact": m.ContactUpdate,
                "change_contact": m.ContactUpdate,
                "confirm_contact": m.ContactConfirmed,
                "retire_contact": m.ContactRetirement,
                "check_network": Note,
                "dialogue": Dialogue,
            }
        ),
        system=MappingProxyType(
            {
                "contact_bounced": Delivery,
                "deadline_passed": DeadlinePassed,
                **DIALOGUE_EVENTS,
            }
        ),
        deadlines=DEADLINES,
        mails=(
            "refused",
            "registered",
            "confirmed",
            "confirm_request",
            "confirm_reminder",
            "unanswered",
            "bounced",
            "expired",
            "retired",
            "extract",
            "network_complete",
            "network_incomplete",
            *DIALOGUE_MAILS,
        ),
        alerts=("contact_stale", "last_contact_stale", "last_contact_kept"),
        data_model=Entry,
        policy=Policy(),
        wording=load(Path(__file__).parent, SHARED),
        relations=(
            Relation(_CHANGES, ORGANISATION, _organisation, (NAME,)),
            Relation(_CHANGES, NEEDED, _needed),
            Relation(_QUESTIONS, DIRECTORY, _all, (NAME,)),
        ),
        settings=ContactSettings(),
    )
)
