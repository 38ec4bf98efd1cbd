"""How much of anything the SMTP door takes, with the reason for each figure."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of the SMTP door. Times are in seconds, sizes in bytes."""

    message_bytes: int = 40 * MIB
    """Largest mail, without dot-stuffing (RFC 1870 section 5); announced as SIZE."""
    line_bytes: int = MIB
    """Longest line in a mail. RFC 5321 asks for 1000; real programs send a file as one line."""
    arriving_bytes: int = 64 * MIB
    """Most bytes of unfinished mail over all connections: memory is bounded whoever calls."""
    connections: int = 200
    connections_from_one: int = 50
    """From one address; a partner's relay keeps far fewer open."""
    recipients: int = 100
    """Recipients of one mail; the least that RFC 5321 section 4.5.3.1.8 allows."""
    commands: int = 400
    """Commands since the connection began or since the last kept mail."""
    errors: int = 20
    """Replies of 5xx since the connection began or since the last kept mail."""
    idle: float = 300.0
    """Silence before 421; RFC 5321 section 4.5.3.2.7 asks for five minutes."""
    mail_time: float = 1800.0
    """Longest time from DATA to the final dot, so that a dripping client ends."""
