"""What the cases keep: an issue, or a report."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from workflows.bodies import Body
from workflows.definition import Case, Situation
from workflows.events import INBOX
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


def the_network(situation: Situation) -> tuple[str, ...]:
    """Return whom the network's mails go to: each member, and the secretariat's inbox."""
    return (*(party.role for party in members(situation, MEMBER)), INBOX)
