"""Named queries on cases, their documents, deadlines and occurrences."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, insert, select, update

from gateway.store import tables as t
from gateway.store.unit import Unit


@dataclass(frozen=True, slots=True)
class Kept:
    """A case as it is kept: its body is the JSON of the domain's case."""

    number: str
    version: int
    body: Mapping[str, Any]
    about: Mapping[str, Any]
    """The mail that it last moved by, as evidence tells it. Apart, because it rarely changes."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a case, with its content."""

    id: int
    key: str
    name: str
    media_type: str
    sha256: str
    content: bytes


# Made once, because every batch asks: to build a statement costs more than to run it.
_CASE, _DUE = t.cases.c, t.deadlines.c
_CASES = select(_CASE.number, _CASE.version, _CASE.body_sealed, _CASE.about_sealed).where(
    _CASE.number.in_(bindparam("numbers", expanding=True))
)
_DEADLINES = select(_DUE.id, _DUE.number, _DUE.name, _DUE.due, _DUE.who).where(
    _DUE.state == "waiting", _DUE.number.in_(bindparam("numbers", expanding=True))
)
_UNDONE = (
    select(t.occurrences)
    .where(t.occurrences.c.done_at.is_(None))
    .order_by(t.occurrences.c.id)
    .limit(bindparam("most"))
)


def number_text(prefix: str, year: int, count: int) -> str:
    """A case number: `RM-2026-000001`."""
    return f"{prefix}-{year}-{count:06d}"


def last_number(unit: Unit, prefix: str, year: int) -> int:
    """How many cases there are of a year."""
    c = t.counters.c
    query = select(c.value).where(c.name == f"case {prefix} {year}")
    found = unit.connection.execute(query).scalar()
    if found is None:
        unit.connection.execute(insert(t.counters).values(name=f"case {prefix} {year}", value=0))
    return int(found or 0)


def keep_last_number(unit: Unit, prefix: str, year: int, count: int) -> None:
    """Write down how many cases there are of a year."""
    unit.change(t.counters, "name", f"case {prefix} {year}", value=count)


def case_context(number: str) -> str:
    """The place of a case's body."""
    return f"case {number}"


def about_context(number: str) -> str:
    """The place of what a case last moved by."""
    return f"about {number}"


def load(unit: Unit, number: str) -> Kept | None:
    """A case by its number. Raises keys.errors.KeysError when it was changed."""
    return next(iter(load_all(unit, [number])), None)


def load_all(unit: Unit, numbers: Sequence[str]) -> list[Kept]:
    """Some cases by their numbers; those that do not exist are left out."""
    return [
        Kept(
            row.number,
            row.version,
            orjson.loads(unit.open(row.body_sealed, case_context(row.number))),
            orjson.loads(unit.open(row.about_sealed, about_context(row.number))),
        )
        for row in unit.connection.execute(_CASES, {"numbers": numbers})
    ]


def waiting_deadlines(unit: Unit, numbers: Sequence[str]) -> list[Any]:
    """The deadlines that some cases wait for."""
    return list(unit.connection.execute(_DEADLINES, {"numbers": numbers}))


def deadlines_in_full(unit: Unit, number: str) -> list[Any]:
    """The deadlines that a case waits for with the facts of their counts, the next first."""
    d = t.deadlines.c
    query = select(t.deadlines).where(d.number == number, d.state == "waiting").order_by(d.due)
    return list(unit.connection.execute(query))


def document_context(number: str, key: str) -> str:
    """The place of a document."""
    return f"document {number} {key}"


def _name_context(number: str, key: str) -> str:
    return f"document name {number} {key}"


def document_name(unit: Unit, row: Any) -> str:
    """What a document is called; sealed, because people name files after citizens."""
    return unit.open(row.name_sealed, _name_context(row.number, row.key)).decode()


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
    active: str | None = None,
) -> str:
    """Keep a document with its case; gives its SHA-256 in hex. `active` says how it can act."""
    digest = hashlib.sha256(content).hexdigest()
    unit.stage(
        t.documents,
        number=number,
        key=key,
        name_sealed=unit.seal(name.encode(), _name_context(number, key)),
        media_type=media_type,
        sha256=digest,
        content_sealed=unit.seal(content, document_context(number, key)),
        mail=mail,
        at=at,
        active=active,
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
            document_name(unit, row),
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
    return list(unit.connection.execute(_UNDONE, {"most": limit}))


def occurrence_done(unit: Unit, ident: int, at: datetime) -> None:
    """Mark an occurrence as told."""
    unit.change(t.occurrences, "id", ident, done_at=at)
