"""Named queries on mail that goes out, and on the evidence in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, func, or_, select

from gateway.store import mails
from gateway.store import tables as t
from gateway.store.unit import Unit

PLAN = "plan"
NO_CERTIFICATE = "no certificate to seal to"
"""Why a mail is held that was decided when there was a certificate."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A mail that was decided and is not made yet."""

    id: int
    number: str | None
    mail: int | None
    kind: str
    role: str
    recipient: str | None
    to_address: str
    created_at: datetime
    plan: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ready:
    """A mail that is made and waits for the relay."""

    id: int
    number: str | None
    kind: str
    role: str
    to_address: str
    attempts: int
    created_at: datetime
    message: bytes
    on_accepted: str | None
    on_failed: str | None
    tunnel: str | None = None
    """The partner whose tunnel alone may carry it, because it is signed and not sealed."""


# Made once, because the outbox asks many times a second: to build a statement costs more than to
# run it.
_OUT = t.outbox.c
_MADE = t.outbox.join(t.made_mails, _OUT.id == t.made_mails.c.outgoing)
_PLANNED = (
    select(
        _OUT.id,
        _OUT.number,
        _OUT.mail,
        _OUT.kind,
        _OUT.role,
        _OUT.recipient,
        _OUT.to_address,
        _OUT.created_at,
        _OUT.plan_sealed,
    )
    .where(_OUT.state == "queued", _OUT.message_id.is_(None))
    .order_by(_OUT.id)
    .limit(bindparam("most"))
)
_DUE = (
    select(_OUT.id, func.length(t.made_mails.c.content))
    .select_from(_MADE)
    .where(_OUT.state == "queued", _OUT.next_try <= bindparam("now"))
    .order_by(_OUT.next_try, _OUT.id)
    .limit(bindparam("most"))
)
_READY = (
    select(
        _OUT.id,
        _OUT.number,
        _OUT.kind,
        _OUT.role,
        _OUT.to_address,
        _OUT.attempts,
        _OUT.created_at,
        t.made_mails.c.content,
        _OUT.on_accepted,
        _OUT.on_failed,
        t.made_mails.c.tunnel,
    )
    .select_from(_MADE)
    .where(_OUT.id.in_(bindparam("ids", expanding=True)))
    # Put in order by who asks: the database would copy the bytes for it.
)


def evidence_context(digest: str) -> str:
    """The place of a piece of evidence."""
    return f"evidence {digest}"


def planned(unit: Unit, limit: int) -> list[Planned]:
    """Mails to be made, oldest first."""
    rows = unit.connection.execute(_PLANNED, {"most": limit})
    return [Planned(*row[:-1], orjson.loads(unit.open(row.plan_sealed, PLAN))) for row in rows]


def mailbox_of(unit: Unit, mail: int) -> str | None:
    """The mailbox that a mail came to."""
    found = select(t.mails.c.mailbox).where(t.mails.c.id == mail)
    mailbox: str | None = unit.connection.execute(found).scalar()
    return mailbox


def ready(
    unit: Unit,
    now: datetime,
    limit: int,
    *,
    without: Collection[int] = (),
    most_bytes: int = mails.BATCH_BYTES,
) -> list[Ready]:
    """Mails that are made and due to be handed over, but those that are on their way already.

    At most `limit` of them, and no more than `most_bytes` unless a single mail is larger.
    """
    due = unit.connection.execute(_DUE, {"now": now, "most": limit + len(without)})
    others = (row for row in due if row.id not in without)
    ids = mails.within(others, most_bytes)[:limit]
    if not ids:
        return []
    rows = unit.connection.execute(_READY, {"ids": ids})
    found = [Ready(*tuple(row)) for row in rows]
    return sorted(found, key=lambda mail: ids.index(mail.id))


def keep_made(
    unit: Unit,
    outgoing: int,
    content: bytes,
    message_id: str,
    now: datetime,
    tunnel: str | None,
) -> None:
    """Keep a mail that was made; from now on it is due."""
    unit.stage(t.made_mails, outgoing=outgoing, content=content, tunnel=tunnel)
    change(unit, outgoing, message_id=message_id, next_try=now)


def change(unit: Unit, outgoing: int, **columns: Any) -> None:
    """Write down what became of a mail."""
    unit.change(t.outbox, "id", outgoing, **columns)


def release_held(unit: Unit, recipient: str, now: datetime) -> list[int]:
    """Let the mails go out that were held for want of a certificate; gives their ids."""
    o = t.outbox.c
    why = or_(o.last_reply.is_(None), o.last_reply == NO_CERTIFICATE)
    query = select(o.id).where(o.recipient == recipient, o.state == "held", why)
    ids = list(unit.connection.execute(query.order_by(o.id)).scalars())
    for outgoing in ids:
        change(unit, outgoing, state="queued", next_try=now)
    return ids


def evidence_ends(unit: Unit, numbers: Sequence[str]) -> dict[str, tuple[int, str]]:
    """The last sequence and digest of the evidence of each case."""
    e = t.evidence.c
    last = (
        select(e.number, func.max(e.sequence).label("sequence"))
        .where(e.number.in_(numbers))
        .group_by(e.number)
        .subquery()
    )
    rows = unit.connection.execute(
        select(e.number, e.sequence, e.digest).join(
            last, (e.number == last.c.number) & (e.sequence == last.c.sequence)
        )
    )
    return {row.number: (row.sequence, row.digest) for row in rows}


def evidence_of_mail(unit: Unit, mail: int, recipient: str) -> Any | None:
    """The latest evidence that answered a mail to its sender."""
    e = t.evidence.c
    return unit.connection.execute(
        select(t.evidence)
        .where(e.mail == mail, e.recipient == recipient)
        .order_by(e.id.desc())
        .limit(1)
    ).first()


def evidence_of_case(unit: Unit, number: str) -> list[Any]:
    """All evidence of a case, in the order of its chain."""
    e = t.evidence.c
    return list(
        unit.connection.execute(select(t.evidence).where(e.number == number).order_by(e.sequence))
    )


def answers_since(unit: Unit, recipient: str, since: datetime) -> int:
    """How many automatic answers beyond submissions a partner got since a time."""
    o = t.outbox.c
    return int(
        unit.connection.execute(
            select(func.count()).where(
                o.recipient == recipient, o.created_at > since, o.automatic.is_(True)
            )
        ).scalar_one()
    )


_REPORTED = {"delivered": "delivered", "read": "read", "processed": "processed", "failed": "failed"}


def report(unit: Unit, outgoing: int, kind: str, status: str, now: datetime) -> None:
    """Take a delivery report for a mail: its state, and an occurrence where its case must know."""
    o = t.outbox.c
    row = unit.connection.execute(
        select(o.number, o.role, o.kind, o.state, o.on_accepted, o.on_failed).where(
            o.id == outgoing
        )
    ).first()
    state = _REPORTED.get(kind)
    if row is None or state is None or row.state in {state, "read", "processed"}:
        return
    change(unit, outgoing, state=state, last_reply=f"{status} (report)")
    name = row.on_failed if state == "failed" else row.on_accepted
    if row.number is not None and name is not None:
        body = {"role": row.role, "how": "dsn", "outgoing": outgoing, "kind": row.kind}
        unit.stage(t.occurrences, number=row.number, name=name, body=body, at=now)
