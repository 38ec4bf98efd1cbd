"""Let the quarantine be judged again by itself when what it waited for has arrived."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from gateway.store import grounds, mails
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.unit import Unit

NEEDS_KEY: Final = ("keys.open.no_key", "keys.openpgp.unavailable")
NEEDS_REVOCATION: Final = (
    "keys.certificate.revocation_stale",
    "keys.certificate.revocation_missing",
)
CURABLE: Final = (
    *NEEDS_KEY,
    "keys.certificate.untrusted",
    *NEEDS_REVOCATION,
    "keys.signature.missing",
    "keys.openpgp.signer_unknown",
    "keys.openpgp.key_expired",
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
    return _note(unit, mails.judge_again(unit, ("quarantined",), reasons), now, actor, why)


def judge_anew_below(
    unit: Unit, issuers: Collection[str], now: datetime, why: str, actor: str = "gateway"
) -> int:
    """Let mail be judged again that waits for a list or an answer of one of these issuers.

    Apart from `judge_anew`, because lists arrive every hour: a mail that waits for another list
    would be judged every hour for nothing.
    """
    m, j = t.mails.c, t.judgements.c
    waiting = unit.connection.execute(
        select(m.id, j.grounds)
        .join_from(t.mails, t.judgements, (m.id == j.mail) & (m.judged == j.number))
        .where(m.state == "quarantined", m.reason.in_(NEEDS_REVOCATION))
    ).all()
    named = {row.id: [judged["grounds"] for judged in row.grounds or ()] for row in waiting}
    known = grounds.verdicts(unit, [name for names in named.values() for name in names])
    ids = [
        mail
        for mail, names in named.items()
        if any(
            not set(issuers).isdisjoint(known[name].get("certificates", ()))
            for name in names
            if name in known
        )
    ]
    if ids:
        unit.connection.execute(update(t.mails).where(m.id.in_(ids)).values(state="received"))
    return _note(unit, ids, now, actor, why)


def _note(unit: Unit, ids: Sequence[int], now: datetime, actor: str, why: str) -> int:
    for mail in ids:
        unit.note(Note(now, "judged_again", actor, mail=mail, facts={"why": why}))
    return len(ids)
