"""Named queries on cases, their documents, deadlines and occurrences."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from gateway.store import tables as t
from gateway.store.registry import next_value
from gateway.store.unit import Unit


@dataclass(frozen=True, slots=True)
class Kept:
    """A case as it is kept: its body is the JSON of the domain's case."""

    number: str
    version: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a case, with its content."""

    id: int
    key: str
    name: str
    media_type: str
    sha256: str
    content: bytes


def new_number(unit: Unit, prefix: str, year: int) -> str:
    """The next case number of a year: `RM-2026-000001`."""
    return f"{prefix}-{year}-{next_value(unit.connection, f'case {prefix} {year}'):06d}"


def peek_number(unit: Unit, prefix: str, year: int) -> str:
    """The number that `new_number` would give, without taking it."""
    c = t.counters.c
    taken = unit.connection.execute(
        select(c.value).where(c.name == f"case {prefix} {year}")
    ).scalar()
    return f"{prefix}-{year}-{int(taken or 0) + 1:06d}"


def case_context(number: str) -> str:
    """The place of a case's body."""
    return f"case {number}"


def load(unit: Unit, number: str) -> Kept | None:
    """A case by its number."""
    row = unit.connection.execute(
        select(t.cases.c.version, t.cases.c.body_sealed).where(t.cases.c.number == number)
    ).first()
    if row is None:
        return None
    body = json.loads(unit.open(row.body_sealed, case_context(number)))
    return Kept(number, row.version, body)


def save(unit: Unit, number: str, body: Mapping[str, Any], state: str) -> None:
    """Write the new body of a case that exists."""
    unit.connection.execute(
        update(t.cases)
        .where(t.cases.c.number == number)
        .values(
            state=state,
            version=t.cases.c.version + 1,
            body_sealed=unit.seal_json(body, case_context(number)),
        )
    )


def document_context(number: str, key: str) -> str:
    """The place of a document."""
    return f"document {number} {key}"


def add_document(
    unit: Unit,
    *,
    number: str,
    key: str,
    name: str,
    media_type: str,
    content: bytes,
    mail: int | None,
    at: datetime,
) -> str:
    """Keep a document with its case; gives its SHA-256 in hex."""
    digest = hashlib.sha256(content).hexdigest()
    unit.stage(
        t.documents,
        number=number,
        key=key,
        name=name,
        media_type=media_type,
        sha256=digest,
        content_sealed=unit.seal(content, document_context(number, key)),
        mail=mail,
        at=at,
    )
    return digest


def documents(unit: Unit, number: str, keys: Sequence[str] | None = None) -> list[Document]:
    """The documents of a case, all or those named, oldest first."""
    d = t.documents.c
    query = select(t.documents).where(d.number == number).order_by(d.id)
    if keys is not None:
        query = query.where(d.key.in_(keys))
    return [
        Document(
            row.id,
            row.key,
            row.name,
            row.media_type,
            row.sha256,
            unit.open(row.content_sealed, document_context(number, row.key)),
        )
        for row in unit.connection.execute(query)
    ]


def end_deadline(unit: Unit, number: str, name: str, state: str, at: datetime) -> None:
    """Mark the waiting deadline of a name as met or passed."""
    d = t.deadlines.c
    unit.connection.execute(
        update(t.deadlines)
        .where(d.number == number, d.name == name, d.state == "waiting")
        .values(state=state, ended_at=at)
    )


def next_deadline(unit: Unit, number: str) -> Any | None:
    """The next deadline that a case waits for."""
    d = t.deadlines.c
    return unit.connection.execute(
        select(d.name, d.due, d.who)
        .where(d.number == number, d.state == "waiting")
        .order_by(d.due)
        .limit(1)
    ).first()


def passed_deadlines(unit: Unit, now: datetime, limit: int) -> list[Any]:
    """Deadlines that are due, oldest first."""
    d = t.deadlines.c
    return list(
        unit.connection.execute(
            select(d.id, d.number, d.name, d.due)
            .where(d.state == "waiting", d.due <= now)
            .order_by(d.due, d.id)
            .limit(limit)
        )
    )


def undone_occurrences(unit: Unit, limit: int) -> list[Any]:
    """What happened outside and was not yet told to its case, in order."""
    o = t.occurrences.c
    return list(
        unit.connection.execute(
            select(t.occurrences).where(o.done_at.is_(None)).order_by(o.id).limit(limit)
        )
    )


def occurrence_done(unit: Unit, ids: Sequence[int], at: datetime) -> None:
    """Mark occurrences as told."""
    unit.connection.execute(
        update(t.occurrences).where(t.occurrences.c.id.in_(ids)).values(done_at=at)
    )
