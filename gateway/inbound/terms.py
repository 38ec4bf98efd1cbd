"""What holds for every conversation at the SMTP door, decided once when it is opened."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.inbound.delivery import Delivery
from gateway.inbound.limits import Limits

Keep = Callable[[list[Delivery]], Awaitable[list[str]]]
"""Keeps all deliveries of one mail on disk, gives their ids; raises TryLater or anything else."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """All that a conversation takes from outside."""

    mailboxes: Mapping[str, str]
    """Comparable address to the spelling in the settings."""
    is_bounce_address: Callable[[str], bool]
    keep: Keep
    is_overloaded: Callable[[], bool]
    """Whether new mail should be put off at MAIL FROM already (421)."""
    now: Callable[[], datetime]
    hostname: str
    limits: Limits
    tls: ssl.SSLContext | None
    require_tls: bool
