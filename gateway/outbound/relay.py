"""The connection to the relay: verified TLS, unless the relay is on this machine.

aiosmtplib connects, starts TLS and reads replies. The four commands of a mail are given here, since
its `sendmail` searches the whole message for line ends and stray dots, parses addresses anew and
arms a timer for each command, which costs several times what the transfer does (docs/performance.md
has the figures). What it would have made right, we promise: addresses are checked and messages are
canonical, since what is signed must be.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiosmtplib
from aiosmtplib.protocol import SMTPProtocol

from gateway.outbound.headers import checked_address

_GO_ON: Final = 354
_GOING_AWAY: Final = 421


@dataclass(frozen=True, slots=True)
class Answer:
    """What the relay said last about a mail: RFC 5321 code and text."""

    code: int
    text: str


class Connection:
    """One connection to the relay, kept open for many mails."""

    def __init__(self, client: aiosmtplib.SMTP, timeout: float) -> None:
        self._client = client
        self._timeout = timeout
        self._reports = client.supports_extension("dsn")
        self._sized = client.supports_extension("size")

    async def hand_over(self, token: str, sender: str, recipient: str, message: bytes) -> Answer:
        """Give one mail to the relay; the answer is a refusal unless its code is 2xx.

        `token` comes back in delivery reports (RFC 3461), for which we ask where they are offered.

        Raises aiosmtplib.SMTPException or OSError when the connection fails, after which it must
        be closed, and AddressError for a mail that cannot be handed over at all.
        """
        mail = f"MAIL FROM:<{checked_address(sender)}>"
        rcpt = f"RCPT TO:<{checked_address(recipient)}>"
        if self._sized:
            mail += f" SIZE={len(message)}"
        if self._reports:
            mail += f" RET=HDRS ENVID={token}"
            rcpt += " NOTIFY=SUCCESS,FAILURE"
        for command in (mail, rcpt):
            answer = await self._ask(command)
            if not 200 <= answer.code < 300:
                return await self._given_up(answer)
        answer = await self._ask("DATA")
        if answer.code != _GO_ON:
            return await self._given_up(answer)
        return await self._transfer(message)

    async def _ask(self, command: str) -> Answer:
        async with asyncio.timeout(self._timeout):
            code, text = await self._protocol.execute_command(command.encode("ascii"))
        return Answer(code, text)

    async def _transfer(self, message: bytes) -> Answer:
        """Send the message itself, its dots doubled (RFC 5321 section 4.5.2), and its end."""
        stuffed = message.replace(b"\n.", b"\n..")
        first = b"." if stuffed.startswith(b".") else b""
        end = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        async with asyncio.timeout(self._timeout):
            self._protocol.write(b"".join((first, stuffed, end)))
            code, text = await self._protocol.read_response()
        return Answer(code, text)

    async def _given_up(self, answer: Answer) -> Answer:
        """Forget a mail that was refused, so that the next one starts anew."""
        if answer.code == _GOING_AWAY:
            self.close()
        else:
            await self._ask("RSET")
        return answer

    @property
    def is_open(self) -> bool:
        """Whether another mail can be tried on it."""
        return self._client.is_connected

    @property
    def _protocol(self) -> SMTPProtocol:
        if self._client.protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("the connection is closed")
        return self._client.protocol

    def close(self) -> None:
        """End it at once.

        A farewell over TLS waits for the other side's, and outlives whoever stops in the meantime.
        """
        if isinstance(self._client.transport, asyncio.WriteTransport):
            self._client.transport.abort()
        with suppress(aiosmtplib.SMTPException, OSError):
            self._client.close()


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mail is handed over; `scheme` is smtp, smtp+starttls or smtps."""

    scheme: str
    host: str
    port: int
    ca_file: Path | None
    timeout: float
    helo: str
    ca_data: str | None = None
    """PEM that its certificate must lead to, in place of a file."""
    client: tuple[Path, Path] | None = None
    """Our certificate and key, for a relay at the end of a tunnel that asks who we are."""

    async def connect(self) -> Connection:
        """Open a connection.

        Raises aiosmtplib.SMTPException or OSError; among them a certificate that does not verify.
        """
        loopback = is_loopback(self.host)
        plain_allowed = loopback and self.scheme == "smtp"
        context = None
        if not plain_allowed:
            context = ssl.create_default_context(cafile=self.ca_file, cadata=self.ca_data)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if self.client is not None:
                context.load_cert_chain(*self.client)
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            local_hostname=self.helo,
            timeout=self.timeout,
            use_tls=self.scheme == "smtps",
            start_tls=not (self.scheme == "smtps" or plain_allowed),
            tls_context=context,
        )
        try:
            await client.connect()
            await _greet(client)
        except BaseException:
            client.close()
            raise
        return Connection(client, self.timeout)


async def _greet(client: aiosmtplib.SMTP) -> None:
    """Ask what the relay offers, again after STARTTLS (RFC 3207 section 4.2)."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        await client.helo()


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or address alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
