"""Let the quarantine be judged again by itself when what it waited for has arrived."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from gateway.store import mails
from gateway.store.journal import Note
from gateway.store.unit import Unit

NEEDS_KEY: Final = ("keys.open.no_key",)
CURABLE: Final = (
    *NEEDS_KEY,
    "keys.certificate.untrusted",
    "keys.certificate.revocation_stale",
    "keys.signature.missing",
    "sender.unknown",
    "sender.from",
    "sender.retired",
)
"""Quarantine for these reasons may end when an anchor, a list, a partner, a facility, a tunnel or a
key arrives."""


def judge_anew(
    unit: Unit, now: datetime, why: str, reasons: Sequence[str] = CURABLE, actor: str = "gateway"
) -> int:
    """Let mail in quarantine for these reasons be judged again; gives the number of mails."""
    ids = mails.judge_again(unit, ("quarantined",), reasons)
    for mail in ids:
        unit.note(Note(now, "judged_again", actor, mail=mail, facts={"why": why}))
    return len(ids)
