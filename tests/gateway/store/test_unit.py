"""A transaction: all of it or nothing, a part of it alone, and what is sealed in it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from gateway.errors import TryLater
from gateway.store import engine as engines
from gateway.store import journal, migrate
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.times import read_time, written_time
from gateway.store.unit import Store, Unit
from gateway.store.watch import Watch
from keys.atrest import Vault
from keys.errors import KeysError

NOW = datetime(2026, 11, 22, 9, 0, 0, 123456, UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    engine = engines.open_engine(f"sqlite:///{tmp_path / 'sagspost.db'}")
    migrate.migrate(engine)
    yield Store(engine=engine, vault=Vault(os.urandom(32)), chain_key=os.urandom(32))
    engine.dispose()


def names(store: Store) -> set[str]:
    with store.read() as unit:
        return set(unit.connection.execute(select(t.counters.c.name)).scalars())


def noted(store: Store) -> list[str]:
    with store.read() as unit:
        return list(
            unit.connection.execute(
                select(t.journal.c.what).order_by(t.journal.c.sequence)
            ).scalars()
        )


def add(store: Store, name: str) -> None:
    with store.write() as unit:
        unit.stage(t.counters, name=name, value=1)
        unit.note(Note(NOW, name, "test"))


# --- transactions --------------------------------------------------------------------------------


def test_what_is_staged_is_written_together_at_the_end(store: Store) -> None:
    with store.write() as unit:
        unit.stage(t.counters, name="a", value=1)
        unit.note(Note(NOW, "a", "test"))
        rows = select(func.count()).select_from(t.counters)
        assert unit.connection.execute(rows).scalar() == 0

    assert names(store) == {"a"}
    assert noted(store) == ["a"]


class Fault(Exception):
    """What goes wrong in the middle."""


def break_in_the_middle(store: Store) -> None:
    with store.write() as unit:
        unit.connection.execute(insert(t.counters).values(name="a", value=1))
        unit.note(Note(NOW, "a", "test"))
        raise Fault


def break_a_part(unit: Unit) -> None:
    with unit.part():
        unit.stage(t.counters, name="staged", value=1)
        unit.change(t.counters, "name", "before", value=99)
        unit.note(Note(NOW, "failed", "test"))
        raise Fault


def test_an_error_takes_back_the_whole_transaction(store: Store) -> None:
    with pytest.raises(Fault):
        break_in_the_middle(store)

    assert names(store) == set()
    assert noted(store) == []


def test_a_part_that_fails_is_taken_back_alone(store: Store) -> None:
    add(store, "before")

    with store.write() as unit:
        unit.stage(t.counters, name="first", value=1)
        unit.note(Note(NOW, "first", "test"))
        with pytest.raises(Fault):
            break_a_part(unit)
        with unit.part():
            unit.stage(t.counters, name="kept", value=1)
            unit.change(t.counters, "name", "kept", value=7)
            unit.note(Note(NOW, "kept", "test"))

    assert names(store) == {"before", "first", "kept"}
    assert noted(store) == ["before", "first", "kept"]
    with store.read() as unit:
        values = select(t.counters.c.name, t.counters.c.value)
        assert dict(unit.connection.execute(values).all()) == {"before": 1, "first": 1, "kept": 7}


def test_rows_of_several_shapes_are_written_in_one_unit(store: Store) -> None:
    with store.write() as unit:
        for number in range(3):
            unit.stage(t.sent_again, mail=number, at=NOW)
        unit.stage(t.counters, name="a", value=1)

    with store.read() as unit:
        assert unit.connection.execute(select(func.count()).select_from(t.sent_again)).scalar() == 3


def test_a_commit_waits_for_the_disk(store: Store) -> None:
    with store.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2


def test_a_database_that_stays_locked_is_a_thing_to_try_later(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0)
    hasty = engines.open_engine(f"sqlite:///{tmp_path / 'sagspost.db'}")
    waiting = Store(engine=hasty, vault=store.vault, chain_key=store.chain_key)

    with (
        store.write(),
        pytest.raises(TryLater, match="locked"),
        waiting.write(),
    ):
        pass
    hasty.dispose()


def test_a_database_without_tables_says_what_to_do(tmp_path: Path) -> None:
    engine = engines.open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    empty = Store(engine=engine, vault=Vault(os.urandom(32)), chain_key=b"")

    with pytest.raises(TryLater, match="sagspost migrate"), empty.read() as unit:
        unit.connection.execute(select(t.cases))
    engine.dispose()


def test_what_was_written_never_stands_in_an_error(store: Store) -> None:
    add(store, "670765-4005")

    with pytest.raises(IntegrityError) as found, store.write() as unit:
        unit.connection.execute(insert(t.counters).values(name="670765-4005", value=1))

    assert "670765" not in str(found.value)


# --- what is sealed ------------------------------------------------------------------------------


def test_what_is_sealed_opens_at_its_own_place_only(store: Store) -> None:
    with store.read() as unit:
        sealed = unit.seal_json({"cpr": "670765-4005"}, "case RM-2026-000001")
        again = unit.seal_json({"cpr": "670765-4005"}, "case RM-2026-000001")

        assert b"670765" not in sealed
        assert sealed != again
        assert b"670765" in unit.open(sealed, "case RM-2026-000001")
        with pytest.raises(KeysError):
            unit.open(sealed, "case RM-2026-000002")
        for place in range(0, len(sealed), 7):
            changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
            with pytest.raises(KeysError):
                unit.open(changed, "case RM-2026-000001")


def test_another_vault_opens_nothing(store: Store) -> None:
    other = Store(engine=store.engine, vault=Vault(os.urandom(32)), chain_key=b"")
    with store.read() as unit:
        sealed = unit.seal(b"secret", "raw 1")

    with other.read() as unit, pytest.raises(KeysError):
        unit.open(sealed, "raw 1")


# --- the journal ---------------------------------------------------------------------------------


def test_the_journal_goes_on_where_it_ended(store: Store) -> None:
    for what in ("one", "two", "three"):
        add(store, what)

    with store.read() as unit:
        rows = unit.connection.execute(select(t.journal).order_by(t.journal.c.sequence)).all()
        end = journal.end_of(unit.connection)
        assert list(journal.findings(unit.connection, store.chain_key)) == []
        wrong_key = list(journal.findings(unit.connection, os.urandom(32)))
    assert [row.sequence for row in rows] == [1, 2, 3]
    assert rows[0].previous == journal.FIRST
    assert [row.previous for row in rows[1:]] == [row.digest for row in rows[:-1]]
    assert (end.sequence, end.digest) == (3, rows[-1].digest)
    assert any("without the gateway's key" in finding for finding in wrong_key)


def test_an_empty_journal_is_whole(store: Store) -> None:
    with store.read() as unit:
        assert list(journal.findings(unit.connection, store.chain_key)) == []
        assert journal.end_of(unit.connection).sequence == 0


def test_two_writers_never_take_the_same_row(store: Store, tmp_path: Path) -> None:
    other = engines.open_engine(f"sqlite:///{tmp_path / 'sagspost.db'}")
    second = Store(engine=other, vault=store.vault, chain_key=store.chain_key)

    for number in range(10):
        add(store if number % 2 else second, f"n{number}")

    with store.read() as unit:
        assert list(journal.findings(unit.connection, store.chain_key)) == []
    assert len(noted(store)) == 10
    other.dispose()


def test_times_are_written_as_text_that_sorts(store: Store) -> None:
    earlier = NOW.replace(microsecond=0)

    assert written_time(earlier) == "2026-11-22T09:00:00.000000Z"
    assert written_time(earlier) < written_time(NOW)
    assert read_time(written_time(NOW)) == NOW


# --- watch and migrations ------------------------------------------------------------------------


def test_a_watch_sees_the_commits_of_others(store: Store) -> None:
    watch = Watch(store.engine)

    assert watch.changed()
    assert not watch.changed()
    add(store, "a")
    assert watch.changed()
    assert not watch.changed()
    watch.close()


def test_the_migrations_make_the_tables_of_this_code(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": lambda _c, _i, _f, wanted, _k: (
                    False if isinstance(wanted, t.Time) else None
                )
            },
        )
        differences = compare_metadata(context, t.metadata)

    assert differences == []
    assert migrate.current_version(store.engine) == migrate.expected_version()


def test_migrating_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    add(store, "kept")

    before, after = migrate.migrate(store.engine)

    assert before == after == migrate.expected_version()
    assert names(store) == {"kept"}


def test_the_file_is_one_that_any_sqlite_reads(store: Store, tmp_path: Path) -> None:
    add(store, "a")

    with closing(sqlite3.connect(tmp_path / "sagspost.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
