"""The connection to the relay: verified TLS, unless the relay is on this machine."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiosmtplib


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options of MAIL and RCPT for one mail."""

    mail: Sequence[str]
    recipient: Sequence[str]


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mail is handed over; `scheme` is smtp, smtp+starttls or smtps."""

    scheme: str
    host: str
    port: int
    ca_file: Path | None
    timeout: float
    helo: str

    async def connect(self) -> aiosmtplib.SMTP:
        """Open a connection.

        Raises aiosmtplib.SMTPException or OSError; among them a certificate that does not verify.
        """
        loopback = is_loopback(self.host)
        plain_allowed = loopback and self.scheme == "smtp"
        context = None
        if not plain_allowed:
            context = ssl.create_default_context(cafile=self.ca_file)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            local_hostname=self.helo,
            timeout=self.timeout,
            use_tls=self.scheme == "smtps",
            start_tls=not (self.scheme == "smtps" or plain_allowed),
            tls_context=context,
        )
        await client.connect()
        return client

    def wishes(self, client: aiosmtplib.SMTP, token: str) -> Wishes:
        """Ask for delivery reports (RFC 3461) where the relay offers them."""
        if not client.supports_extension("dsn"):
            return Wishes((), ())
        return Wishes(("RET=HDRS", f"ENVID={token}"), ("NOTIFY=SUCCESS,FAILURE",))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or address alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
