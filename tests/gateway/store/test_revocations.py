"""Of each list and each answer the newest counts; what an operator had before is kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command

from gateway.store import migrate, revocations
from gateway.store.engine import open_engine
from gateway.store.unit import Store
from keys.atrest import Vault
from keys.crl import read_lists
from keys.ocsp import read_answer
from tests.keys.other_side import Authority, Party
from tests.keys.revoking import DAY, make_answer, make_list

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def leaf(authority: Authority) -> Party:
    return authority.issue("leaf", "p256")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    engine = open_engine(f"sqlite:///{tmp_path / 'sagspost.db'}")
    migrate.migrate(engine)
    yield Store(engine=engine, vault=Vault(os.urandom(32)), chain_key=os.urandom(32))
    engine.dispose()


def keep_list(store: Store, der: bytes) -> str:
    with store.write() as unit:
        return revocations.keep_list(unit, read_lists(der)[0], NOW)


def test_of_lists_the_one_with_the_higher_number_counts(store: Store, authority: Authority) -> None:
    def numbered(number: int, made: datetime) -> bytes:
        return make_list(authority.issuing, made=made, number=number)

    first, second = numbered(5, NOW - 2 * DAY), numbered(6, NOW - DAY)
    assert keep_list(store, first) == "new"
    assert keep_list(store, first) == "same"
    assert keep_list(store, second) == "new"
    assert keep_list(store, first) == "older", "a replayed one"
    assert keep_list(store, numbered(7, NOW - 3 * DAY)) == "older", "an older one, renumbered"
    assert keep_list(store, numbered(6, NOW)) == "new", "made again under the same number"
    with store.read() as unit:
        lists, answers = revocations.current(unit.connection)
    assert [read_lists(der)[0].number for der in lists] == [6]
    assert answers == ()


def test_lists_of_other_issuers_and_delta_lists_stand_beside_each_other(
    store: Store, authority: Authority
) -> None:
    assert keep_list(store, make_list(authority.issuing, made=NOW, number=1)) == "new"
    assert keep_list(store, make_list(authority.issuing, made=NOW, number=2, base=1)) == "new"
    assert keep_list(store, make_list(authority.root, made=NOW, number=1)) == "new"
    with store.read() as unit:
        assert len(revocations.current(unit.connection)[0]) == 3


def test_of_answers_the_newest_counts(store: Store, authority: Authority, leaf: Party) -> None:
    def keep(der: bytes) -> str:
        with store.write() as unit:
            return revocations.keep_answer(
                unit, leaf.certificate, authority.issuing.certificate, read_answer(der), NOW
            )

    def made(hours: int) -> bytes:
        at = NOW - timedelta(hours=hours)
        return make_answer(leaf, authority.issuing, made=at, until=NOW + DAY)

    assert keep(made(5)) == "new"
    newest = made(2)
    assert keep(newest) == "new"
    assert keep(newest) == "same"
    assert keep(made(2)) == "same", "signed again, and says nothing new"
    assert keep(made(4)) == "older", "a replayed one"
    with store.read() as unit:
        lists, answers = revocations.current(unit.connection)
    assert (lists, answers) == ((), (newest,))


def test_a_list_that_was_added_before_this_version_is_taken_over(
    tmp_path: Path, authority: Authority
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    der = make_list(authority.issuing, made=NOW - DAY, number=3)
    with engine.connect() as connection:
        command.upgrade(migrate._config(connection), "0001")
        connection.exec_driver_sql(
            "INSERT INTO crls (issuer, der, next_update, added_at) VALUES (?, ?, ?, ?)",
            ("00", der, "2030-01-01T00:00:00.000000Z", "2026-11-22T09:00:00.000000Z"),
        )
    migrate.migrate(engine)
    with engine.connect() as connection:
        assert revocations.current(connection) == ((der,), ())
    engine.dispose()
