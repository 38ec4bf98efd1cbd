"""A tunnel as the command line takes it: who comes through it, and where it leads."""

from __future__ import annotations

import ssl
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import delete, insert, update

from gateway.errors import Refused
from gateway.setting_values import relay_address
from gateway.store import tables as t
from gateway.store.registry import Partner, TunnelOut
from gateway.store.unit import Unit
from keys.identity import fingerprint

_SCHEMES: Final = ("smtp+starttls://", "smtps://")


def tunnel_out(relay: str | None, ca: Path | None) -> TunnelOut | None:
    """Where a tunnel leads. Raises Refused for what would not be enforced TLS to a known end."""
    if relay is None:
        if ca is not None:
            raise Refused("--ca: belongs to --relay, which is missing.")
        return None
    try:
        relay_address(relay)
    except ValueError as error:
        raise Refused(f"--relay {relay}: {error}") from None
    # Not even on this machine: what goes there is not sealed.
    if not relay.startswith(_SCHEMES):
        raise Refused(f"--relay {relay}: must begin with {' or '.join(_SCHEMES)}")
    return TunnelOut(relay, _authorities(ca) if ca else None)


def _authorities(file: Path) -> bytes:
    try:
        text = file.read_text("ascii")
        ssl.create_default_context(cadata=text)
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise Refused(f"--ca {file}: must be a PEM file of certificates ({error})") from None
    return text.encode("ascii")


def keep_tunnel(
    unit: Unit,
    partner: Partner,
    certificate: x509.Certificate,
    way_out: TunnelOut | None,
    now: datetime,
) -> None:
    """Register a tunnel; the one that was given a way out last is the way out."""
    c = t.tunnels.c
    mark = fingerprint(certificate)
    if way_out is not None:
        others = update(t.tunnels).where(c.partner == partner.key)
        unit.connection.execute(others.values(relay=None, ca=None))
    unit.connection.execute(
        delete(t.tunnels).where(c.partner == partner.key, c.fingerprint == mark)
    )
    unit.connection.execute(
        insert(t.tunnels).values(
            partner=partner.key,
            fingerprint=mark,
            der=certificate.public_bytes(Encoding.DER),
            added_at=now,
            relay=way_out.url if way_out else None,
            ca=way_out.ca if way_out else None,
        )
    )
