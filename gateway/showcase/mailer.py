"""Hands raw mail to an SMTP server: one with the standard library, or many over kept connections.

For load, each connection sends MAIL, RCPT and DATA in one write (RFC 2920, pipelining) and stays
open for the next mail. Times are those of the monotonic clock, in seconds, which on one machine all
processes share.
"""

import asyncio
import smtplib
import ssl
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple


class Reply(NamedTuple):
    """The server's last word on a mail."""

    code: int
    text: str


@dataclass(frozen=True)
class _Plan:
    """What all connections of a load have in common; `start` is when the first mail is due."""

    queue: Iterator[tuple[int, bytes]]
    commands: bytes
    start: float
    rate: float | None


@dataclass(frozen=True)
class Sent:
    """One mail of a load: its place in the list, DATA sent, answer come, and the answer's code."""

    index: int
    data_at: float
    answered_at: float
    code: int


def send_one(
    mail: bytes,
    *,
    host: str,
    port: int,
    sender: str,
    recipient: str,
    tls: ssl.SSLContext | None = None,
    timeout: float = 30.0,
) -> Reply:
    """Send one mail and give the server's answer, also where that is a refusal.

    Raises OSError when there is no server, smtplib.SMTPException when it breaks off. With `tls`,
    STARTTLS comes first.
    """
    with smtplib.SMTP(host, port, local_hostname="partner.example", timeout=timeout) as server:
        server.ehlo()
        if tls:
            server.starttls(context=tls)
            server.ehlo()
        for code, text in (server.mail(sender, [f"size={len(mail)}"]), server.rcpt(recipient)):
            if code >= 400:
                return Reply(code, text.decode("utf-8", "replace"))
        code, text = server.data(mail)
        return Reply(code, text.decode("utf-8", "replace"))


async def send_many(
    mails: Sequence[bytes],
    *,
    host: str,
    port: int,
    sender: str,
    recipient: str,
    connections: int = 8,
    rate: float | None = None,
) -> list[Sent]:
    """Send all mails over that many connections, each as soon as its turn comes.

    `rate` is in mails per second over all connections; without it, as fast as the server answers.
    A mail that is answered with 4xx is sent again after a short wait, as a mail server would.
    """
    plan = _Plan(
        queue=iter(enumerate(mails)),
        commands=f"MAIL FROM:<{sender}>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode(),
        start=time.monotonic(),
        rate=rate,
    )
    workers = [_one_connection(host, port, plan) for _ in range(connections)]
    results = await asyncio.gather(*workers)
    return sorted((sent for part in results for sent in part), key=lambda sent: sent.index)


async def _one_connection(host: str, port: int, plan: _Plan) -> list[Sent]:
    """Take mails from the common queue until it is empty."""
    reader, writer = await asyncio.open_connection(host, port)
    done: list[Sent] = []
    try:
        await _read_reply(reader)
        writer.write(b"EHLO partner.example\r\n")
        await _read_reply(reader)
        for index, mail in plan.queue:
            if plan.rate:
                due = plan.start + index / plan.rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            done.append(await _one_mail(reader, writer, index, plan.commands, mail))
        writer.write(b"QUIT\r\n")
        await _read_reply(reader)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    return done


async def _one_mail(
    reader: StreamReader, writer: StreamWriter, index: int, commands: bytes, mail: bytes
) -> Sent:
    """Send one mail until the server takes it or refuses it for good."""
    data = _stuffed(mail)
    first: float | None = None
    while True:
        writer.write(commands)
        codes = [await _read_reply(reader) for _ in range(3)]
        code = next((code for code in codes if code >= 400), 0)
        sent_at = time.monotonic()
        first = first or sent_at
        if codes[-1] == 354:
            writer.write(data)
            code = await _read_reply(reader)
        else:
            writer.write(b"RSET\r\n")
            await _read_reply(reader)
        if not 400 <= code < 500:
            return Sent(index, first, time.monotonic(), code)
        await asyncio.sleep(0.05)


async def _read_reply(reader: StreamReader) -> int:
    """Read one reply, of one or more lines, and give its code."""
    while True:
        line = await reader.readline()
        if not line:
            raise ConnectionResetError("the server hung up")
        if line[3:4] != b"-":
            return int(line[:3])


def _stuffed(mail: bytes) -> bytes:
    """Double the dots at line starts and put the final dot (RFC 5321 section 4.5.2)."""
    body = mail if mail.endswith(b"\r\n") else mail + b"\r\n"
    return (b"\r\n" + body).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"
