"""Hand sealed mail to the relay, try again with back-off, and keep what became of it.

The same bytes with the same Message-ID go out on each try: a relay that took a mail whose answer
we never saw takes an identical one, which every mail system recognises. What the relay says is kept
with the mail, and where the case waits for it an occurrence is written in the same transaction.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import aiosmtplib

from gateway.errors import TryLater
from gateway.logs import logger
from gateway.outbound.errors import AddressError
from gateway.outbound.relay import Connection, Relay
from gateway.store import mails, outgoing
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.outgoing import Ready
from gateway.store.unit import Store, Unit

FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(hours=1)
_LOOK: Final = 0.02  # seconds between two looks at whether the store has changed
_LOOK_ANYWAY: Final = 1.0
_TOGETHER: Final = 0.03  # seconds in which outcomes gather for one commit
_STORE_PAUSE: Final = 1.0  # seconds before the store is asked again, when its disk was full
ACTOR: Final = "outbox"

_log = logger("sending")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the relay said to one mail; `code` 0 means that it could not be asked."""

    mail: Ready
    code: int
    reply: str

    @property
    def accepted(self) -> bool:
        """Whether the next hop has taken the mail over."""
        return 200 <= self.code < 300

    @property
    def permanent(self) -> bool:
        """Whether trying again would be useless."""
        return self.code >= 500


class Sending:
    """The one sender of a gateway: a few connections to the relay, kept open."""

    def __init__(
        self,
        *,
        store: Store,
        relay: Relay,
        tunnel_to: Callable[[str], Relay | None],
        bounce_address: Callable[[int], str],
        now: Callable[[], datetime],
        connections: int,
        give_up_after: timedelta,
    ) -> None:
        self._store = store
        self._relay = relay
        self._tunnel_to = tunnel_to
        self._bounce_address = bounce_address
        self._now = now
        self._connections = connections
        self._give_up_after = give_up_after
        self._under_way: dict[int, int] = {}
        """Each mail that is with a connection or waits for one, and its size."""
        self._waiting: asyncio.Queue[Ready] = asyncio.Queue(maxsize=connections * 16)
        self._outcomes: list[Outcome] = []
        self._told = asyncio.Event()
        self._written = True

    async def run(self, stopping: asyncio.Event, changed: Callable[[], bool]) -> None:
        """Send until told to stop; `changed` says cheaply whether the store may hold new mail."""
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(self._work()) for _ in range(self._connections)]
            keeper = group.create_task(self._keep())
            looked_at, more = -_LOOK_ANYWAY, True
            while not stopping.is_set():
                # A retry falls due without any change in the store, so look now and then anyway.
                more = changed() or more or time.monotonic() - looked_at > _LOOK_ANYWAY
                if more and self._waiting.qsize() <= self._waiting.maxsize // 4:
                    looked_at, more = time.monotonic(), self._fill()
                await asyncio.sleep(_LOOK)
            for task in (*workers, keeper):
                task.cancel()
        self._write_down()

    def _fill(self) -> bool:
        """Take mail from the store as there is room; whether there may be more of it."""
        room = self._waiting.maxsize - self._waiting.qsize()
        most_bytes = mails.BATCH_BYTES - sum(self._under_way.values())
        if most_bytes <= 0:
            return True
        try:
            with self._store.read() as unit:
                now, known = self._now(), self._under_way
                found = outgoing.ready(unit, now, room, without=known, most_bytes=most_bytes)
        except TryLater as error:
            _log.error("cannot look for mail", error=str(error))
            return False
        for mail in found:
            self._under_way[mail.id] = len(mail.message)
            self._waiting.put_nowait(mail)
        return len(found) == room

    async def _work(self) -> None:
        connection: Connection | None = None
        try:
            while True:
                mail = await self._waiting.get()
                if mail.tunnel is None:
                    connection, outcome = await self._hand_over(connection, mail)
                else:
                    outcome = await self._through_tunnel(mail, mail.tunnel)
                self._outcomes.append(outcome)
                self._told.set()
        finally:
            if connection is not None:
                connection.close()

    async def _hand_over(
        self, connection: Connection | None, mail: Ready
    ) -> tuple[Connection | None, Outcome]:
        sender = self._bounce_address(mail.id)
        # A connection that was kept open may have died meanwhile: once more on a new one.
        for last in (connection is None, True):
            try:
                connection = connection or await self._relay.connect()
                answer = await connection.hand_over(
                    f"o{mail.id}", sender, mail.to_address, mail.message
                )
            except (aiosmtplib.SMTPException, AddressError, OSError, ValueError) as error:
                if connection is not None:
                    connection.close()
                connection = None
                if last:
                    return None, Outcome(mail, *_words_of(error))
            else:
                kept = connection if connection.is_open else None
                return kept, Outcome(mail, answer.code, answer.text)
        raise AssertionError("the second try always ends")

    async def _through_tunnel(self, mail: Ready, partner: str) -> Outcome:
        """Hand a signed mail over to its partner's own relay, and to no other, on a new connection.

        It waits while the tunnel is closed; the relay of all other mail never sees it.
        """
        connection = None
        try:
            relay = self._tunnel_to(partner)
            if relay is None:
                return Outcome(mail, 0, f"There is no tunnel to {partner}: `partner tunnel add`")
            connection = await relay.connect()
            answer = await connection.hand_over(
                f"o{mail.id}", self._bounce_address(mail.id), mail.to_address, mail.message
            )
            return Outcome(mail, answer.code, answer.text)
        except (aiosmtplib.SMTPException, AddressError, OSError, ValueError, TryLater) as error:
            return Outcome(mail, *_words_of(error))
        finally:
            if connection is not None:
                connection.close()

    async def _keep(self) -> None:
        while True:
            await self._told.wait()
            # Others may finish meanwhile; they share the commit.
            await asyncio.sleep(_TOGETHER if self._written else _STORE_PAUSE)
            self._told.clear()
            self._write_down()

    def _write_down(self) -> None:
        outcomes, self._outcomes = self._outcomes, []
        if not outcomes:
            return
        self._written = False
        try:
            with self._store.write() as unit:
                record(unit, outcomes, self._now(), self._give_up_after)
        except TryLater as error:
            _log.error("cannot keep what the relay said", error=str(error))
            self._outcomes[:0] = outcomes
            self._told.set()
            return
        self._written = True
        for outcome in outcomes:
            del self._under_way[outcome.mail.id]


def _words_of(error: Exception) -> tuple[int, str]:
    """The code that the relay gave with an error, or 0, and the error in words."""
    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
    return code, f"{type(error).__name__}: {error}"


def record(
    unit: Unit, outcomes: Sequence[Outcome], now: datetime, give_up_after: timedelta
) -> None:
    """Write down what the relay said to some mails, and tell their cases where they wait for it."""
    for outcome in outcomes:
        mail = outcome.mail
        row: dict[str, Any] = {
            "attempts": mail.attempts + 1,
            "last_reply": f"{outcome.code or '-'} {outcome.reply}"[:500],
        }
        if outcome.accepted:
            row |= {"state": "sent", "sent_at": now}
        elif outcome.permanent:
            row |= {"state": "failed"}
        elif now - mail.created_at > give_up_after:
            row |= {"state": "expired"}
        else:
            row |= {"state": "queued", "next_try": now + pause_after(mail.attempts + 1)}
        outgoing.change(unit, mail.id, **row)
        _tell_case(unit, outcome, row["state"], now)
        facts = {"outgoing": f"o{mail.id}", "kind": mail.kind, "code": outcome.code}
        if mail.tunnel is not None:
            facts["tunnel"] = mail.tunnel
        unit.note(Note(now, f"mail_{row['state']}", ACTOR, number=mail.number, facts=facts))


def _tell_case(unit: Unit, outcome: Outcome, state: str, now: datetime) -> None:
    mail = outcome.mail
    name = mail.on_accepted if state == "sent" else mail.on_failed
    if mail.number is None or name is None or state == "queued":
        return
    body = {
        "role": mail.role,
        "how": "250" if state == "sent" else state,
        "outgoing": mail.id,
        "kind": mail.kind,
    }
    unit.stage(t.occurrences, number=mail.number, name=name, body=body, at=now)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: 5 s, 15 s, 45 s, ... at most an hour."""
    factor: int = 3 ** min(attempts - 1, 8)
    return min(LONGEST_PAUSE, FIRST_PAUSE * factor)
