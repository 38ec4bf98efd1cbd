"""Issues come in, are discussed, and go into a report or are parked (S2-R4, R5, R13)."""

from __future__ import annotations

from typing import Any, Final

from workflows.definition import NO_CASE, Move, Outcome, Situation
from workflows.effects import FileUnder, SendMail
from workflows.events import AUTHORITY, INBOX
from workflows.letters import Key, letter, proof, receipt
from workflows.procedures.network_issue import guards as g
from workflows.procedures.network_issue.item import (
    REPORT,
    SUBMITTER,
    Issue,
    Item,
    issue_of,
    with_issue,
)
from workflows.procedures.network_issue.messages import (
    Discussion,
    Inclusion,
    IssueSubmission,
    Parking,
)


def _facts(issue: Issue) -> dict[str, Any]:
    said = issue.submission
    return {
        "sender": issue.submitter,
        "topic": Key(f"choice.topic.{said.topic}"),
        "sort": Key(f"choice.kind.{said.kind}"),
        "side": Key(f"choice.side.{said.side}") if said.side else "",
        "contact": said.contact.reached,
        "title": said.title,
        "text": said.text,
        "proposal": said.proposal or "",
    }


def _register(situation: Situation) -> Outcome:
    submitter = situation.party(situation.event.actor.role)
    issue = Issue(
        submission=situation.body(IssueSubmission),
        submitter=submitter.name if submitter else situation.event.actor.name,
        received_at=situation.event.at,
    )
    facts = _facts(issue)
    told = letter(situation, "notice", INBOX, "issue", **facts)
    return Outcome(Item(issue=issue), (*receipt(situation, "issue_received", **facts), told))


def _news(situation: Situation, wording: str, **more: Any) -> list[SendMail]:
    """Return what the submitter hears; the authority's own issues have nobody to tell."""
    if situation.party(SUBMITTER) is None:
        return []
    return [proof(situation, wording, SUBMITTER, wording, **more, **_facts(issue_of(situation)))]


def _discuss(situation: Situation) -> Outcome:
    note = situation.body(Discussion).note
    item = with_issue(situation, notes=(*issue_of(situation).notes, note))
    return Outcome(item, tuple(_news(situation, "discussed", note=note)))


def _include(situation: Situation) -> Outcome:
    body = situation.body(Inclusion)
    notes = (*issue_of(situation).notes, *((body.note,) if body.note else ()))
    item = with_issue(situation, report=str(body.report), notes=notes)
    report = next(c.data.report for c in situation.event.related if isinstance(c.data, Item))
    assert report is not None
    news = _news(
        situation, "included", report=str(body.report), report_title=report.title, due=report.due
    )
    return Outcome(item, (FileUnder(REPORT, body.report), *news))


def _park(situation: Situation) -> Outcome:
    reason = situation.body(Parking).reason
    item = with_issue(situation, notes=(*issue_of(situation).notes, reason))
    return Outcome(item, tuple(_news(situation, "parked", reason=reason)))


COLLECTION: Final = (
    Move(
        name="register",
        sources=(NO_CASE,),
        events=("issue_submission", "submit_issue"),
        target="REGISTERED",
        who=(SUBMITTER, AUTHORITY),
        rules=("S2-R4", "S2-R5", "S2-R13"),
        guards=(*g.MAIL, g.FROM_MEMBER),
        act=_register,
        settings=("policy.cooperation.region",),
    ),
    Move(
        name="discuss",
        sources=("REGISTERED", "PARKED", "DISCUSSED"),
        events=("discuss_issue",),
        target="DISCUSSED",
        who=(AUTHORITY,),
        rules=("S2-R4",),
        guards=(g.NO_CITIZEN,),
        act=_discuss,
    ),
    Move(
        name="include",
        sources=("DISCUSSED", "PARKED"),
        events=("include_issue",),
        target="INCLUDED_IN_REPORT",
        who=(AUTHORITY,),
        rules=("S2-R4", "S2-R14"),
        guards=(g.NO_CITIZEN, g.REPORT_OPEN),
        act=_include,
    ),
    Move(
        name="park",
        sources=("REGISTERED", "DISCUSSED"),
        events=("park_issue",),
        target="PARKED",
        who=(AUTHORITY,),
        rules=("S2-R4",),
        guards=(g.NO_CITIZEN,),
        act=_park,
    ),
)
