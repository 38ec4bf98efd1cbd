"""Tunnels: relays of partners that show a client certificate which an operator has registered.

The door asks for client certificates only when a tunnel is registered, because TLS itself would
turn away a relay that shows an unknown one. A registered certificate is trusted as it is, whoever
issued it; which partner it speaks for is the pipeline's question.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence

from gateway.logs import logger

_EVERY = 2.0  # seconds until a newly registered tunnel is asked for
_log = logger("tunnels")


def accept_clients(context: ssl.SSLContext, certificates: Sequence[bytes]) -> None:
    """Let clients show one of these certificates (DER); one without is served all the same."""
    if not certificates:
        return
    # A leaf that is no CA is trusted as the end of its path, without its issuer.
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    for der in certificates:
        context.load_verify_locations(cadata=der)
    context.verify_mode = ssl.CERT_OPTIONAL


async def follow_tunnels(context: ssl.SSLContext, registered: Callable[[], list[bytes]]) -> None:
    """Accept tunnels that are registered while the door is open, until cancelled."""
    known: set[bytes] = set()
    while True:
        try:
            fresh = [der for der in await asyncio.to_thread(registered) if der not in known]
            accept_clients(context, fresh)
            known.update(fresh)
        except (OSError, ValueError) as error:
            _log.error("tunnels cannot be read", error=type(error).__name__)
        await asyncio.sleep(_EVERY)
