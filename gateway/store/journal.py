"""The journal: one row for each step, each bound to the one before it by its digest.

The end of the chain is kept apart with a MAC under a key of the gateway, so that a journal that was
cut off at its end does not pass either. Whoever holds the database *and* an old copy of it could
still put the old end back; the signed heads that are mailed out every day show that.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Text, insert, select, type_coerce, update

from gateway.store.tables import chain_ends, journal
from gateway.store.times import read_time, written_time

FIRST = "0" * 64
NAME = "journal"
# Made once: to build a statement costs more than to run it.
_END = select(chain_ends.c.sequence, chain_ends.c.digest).where(chain_ends.c.name == NAME)
_MOVE_END = update(chain_ends).where(chain_ends.c.name == NAME)


@dataclass(frozen=True, slots=True)
class Note:
    """One step, told without any citizen's data: ids, codes, digests, rule ids."""

    at: datetime
    what: str
    actor: str
    mail: int | None = None
    number: str | None = None
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The last row of a chain."""

    sequence: int
    digest: str


def end_of(connection: Connection) -> End:
    """Where the journal ends, as its guarded end says."""
    row = connection.execute(_END).first()
    return End(row.sequence, row.digest) if row else End(0, FIRST)


def append(connection: Connection, key: bytes, notes: Sequence[Note]) -> None:
    """Chain the notes to the journal's end and write them."""
    if not notes:
        return
    end = end_of(connection)
    sequence, previous = end.sequence, end.digest
    rows = []
    for note in notes:
        sequence += 1
        row = {
            "sequence": sequence,
            "at": note.at,
            "what": note.what,
            "mail": note.mail,
            "number": note.number,
            "actor": note.actor,
            "facts": dict(note.facts or {}),
            "previous": previous,
        }
        previous = row["digest"] = digest_of(row)
        rows.append(row)
    connection.execute(insert(journal), rows)
    _move_end(connection, key, End(sequence, previous), first=end.sequence == 0)


def digest_of(row: Mapping[str, Any]) -> str:
    """SHA-256 over the row as JSON with sorted keys, without its digest."""
    # Names of rows that were read are of a text type of SQLAlchemy's own.
    body = {str(name): value for name, value in row.items() if name != "digest"}
    body["at"] = written_time(row["at"])
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _move_end(connection: Connection, key: bytes, end: End, *, first: bool) -> None:
    values = {"sequence": end.sequence, "digest": end.digest, "mac": mac_of(key, NAME, end)}
    if first:
        connection.execute(insert(chain_ends).values(name=NAME, **values))
    else:
        connection.execute(_MOVE_END, values)


def mac_of(key: bytes, name: str, end: End) -> str:
    """The MAC that guards the end of a chain against being moved back."""
    text = f"{name} {end.sequence} {end.digest}".encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()


def _rows(connection: Connection) -> Iterator[tuple[dict[str, Any], bool]]:
    """Every row, and whether its time and its facts can be read at all."""
    raw = [type_coerce(c, Text).label(c.name) if c.name in _READ else c for c in journal.c]
    for row in connection.execute(select(*raw).order_by(journal.c.sequence)).mappings():
        try:
            yield dict(row) | {name: read(row[name]) for name, read in _READ.items()}, True
        except (ValueError, TypeError):
            yield dict(row), False


_READ: Mapping[str, Callable[[Any], Any]] = {"at": read_time, "facts": orjson.loads}


def findings(connection: Connection, key: bytes) -> Iterator[str]:
    """Everything that is wrong with the journal, in words that name the row."""
    sequence, previous = 0, FIRST
    for row, whole in _rows(connection):
        sequence += 1
        if row["sequence"] != sequence:
            yield (
                f"journal: row {sequence} is missing (the next one is {row['sequence']}): "
                "it was removed or the rows were renumbered"
            )
            sequence = row["sequence"]
        if row["previous"] != previous:
            yield (
                f"journal: row {sequence} does not follow the row before it: "
                "a row was removed, changed or moved"
            )
        if not whole or digest_of(row) != row["digest"]:
            yield f"journal: row {sequence} ({row['what']}) was changed after it was written"
        previous = row["digest"]
    guarded = connection.execute(select(chain_ends).where(chain_ends.c.name == NAME)).first()
    if guarded is None:
        if sequence:
            yield "journal: its guarded end is missing"
        return
    end = End(guarded.sequence, guarded.digest)
    if not hmac.compare_digest(guarded.mac, mac_of(key, NAME, end)):
        yield "journal: its guarded end was changed by someone without the gateway's key"
    if end.sequence > sequence:
        yield (
            f"journal: cut off at the end: {sequence} rows are left of {end.sequence} "
            f"(rows {sequence + 1} to {end.sequence} were removed)"
        )
    elif end != End(sequence, previous):
        yield f"journal: row {sequence} is not the end that was guarded (row {end.sequence})"
