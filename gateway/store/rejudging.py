"""Judge the quarantine again, because a key, an anchor, a list, a partner or a tunnel arrived.

The one function to call for whoever brings such a thing, in the transaction that brings it. Old and
new judgement are both kept; the time of receipt, and so every deadline, stays that of the first
receipt.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from gateway.store import grounds, mails, registry
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.unit import Unit

BY_REVOCATION: Final = (
    "keys.certificate.revocation_stale",
    "keys.certificate.revocation_missing",
)
NEEDS_KEY: Final = ("keys.open.no_key",)
# Quarantine for these reasons may end when something arrives.
CURABLE: Final = (
    "keys.certificate.untrusted",
    *BY_REVOCATION,
    *NEEDS_KEY,
    "keys.signature.missing",
    "sender.unknown",
    "sender.from",
    "sender.retired",
)


def judge_anew(
    unit: Unit, now: datetime, *, actor: str, why: str, reasons: Sequence[str] = CURABLE
) -> int:
    """Let mail in quarantine for these reasons be judged again; gives the number of mails.

    Counts a change of the registry too: every process reads it anew, and workers load the keys
    anew that changed in the meantime.
    """
    registry.changed(unit.connection)
    return _note(unit, mails.judge_again(unit, ("quarantined",), reasons), now, actor, why)


def judge_anew_below(
    unit: Unit, issuers: Collection[str], now: datetime, *, actor: str, why: str
) -> int:
    """Let mail be judged again that waits for a list or an answer of one of these issuers.

    Apart from `judge_anew`, because lists arrive every hour: a mail that waits for another list
    would be judged every hour for nothing.
    """
    registry.changed(unit.connection)
    m, j = t.mails.c, t.judgements.c
    waiting = unit.connection.execute(
        select(m.id, j.grounds)
        .join_from(t.mails, t.judgements, (m.id == j.mail) & (m.judged == j.number))
        .where(m.state == "quarantined", m.reason.in_(BY_REVOCATION))
    ).all()
    known = grounds.verdicts(unit, [name for row in waiting for name in row.grounds or ()])
    ids = [
        row.id
        for row in waiting
        if any(
            not set(issuers).isdisjoint(known[name]["certificates"])
            for name in row.grounds or ()
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
