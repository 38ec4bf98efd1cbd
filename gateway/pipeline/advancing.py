"""From something that happened to the step of a case: a mail, an occurrence, or an act.

All three take the same road through `workflows.engine.advance` and the applier; there is one way to
change a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from gateway.errors import Refused as CannotDo
from gateway.pipeline.abridging import told_fields
from gateway.pipeline.asking import ask_about_facility
from gateway.pipeline.batch import Batch
from gateway.pipeline.casebook import OpenCase, no_case
from gateway.pipeline.decisions import Admitted
from gateway.pipeline.parties import parties_of
from gateway.pipeline.reading import Read
from gateway.pipeline.searching import holds_citizen
from gateway.pipeline.telling import About, Cause, error_rows, evidence_parts
from gateway.store import cases
from gateway.store.mails import Before, Waiting
from parsers.active import Active
from parsers.assembly import in_row
from parsers.content import Attachment
from parsers.outcomes import Submission
from parsers.problems import Problem
from workflows.definition import Procedure
from workflows.engine import (
    AUTHORITY,
    Actor,
    AttachmentRef,
    DeadlinePassed,
    Delivery,
    Event,
    Step,
    advance,
    fitting_role,
)
from workflows.errors import WrongEvent
from workflows.mistakes import Mistake, implausible, instead, mistakes


def advance_mail(batch: Batch, mail: Waiting, read: Read, asked: Admitted) -> None:
    """Let an admitted mail act on its case, or open one, and end the mail."""
    again = _known_submission(batch.before, asked)
    if isinstance(again, int):
        batch.answers.duplicate(batch.unit, mail, read, again, asked.sender.key, batch.now)
        return
    opened = batch.casebook.open(asked.case) if asked.case else None
    refused = again or _unfit(asked, opened, batch.desk.takes_all(mail.mailbox))
    if refused is not None:
        decision = asked.refused(refused)
        batch.answers.decided(batch.unit, mail, read, decision, batch.now)
        return
    procedure = opened.procedure if opened else asked.procedure
    event = _event(batch, mail, asked, opened)
    step = advance(procedure, opened.case if opened else None, event, batch.now)
    step = ask_about_facility(step, asked.body, batch.desk)
    if asked.submission:
        numbers = asked.submission.row_numbers
        step = replace(step, refused=tuple(in_row(one, numbers) for one in step.refused))
    if any(problem.code == "case.unknown" for problem in step.refused):
        # The answer must not tell an outsider even that the case exists.
        decision = asked.refused(*step.refused)
        batch.answers.decided(batch.unit, mail, read, decision, batch.now)
        return
    if opened is None and not step.refused:
        batch.casebook.take_number()
    if step.case is not None and not step.refused:
        _keep_attachments(batch, step.case.number, mail, asked.attachments, read.active)
    limited = asked.submission is None and batch.answers.answered_enough(
        batch.unit, asked.sender, batch.now
    )
    cause = Cause(
        event,
        asked.sender.key,
        _about(mail, read, asked),
        asked.sender,
        automatic=asked.submission is None,
        silent=limited,
    )
    if cause.automatic and not limited:
        batch.answers.answered(asked.sender)
    batch.applier.apply(procedure, step, cause, opened)
    batch.answers.advanced(batch.unit, mail, read, asked, step, batch.now)
    if asked.submission and not step.refused:
        key = (asked.sender.key, asked.submission.id)
        batch.before.submissions[key] = (asked.submission.digest, mail.id)


def advance_occurrence(batch: Batch, occurrence: Any) -> None:
    """Tell a case what happened outside: a delivery, or a deadline that passed."""
    opened = batch.casebook.open(occurrence.number)
    if opened is None:
        raise no_case(occurrence.number)
    role, body = _occurred(opened.procedure, occurrence)
    event = Event(
        name=occurrence.name,
        actor=Actor(role, role, role),
        at=occurrence.at,
        body=body,
        related=batch.casebook.related(opened.procedure, opened.case, occurrence.name, body),
    )
    step = advance(opened.procedure, opened.case, event, batch.now)
    batch.applier.apply(opened.procedure, step, Cause(event, role, About()), opened)


def _occurred(procedure: Procedure, occurrence: Any) -> tuple[str, BaseModel]:
    """Who tells it, the clock or the gateway, and what: a deadline, a delivery, another case."""
    if occurrence.name == "deadline_passed":
        return "clock", DeadlinePassed(name=occurrence.body["name"])
    model = procedure.system.get(occurrence.name)
    if model is None:
        raise WrongEvent(f"{occurrence.name}: nothing that {procedure.name} is told")
    if issubclass(model, Delivery):
        how = "dsn" if occurrence.body["how"] == "dsn" else "250"
        return "gateway", Delivery(role=occurrence.body["role"], evidence=how)
    return "gateway", model.model_validate(occurrence.body)


def open_by_act(
    batch: Batch, procedure: Procedure, name: str, values: Mapping[str, Any], person: str
) -> Step:
    """Let a caseworker open a case.

    Raises gateway.errors.Refused where no case is opened so, and where the values do not fit it.
    """
    if name not in procedure.acts or (None, name) not in procedure.index:
        raise CannotDo(_how_opened(procedure, name))
    body = _act_body(procedure, name, values)
    parties = parties_of(procedure, name, body, batch.desk, None, batch.now)
    authority = parties[0]
    event = Event(
        name=name,
        actor=Actor(AUTHORITY, authority.key, authority.name, person),
        at=batch.now,
        body=body,
        parties=parties,
        number=batch.casebook.next_number(),
        related=batch.casebook.related(procedure, None, name, body),
    )
    step = advance(procedure, None, event, batch.now)
    if not step.refused:
        batch.casebook.take_number()
    batch.applier.apply(procedure, step, Cause(event, person, About()), None)
    return step


def advance_act(
    batch: Batch, number: str, name: str, values: Mapping[str, Any], person: str
) -> Step:
    """Let a caseworker act on a case.

    Raises gateway.errors.Refused where there is no such case or act, or the values do not fit it.
    """
    opened = batch.casebook.open(number)
    if opened is None:
        raise no_case(number)
    authority = opened.case.party(AUTHORITY)
    assert authority is not None
    body = _act_body(opened.procedure, name, values)
    event = Event(
        name=name,
        actor=Actor(AUTHORITY, authority.key, authority.name, person),
        at=batch.now,
        body=body,
        parties=parties_of(opened.procedure, name, body, batch.desk, None, batch.now),
        related=batch.casebook.related(opened.procedure, opened.case, name, body),
    )
    step = advance(opened.procedure, opened.case, event, batch.now)
    batch.applier.apply(opened.procedure, step, Cause(event, person, About()), opened)
    return step


def _how_opened(procedure: Procedure, name: str) -> str:
    """Say what opens a case of a procedure in place of what somebody named."""
    opening = [event for state, event in procedure.index if state is None]
    acts = [event for event in opening if event in procedure.acts]
    if acts:
        return f"{name} opens no case of {procedure.name}; {instead(name, acts)}"
    return f"No act opens a case of {procedure.name}; mail does: {', '.join(sorted(opening))}."


def _act_body(procedure: Procedure, name: str, values: Mapping[str, Any]) -> BaseModel:
    model = procedure.acts.get(name)
    if model is None:
        by_mail = any(rule.name == name for rule in procedure.messages)
        what = "comes by mail, and is no act" if by_mail else "is no act"
        raise CannotDo(f"{name} {what} of {procedure.name}; {instead(name, procedure.acts)}")
    try:
        body = model.model_validate(values)
    except ValidationError as error:
        wrong = mistakes(error, model, unknown=f"is not a field of {name}")
        raise CannotDo(_told(name, wrong)) from None
    if odd := implausible(body):
        raise CannotDo(_told(name, odd))
    return body


def _told(name: str, wrong: Iterable[Mistake]) -> str:
    return "\n".join(f"{name}: {one.key}: {one.said}" for one in wrong)


def _event(batch: Batch, mail: Waiting, asked: Admitted, opened: OpenCase | None) -> Event:
    sender, submission = asked.sender, asked.submission
    procedure = opened.procedure if opened else asked.procedure
    case = opened.case if opened else None
    parties = parties_of(procedure, asked.event, asked.body, batch.desk, sender, mail.received_at)
    known = case.parties if case else parties
    own = [party.role for party in known if party.key == sender.key]
    role = fitting_role(procedure, case.state if case else None, asked.event, own)
    if role is None:
        role = "facility" if sender.kind == "facility" else "acting"
    return Event(
        name=asked.event,
        actor=Actor(role, sender.key, sender.name, sender.person),
        at=mail.received_at,
        body=asked.body,
        source=f"m{mail.id}",
        assurance=sender.assurance,
        submission=_envelope(submission) if submission else None,
        parties=parties,
        number=None if case else batch.casebook.next_number(),
        related=batch.casebook.related(procedure, case, asked.event, asked.body),
        attachments=tuple(_reference(mail, a, procedure) for a in asked.attachments),
        may=sender.may,
        approvers=sender.approvers,
    )


def _keep_attachments(
    batch: Batch,
    number: str,
    mail: Waiting,
    attachments: Sequence[Attachment],
    active: Mapping[str, Active],
) -> None:
    for attachment in attachments:
        cases.add_document(
            batch.unit,
            number=number,
            key=_attachment_key(mail, attachment),
            name=attachment.name,
            media_type=attachment.media_type,
            content=attachment.data,
            mail=mail.id,
            at=batch.now,
            active=active.get(attachment.sha256),
        )


def _known_submission(before: Before, asked: Admitted) -> int | Problem | None:
    submission = asked.submission
    known = before.submissions.get((asked.sender.key, submission.id)) if submission else None
    if submission is None or known is None:
        return None
    digest, mail = known
    return mail if digest == submission.digest else Problem("submission.id_reused", "id")


def _unfit(asked: Admitted, opened: OpenCase | None, taken: frozenset[str]) -> Problem | None:
    if asked.case is None:
        return None
    if opened is None:
        return Problem("case.unknown", "case")
    stranger = all(party.key != asked.sender.key for party in opened.case.parties)
    if stranger or opened.procedure.name not in taken:
        return Problem("case.unknown", "case")
    if opened.procedure.body_model(asked.event) is None:
        return Problem("case.state", "case")
    return None


def _about(mail: Waiting, read: Read, asked: Admitted) -> About:
    parts = evidence_parts(mail, read, asked.sender)
    submission = asked.submission
    parts["message"]["submission_id"] = submission.id if submission else None
    parts["content"] = {
        "message": asked.event,
        "digest": submission.digest if submission else read.opened.mic,
        "fields": told_fields(asked.fields),
        "attachments": [{"name": a.name, "sha256": a.sha256} for a in asked.attachments],
    }
    if submission and submission.warnings:
        parts["warnings"] = error_rows(submission.warnings, asked.sender.language)
    reference = submission.reference if submission else None
    return About(mail.id, read.opened.envelope.message_id, reference, parts)


def _envelope(submission: Submission) -> dict[str, Any]:
    return {
        "id": submission.id,
        "to": submission.to,
        "reference": submission.reference,
        "case": submission.case,
        "digest": submission.digest,
    }


def _reference(mail: Waiting, file: Attachment, procedure: Procedure) -> AttachmentRef:
    found = holds_citizen(file) if procedure.searches_files else None
    return AttachmentRef(file.name, file.sha256, _attachment_key(mail, file), found)


def _attachment_key(mail: Waiting, attachment: Attachment) -> str:
    return f"m{mail.id}-{attachment.sha256[:16]}"
