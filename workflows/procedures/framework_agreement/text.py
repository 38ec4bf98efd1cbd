"""The text that is approved: what its digest is over, and how it is printed.

The digest is SHA-256 over the RFC 8785 canonical JSON of `canonical_text`, which is the JSON file
that goes to every council: `sha256sum framework-1.json` gives the digest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from parsers.canonical import digest
from parsers.values import write_date
from workflows.definition import Situation
from workflows.effects import Effect, MakeDocument
from workflows.procedures.framework_agreement.framework import Draft, File, Framework
from workflows.procedures.framework_agreement.messages import FaDraft, Section, SteeringAgreement


def files_of(situation: Situation) -> tuple[File, ...]:
    """Return the files that came with the event."""
    return tuple(
        File(name=one.name, sha256=one.sha256, document=one.document_id)
        for one in situation.event.attachments
    )


def draft_of(situation: Situation, framework: Framework, steering: SteeringAgreement) -> Draft:
    """Return the next text of the agreement, with its digest."""
    body = situation.body(FaDraft)
    made = Draft(
        number=len(framework.drafts) + 1,
        title=body.title,
        sections=body.sections,
        steering=steering,
        files=(*framework.steering_files, *files_of(situation)),
        digest="",
        made_at=situation.event.at,
        made_by=situation.event.actor.name,
    )
    found = digest(canonical_text(situation, framework, made))
    return made.model_copy(update={"digest": found})


def canonical_text(situation: Situation, framework: Framework, draft: Draft) -> dict[str, Any]:
    """Return what the digest is over."""
    authority = situation.party("authority")
    return {
        "authority": authority.cvr if authority else None,
        "case": situation.number,
        "version": draft.number,
        "period": {"from": framework.first_day, "to": framework.last_day},
        "approvers": [one.cvr for one in framework.approvers],
        "title": draft.title,
        "sections": _plain(draft.sections),
        "steering_agreement": {
            "title": draft.steering.title,
            "sections": _plain(draft.steering.sections),
        },
        "files": [{"name": file.name, "sha256": file.sha256} for file in draft.files],
    }


def make_text(situation: Situation, framework: Framework, draft: Draft) -> list[Effect]:
    """Return the documents of a text: for people, and for machines."""
    key = f"framework-{draft.number}"
    return [
        MakeDocument(f"{key}.pdf", _view(situation, framework, draft)),
        MakeDocument(f"{key}.json", canonical_text(situation, framework, draft)),
    ]


def _plain(sections: Iterable[Section]) -> list[dict[str, str]]:
    return [section.model_dump(mode="json") for section in sections]


def _view(situation: Situation, framework: Framework, draft: Draft) -> dict[str, Any]:
    language = situation.procedure.language

    def words(key: str, **values: str) -> str:
        return situation.wording.text(f"document.{key}", language, values)

    period = words(
        "period",
        first=write_date(framework.first_day, language),
        last=write_date(framework.last_day, language),
    )
    approvers = [[one.name, one.cvr] for one in framework.approvers]
    columns = [words("organisation"), words("cvr")]
    steering = [
        _section(f"{draft.steering.title}: {one.heading}", one.text)
        for one in draft.steering.sections
    ]
    return {
        "title": draft.title,
        "subtitle": period,
        "date": situation.calendar.local_date(situation.event.at).isoformat(),
        "language": language,
        "case": situation.number,
        "version": draft.number,
        "digest": draft.digest,
        "sections": [
            *(_section(one.heading, one.text) for one in draft.sections),
            *steering,
            {
                "heading": words("approval"),
                "blocks": [
                    {"text": words("approval_text", digest=draft.digest[:16])},
                    {"table": {"columns": columns, "rows": approvers}},
                ],
            },
        ],
    }


def _section(heading: str, text: str) -> dict[str, Any]:
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
    return {"heading": heading, "blocks": [{"text": part} for part in paragraphs]}
