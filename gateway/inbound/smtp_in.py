"""The SMTP door: listeners on the outside, `keep` on the inside, one `Conversation` a caller.

`250` is said only after `keep` has returned, that is, after the mail is on disk. The door knows
neither the store nor the settings: it takes everything by name.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from gateway.inbound.addresses import comparable
from gateway.inbound.limits import Limits
from gateway.inbound.occupancy import Occupancy
from gateway.inbound.session import Conversation
from gateway.inbound.terms import Keep, Terms

_BACKLOG = 512


def server_tls(certificate: Path, key: Path, *, clients: Path | None = None) -> ssl.SSLContext:
    """TLS 1.2 or newer with our certificate chain and key (PEM).

    With `clients`, a PEM file of authorities, a client is asked for its certificate; one that shows
    none is served all the same, one that shows a wrong one is not. Raises OSError and ssl.SSLError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(certificate, key)
    if clients is not None:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


class SmtpDoor:
    """Listens for mail in the running event loop. Open once for each address, close once."""

    def __init__(
        self,
        *,
        mailboxes: Iterable[str],
        keep: Keep,
        now: Callable[[], datetime],
        hostname: str,
        is_bounce_address: Callable[[str], bool] = lambda _: False,
        is_overloaded: Callable[[], bool] = lambda: False,
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
        require_tls: bool = False,
    ) -> None:
        limits = limits or Limits()
        self._terms = Terms(
            mailboxes={comparable(address): address for address in mailboxes},
            is_bounce_address=is_bounce_address,
            keep=keep,
            is_overloaded=is_overloaded,
            now=now,
            hostname=hostname,
            limits=limits,
            tls=tls,
            require_tls=require_tls,
        )
        self._occupancy = Occupancy(limits)
        self._servers: list[asyncio.Server] = []
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd would log addresses

    @property
    def connections(self) -> int:
        """How many callers are being served."""
        return len(self._occupancy.guests)

    async def open(
        self, host: str, port: int, *, implicit_tls: bool = False, reuse_port: bool = False
    ) -> tuple[str, int]:
        """Listen, and give the address that was bound (port 0 asks the system for one).

        `reuse_port` lets several processes share the port. Raises OSError when it is taken, and
        ValueError when implicit TLS is asked for without a certificate.
        """
        if implicit_tls and self._terms.tls is None:
            raise ValueError("implicit TLS needs a certificate")
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Conversation(self._terms, self._occupancy, loop),
            host,
            port,
            backlog=_BACKLOG,
            reuse_port=reuse_port or None,
            ssl=self._terms.tls if implicit_tls else None,
        )
        self._servers.append(server)
        bound = server.sockets[0].getsockname()
        return str(bound[0]), int(bound[1])

    async def close(self, *, grace: float = 5.0) -> None:
        """Stop listening, say 421 to all, and give mail that is on its way `grace` seconds."""
        self._occupancy.closing = True
        for server in self._servers:
            server.close()
        for guest in list(self._occupancy.guests):
            guest.say_goodbye()
        loop = asyncio.get_running_loop()
        end = loop.time() + grace
        while self._occupancy.guests and loop.time() < end:  # noqa: ASYNC110  # bounded, once
            await asyncio.sleep(0.01)
        for guest in list(self._occupancy.guests):
            guest.abort()
        await asyncio.sleep(0)
