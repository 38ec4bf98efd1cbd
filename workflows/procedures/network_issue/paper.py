"""The report on paper: what the network says, and its issues topic by topic."""

from __future__ import annotations

from typing import Any, Final

from workflows.definition import Case, Situation
from workflows.effects import MakeDocument
from workflows.procedures.network_issue.item import Issue, Report

_COLUMNS: Final = ("number", "topic", "kind", "title", "text", "proposal", "submitter")


def documents_of(
    situation: Situation, report: Report, issues: list[tuple[Case, Issue]]
) -> tuple[MakeDocument, MakeDocument]:
    """Return the report for reading, and its issues as a table."""
    stem = f"report-{report.circulated}"
    return (
        MakeDocument(f"{stem}.pdf", _view(situation, report, issues)),
        MakeDocument(f"{stem}.csv", _table(situation, issues)),
    )


def _view(situation: Situation, report: Report, issues: list[tuple[Case, Issue]]) -> dict[str, Any]:
    language, words = situation.procedure.language, situation.wording
    sections: list[dict[str, Any]] = [{"heading": "", "blocks": [{"text": report.text or ""}]}]
    sections += [_section(situation, case, issue) for case, issue in issues]
    return {
        "title": report.title,
        "subtitle": words.text("paper.for_year", language, {"year": str(report.agreement_year)}),
        "case": situation.number,
        "version": report.circulated,
        "date": situation.calendar.local_date(situation.event.at).isoformat(),
        "language": language,
        "sections": sections,
    }


def _section(situation: Situation, case: Case, issue: Issue) -> dict[str, Any]:
    """Return one issue: its own heading, where it comes from, and what was said."""
    said, language, words = issue.submission, situation.procedure.language, situation.wording
    source = {
        "topic": words.text(f"choice.topic.{said.topic}", language).capitalize(),
        "kind": words.text(f"choice.kind.{said.kind}", language),
        "submitter": issue.submitter,
        "number": case.number,
    }
    texts = [words.text("paper.issue", language, source), said.text]
    if said.proposal:
        texts.append(words.text("paper.proposed", language, {"text": said.proposal}))
    return {"heading": said.title, "blocks": [{"text": text} for text in texts]}


def _table(situation: Situation, issues: list[tuple[Case, Issue]]) -> dict[str, Any]:
    language, words = situation.procedure.language, situation.wording
    columns = [words.text(f"paper.{name}", language) for name in _COLUMNS]
    rows = [
        [
            case.number,
            words.text(f"choice.topic.{issue.submission.topic}", language),
            words.text(f"choice.kind.{issue.submission.kind}", language),
            issue.submission.title,
            issue.submission.text,
            issue.submission.proposal or "",
            issue.submitter,
        ]
        for case, issue in issues
    ]
    return {"table": {"columns": columns, "rows": rows}, "language": language}
