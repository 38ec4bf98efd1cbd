"""What can go wrong in the gateway, as a tree.

    GatewayError
    ├── Refused            the person at the command line asked for something that cannot be done
    │   └── WrongSettings  sagspost.toml does not hold: names the key and what is allowed
    ├── TryLater           disk, relay or database cannot do it now; nothing is lost
    └── Damaged            something kept was flipped, removed, reordered or cut off

Each message says what was wrong, where, and what to do. None carries a CPR number, a key or the
content of a mail.
"""

from __future__ import annotations


class GatewayError(Exception):
    """The root of the tree: every error that the gateway raises by itself."""


class Refused(GatewayError):
    """What was asked cannot be done; the command line prints it and ends with exit status 1."""


class WrongSettings(Refused):
    """`sagspost.toml` does not hold. The message names the key and what is allowed."""


class TryLater(GatewayError):
    """It cannot be done now, and nothing was lost: answered with 451, or tried again."""


class Damaged(GatewayError):
    """Something kept was changed after it was kept. The message names what and where."""


def in_words(error: Exception) -> str:
    """What an error says to the operator of this machine: its sentence, and its detail if any.

    The details of `keys.errors` say which file and why; a partner never sees them.
    """
    detail = getattr(error, "detail", "")
    return f"{error} ({detail})" if detail else str(error)
