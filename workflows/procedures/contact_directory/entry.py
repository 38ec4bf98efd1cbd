"""What is kept about one contact, and how entries are found and read beside each other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from workflows.bodies import Body
from workflows.contacts import ContactRole
from workflows.definition import Case, Situation
from workflows.events import AUTHORITY
from workflows.letters import address_of
from workflows.procedures.contact_directory.messages import ContactUpdate

NAME: Final = "contact_directory"
DIRECTORY: Final = "directory"
ALL: Final = "all"
"""All entries are filed under `DIRECTORY`, `ALL`."""
OWNER: Final = "organisation"
"""The role of the organisation whose contact it is; our own contacts have nobody in it."""
IN_USE: Final = ("PENDING", "VERIFIED", "STALE")


class Entry(Body):
    """One contact, or a question to the directory, which has none."""

    contact: ContactUpdate | None = None
    organisation: str = ""
    """CVR number."""
    name: str = ""
    """What the organisation is called."""
    municipality: str | None = None
    own: bool = False
    """Whether it is a contact of the authority itself."""
    received_at: datetime | None = None
    verified_at: datetime | None = None
    reminders: int = 0
    closing_reason: str | None = None


def owner_role(situation: Situation) -> str:
    """Return whom mails about a contact go to: its organisation, or our own inbox."""
    return OWNER if situation.party(OWNER) is not None else address_of(AUTHORITY)


def entries(cases: Iterable[Case]) -> list[tuple[Case, Entry]]:
    """Return the contacts among some cases that are in use, with their cases."""
    return [
        (case, case.data)
        for case in cases
        if case.procedure == NAME
        and case.state in IN_USE
        and isinstance(case.data, Entry)
        and case.data.contact is not None
    ]


def verified_contacts(
    cases: Iterable[Case], organisation: str, day: date
) -> dict[ContactRole, list[tuple[str, ContactUpdate]]]:
    """Return an organisation's verified contacts of a day by role, each with its case's number."""
    found: dict[ContactRole, list[tuple[str, ContactUpdate]]] = {}
    for case, entry in entries(cases):
        contact = entry.contact
        if case.state != "VERIFIED" or contact is None or not contact.serves(day):
            continue
        if entry.organisation == organisation:
            found.setdefault(contact.role, []).append((case.number, contact))
    return found
