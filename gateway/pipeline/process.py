"""From a kept mail to rows: the main path.

    claim -> read (open, parse) -> admit -> advance -> apply -> commit

One commit for a batch, and one mail that fails takes no other down. A deadline that passes, a
delivery and a caseworker's act take the same road from `advance` on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from gateway.logs import logger
from gateway.pipeline import admission, answers
from gateway.pipeline.admission import Admitted, Desk
from gateway.pipeline.apply import About, Applier, Cause
from gateway.pipeline.reading import Read
from gateway.pipeline.sender import Sender
from gateway.store import cases, mails
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.mails import Waiting
from gateway.store.unit import Store, Unit
from parsers.content import Attachment
from parsers.problems import Problem
from workflows.definition import Procedure
from workflows.engine import (
    Actor,
    AttachmentRef,
    Case,
    DeadlinePassed,
    Delivery,
    Event,
    Party,
    Step,
    advance,
)

NOTICE_PAUSE: Final = timedelta(hours=24)

ReadBatch = Callable[[Sequence[Waiting]], list[Read | Exception]]
"""Opens and reads a batch of mails, in worker processes where there are any."""

_log = logger("pipeline")


@dataclass
class Batch:
    """What one batch works with."""

    unit: Unit
    desk: Desk
    applier: Applier
    answers: answers.Answers
    now: datetime
    dirty: set[str] = field(default_factory=set)
    """Cases whose rows of this batch are staged and not written yet."""

    def settle_before(self, numbers: Sequence[str | None]) -> None:
        """Write what is staged when one of these cases is in it, so that it can be read."""
        if self.dirty.intersection(numbers):
            self.unit.flush()
            self.dirty.clear()


class Pipeline:
    """The one way from a kept mail, an occurrence or an act to a changed case."""

    def __init__(
        self,
        *,
        store: Store,
        read_batch: ReadBatch,
        batch: Callable[[Unit], Batch],
        procedures: Mapping[str, Procedure],
        is_bounce: Callable[[str], int | None],
        size: int,
    ) -> None:
        self._store = store
        self._read_batch = read_batch
        self._batch = batch
        self._procedures = procedures
        self._is_bounce = is_bounce
        self._size = size

    def process(self) -> int:
        """Take what waits one step on; gives how many mails and occurrences it was."""
        with self._store.read() as unit:
            waiting = mails.waiting(unit, self._size)
            occurred = cases.undone_occurrences(unit, self._size)
        if not waiting and not occurred:
            return 0
        reads = self._read_batch(waiting) if waiting else []
        with self._store.write() as unit:
            batch = self._batch(unit)
            for mail, read in zip(waiting, reads, strict=True):
                self._one_mail(batch, mail, read)
            for occurrence in occurred:
                self._one_occurrence(batch, occurrence)
        return len(waiting) + len(occurred)

    def act(self, number: str, name: str, values: Mapping[str, Any], person: str) -> Step:
        """Let a caseworker act on a case; returns after the commit.

        Raises gateway.errors.Refused where there is no such case or act, and pydantic's
        ValidationError where the values do not fit it.
        """
        with self._store.write() as unit:
            batch = self._batch(unit)
            kept, case, procedure = self._case(unit, number)
            body = answers.act_body(procedure, name, values)
            authority = case.party("authority")
            assert authority is not None
            event = Event(
                name=name,
                actor=Actor("authority", authority.key, authority.name, person),
                at=batch.now,
                body=body,
            )
            step = advance(procedure, case, event, batch.now)
            cause = Cause(event, person, About())
            batch.applier.apply(unit, procedure, step, cause, kept, batch.now)
        return step

    def _one_mail(self, batch: Batch, mail: Waiting, read: Read | Exception) -> None:
        try:
            if isinstance(read, Exception):
                raise read
            batch.settle_before(_numbers(read))
            with batch.unit.part():
                self._judge(batch, mail, read)
        except Exception as error:
            # Our own fault: the mail is parked with its bytes, and the others of the batch go on.
            _log.exception("parked", mail=f"m{mail.id}", error=type(error).__name__)
            batch.answers.parked(batch.unit, mail, error, batch.now)

    def _judge(self, batch: Batch, mail: Waiting, read: Read) -> None:
        unit = batch.unit
        outgoing = self._is_bounce(mail.envelope_to)
        if outgoing is not None:
            batch.answers.delivery_report(unit, mail, outgoing, batch.now)
            return
        twin = mails.settled_twin(unit, mail)
        if twin is not None:
            batch.answers.duplicate(unit, mail, read, twin.id, twin.partner, batch.now)
            return
        decision = admission.admit(mail, read, batch.desk, self._threaded(unit, read))
        sender: Sender | None = getattr(decision, "sender", None)
        if sender is not None and read.opened.mic is not None:
            same = mails.same_content(unit, sender.key, read.opened.mic, mail.id)
            if same is not None and not isinstance(decision, admission.Quarantined):
                batch.answers.duplicate(unit, mail, read, same.id, sender.key, batch.now)
                return
        if isinstance(decision, Admitted):
            self._admitted(batch, mail, read, decision)
        else:
            batch.answers.decided(unit, mail, read, decision, batch.now)

    def _admitted(self, batch: Batch, mail: Waiting, read: Read, asked: Admitted) -> None:
        unit = batch.unit
        again = self._known_submission(unit, asked)
        if isinstance(again, int):
            batch.answers.duplicate(unit, mail, read, again, asked.sender.key, batch.now)
            return
        if isinstance(again, Problem):
            refused = _as_refused(asked, again)
            batch.answers.decided(unit, mail, read, refused, batch.now)
            return
        kept = cases.load(unit, asked.case) if asked.case else None
        if asked.case and kept is None:
            refused = _as_refused(asked, Problem("case.unknown", "case"))
            batch.answers.decided(unit, mail, read, refused, batch.now)
            return
        procedure = self._procedures[kept.body["case"]["procedure"]] if kept else asked.procedure
        case = Case.from_json(procedure, kept.body["case"]) if kept else None
        if case is not None and procedure.body_model(asked.event) is None:
            refused = _as_refused(asked, Problem("case.state", "case", {"state": case.state}))
            batch.answers.decided(unit, mail, read, refused, batch.now)
            return
        event = self._event(batch, mail, asked, case)
        step = advance(procedure, case, event, batch.now)
        if case is None and not step.refused:
            number = cases.new_number(unit, *batch.answers.prefix_and_year(batch.now))
            assert number == event.number
        about = self._about(mail, read, asked)
        cause = Cause(event, asked.sender.key, about, asked.sender)
        number_now = step.case.number if step.case else None
        if number_now and not step.refused:
            self._keep_attachments(unit, number_now, mail, asked.attachments, batch.now)
        batch.applier.apply(unit, procedure, step, cause, kept, batch.now)
        batch.answers.advanced(unit, mail, read, asked, step, batch.now)
        if number_now:
            batch.dirty.add(number_now)

    def _known_submission(self, unit: Unit, asked: Admitted) -> int | Problem | None:
        submission = asked.submission
        if submission is None:
            return None
        known = mails.same_submission(unit, asked.sender.key, submission.id)
        if known is None:
            return None
        if known.digest == submission.digest:
            return int(known.mail)
        return Problem("submission.id_reused", "id")

    def _event(self, batch: Batch, mail: Waiting, asked: Admitted, case: Case | None) -> Event:
        sender = asked.sender
        parties: tuple[Party, ...] = ()
        number = None
        if case is None:
            parties = batch.answers.parties(asked)
            number = cases.peek_number(batch.unit, *batch.answers.prefix_and_year(batch.now))
        own = next((p for p in (case.parties if case else parties) if p.key == sender.key), None)
        role = own.role if own else ("facility" if sender.kind == "facility" else "acting")
        submission = asked.submission
        return Event(
            name=asked.event,
            actor=Actor(role, sender.key, sender.name, sender.person),
            at=mail.received_at,
            body=asked.body,
            source=f"m{mail.id}",
            assurance=sender.assurance,
            submission={
                "id": submission.id,
                "to": submission.to,
                "reference": submission.reference,
                "case": submission.case,
                "digest": submission.digest,
            }
            if submission
            else None,
            parties=parties,
            number=number,
            attachments=tuple(
                AttachmentRef(a.name, a.sha256, _attachment_key(mail, a)) for a in asked.attachments
            ),
            may=sender.may,
            approvers=sender.approvers,
        )

    def _about(self, mail: Waiting, read: Read, asked: Admitted) -> About:
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
        return About(mail.id, read.opened.envelope.message_id, reference, None, parts)

    def _keep_attachments(
        self,
        unit: Unit,
        number: str,
        mail: Waiting,
        attachments: Sequence[Attachment],
        now: datetime,
    ) -> None:
        for attachment in attachments:
            cases.add_document(
                unit,
                number=number,
                key=_attachment_key(mail, attachment),
                name=attachment.name,
                media_type=attachment.media_type,
                content=attachment.data,
                mail=mail.id,
                at=now,
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

    def _one_occurrence(self, batch: Batch, occurrence: Any) -> None:
        batch.settle_before([occurrence.number])
        try:
            with batch.unit.part():
                self._occurred(batch, occurrence)
        except Exception as error:
            _log.exception("occurrence failed", id=occurrence.id, error=type(error).__name__)
            facts = {"name": occurrence.name, "error": type(error).__name__}
            batch.unit.note(
                Note(batch.now, "failed", "gateway", number=occurrence.number, facts=facts)
            )
        cases.occurrence_done(batch.unit, [occurrence.id], batch.now)
        batch.dirty.add(occurrence.number)

    def _occurred(self, batch: Batch, occurrence: Any) -> None:
        kept, case, procedure = self._case(batch.unit, occurrence.number)
        if occurrence.name == "deadline_passed":
            role, body = "clock", DeadlinePassed(name=occurrence.body["name"])
        else:
            how = "dsn" if occurrence.body["how"] == "dsn" else "250"
            role = "gateway"
            body = Delivery(role=occurrence.body["role"], evidence=how)  # type: ignore[assignment]
        event = Event(
            name=occurrence.name, actor=Actor(role, role, role), at=occurrence.at, body=body
        )
        step = advance(procedure, case, event, batch.now)
        cause = Cause(event, role, About())
        batch.applier.apply(batch.unit, procedure, step, cause, kept, batch.now)

    def _case(self, unit: Unit, number: str) -> tuple[cases.Kept, Case, Procedure]:
        kept = cases.load(unit, number)
        if kept is None:
            raise answers.no_case(number)
        procedure = self._procedures[kept.body["case"]["procedure"]]
        return kept, Case.from_json(procedure, kept.body["case"]), procedure


def _numbers(read: Read) -> list[str | None]:
    outcome = read.outcome
    return [*read.tokens, getattr(outcome, "case", None)]


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
