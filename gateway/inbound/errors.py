"""Why a mail could not be kept.

TryLater
├── Overloaded   more mail is waiting to be written than the limits allow: 421, come back later
└── NotKept      the store refused it, or the disk is full: 451, the client keeps it and retries
"""

from __future__ import annotations

from gateway.errors import GatewayError, TryLater


class Overloaded(TryLater):
    """So much mail is waiting for the disk that more would only wait too long."""


class NotKept(TryLater):
    """The store did not keep it, so nothing may be promised. The cause is chained."""


def reason_of(error: BaseException) -> str:
    """Say why so that it may be logged: a database's own words can hold what it was to store."""
    cause = error.__cause__ if isinstance(error, NotKept) and error.__cause__ else error
    if isinstance(cause, GatewayError):
        return str(cause)
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return type(cause).__name__
