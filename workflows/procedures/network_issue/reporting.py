"""The report: opened for a month, circulated, handed in; else due in the next cycle (S2-R14)."""

from __future__ import annotations

from typing import Any, Final

from workflows.definition import NO_CASE, Move, Outcome, Situation
from workflows.effects import Effect
from workflows.events import AUTHORITY, INBOX
from workflows.letters import letter, proof, receipt
from workflows.procedures.contact_directory.timers import months_after
from workflows.procedures.network_issue import guards as g
from workflows.procedures.network_issue import timers as t
from workflows.procedures.network_issue.item import (
    COLLECTING,
    STEERING,
    SUBMITTED,
    Item,
    Missed,
    Report,
    included,
    report_of,
    the_network,
    with_newcomers,
    with_report,
)
from workflows.procedures.network_issue.messages import (
    Circulation,
    ReportOpening,
    ReportOutcome,
    last_day,
)
from workflows.procedures.network_issue.paper import documents_of
from workflows.procedures.network_issue.settings import NetworkSettings
from workflows.timing import clear


def _facts(situation: Situation, report: Report) -> dict[str, Any]:
    line = situation.settings(NetworkSettings).reporting_line
    return {
        "title": report.title,
        "due": report.due,
        "year": str(report.agreement_year),
        "first": line[0] if line else "",
        "line": " → ".join(line),
    }


def _open(situation: Situation) -> Outcome:
    body = situation.body(ReportOpening)
    report = Report(
        title=body.title, due=last_day(body.due_month), agreement_year=body.agreement_year
    )
    effects = _to_all(situation, report, "notice", "report_opened")
    return Outcome(Item(report=report), (*effects, *t.watch(situation, report.due)))


def _to_all(
    situation: Situation, report: Report, kind: str, wording: str, **more: Any
) -> list[Effect]:
    facts = _facts(situation, report)
    return [letter(situation, kind, to, wording, **more, **facts) for to in the_network(situation)]


def _remind(situation: Situation) -> Outcome:
    report = report_of(situation)
    left = (report.due - situation.calendar.local_date(situation.now)).days
    told = _to_all(situation, report, "reminder", "report_reminder", left=left)
    return Outcome(situation.data(Item), (*told, *t.next_reminder(situation, report.due)))


def _circulate(situation: Situation) -> Outcome:
    situation = with_newcomers(situation)
    body, before = situation.body(Circulation), report_of(situation)
    issues = included(situation)
    made = before.model_copy(update={"text": body.text, "circulated": before.circulated + 1})
    documents = documents_of(situation, made, issues)
    keys = tuple(document.key for document in documents)
    report = made.model_copy(update={"documents": keys})
    told = _to_all(
        situation,
        report,
        "draft",
        "draft_circulated",
        documents=keys,
        many=len(issues),
        comments_by=body.comments_by or "",
    )
    return Outcome(Item(report=report), (*documents, *told), situation.parties)


def _submit(situation: Situation) -> Outcome:
    report = report_of(situation).model_copy(update={"submitted_at": situation.event.at})
    to = STEERING if situation.party(STEERING) is not None else INBOX
    facts = _facts(situation, report)
    wording = "report" if to == STEERING else "report_to_hand_in"
    sent = proof(situation, "report", to, wording, documents=report.documents, **facts)
    told = _to_all(situation, report, "notice", "report_submitted")
    return Outcome(Item(report=report), (sent, *told, *clear(*t.DEADLINES)))


def _next_cycle(situation: Situation) -> Outcome:
    """Too late: it is not in that framework agreement, and is due again for the next one."""
    before = report_of(situation)
    years = situation.settings(NetworkSettings).cycle_years
    due = last_day(f"{months_after(before.due, 12 * years):%Y-%m}")
    missed = Missed(due=before.due, agreement_year=before.agreement_year)
    report = before.model_copy(
        update={
            "due": due,
            "agreement_year": before.agreement_year + years,
            "missed": (*before.missed, missed),
        }
    )
    told = _to_all(
        situation,
        report,
        "overdue",
        "report_missed",
        missed=missed.due,
        missed_year=str(missed.agreement_year),
    )
    return Outcome(Item(report=report), (*told, *t.watch(situation, due)))


def _is_incorporated(situation: Situation) -> bool:
    return situation.body(ReportOutcome).incorporated


def _close(situation: Situation) -> Outcome:
    body = situation.body(ReportOutcome)
    item = with_report(situation, outcome=body.text)
    report = report_of(situation)
    wording = "incorporated" if body.incorporated else "not_incorporated"
    effects = _to_all(situation, report, "ended", wording, text=body.text or "")
    answered = receipt(situation, "outcome_received", **_facts(situation, report))
    return Outcome(item, (*answered, *effects))


_OUTCOME: Final = ("report_outcome", "record_outcome")

REPORTING: Final = (
    Move(
        name="open_report",
        sources=(NO_CASE,),
        events=("open_report",),
        target="OPEN",
        who=(AUTHORITY,),
        rules=("S2-R3", "S2-R14"),
        guards=(g.NO_CITIZEN, g.STILL_AHEAD, g.AGREEMENT_AHEAD, g.STEERING_KNOWN),
        act=_open,
        settings=("policy.cooperation.region",),
    ),
    Move(
        name="remind_of_report",
        sources=COLLECTING,
        events=("deadline_passed",),
        deadline=t.REMINDER.name,
        target=None,
        who=("clock",),
        rules=("S2-R14",),
        act=_remind,
    ),
    Move(
        name="circulate",
        sources=COLLECTING,
        events=("circulate_draft",),
        target="DRAFT_CIRCULATED",
        who=(AUTHORITY,),
        rules=("S2-R3", "S2-R4"),
        guards=(g.NO_CITIZEN, g.TIME_FOR_REMARKS),
        act=_circulate,
    ),
    Move(
        name="submit",
        sources=("DRAFT_CIRCULATED",),
        events=("submit_report",),
        target=SUBMITTED,
        who=(AUTHORITY,),
        rules=("S2-R6", "S2-R14"),
        guards=(g.NO_CITIZEN,),
        act=_submit,
    ),
    Move(
        name="next_cycle",
        sources=COLLECTING,
        events=("deadline_passed",),
        deadline=t.DUE.name,
        target="OPEN",
        who=("clock",),
        rules=("S2-R14",),
        act=_next_cycle,
        settings=("cycle_years",),
    ),
    Move(
        name="incorporate",
        sources=(SUBMITTED,),
        events=_OUTCOME,
        when=_is_incorporated,
        target="INCORPORATED",
        who=(STEERING, AUTHORITY),
        rules=("S2-R6", "S2-R14"),
        guards=g.MAIL,
        act=_close,
    ),
    Move(
        name="leave_out",
        sources=(SUBMITTED,),
        events=_OUTCOME,
        target="NOT_INCORPORATED",
        who=(STEERING, AUTHORITY),
        rules=("S2-R6", "S2-R14"),
        guards=g.MAIL,
        act=_close,
    ),
)
