"""Who is at the SMTP door right now, and how much unfinished mail they have brought."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from gateway.inbound import replies
from gateway.inbound.limits import Limits
from gateway.inbound.replies import Reply


class Guest(Protocol):
    """One connection, as far as the door must know it."""

    host: str

    def say_goodbye(self) -> None:
        """End with 421 now, or after the mail that is being taken."""

    def abort(self) -> None:
        """Cut the connection."""


class Occupancy:
    """Counts connections and bytes for one event loop. Shared by all listeners of a door."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._by_host: Counter[str] = Counter()
        self._arriving = 0
        self.guests: set[Guest] = set()
        self.closing = False

    def enter(self, guest: Guest) -> Reply | None:
        """Count a new connection, or say why it must go (421)."""
        if self.closing:
            return replies.SHUTTING_DOWN
        if len(self.guests) >= self._limits.connections:
            return replies.TOO_MANY_CONNECTIONS
        if self._by_host[guest.host] >= self._limits.connections_from_one:
            return replies.TOO_MANY_FROM_YOU
        self.guests.add(guest)
        self._by_host[guest.host] += 1
        return None

    def leave(self, guest: Guest) -> None:
        """Stop counting a connection; one that was never counted is no matter."""
        if guest in self.guests:
            self.guests.remove(guest)
            self._by_host[guest.host] -= 1
            if not self._by_host[guest.host]:
                del self._by_host[guest.host]

    def take(self, size: int) -> bool:
        """Count `size` more bytes in memory; False, and nothing counted, if that is too much."""
        if self._arriving + size > self._limits.arriving_bytes:
            return False
        self._arriving += size
        return True

    def give_back(self, size: int) -> None:
        """Stop counting bytes that are no longer held."""
        self._arriving -= size
