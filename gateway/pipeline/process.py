"""From a kept mail to rows: the main path.

    claim -> read (open, parse) -> admit -> advance -> apply -> commit

One commit for a batch, and one mail that fails takes no other down. A deadline that passes, a
delivery and a caseworker's act take the same road from `advance` on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from gateway.errors import TryLater
from gateway.logs import logger
from gateway.pipeline import admission, answers
from gateway.pipeline.admission import Admitted, Desk
from gateway.pipeline.apply import About, Applier, Cause
from gateway.pipeline.casebook import Casebook, OpenCase
from gateway.pipeline.reading import Read
from gateway.pipeline.sender import Sender
from gateway.store import cases, mails
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.mails import Before, Waiting
from gateway.store.unit import Store, Unit
from parsers.content import Attachment
from parsers.outcomes import Submission
from parsers.problems import Problem
from workflows.engine import (
    Actor,
    AttachmentRef,
    DeadlinePassed,
    Delivery,
    Event,
    Party,
    Step,
    advance,
)

ReadBatch = Callable[[Sequence[Waiting]], list[Read | Exception]]
"""Opens and reads a batch of mails, in worker processes where there are any."""

_log = logger("pipeline")
_NOTHING_BEFORE = Before({}, {}, {})


@dataclass
class Batch:
    """What one batch works with."""

    unit: Unit
    desk: Desk
    casebook: Casebook
    applier: Applier
    answers: answers.Answers
    now: datetime
    before: Before


class Pipeline:
    """The one way from a kept mail, an occurrence or an act to a changed case."""

    def __init__(
        self,
        *,
        store: Store,
        read_batch: ReadBatch,
        batch: Callable[[Unit, Before], Batch],
        is_bounce: Callable[[str], int | None],
        size: int,
    ) -> None:
        self._store = store
        self._read_batch = read_batch
        self._batch = batch
        self._is_bounce = is_bounce
        self._size = size

    def process(self) -> int:
        """Take what waits one step on; gives how many mails and occurrences it was."""
        with self._store.read() as unit:
            waiting = mails.waiting(unit, self._size)
            occurred = cases.undone_occurrences(unit, self._size)
        reads = self._read_batch(waiting) if waiting else []
        pairs = list(zip(waiting, reads, strict=True))
        try:
            self._write(pairs, occurred)
        except SQLAlchemyError:
            # One row that the database refuses must not hold all others up for ever.
            _log.exception("batch refused by the database; trying one by one")
            for pair in pairs:
                self._alone([pair], [])
            for occurrence in occurred:
                self._alone([], [occurrence])
        return len(waiting) + len(occurred)

    def _write(
        self, pairs: Sequence[tuple[Waiting, Read | Exception]], occurred: Sequence[Any]
    ) -> None:
        if not pairs and not occurred:
            return
        with self._store.write() as unit:
            batch = self._batch(unit, self._before(unit, pairs))
            batch.casebook.open_all(list({occurrence.number for occurrence in occurred}))
            waiting = mails.still_waiting(unit, [mail for mail, _ in pairs]) if pairs else ()
            for mail, read in pairs:
                if mail.id in waiting:
                    self._one_mail(batch, mail, read)
            for occurrence in occurred:
                self._one_occurrence(batch, occurrence)

    def _alone(
        self, pairs: Sequence[tuple[Waiting, Read | Exception]], occurred: Sequence[Any]
    ) -> None:
        try:
            self._write(pairs, occurred)
        except SQLAlchemyError as error:
            for mail, _ in pairs:
                self._write([(mail, error)], [])
            with self._store.write() as unit:
                for occurrence in occurred:
                    cases.occurrence_done(unit, occurrence.id, occurrence.at)

    def _before(self, unit: Unit, pairs: Sequence[tuple[Waiting, Read | Exception]]) -> Before:
        if not pairs:
            return _NOTHING_BEFORE
        reads = [read for _, read in pairs if isinstance(read, Read)]
        mics = [read.opened.mic for read in reads if read.opened.mic]
        idents = [r.outcome.id for r in reads if isinstance(r.outcome, Submission)]
        return mails.before(unit, [mail for mail, _ in pairs], mics, idents)

    def act(self, number: str, name: str, values: Mapping[str, Any], person: str) -> Step:
        """Let a caseworker act on a case; returns after the commit.

        Raises gateway.errors.Refused where there is no such case or act, and pydantic's
        ValidationError where the values do not fit it.
        """
        with self._store.write() as unit:
            batch = self._batch(unit, _NOTHING_BEFORE)
            opened = batch.casebook.open(number)
            if opened is None:
                raise answers.no_case(number)
            body = answers.act_body(opened.procedure, name, values)
            authority = opened.case.party("authority")
            assert authority is not None
            event = Event(
                name=name,
                actor=Actor("authority", authority.key, authority.name, person),
                at=batch.now,
                body=body,
            )
            step = advance(opened.procedure, opened.case, event, batch.now)
            batch.applier.apply(opened.procedure, step, Cause(event, person, About()), opened)
        return step

    # One mail.

    def _one_mail(self, batch: Batch, mail: Waiting, read: Read | Exception) -> None:
        try:
            if isinstance(read, Exception):
                raise read
            with batch.unit.part():
                self._judge(batch, mail, read)
        except (TryLater, SQLAlchemyError):
            raise
        except Exception as error:
            # Our own fault: the mail is parked with its bytes, and the others of the batch go on.
            _log.exception("parked", mail=f"m{mail.id}", error=type(error).__name__)
            batch.casebook.forget()
            batch.answers.parked(batch.unit, mail, error, batch.now)

    def _judge(self, batch: Batch, mail: Waiting, read: Read) -> None:
        outgoing = self._is_bounce(mail.envelope_to)
        if outgoing is not None:
            batch.answers.delivery_report(batch.unit, mail, outgoing, batch.now)
            return
        twin = batch.before.twins.get((mail.mailbox, mail.sha256))
        if twin is not None:
            batch.answers.duplicate(batch.unit, mail, read, twin[0], twin[1], batch.now)
            return
        decision = admission.admit(mail, read, batch.desk, self._threaded(batch.unit, read))
        sender: Sender | None = getattr(decision, "sender", None)
        if isinstance(decision, admission.Quarantined) or sender is None:
            batch.answers.decided(batch.unit, mail, read, decision, batch.now)
            return
        first = batch.before.contents.get((sender.key, read.opened.mic or ""))
        if first is not None:
            batch.answers.duplicate(batch.unit, mail, read, first, sender.key, batch.now)
            return
        if isinstance(decision, Admitted):
            self._admitted(batch, mail, read, decision)
        else:
            batch.answers.decided(batch.unit, mail, read, decision, batch.now)
        self._settled(batch.before, mail, read, sender)

    def _settled(self, before: Before, mail: Waiting, read: Read, sender: Sender) -> None:
        """Let the rest of the batch know what this mail was."""
        before.twins[mail.mailbox, mail.sha256] = (mail.id, sender.key)
        if read.opened.mic:
            before.contents[sender.key, read.opened.mic] = mail.id

    def _admitted(self, batch: Batch, mail: Waiting, read: Read, asked: Admitted) -> None:
        again = _known_submission(batch.before, asked)
        if isinstance(again, int):
            batch.answers.duplicate(batch.unit, mail, read, again, asked.sender.key, batch.now)
            return
        opened = batch.casebook.open(asked.case) if asked.case else None
        refused = again or _unfit(asked, opened)
        if refused is not None:
            decision = _as_refused(asked, refused)
            batch.answers.decided(batch.unit, mail, read, decision, batch.now)
            return
        procedure = opened.procedure if opened else asked.procedure
        event = self._event(batch, mail, asked, opened)
        step = advance(procedure, opened.case if opened else None, event, batch.now)
        if any(problem.code == "case.unknown" for problem in step.refused):
            # The answer must not tell an outsider even that the case exists.
            decision = _as_refused(asked, *step.refused)
            batch.answers.decided(batch.unit, mail, read, decision, batch.now)
            return
        if opened is None and not step.refused:
            batch.casebook.take_number(*batch.answers.prefix_and_year(batch.now))
        if step.case is not None and not step.refused:
            self._keep_attachments(batch, step.case.number, mail, asked.attachments)
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

    def _event(
        self, batch: Batch, mail: Waiting, asked: Admitted, opened: OpenCase | None
    ) -> Event:
        sender, submission = asked.sender, asked.submission
        parties: tuple[Party, ...] = ()
        number = None
        if opened is None:
            parties = batch.answers.parties(asked)
            number = batch.casebook.next_number(*batch.answers.prefix_and_year(batch.now))
        known = opened.case.parties if opened else parties
        own = next((party for party in known if party.key == sender.key), None)
        role = own.role if own else ("facility" if sender.kind == "facility" else "acting")
        return Event(
            name=asked.event,
            actor=Actor(role, sender.key, sender.name, sender.person),
            at=mail.received_at,
            body=asked.body,
            source=f"m{mail.id}",
            assurance=sender.assurance,
            submission=_envelope(submission) if submission else None,
            parties=parties,
            number=number,
            attachments=tuple(
                AttachmentRef(a.name, a.sha256, _attachment_key(mail, a)) for a in asked.attachments
            ),
            may=sender.may,
            approvers=sender.approvers,
        )

    def _keep_attachments(
        self, batch: Batch, number: str, mail: Waiting, attachments: Sequence[Attachment]
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
            )

    def _threaded(self, unit: Unit, read: Read) -> str | None:
        """The case that the outer headers claim: one of our own Message-IDs is in them."""
        envelope = read.opened.envelope
        claimed = f"{envelope.in_reply_to or ''} {envelope.references or ''}".split()[:20]
        if not claimed:
            return None
        found: str | None = unit.connection.execute(
            select(t.outbox.c.number).where(t.outbox.c.message_id.in_(claimed)).limit(1)
        ).scalar()
        return found

    # One occurrence.

    def _one_occurrence(self, batch: Batch, occurrence: Any) -> None:
        try:
            with batch.unit.part():
                self._occurred(batch, occurrence)
        except (TryLater, SQLAlchemyError):
            raise
        except Exception as error:
            _log.exception("occurrence failed", id=occurrence.id, error=type(error).__name__)
            batch.casebook.forget()
            facts = {"name": occurrence.name, "error": type(error).__name__}
            batch.unit.note(
                Note(batch.now, "failed", "gateway", number=occurrence.number, facts=facts)
            )
        cases.occurrence_done(batch.unit, occurrence.id, batch.now)

    def _occurred(self, batch: Batch, occurrence: Any) -> None:
        opened = batch.casebook.open(occurrence.number)
        if opened is None:
            raise answers.no_case(occurrence.number)
        body: DeadlinePassed | Delivery
        if occurrence.name == "deadline_passed":
            role, body = "clock", DeadlinePassed(name=occurrence.body["name"])
        else:
            how = "dsn" if occurrence.body["how"] == "dsn" else "250"
            role, body = "gateway", Delivery(role=occurrence.body["role"], evidence=how)
        event = Event(
            name=occurrence.name, actor=Actor(role, role, role), at=occurrence.at, body=body
        )
        step = advance(opened.procedure, opened.case, event, batch.now)
        batch.applier.apply(opened.procedure, step, Cause(event, role, About()), opened)


def _known_submission(before: Before, asked: Admitted) -> int | Problem | None:
    submission = asked.submission
    known = before.submissions.get((asked.sender.key, submission.id)) if submission else None
    if submission is None or known is None:
        return None
    digest, mail = known
    return mail if digest == submission.digest else Problem("submission.id_reused", "id")


def _unfit(asked: Admitted, opened: OpenCase | None) -> Problem | None:
    if asked.case is None:
        return None
    if opened is None:
        return Problem("case.unknown", "case")
    if opened.procedure.body_model(asked.event) is None:
        return Problem("case.state", "case")
    return None


def _about(mail: Waiting, read: Read, asked: Admitted) -> About:
    parts = answers.evidence_parts(mail, read, asked.sender)
    submission = asked.submission
    parts["message"]["submission_id"] = submission.id if submission else None
    parts["content"] = {
        "message": asked.event,
        "digest": submission.digest if submission else read.opened.mic,
        "fields": dict(asked.fields),
        "attachments": [{"name": a.name, "sha256": a.sha256} for a in asked.attachments],
    }
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


def _attachment_key(mail: Waiting, attachment: Attachment) -> str:
    return f"m{mail.id}-{attachment.sha256[:16]}"


def _as_refused(asked: Admitted, *problems: Problem) -> admission.Refused:
    submission = asked.submission
    return admission.Refused(
        asked.sender,
        problems,
        asked.event,
        submission.id if submission else None,
        submission.reference if submission else None,
    )
