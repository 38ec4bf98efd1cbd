"""Named queries on mail that came in."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, insert, select, update

from gateway.logs import masked
from gateway.store import tables as t
from gateway.store.unit import Unit

# What was answered once is not judged again; what was not understood is.
SETTLED = ("processed", "refused", "manual", "duplicate")
BATCH_BYTES: Final = 16 * 1024 * 1024
"""So many raw bytes are judged at once, or one mail: memory is bounded, whoever sends how much."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail that is kept and not judged yet."""

    id: int
    received_at: datetime
    door: str
    mailbox: str
    envelope_from: str | None
    envelope_to: str
    tls: dict[str, str] | None
    sha256: str
    judged: int
    raw: bytes


def raw_context(mail: int) -> str:
    """The place of a raw mail, which its sealing is bound to."""
    return f"raw {mail}"


def first_free_id(unit: Unit) -> int:
    """The next id; only in a write transaction, where nobody else can take it."""
    return int(unit.connection.execute(select(func.max(t.mails.c.id))).scalar() or 0) + 1


def waiting(unit: Unit, limit: int, most_bytes: int = BATCH_BYTES) -> list[Waiting]:
    """The oldest mails that wait to be judged, with their raw bytes.

    At most `limit` of them, and no more than `most_bytes` unless a single mail is larger.
    """
    m = t.mails.c
    oldest = select(m.id, m.size).where(m.state == "received").order_by(m.id).limit(limit)
    ids = within(unit.connection.execute(oldest), most_bytes)
    if not ids:
        return []
    query = (
        select(
            m.id,
            m.received_at,
            m.door,
            m.mailbox,
            m.envelope_from,
            m.envelope_to,
            m.tls,
            m.sha256,
            m.judged,
            t.raws.c.raw_sealed,
        )
        .join_from(t.mails, t.raws, m.id == t.raws.c.mail)
        .where(m.id.in_(ids))  # put in order below: the database would copy the bytes for it
    )
    found = []
    for row in unit.connection.execute(query).mappings():
        columns = dict(row)
        sealed = columns.pop("raw_sealed")
        found.append(Waiting(**columns, raw=unit.open(sealed, raw_context(row["id"]))))
    return sorted(found, key=lambda mail: mail.id)


def within(sizes: Iterable[Any], most_bytes: int) -> list[int]:
    """The first ids of these (id, size) that together stay within the bytes; at least one."""
    ids: list[int] = []
    for ident, size in sizes:
        most_bytes -= size
        if ids and most_bytes < 0:
            break
        ids.append(ident)
    return ids


def raw(unit: Unit, mail: int) -> bytes | None:
    """The bytes of a mail as they arrived."""
    sealed = unit.connection.execute(
        select(t.raws.c.raw_sealed).where(t.raws.c.mail == mail)
    ).scalar()
    return None if sealed is None else unit.open(sealed, raw_context(mail))


@dataclass
class Before:
    """What came before the mails of a batch, looked up once and kept up as the batch goes on."""

    twins: dict[tuple[str, str], tuple[int, str | None]]
    """Mailbox and SHA-256 of the raw bytes, to the mail and its partner."""
    contents: dict[tuple[str, str], int]
    """Partner and digest of the signed content, to the mail."""
    submissions: dict[tuple[str, str], tuple[str, int]]
    """Partner and submission id, to the submission's digest and the mail."""


def before(
    unit: Unit, batch: Sequence[Waiting], mics: Sequence[str], submissions: Sequence[str]
) -> Before:
    """Look up what was settled before these mails."""
    m, s = t.mails.c, t.submissions.c
    settled = m.state.in_(SETTLED[:-1])
    digests = [mail.sha256 for mail in batch]
    marks = {submission_mark(unit, ident): ident for ident in submissions}
    twins = unit.connection.execute(
        select(m.mailbox, m.sha256, m.id, m.partner)
        .where(m.sha256.in_(digests), settled)
        .order_by(m.id.desc())
    )
    contents = unit.connection.execute(
        select(m.partner, m.mic, m.id).where(m.mic.in_(mics), settled).order_by(m.id.desc())
    )
    known = unit.connection.execute(
        select(s.partner, s.mark, s.digest, s.mail).where(s.mark.in_(marks))
    )
    return Before(
        {(row.mailbox, row.sha256): (row.id, row.partner) for row in twins},
        {(row.partner, row.mic): row.id for row in contents},
        {(row.partner, marks[row.mark]): (row.digest, row.mail) for row in known},
    )


def submission_mark(unit: Unit, ident: str) -> str:
    """What a submission's id is found by: a MAC, because a partner may put a CPR number into it."""
    return hmac.new(unit.chain_key, f"submission {ident}".encode(), hashlib.sha256).hexdigest()


def keep_submission(unit: Unit, partner: str, ident: str, digest: str, mail: int) -> None:
    """Remember under which id a partner sent what."""
    mark = submission_mark(unit, ident)
    unit.stage(t.submissions, partner=partner, mark=mark, digest=digest, mail=mail)


def still_waiting(unit: Unit, batch: Sequence[Waiting]) -> set[int]:
    """Those that nobody has settled since they were read."""
    m = t.mails.c
    query = select(m.id).where(m.id.in_([mail.id for mail in batch]), m.state == "received")
    return set(unit.connection.execute(query).scalars())


def settle(unit: Unit, mail: Waiting, **columns: Any) -> None:
    """Write down what became of a mail; its submission's id with no CPR number in it."""
    if columns.get("submission"):
        columns["submission"] = masked(columns["submission"])
    unit.change(t.mails, "id", mail.id, judged=mail.judged + 1, **columns)


def judge_again(unit: Unit, states: Sequence[str], reasons: Sequence[str] = ()) -> list[int]:
    """Let mails be judged anew, because a key, an anchor or a list arrived. Gives their ids."""
    m = t.mails.c
    query = select(m.id).where(m.state.in_(states))
    if reasons:
        query = query.where(m.reason.in_(reasons))
    ids = list(unit.connection.execute(query).scalars())
    if ids:
        unit.connection.execute(update(t.mails).where(m.id.in_(ids)).values(state="received"))
    return ids


def replay(unit: Unit, mail: int) -> bool:
    """Let one mail be judged anew; false when there is none that can be."""
    m = t.mails.c
    changed = unit.connection.execute(
        update(t.mails)
        .where(m.id == mail, m.state.in_(("quarantined", "parked", "manual")))
        .values(state="received")
    )
    return changed.rowcount == 1


def sent_again_since(unit: Unit, mail: int, since: datetime) -> int:
    """How often the evidence of a mail was sent again."""
    s = t.sent_again.c
    return int(
        unit.connection.execute(
            select(func.count()).where(s.mail == mail, s.at > since)
        ).scalar_one()
    )


def notice_allowed(unit: Unit, address: str, now: datetime, pause: timedelta) -> bool:
    """Whether a content-free notice may go to a registered address; counts it when it may."""
    n = t.notices_sent.c
    last = unit.connection.execute(select(n.at).where(n.address == address)).scalar()
    if last is not None and now - last < pause:
        return False
    if last is None:
        unit.connection.execute(insert(t.notices_sent).values(address=address, at=now))
    else:
        unit.change(t.notices_sent, "address", address, at=now)
    return True
