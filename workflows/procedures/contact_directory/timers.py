"""The deadlines of the directory: contacts are attested, or they go stale."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Final

from workflows.definition import DeadlineRule, Situation
from workflows.effects import SetDeadline
from workflows.procedures.contact_directory.messages import ContactUpdate
from workflows.procedures.contact_directory.settings import ContactSettings
from workflows.timing import in_working_days, on_date

CONFIRMATION: Final = DeadlineRule(
    "confirmation", "organisation", rules=("S2-R12",), settings=("answer_days",)
)
ATTESTATION: Final = DeadlineRule(
    "attestation", "organisation", rules=("S2-R12",), settings=("attestation_months",)
)
VALIDITY: Final = DeadlineRule(
    "validity", "organisation", reason="A contact says itself until when it is one."
)
DEADLINES: Final = (CONFIRMATION, ATTESTATION, VALIDITY)


def watch_confirmation(situation: Situation) -> SetDeadline:
    """Return the days within which the organisation answers."""
    days = situation.settings(ContactSettings).answer_days
    return in_working_days(situation, CONFIRMATION, days, "answer_days", situation.now)


def watch_attestation(situation: Situation) -> SetDeadline:
    """Return the day on which the organisation is asked again."""
    months = situation.settings(ContactSettings).attestation_months
    today = situation.calendar.local_date(situation.event.at)
    return on_date(situation, ATTESTATION, months_after(today, months), "attestation_months")


def watch_validity(situation: Situation, contact: ContactUpdate) -> list[SetDeadline]:
    """Return the contact's own last day, where it has one."""
    if contact.valid_to is None:
        return []
    return [on_date(situation, VALIDITY, contact.valid_to, "valid_to")]


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
