"""The agreement on paper: the common template as PDF, and the JSON that the digest is over."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from parsers.values import write_amount, write_date
from workflows.definition import Situation
from workflows.effects import MakeDocument
from workflows.procedures.delegation_agreement.agreement import (
    TEMPLATE,
    Version,
    delegate,
    delegator,
)
from workflows.procedures.delegation_agreement.messages import Task

_TASK_COLUMNS: Final = ("task", "frequency", "ceiling")


def documents_of(
    situation: Situation, version: Version, canonical: Mapping[str, Any]
) -> tuple[MakeDocument, MakeDocument]:
    """Return both documents of a version; `sha256sum` of the JSON gives its digest."""
    pdf, plain = version.documents
    return MakeDocument(pdf, _view(situation, version)), MakeDocument(plain, dict(canonical))


def _view(situation: Situation, version: Version) -> dict[str, Any]:
    language = situation.procedure.language
    words = situation.wording
    text = {key: words.text(f"paper.{key}", language) for key in ("title", "parties", "tasks")}
    columns = [words.text(f"paper.{name}", language) for name in _TASK_COLUMNS]
    rows = [_task_row(situation, task, language) for task in version.proposal.tasks]
    return {
        "title": text["title"],
        "subtitle": words.text("paper.template", language, {"version": TEMPLATE.split("/")[1]}),
        "case": situation.number,
        "version": version.number,
        "digest": version.digest,
        "date": situation.calendar.local_date(version.made_at).isoformat(),
        "language": language,
        "sections": [
            {"heading": text["parties"], "blocks": [{"table": _parties(situation, version)}]},
            {
                "heading": text["tasks"],
                "blocks": [{"table": {"columns": columns, "rows": rows}}, *_remarks(version)],
            },
            {"heading": words.text("paper.terms", language), "blocks": _terms(situation)},
        ],
    }


def _parties(situation: Situation, version: Version) -> dict[str, Any]:
    language, proposal = situation.procedure.language, version.proposal
    citizen, until, words = proposal.citizen, proposal.end, situation.wording
    power = "yes" if proposal.delegates_decision_power else "no"
    covered = "yes" if proposal.covered_by_framework else "no"
    rows = {
        "delegator": delegator(situation).name,
        "delegate": delegate(situation).name,
        "citizen": f"{citizen.name}, {citizen.cpr or citizen.anonymous}",
        "start": write_date(proposal.start, language),
        "end": write_date(until, language) if until else words.text("no_end", language),
        "covered": words.text(f"paper.{covered}", language),
        "decision_power": words.text(f"paper.{power}", language),
        "legal_basis": proposal.legal_basis,
        "caseworker": proposal.caseworker.reached,
    }
    told = [
        [words.text(f"paper.{name}", language), str(value)]
        for name, value in rows.items()
        if value is not None
    ]
    columns = [words.text(f"paper.{name}", language) for name in ("item", "agreed")]
    return {"columns": columns, "rows": told}


def _task_row(situation: Situation, task: Task, language: str) -> list[str | None]:
    words = situation.wording.text(f"choice.tasks.type.{task.type}", language)
    name = ": ".join(part for part in (words, task.text) if part)
    return [name, task.frequency, ceiling_words(situation, task, language)]


def ceiling_words(situation: Situation, task: Task, language: str) -> str | None:
    """Return up to how much a task goes, in words."""
    if task.ceiling is None:
        return None
    money = task.ceiling_unit == "kroner_per_month"
    plain = format(task.ceiling.normalize(), "f") if task.ceiling else "0"
    amount = write_amount(Decimal(task.ceiling), language) if money else plain
    if task.ceiling_unit is None:
        return amount
    unit = situation.wording.text(f"choice.tasks.ceiling_unit.{task.ceiling_unit}", language)
    return f"{amount} {unit}"


def _remarks(version: Version) -> list[dict[str, Any]]:
    remarks = version.proposal.remarks
    return [{"text": remarks}] if remarks else []


def _terms(situation: Situation) -> list[dict[str, Any]]:
    language = situation.procedure.language
    return [
        {"text": situation.wording.text(f"paper.term_{name}", language)}
        for name in ("revocation", "responsibility", "acceptance")
    ]
