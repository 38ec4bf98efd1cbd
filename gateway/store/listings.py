"""Named queries for people: what the listings of the command line and the console show.

Nothing here opens a sealed column but `case_documents`, which is asked for one case by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, func, or_, select

from gateway.logs import masked
from gateway.store import cases as kept
from gateway.store import tables as t
from gateway.store.unit import Unit

Shown = dict[str, Any]


def messages(unit: Unit, *, limit: int, state: str | None = None) -> list[Shown]:
    """Mail in and out, newest first."""
    m, o = t.mails.c, t.outbox.c
    incoming = select(t.mails).order_by(m.id.desc()).limit(limit)
    outgoing = select(t.outbox).order_by(o.id.desc()).limit(limit)
    if state:
        incoming, outgoing = incoming.where(m.state == state), outgoing.where(o.state == state)
    rows = [_incoming(row) for row in unit.connection.execute(incoming)]
    rows += [_outgoing(row) for row in unit.connection.execute(outgoing)]
    rows.sort(key=lambda row: row["received_at"], reverse=True)
    return rows[:limit]


def message(unit: Unit, mail: int) -> Shown | None:
    """One mail that came in, with everything but its content."""
    row = unit.connection.execute(select(t.mails).where(t.mails.c.id == mail)).first()
    if row is None:
        return None
    answers = unit.connection.execute(
        select(t.outbox).where(t.outbox.c.mail == mail).order_by(t.outbox.c.id)
    )
    return _incoming(row) | {
        "mailbox": row.mailbox,
        "envelope_from": row.envelope_from,
        "peer": row.peer,
        "tls": row.tls,
        "sha256": row.sha256,
        "size": row.size,
        "mic": row.mic,
        "submission_id": row.submission,
        "content_digest": row.content_digest,
        "duplicate_of": _in(row.duplicate_of),
        "judged": row.judged,
        "processed_at": row.processed_at,
        "answers": [outbox_row(answer) for answer in answers],
    }


def out_message(unit: Unit, outgoing: int) -> Shown | None:
    """One mail that goes out."""
    row = unit.connection.execute(select(t.outbox).where(t.outbox.c.id == outgoing)).first()
    if row is None:
        return None
    return _outgoing(row) | {
        "kind": row.kind,
        "to": row.to_address,
        "attempts": row.attempts,
        "next_try": row.next_try if row.state == "queued" else None,
        "last_reply": row.last_reply,
        "sent_at": row.sent_at,
        "answers_mail": _in(row.mail),
    }


def outbox(unit: Unit, *, limit: int, state: str | None = None) -> list[Shown]:
    """Mail going out, newest first."""
    query = select(t.outbox).order_by(t.outbox.c.id.desc()).limit(limit)
    if state:
        query = query.where(t.outbox.c.state == state)
    return [outbox_row(row) for row in unit.connection.execute(query)]


def outbox_row(row: Any) -> Shown:
    """A mail going out as the listing has it."""
    return {
        "id": f"o{row.id}",
        "case": row.number,
        "kind": row.kind,
        "to": row.to_address,
        "state": row.state,
        "attempts": row.attempts,
        "next_try": row.next_try if row.state == "queued" else None,
        "last_reply": row.last_reply,
    }


def cases(unit: Unit, *, limit: int, state: str | None = None) -> list[Shown]:
    """Cases, newest first, each with its next deadline."""
    c, d = t.cases.c, t.deadlines.c
    due = (
        select(d.number, func.min(d.due).label("due"))
        .where(d.state == "waiting")
        .group_by(d.number)
        .subquery()
    )
    query = (
        select(t.cases, due.c.due)
        .outerjoin(due, due.c.number == c.number)
        .order_by(c.opened_at.desc(), c.number.desc())
        .limit(limit)
    )
    if state:
        query = query.where(c.state == state)
    return [case_row(row) for row in unit.connection.execute(query)]


def watched(unit: Unit, states: Mapping[str, frozenset[str]], *, limit: int) -> list[Shown]:
    """Cases in the states of their procedures that are watched, the longest waiting first."""
    c, e, d = t.cases.c, t.case_events.c, t.deadlines.c
    since = (
        select(e.number, e.to_state, func.max(e.at).label("since"))
        .where(e.from_state.is_distinct_from(e.to_state))
        .group_by(e.number, e.to_state)
        .subquery()
    )
    due = (
        select(d.number, func.min(d.due).label("due"))
        .where(d.state == "waiting")
        .group_by(d.number)
        .subquery()
    )
    anywhere = or_(
        *(and_(c.procedure == name, c.state.in_(sorted(of))) for name, of in states.items())
    )
    entered = and_(since.c.number == c.number, since.c.to_state == c.state)
    query = (
        select(t.cases, due.c.due, since.c.since)
        .outerjoin(due, due.c.number == c.number)
        .outerjoin(since, entered)
        .where(anywhere)
        .order_by(since.c.since, c.number)
        .limit(limit)
    )
    return [case_row(row) | {"since": row.since} for row in unit.connection.execute(query)]


def case_row(row: Any) -> Shown:
    """A case as the listing has it."""
    return {
        "number": row.number,
        "procedure": row.procedure,
        "state": row.state,
        "opened_at": row.opened_at,
        "partner": row.partner,
        "facility": row.facility,
        "next_deadline": row.due,
    }


def case_events(unit: Unit, number: str) -> list[Shown]:
    """What happened in a case, in order."""
    e = t.case_events.c
    rows = unit.connection.execute(select(t.case_events).where(e.number == number).order_by(e.id))
    return [
        {
            "at": row.at,
            "event": row.event,
            "from": row.from_state,
            "to": row.to_state,
            "rules": row.rules,
            "message": _in(row.mail),
            "actor": row.actor,
        }
        for row in rows
    ]


def case_documents(unit: Unit, number: str) -> list[Shown]:
    """The documents of a case, without their content; no CPR number in a name is shown."""
    d = t.documents.c
    rows = unit.connection.execute(
        select(d.id, d.number, d.key, d.name_sealed, d.media_type, d.sha256, d.at, d.active)
        .where(d.number == number)
        .order_by(d.id)
    )
    return [
        {
            "id": row.id,
            "key": row.key,
            "name": masked(kept.document_name(unit, row)),
            "media_type": row.media_type,
            "sha256": row.sha256,
            "at": row.at,
            "active": row.active,
        }
        for row in rows
    ]


def deadlines(
    unit: Unit, *, number: str | None = None, waiting_only: bool = False, limit: int = 200
) -> list[Shown]:
    """What is due when, the next first."""
    d = t.deadlines.c
    query = select(t.deadlines).order_by(d.due, d.id).limit(limit)
    if number:
        query = query.where(d.number == number)
    if waiting_only:
        query = query.where(d.state == "waiting")
    return [deadline_row(row) for row in unit.connection.execute(query)]


def deadline_row(row: Any) -> Shown:
    """A deadline as the listing has it."""
    return {
        "id": f"d{row.id}",
        "case": row.number,
        "name": row.name,
        "due": row.due,
        "who": row.who,
        "state": row.state,
    }


def _incoming(row: Any) -> Shown:
    return {
        "id": f"m{row.id}",
        "direction": "in",
        "door": row.door,
        "received_at": row.received_at,
        "message_id": row.message_id,
        "from": row.from_address,
        "partner": row.partner,
        "assurance": row.assurance,
        "state": row.state,
        "reason": row.reason,
        "case": row.case_number,
    }


def _outgoing(row: Any) -> Shown:
    return {
        "id": f"o{row.id}",
        "direction": "out",
        "door": "smtp",
        "received_at": row.created_at,
        "message_id": row.message_id,
        "from": None,
        "partner": row.recipient,
        "assurance": None,
        "state": row.state,
        "reason": row.kind,
        "case": row.number,
    }


def _in(mail: int | None) -> str | None:
    return None if mail is None else f"m{mail}"
