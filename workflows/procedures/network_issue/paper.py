"""The report on paper: what the network says, and its issues topic by topic."""

from __future__ import annotations

from itertools import groupby
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
    for topic, group in groupby(issues, key=lambda one: one[1].submission.topic):
        blocks = [block for _, issue in group for block in _blocks(situation, issue)]
        heading = words.text(f"choice.topic.{topic}", language)
        sections.append({"heading": heading, "blocks": blocks})
    return {
        "title": report.title,
        "subtitle": words.text("paper.for_year", language, {"year": str(report.agreement_year)}),
        "case": situation.number,
        "version": report.circulated,
        "date": situation.calendar.local_date(situation.event.at).isoformat(),
        "language": language,
        "sections": sections,
    }


def _blocks(situation: Situation, issue: Issue) -> list[dict[str, Any]]:
    said, language = issue.submission, situation.procedure.language
    kind = situation.wording.text(f"choice.kind.{said.kind}", language)
    texts = [f"{said.title} ({kind}, {issue.submitter})", said.text]
    if said.proposal:
        proposal = situation.wording.text("paper.proposed", language, {"text": said.proposal})
        texts.append(proposal)
    return [{"text": text} for text in texts]


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
