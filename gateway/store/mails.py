"""Named queries on mail that came in."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, select, update

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


# Made once, because the worker asks many times a second: to build a statement costs more than to
# run it.
_IN = t.mails.c
_OLDEST = (
    select(_IN.id, _IN.size)
    .where(_IN.state == "received")
    .order_by(_IN.id)
    .limit(bindparam("most"))
)
_WAITING = (
    select(
        _IN.id,
        _IN.received_at,
        _IN.door,
        _IN.mailbox,
        _IN.envelope_from,
        _IN.envelope_to,
        _IN.tls,
        _IN.sha256,
        _IN.judged,
        t.raws.c.raw_sealed,
    )
    .join_from(t.mails, t.raws, _IN.id == t.raws.c.mail)
    .where(_IN.id.in_(bindparam("ids", expanding=True)))
    # Put in order by who asks: the database would copy the bytes for it.
)
_SETTLED = _IN.state.in_(SETTLED[:-1])
_TWINS = (
    select(_IN.mailbox, _IN.sha256, _IN.id, _IN.partner)
    .where(_IN.sha256.in_(bindparam("digests", expanding=True)), _SETTLED)
    .order_by(_IN.id.desc())
)
_CONTENTS = (
    select(_IN.partner, _IN.mic, _IN.id)
    .where(_IN.mic.in_(bindparam("mics", expanding=True)), _SETTLED)
    .order_by(_IN.id.desc())
)
_KNOWN = select(
    t.submissions.c.partner, t.submissions.c.mark, t.submissions.c.digest, t.submissions.c.mail
).where(t.submissions.c.mark.in_(bindparam("marks", expanding=True)))
_STILL_WAITING = select(_IN.id).where(
    _IN.id.in_(bindparam("ids", expanding=True)), _IN.state == "received"
)


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
    ids = within(unit.connection.execute(_OLDEST, {"most": limit}), most_bytes)
    if not ids:
        return []
    found = []
    for row in unit.connection.execute(_WAITING, {"ids": ids}).mappings():
        columns = dict(row)
        sealed = columns.pop("raw_sealed")
        found.append(Waiting(**columns, raw=unit.open(sealed, raw_context(row["id"]))))
    return sorted(found, key=lambda mail: mail.id)


def kept(unit: Unit, mail: int) -> Waiting | None:
    """One mail as it was kept, whatever became of it."""
    row = unit.connection.execute(_WAITING, {"ids": [mail]}).mappings().first()
    if row is None:
        return None
    columns = dict(row)
    sealed = columns.pop("raw_sealed")
    return Waiting(**columns, raw=unit.open(sealed, raw_context(mail)))


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
    digests = [mail.sha256 for mail in batch]
    marks = {submission_mark(unit, ident): ident for ident in submissions}
    twins = unit.connection.execute(_TWINS, {"digests": digests})
    contents = unit.connection.execute(_CONTENTS, {"mics": mics})
    known = unit.connection.execute(_KNOWN, {"marks": list(marks)})
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
    ids = [mail.id for mail in batch]
    return set(unit.connection.execute(_STILL_WAITING, {"ids": ids}).scalars())


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
