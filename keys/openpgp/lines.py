"""The lines of GnuPG's status pipe: `[GNUPG:] KEYWORD arguments`; bounded, and nothing decoded.

Nothing of a user id, a file name or a notation is used: their owner writes them.
"""

from dataclasses import dataclass
from typing import Final

from keys.errors import StructureError

MOST_STATUS: Final = 256 * 1024
_PREFIX: Final = b"[GNUPG:] "

# Said beside the story, and no part of it: what keys were looked at, and what signers note.
ASIDE: Final = frozenset(
    {
        *("DECRYPTION_COMPLIANCE_MODE", "ENCRYPTION_COMPLIANCE_MODE"),
        *("VERIFICATION_COMPLIANCE_MODE", "ENC_TO", "KEYEXPIRED", "KEY_CONSIDERED"),
        *("NOTATION_DATA", "NOTATION_FLAGS", "NOTATION_NAME", "PLAINTEXT_LENGTH", "POLICY_URL"),
        *(
            "CARDCTRL",
            "PROGRESS",
            "SIGEXPIRED",
            "SIG_ID",
            "TRUST_FULLY",
            "TRUST_MARGINAL",
            "TRUST_NEVER",
        ),
        *("TRUST_ULTIMATE", "TRUST_UNDEFINED", "WARNING"),
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """One status line."""

    keyword: str
    arguments: tuple[str, ...]


def lines_of(status: bytes) -> list[Line]:
    """Read the lines of a status pipe; whatever else is on it says nothing.

    Raises `StructureError` where there is more than any honest mail makes, or the end is cut off.
    """
    if len(status) > MOST_STATUS:
        raise StructureError("too much status")
    if status and not status.endswith(b"\n"):
        raise StructureError("status cut off")
    lines = []
    for raw in status.split(b"\n"):
        if raw.startswith(_PREFIX):
            words = raw[len(_PREFIX) :].decode("latin-1").split(" ")
            lines.append(Line(words[0], tuple(words[1:])))
    return lines


def named(line: Line) -> str:
    """Name a line in the log by its keyword; arguments may quote the sender."""
    known = line.keyword.replace("_", "").isalnum() and line.keyword.isascii()
    return line.keyword[:40] if known else "unknown"
