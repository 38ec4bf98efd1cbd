"""One transaction as a value: the connection, the vault, the rows waiting to be written.

Rows are staged and written together at the end, one statement for each table, because a batch of
mails then costs a handful of statements and a single fsync. Each mail of a batch is a `part`, which
is taken back alone, so that one mail that fails takes no other down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import rfc8785
from sqlalchemy import Connection, Engine, Table, insert

from gateway.store import engine as engines
from gateway.store import journal
from gateway.store.journal import Note
from keys.atrest import Vault

Row = Mapping[str, Any]


@dataclass
class Unit:
    """One transaction on the store."""

    connection: Connection
    vault: Vault
    chain_key: bytes
    _staged: list[tuple[Table, Row]] = field(default_factory=list)
    _notes: list[Note] = field(default_factory=list)

    def stage(self, table: Table, **row: Any) -> None:
        """Let a row be inserted when the unit ends."""
        self._staged.append((table, row))

    def note(self, note: Note) -> None:
        """Let a step be written into the journal when the unit ends."""
        self._notes.append(note)

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part that is taken back alone when it raises; what was staged before stays."""
        outer_staged, outer_notes = self._staged, self._notes
        self._staged, self._notes = [], []
        self.connection.exec_driver_sql("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT part")
            self._staged, self._notes = outer_staged, outer_notes
            raise
        self.connection.exec_driver_sql("RELEASE SAVEPOINT part")
        self._staged, self._notes = outer_staged + self._staged, outer_notes + self._notes

    def flush(self) -> None:
        """Write what is staged, one statement for each table and shape of row, then the notes."""
        groups: dict[tuple[Table, frozenset[str]], list[Row]] = {}
        for table, row in self._staged:
            groups.setdefault((table, frozenset(row)), []).append(row)
        self._staged.clear()
        for (table, _), rows in groups.items():
            self.connection.execute(insert(table), rows)
        journal.append(self.connection, self.chain_key, self._notes)
        self._notes.clear()

    def seal_json(self, value: Any, context: str) -> bytes:
        """A JSON value, sealed; the context names the place, so that rows cannot be swapped."""
        return self.vault.seal(rfc8785.dumps(value), context.encode())

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
