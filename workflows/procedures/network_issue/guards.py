"""Nobody outside the collaboration, and no citizen: what the network takes and what it stops."""

from __future__ import annotations

from typing import Final

from parsers.problems import Problem
from workflows.citizen_numbers import fields_with_numbers, holds_a_citizens_number
from workflows.definition import Guard, Situation
from workflows.participants import taking_part
from workflows.procedures.network_issue.item import COLLECTING, report_of, takes_part
from workflows.procedures.network_issue.messages import (
    Circulation,
    Inclusion,
    ReportOpening,
    last_day,
)
from workflows.security import addressed_to_us, secure_enough


def _from_a_member(situation: Situation) -> Problem | None:
    sender = situation.party(situation.event.actor.role)
    return None if taking_part(situation).has(sender) else Problem("sender.municipality", "message")


def _still_a_member(situation: Situation) -> Problem | None:
    """Who has left the collaboration has no more say in its report than who is not in it yet."""
    sender = situation.party(situation.event.actor.role)
    if sender is None or takes_part(situation, sender):
        return None
    return Problem("sender.municipality", "message")


def _no_citizen(situation: Situation) -> Problem | None:
    """Nothing that has the shape of a citizen's number comes in, in whatever field."""
    event = situation.event
    found = fields_with_numbers(event.body) if event.body else ()
    reference = (event.submission or {}).get("reference")
    if not found and reference and holds_a_citizens_number(reference):
        found = ("reference",)
    if not found and any(holds_a_citizens_number(one.name) for one in event.attachments):
        found = ("attachments",)
    if not found:
        return None
    return Problem("field.invalid", found[0], {"expected": "no_citizen_number"})


def _nothing_attached(situation: Situation) -> Problem | None:
    """A file would be passed on, and nobody has looked for citizens in it."""
    if not situation.event.attachments:
        return None
    label = situation.wording.text("attachment", situation.reader())
    return Problem("field.unknown", "attachments", {"label": label})


def _report_is_open(situation: Situation) -> Problem | None:
    number = situation.body(Inclusion).report
    taking = (case for case in situation.event.related if case.state in COLLECTING)
    known = any(case.number == number for case in taking)
    return None if known else Problem("case.unknown", "report")


def _still_ahead(situation: Situation) -> Problem | None:
    due = last_day(situation.body(ReportOpening).due_month)
    today = situation.calendar.local_date(situation.event.at)
    return None if due >= today else Problem("field.invalid", "due_month", {"expected": "not_past"})


def _agreement_is_ahead(situation: Situation) -> Problem | None:
    """What is handed in can only be taken into an agreement that is made afterwards."""
    body = situation.body(ReportOpening)
    if body.agreement_year >= last_day(body.due_month).year:
        return None
    return Problem("field.invalid", "agreement_year", {"expected": "not_past"})


def _time_for_remarks(situation: Situation) -> Problem | None:
    """Remarks are asked for by a day to come, before the report is due."""
    by = situation.body(Circulation).comments_by
    today = situation.calendar.local_date(situation.event.at)
    if by is None or today <= by <= report_of(situation).due:
        return None
    return Problem("field.invalid", "comments_by", {"expected": "before_due"})


def _steering_group_known(situation: Situation) -> Problem | None:
    named = situation.body(ReportOpening).steering_group
    if named is None or situation.party("steering") is not None:
        return None
    return Problem("partner.unknown", "steering_group")


SECURE: Final = secure_enough()
ADDRESSED: Final = addressed_to_us()
FROM_MEMBER: Final = Guard("from_a_member", ("S2-R3",), _from_a_member)
STILL_MEMBER: Final = Guard("still_a_member", ("S2-R3",), _still_a_member)
NO_CITIZEN: Final = Guard("no_citizen", (), _no_citizen, alert="citizen_data")
NOTHING_ATTACHED: Final = Guard("nothing_attached", (), _nothing_attached)
REPORT_OPEN: Final = Guard("report_is_open", ("S2-R14",), _report_is_open)
AGREEMENT_AHEAD: Final = Guard("agreement_is_ahead", ("S2-R14",), _agreement_is_ahead)
STILL_AHEAD: Final = Guard("still_ahead", ("S2-R14",), _still_ahead)
TIME_FOR_REMARKS: Final = Guard("time_for_remarks", (), _time_for_remarks)
STEERING_KNOWN: Final = Guard("steering_group_known", ("S2-R6",), _steering_group_known)

MAIL: Final = (SECURE, ADDRESSED, NO_CITIZEN)
"""What every message and act has to pass."""
