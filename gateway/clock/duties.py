"""What the clock's duties do: each looks at the rows and does whatever is due, once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select

from gateway.clock import expiry, watching
from gateway.clock.fetching import Fetching
from gateway.logs import logger
from gateway.outbound import evidence as evidences
from gateway.outbound.evidence import Issuer, Last
from gateway.outbound.heads import compose_head
from gateway.ownkeys import open_keyring
from gateway.pipeline.plans import Plan
from gateway.pipeline.posting import Outgoing, post
from gateway.pipeline.recipients import Recipients
from gateway.settings import Settings
from gateway.store import cases, journal, registry
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.unit import Store, Unit
from workflows.catalogue import procedures

AT_ONCE: Final = 200
_log = logger("clock")


class Duties:
    """The duties of the rota. Each may be called at any time, by any number of clocks."""

    def __init__(
        self,
        *,
        store: Store,
        settings: Settings,
        now: Callable[[], datetime],
        inbox_certificate: bytes | None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._now = now
        self._inbox_certificate = inbox_certificate
        self._procedures = procedures(settings.policy)
        self._fetching = Fetching(store, settings.trust, now)
        self._cleared: date | None = None

    async def sweep_deadlines(self) -> None:
        """Turn deadlines that have passed into occurrences of their cases."""
        await asyncio.to_thread(self._sweep)

    def _sweep(self) -> None:
        now = self._now()
        with self._store.read() as unit:
            if not cases.passed_deadlines(unit, now, 1):
                return
        with self._store.write() as unit:
            for row in cases.passed_deadlines(unit, now, AT_ONCE):
                cases.end_deadline(unit, row.number, row.name, "passed", now)
                unit.stage(
                    t.occurrences,
                    number=row.number,
                    name="deadline_passed",
                    body={"name": row.name},
                    at=row.due,
                )
                facts = {"deadline": row.name, "due": row.due.isoformat()}
                unit.note(Note(now, "deadline_passed", "clock", number=row.number, facts=facts))
                _log.info("deadline passed", case=row.number, deadline=row.name)

    async def retry_outbox(self) -> None:
        """Nothing to do: the outbox looks at its rows itself, every second."""

    async def mail_head(self) -> None:
        """Mail the day's signed head over all cases, unless that was done today."""
        await asyncio.to_thread(self._head)

    def _head(self) -> None:
        now = self._now()
        with self._store.write() as unit:
            last = unit.connection.execute(
                select(t.heads).order_by(t.heads.c.sequence.desc()).limit(1)
            ).first()
            if last is not None and last.at.date() >= now.date():
                return
            sequence = last.sequence + 1 if last else 1
            document = self._compose_head(
                unit, now, Last(last.sequence, last.digest) if last else None
            )
            issued = evidences.issue(document, open_keyring(self._settings).signing_at(now), now)
            unit.stage(
                t.heads,
                sequence=sequence,
                at=now,
                digest=document["digest"],
                body=issued.data,
                signature=issued.signature,
            )
            with_directory = Recipients(
                self._settings, registry.directory(unit.connection), self._inbox_certificate, now
            )
            plan = Plan(
                wording="head",
                language=self._settings.authority.language,
                head=sequence,
                personal=False,
            )
            inbox = with_directory.inbox()
            post(unit, Outgoing("head", inbox, plan), inbox, now)
            facts = {"head": document["digest"], "sequence": sequence}
            unit.note(Note(now, "head", "clock", facts=facts))

    def _compose_head(self, unit: Unit, now: datetime, last: Last | None) -> dict[str, object]:
        e = t.evidence.c
        newest = (
            select(e.number, func.max(e.sequence).label("sequence")).group_by(e.number).subquery()
        )
        rows = unit.connection.execute(
            select(e.number, e.sequence, e.digest).join(
                newest, (e.number == newest.c.number) & (e.sequence == newest.c.sequence)
            )
        )
        end = journal.end_of(unit.connection)
        authority = self._settings.authority
        head = compose_head(
            issued_at=now,
            issuer=Issuer(name=authority.name, cvr=authority.cvr),
            last=last,
            journal={"sequence": end.sequence, "digest": end.digest},
            cases=[
                {"number": row.number, "sequence": row.sequence, "digest": row.digest}
                for row in rows
            ],
        )
        return dict(head)

    async def mail_watchlist(self) -> None:
        """Mail what waits for our own caseworkers, once on a working day, where that is wanted."""
        await asyncio.to_thread(self._watch)

    def _watch(self) -> None:
        now = self._now()
        if not watching.is_due(self._settings, now):
            return
        with self._store.write() as unit:
            directory = registry.directory(unit.connection)
            recipients = Recipients(self._settings, directory, self._inbox_certificate, now)
            watching.tell(unit, self._settings, self._procedures, recipients, now)

    async def fetch_revocation(self) -> None:
        """Fetch the revocation lists and answers that are due; once a day clear up behind."""
        now = self._now()
        await asyncio.to_thread(self._fetching.fetch_due)
        if self._cleared != now.date():
            await asyncio.to_thread(self._fetching.let_go)
            self._cleared = now.date()

    async def check_keys(self) -> None:
        """Warn of certificates that end: our own, partners', facilities' and anchors."""
        await asyncio.to_thread(self._warn)

    def _warn(self) -> None:
        now, ring = self._now(), open_keyring(self._settings)
        with self._store.read() as unit:
            directory = registry.directory(unit.connection)
        found = expiry.ending(self._settings, ring, directory, now)
        if not found:
            return
        with self._store.write() as unit:
            recipients = Recipients(self._settings, directory, self._inbox_certificate, now)
            expiry.warn(unit, found, recipients, now)
