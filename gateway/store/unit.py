"""One transaction as a value: the connection, the vault, the rows waiting to be written.

Rows are staged and written together at the end, one statement for each table and shape, because a
batch of mails then costs a handful of statements and a single fsync. Each mail of a batch is a
`part`: what it staged is taken back alone, so that one mail that fails takes no other down. So
whoever writes in a part stages, and does not execute.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Insert, Table, Update, bindparam, insert, update

from gateway.store import engine as engines
from gateway.store import journal
from gateway.store.journal import Note
from keys.atrest import Vault

Row = Mapping[str, Any]
_Change = tuple[Table, str, Any, Row]


@dataclass
class _Staged:
    rows: list[tuple[Table, Row]] = field(default_factory=list)
    changes: list[_Change] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def add(self, other: _Staged) -> None:
        self.rows += other.rows
        self.changes += other.changes
        self.notes += other.notes


@dataclass
class Unit:
    """One transaction on the store."""

    connection: Connection
    vault: Vault
    chain_key: bytes
    _staged: _Staged = field(default_factory=_Staged)

    def stage(self, table: Table, **row: Any) -> dict[str, Any]:
        """Let a row be inserted when the unit ends; gives it, to be changed until then."""
        self._staged.rows.append((table, row))
        return row

    def change(self, table: Table, column: str, key: Any, **values: Any) -> None:
        """Let the row whose `column` is `key` be changed when the unit ends, after all inserts."""
        self._staged.changes.append((table, column, key, values))

    def note(self, note: Note) -> None:
        """Let a step be written into the journal when the unit ends."""
        self._staged.notes.append(note)

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part that is taken back alone when it raises; what was staged before stays."""
        before, self._staged = self._staged, _Staged()
        try:
            yield
        except BaseException:
            self._staged = before
            raise
        before.add(self._staged)
        self._staged = before

    def flush(self) -> None:
        """Write what is staged: inserts, then changes, then the notes."""
        staged, self._staged = self._staged, _Staged()
        inserts: dict[tuple[Table, frozenset[str]], list[Row]] = {}
        for table, row in staged.rows:
            inserts.setdefault((table, frozenset(row)), []).append(row)
        for (table, _), rows in inserts.items():
            self.connection.execute(_insert(table), rows)
        changes: dict[tuple[Table, str, tuple[str, ...]], list[Row]] = {}
        for table, column, key, values in staged.changes:
            shape = (table, column, tuple(sorted(values)))
            changes.setdefault(shape, []).append(_bound(key, values))
        for (table, column, names), rows in changes.items():
            self.connection.execute(_update(table, column, names), rows)
        journal.append(self.connection, self.chain_key, staged.notes)

    def seal_json(self, value: Any, context: str) -> bytes:
        """A JSON value, sealed; the context names the place, so that rows cannot be swapped."""
        return self.vault.seal(orjson.dumps(value), context.encode())

    def seal(self, data: bytes, context: str) -> bytes:
        """Bytes, sealed for one place."""
        return self.vault.seal(data, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """What `seal` sealed for the same place.

        Raises keys.errors.KeysError when it was changed or belongs to another place.
        """
        return self.vault.open(sealed, context.encode())


class Store:
    """The database and the keys that protect what is in it."""

    def __init__(self, *, engine: Engine, vault: Vault, chain_key: bytes) -> None:
        self.engine = engine
        self.vault = vault
        self.chain_key = chain_key

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @contextmanager
    def write(self) -> Iterator[Unit]:
        """A transaction that writes: all of it or nothing, on disk when the block ends.

        Raises TryLater when the disk is full or the database stays locked.
        """
        with engines.transaction(self.engine, write=True) as connection:
            unit = Unit(connection, self.vault, self.chain_key)
            yield unit
            unit.flush()

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """A transaction that reads one moment's state."""
        with engines.transaction(self.engine, write=False) as connection:
            yield Unit(connection, self.vault, self.chain_key)


@cache
def _insert(table: Table) -> Insert:
    return insert(table)


@cache
def _update(table: Table, column: str, names: Sequence[str]) -> Update:
    """Statements are made once: building one costs more than running it."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(table).where(table.c[column] == bindparam("the_key")).values(values)


def _bound(key: Any, values: Row) -> Row:
    return {"the_key": key, **{f"new_{name}": value for name, value in values.items()}}
