"""From a kept mail to rows: the main path.

    claim -> read (open, parse) -> admit -> advance -> apply -> commit

One commit for a batch, and one mail that fails takes no other down. A deadline that passes, a
delivery and a caseworker's act take the same road from `advance` on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from gateway.errors import Refused, TryLater
from gateway.logs import logger
from gateway.pipeline import admission
from gateway.pipeline.advancing import (
    advance_act,
    advance_mail,
    advance_occurrence,
    open_by_act,
)
from gateway.pipeline.batch import Batch
from gateway.pipeline.decisions import Admitted, Quarantined, Standing
from gateway.pipeline.ending import grounds_in
from gateway.pipeline.learning import learn
from gateway.pipeline.reading import Read
from gateway.pipeline.rollover import change_certificates
from gateway.pipeline.sender import Sender
from gateway.store import cases, mails
from gateway.store import tables as t
from gateway.store.grounds import Shelf
from gateway.store.journal import Note
from gateway.store.mails import Before, Waiting
from gateway.store.unit import Store, Unit
from parsers.outcomes import Submission
from workflows.engine import (
    Step,
)
from workflows.mistakes import instead

ReadBatch = Callable[[Sequence[Waiting]], list[Read | Exception]]
"""Opens and reads a batch of mails, in worker processes where there are any."""

_log = logger("pipeline")
REST: Final = 5.0  # seconds
_NOTHING_BEFORE = Before({}, {}, {})


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
        self._resting_until = 0.0
        self._shelf = Shelf()

    def process(self) -> int:
        """Take what waits one step on; gives how many mails and occurrences it was."""
        resting = time.monotonic() < self._resting_until
        with self._store.read() as unit:
            waiting = [] if resting else mails.waiting(unit, self._size)
            occurred = cases.undone_occurrences(unit, self._size)
        reads = self._read_batch(waiting) if waiting else []
        pairs = [
            (mail, read)
            for mail, read in zip(waiting, reads, strict=True)
            if not isinstance(read, TryLater)
        ]
        later = [(m, r) for m, r in zip(waiting, reads, strict=True) if isinstance(r, TryLater)]
        if later:
            self._later(*later[0])
        try:
            self._write(pairs, occurred)
        except SQLAlchemyError:
            # One row that the database refuses must not hold all others up for ever.
            _log.exception("batch refused by the database; trying one by one")
            for pair in pairs:
                self._alone([pair], [])
            for occurrence in occurred:
                self._alone([], [occurrence])
        return len(pairs) + len(occurred)

    def _later(self, mail: Waiting, why: TryLater) -> None:
        """Leave mail as it is for a while: what its reading needs is away. Tell a person in time.

        Rows that wait are the queue, so that nothing need be written down; mail that was read
        in the same batch goes on.
        """
        self._resting_until = time.monotonic() + REST
        _log.error("mail waits", mail=f"m{mail.id}", error=str(why))
        with self._store.write() as unit:
            batch = self._batch(unit, _NOTHING_BEFORE)
            batch.answers.kept_waiting(unit, mail, str(why), batch.now)

    def _write(
        self, pairs: Sequence[tuple[Waiting, Read | Exception]], occurred: Sequence[Any]
    ) -> None:
        if not pairs and not occurred:
            return
        with self._store.write() as unit:
            batch = self._batch(unit, self._before(unit, pairs))
            reads = [read for _, read in pairs if isinstance(read, Read)]
            self._shelf.keep(unit, [one for read in reads for one in grounds_in(read)], batch.now)
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

        Raises gateway.errors.Refused where there is no such case or act, or the values do not fit.
        """
        with self._store.write() as unit:
            batch = self._batch(unit, _NOTHING_BEFORE)
            return advance_act(batch, number, name, values, person)

    def open(self, procedure: str, name: str, values: Mapping[str, Any], person: str) -> Step:
        """Let a caseworker open a case; returns after the commit.

        Raises gateway.errors.Refused where there is no such procedure or act, or the values do not
        fit it.
        """
        with self._store.write() as unit:
            batch = self._batch(unit, _NOTHING_BEFORE)
            found = batch.desk.procedures.get(procedure)
            if found is None:
                known = instead(procedure, batch.desk.procedures)
                raise Refused(f"There is no procedure {procedure}; {known}")
            return open_by_act(batch, found, name, values, person)

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
        if isinstance(decision, Quarantined) or sender is None:
            batch.answers.decided(batch.unit, mail, read, decision, batch.now)
            return
        first = batch.before.contents.get((sender.key, read.opened.mic or ""))
        if first is not None:
            batch.answers.duplicate(batch.unit, mail, read, first, sender.key, batch.now)
            return
        learn(batch.unit, batch.desk.directory, sender, read.opened, batch.now)
        if isinstance(decision, Admitted):
            advance_mail(batch, mail, read, decision)
        elif isinstance(decision, Standing):
            change_certificates(batch, mail, read, decision)
        else:
            batch.answers.decided(batch.unit, mail, read, decision, batch.now)
        self._settled(batch.before, mail, read, sender)

    def _settled(self, before: Before, mail: Waiting, read: Read, sender: Sender) -> None:
        """Let the rest of the batch know what this mail was."""
        before.twins[mail.mailbox, mail.sha256] = (mail.id, sender.key)
        if read.opened.mic:
            before.contents[sender.key, read.opened.mic] = mail.id

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
                advance_occurrence(batch, occurrence)
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
