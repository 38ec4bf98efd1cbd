"""The mailboxes of kommune, facility and region: an SMTP server that keeps what it is sent.

It runs in a thread of its own with an event loop of its own, so that a test or a demonstration can
wait for mail. It can be told to misbehave, by recipient: refuse for now (450), refuse for good
(550), be slow, or hang up after DATA without an answer, which is where a sender cannot know.

Written by hand and not on aiosmtpd: that one refuses the parameters of delivery status
notifications (RFC 3461), which a sink must be able to offer, and costs more than the gateway's own
work when a bench shares the machine with it.
"""

import asyncio
import re
import ssl
import threading
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from gateway.showcase.letters import header_of

_LARGEST = 64 * 1024 * 1024
_ADDRESS = re.compile(rb"<([^>]*)>\s*(.*)", re.DOTALL)


@dataclass(frozen=True)
class Behaviour:
    """How a mailbox answers.

    `rcpt` and `data` are the reply lines to RCPT and to the final dot; `delay` is waited, in
    seconds, before the latter; with `hang_up` the connection ends there without an answer, and the
    mail is kept only if `keep` is true.
    """

    rcpt: str = "250 2.1.5 OK"
    data: str = "250 2.0.0 OK"
    delay: float = 0.0
    hang_up: bool = False
    keep: bool = True


TEMPORARY = Behaviour(rcpt="450 4.2.0 Mailbox busy")
PERMANENT = Behaviour(rcpt="550 5.1.1 No such mailbox")
_GOOD = Behaviour()


@dataclass(frozen=True)
class Arrived:
    """A mail as it came, one for each recipient; `at` is the monotonic clock, in seconds."""

    at: float
    envelope_from: str
    envelope_to: str
    raw: bytes
    tls: bool
    mail_parameters: str = ""
    rcpt_parameters: str = ""

    def header(self, name: str) -> str:
        """Give one of the outer header fields, decoded; empty when it is not there."""
        return header_of(self.raw, name)


@dataclass
class _Session:
    """What one connection has said so far."""

    tls: bool = False
    sender: str | None = None
    mail_parameters: str = ""
    recipients: list[tuple[str, str]] = field(default_factory=list)


class Inboxes:
    """An SMTP server for any address; a context manager that listens while it is open.

    `port` 0 takes a free one. With `tls` it offers STARTTLS, with `dsn` also RFC 3461.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        dsn: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host, self.port, self.dsn = host, port, dsn
        self._tls = tls
        self._behaviours: dict[str, Behaviour] = {}
        self._arrived: list[Arrived] = []
        self._change = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="inboxes", daemon=True)

    def __enter__(self) -> "Inboxes":
        self._thread.start()
        self._ready.wait()
        if self._failure:
            raise self._failure
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and end every connection."""
        stop = self._stop
        if stop and self._thread.is_alive():
            self._loop.call_soon_threadsafe(stop.set)
        self._thread.join()

    def behave(self, address: str | None = None, behaviour: Behaviour = _GOOD) -> None:
        """Tell one mailbox, or all others, how to answer from now on."""
        self._behaviours[(address or "").lower()] = behaviour

    @property
    def arrived(self) -> tuple[Arrived, ...]:
        """Give all mail so far, in the order of arrival."""
        with self._change:
            return tuple(self._arrived)

    def to(self, address: str) -> tuple[Arrived, ...]:
        """Give the mail to one address, in the order of arrival."""
        return tuple(mail for mail in self.arrived if mail.envelope_to.lower() == address.lower())

    def wait_for(
        self, predicate: Callable[[Arrived], bool], timeout: float = 10.0, *, after: int = 0
    ) -> Arrived:
        """Give the first mail that fits, of those past the first `after`; raises TimeoutError."""
        limit = time.monotonic() + timeout
        seen = after
        with self._change:
            while True:
                while seen < len(self._arrived):
                    mail, seen = self._arrived[seen], seen + 1
                    if predicate(mail):
                        return mail
                left = limit - time.monotonic()
                if left <= 0 or not self._change.wait(left):
                    raise TimeoutError(f"no such mail within {timeout:g} s; {seen} others came")

    def wait_to(self, address: str, number: int = 1, timeout: float = 10.0) -> Arrived:
        """Give the mail with that number, counted from 1, to one address; raises TimeoutError."""
        limit = time.monotonic() + timeout
        with self._change:
            while True:
                found = [m for m in self._arrived if m.envelope_to.lower() == address.lower()]
                if len(found) >= number:
                    return found[number - 1]
                left = limit - time.monotonic()
                if left <= 0 or not self._change.wait(left):
                    raise TimeoutError(f"{len(found)} of {number} mails within {timeout:g} s")

    def _run(self) -> None:
        """Serve until told to stop; the body of the thread."""
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()
            self._ready.set()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        connections: set[asyncio.Task[None]] = set()

        async def connected(reader: StreamReader, writer: StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            connections.add(task)
            try:
                await self._converse(reader, writer)
            except (ConnectionError, EOFError, asyncio.CancelledError, asyncio.LimitOverrunError):
                pass  # the other side left, or the test is over: nothing to answer
            finally:
                connections.discard(task)
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

        try:
            server = await asyncio.start_server(connected, self.host, self.port, limit=_LARGEST)
        except OSError as error:
            self._failure = error
            return
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in tuple(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _converse(self, reader: StreamReader, writer: StreamWriter) -> None:
        session = _Session()
        writer.write(b"220 inboxes.example ESMTP\r\n")
        while line := await reader.readline():
            verb, _, rest = line.strip().partition(b" ")
            command = verb.upper()
            if command == b"QUIT":
                writer.write(b"221 2.0.0 Bye\r\n")
                await writer.drain()
                return
            if command == b"STARTTLS" and self._tls:
                writer.write(b"220 2.0.0 Go ahead\r\n")
                await writer.drain()
                await writer.start_tls(self._tls)
                session = _Session(tls=True)
            elif command == b"DATA" and session.recipients:
                writer.write(b"354 End with a dot\r\n")
                if not await self._take(reader, writer, session):
                    return
                session = _Session(tls=session.tls)
            else:
                writer.write(self._answer(command, rest, session))

    def _answer(self, command: bytes, rest: bytes, session: _Session) -> bytes:
        """Answer every command that needs no waiting, and note what it said."""
        if command == b"EHLO":
            offers = ["inboxes.example", "SIZE 67108864", "8BITMIME", "PIPELINING", "SMTPUTF8"]
            offers += ["DSN"] * self.dsn
            offers += ["STARTTLS"] * (self._tls is not None and not session.tls)
            return _reply(250, offers)
        if command in {b"HELO", b"NOOP"}:
            return b"250 OK\r\n"
        if command == b"RSET":
            session.sender, session.recipients = None, []
            return b"250 OK\r\n"
        return self._envelope(command, rest, session)

    def _envelope(self, command: bytes, rest: bytes, session: _Session) -> bytes:
        """Answer MAIL and RCPT."""
        said = _ADDRESS.search(rest)
        if said is None:
            return b"503 5.5.1 Not now\r\n"
        address, parameters = said[1].decode(), said[2].decode()
        if command == b"MAIL":
            session.sender, session.mail_parameters = address, parameters
            session.recipients = []
            return b"250 2.1.0 OK\r\n"
        if command == b"RCPT" and session.sender is not None:
            reply = self._behaviour(address).rcpt
            if reply.startswith("2"):
                session.recipients.append((address, parameters))
            return reply.encode() + b"\r\n"
        return b"500 5.5.2 What?\r\n"

    async def _take(self, reader: StreamReader, writer: StreamWriter, session: _Session) -> bool:
        """Read a mail, keep it and answer; false when the connection is to end."""
        raw = await _read_data(reader)
        at = time.monotonic()
        behaviour = self._behaviour(session.recipients[0][0])
        if behaviour.delay:
            await writer.drain()
            await asyncio.sleep(behaviour.delay)
        if behaviour.keep and behaviour.data.startswith("2"):
            self._keep(
                Arrived(
                    at=at,
                    envelope_from=session.sender or "",
                    envelope_to=address,
                    raw=raw,
                    tls=session.tls,
                    mail_parameters=session.mail_parameters,
                    rcpt_parameters=parameters,
                )
                for address, parameters in session.recipients
            )
        if behaviour.hang_up:
            writer.transport.abort()
            return False
        writer.write(behaviour.data.encode() + b"\r\n")
        return True

    def _behaviour(self, address: str) -> Behaviour:
        return self._behaviours.get(address.lower()) or self._behaviours.get("", _GOOD)

    def _keep(self, mails: Iterable[Arrived]) -> None:
        with self._change:
            self._arrived.extend(mails)
            self._change.notify_all()


def _reply(code: int, lines: list[str]) -> bytes:
    """Write a reply of several lines."""
    last = len(lines) - 1
    return b"".join(
        f"{code}{' ' if number == last else '-'}{line}\r\n".encode()
        for number, line in enumerate(lines)
    )


async def _read_data(reader: StreamReader) -> bytes:
    """Read up to the final dot and give the mail without the dots of transparency.

    Raises EOFError when the sender goes before the dot: that is no mail, not even an empty one.
    """
    first = await reader.readline()
    if first == b".\r\n":
        return b""
    if not first:
        raise EOFError
    data = (first + await reader.readuntil(b"\r\n.\r\n"))[:-3]
    if b"\r\n.." in data or data.startswith(b".."):
        data = (b"\r\n" + data).replace(b"\r\n..", b"\r\n.")[2:]
    return data
