"""The relays that the settings and the registry name, as the outbox and the check reach them."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from gateway.outbound.relay import Relay
from gateway.settings import Settings
from gateway.store.registry import TunnelOut


def relay_of(settings: Settings) -> Relay:
    """The relay that the settings name."""
    ca_file = settings.relay.ca_file
    relay = relay_at(settings, settings.relay.url)
    return relay if ca_file is None else replace(relay, ca_file=settings.path(ca_file))


def relay_at(settings: Settings, address: str) -> Relay:
    """The relay at an address of the form of `[relay] url`."""
    url = urlsplit(address)
    return Relay(
        scheme=url.scheme,
        host=url.hostname or "localhost",
        port=url.port or 25,
        ca_file=None,
        timeout=settings.relay.timeout_seconds,
        helo=settings.mailbox[0].address.rpartition("@")[2],
    )


def tunnel_relay(settings: Settings, way_out: TunnelOut) -> Relay:
    """The relay at the end of a tunnel; it is shown the certificate of our door."""
    smtp = settings.smtp
    return replace(
        relay_at(settings, way_out.url),
        ca_data=way_out.ca.decode("ascii") if way_out.ca else None,
        client=(settings.path(smtp.tls_certificate), settings.path(smtp.tls_key)),
    )
