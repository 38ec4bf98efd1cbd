"""Who is at the other end of a connection, as the delivery will tell it."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Mapping


def names_of_peer(peername: object) -> tuple[str, str]:
    """Give the host alone, and host and port as people write them."""
    if not isinstance(peername, tuple):
        return "local", "local"
    host, port = str(peername[0]), peername[1]
    return host, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def tls_facts(connection: ssl.SSLObject | None) -> Mapping[str, str] | None:
    """Protocol and cipher of a connection, and the client's certificate if it showed one."""
    if connection is None:
        return None
    cipher = connection.cipher()
    facts = {"protocol": connection.version() or "", "cipher": cipher[0] if cipher else ""}
    shown = connection.getpeercert(binary_form=True)
    if shown:
        facts["certificate_sha256"] = hashlib.sha256(shown).hexdigest()
    return facts
