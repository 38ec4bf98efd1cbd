"""What the cases keep: an issue, or a report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from workflows.bodies import Body
from workflows.definition import Case, Situation
from workflows.events import INBOX, Party, kind_of
from workflows.letters import members
from workflows.procedures.network_issue.messages import IssueSubmission

NAME: Final = "network_issue"
SUBMITTER: Final = "submitter"
MEMBER: Final = "member"
STEERING: Final = "steering"
ISSUE: Final = ("REGISTERED", "DISCUSSED", "PARKED")
COLLECTING: Final = ("OPEN", "DRAFT_CIRCULATED")
SUBMITTED: Final = "SUBMITTED_TO_STYRINGSAFTALEGRUPPE"
REPORT: Final = "report"
"""Issues are filed under the number of the report that they are in."""


class Issue(Body):
    """One issue, and what became of it."""

    submission: IssueSubmission
    submitter: str
    """What the organisation is called."""
    received_at: datetime
    notes: tuple[str, ...] = ()
    report: str | None = None


class Missed(Body):
    """A date that the report did not keep, and the framework agreement that it is not in."""

    due: date
    agreement_year: int


class Report(Body):
    """One report (da: aflevering), until it is known what became of it."""

    title: str
    due: date
    agreement_year: int
    circulated: int = 0
    text: str | None = None
    documents: tuple[str, ...] = ()
    missed: tuple[Missed, ...] = ()
    submitted_at: datetime | None = None
    outcome: str | None = None


class Item(Body):
    """An issue or a report."""

    issue: Issue | None = None
    report: Report | None = None


def issue_of(situation: Situation) -> Issue:
    """Return the case's issue."""
    issue = situation.data(Item).issue
    assert issue is not None
    return issue


def report_of(situation: Situation) -> Report:
    """Return the case's report."""
    report = situation.data(Item).report
    assert report is not None
    return report


def with_issue(situation: Situation, **changes: Any) -> Item:
    """Return the case's data with its issue changed."""
    return Item(issue=issue_of(situation).model_copy(update=changes))


def with_report(situation: Situation, **changes: Any) -> Item:
    """Return the case's data with its report changed."""
    return Item(report=report_of(situation).model_copy(update=changes))


def included(situation: Situation) -> list[tuple[Case, Issue]]:
    """Return the issues of a report, by topic and number."""
    found = [
        (case, case.data.issue)
        for case in situation.event.related
        if isinstance(case.data, Item) and case.data.issue is not None
    ]
    return sorted(found, key=lambda one: (one[1].submission.topic, one[0].number))


def takes_part(situation: Situation, party: Party) -> bool:
    """Whether somebody in a case is concerned on the day: a member is, while it is one (S2-R3)."""
    today = situation.calendar.local_date(situation.now)
    members = situation.policy.cooperation.on(today)
    return kind_of(party.role) != MEMBER or members.has(party)


def the_network(situation: Situation) -> tuple[str, ...]:
    """Return whom the network's mails go to: who is a member today, and the secretariat's inbox."""
    there = (one.role for one in members(situation, MEMBER) if takes_part(situation, one))
    return (*there, INBOX)


def with_newcomers(situation: Situation) -> Situation:
    """Return the same, with the members that the settings have got since the case was opened."""
    case = situation.case
    if case is None:
        return situation
    known = {party.role for party in case.parties}
    new = tuple(party for party in situation.event.parties if party.role not in known)
    return replace(situation, case=replace(case, parties=(*case.parties, *new)))
