"""Cases are found by what they are filed under, and the table tells nobody about anybody."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.store import engine as engines
from gateway.store import links, migrate
from gateway.store import tables as t
from gateway.store.unit import Store
from keys.atrest import Vault

CITIZEN = "670765-4005"
ANY = ("payment_agreement", "home_care_change")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    engine = engines.open_engine(f"sqlite:///{tmp_path / 'sagspost.db'}")
    migrate.migrate(engine)
    yield Store(engine=engine, vault=Vault(os.urandom(32)), chain_key=os.urandom(32))
    engine.dispose()


def test_a_case_is_found_by_its_value_within_the_same_transaction(store: Store) -> None:
    with store.write() as unit:
        links.file_under(unit, "RM-2026-000001", "payment_agreement", "citizen", CITIZEN)
        assert links.find(unit, "citizen", CITIZEN, ANY) == ["RM-2026-000001"]
        links.file_under(unit, "RM-2026-000002", "home_care_change", "citizen", CITIZEN)
    with store.read() as unit:
        both = ["RM-2026-000001", "RM-2026-000002"]
        assert links.find(unit, "citizen", CITIZEN, ANY) == both
        assert links.find(unit, "citizen", CITIZEN, ("home_care_change",)) == both[1:]
        assert links.find(unit, "facility", CITIZEN, ANY) == []
        assert links.find(unit, "citizen", "610190-4006", ANY) == []


def test_filing_a_case_twice_is_filing_it_once(store: Store) -> None:
    with store.write() as unit:
        for value in ("Granbo", " granbo ", "GRANBO"):
            links.file_under(unit, "RM-2026-000001", "payment_agreement", "facility", value)
        assert len(unit.connection.execute(select(t.case_links)).all()) == 1


def test_the_value_itself_is_nowhere_in_the_table(store: Store) -> None:
    with store.write() as unit:
        links.file_under(unit, "RM-2026-000001", "payment_agreement", "citizen", CITIZEN)
        (row,) = unit.connection.execute(select(t.case_links)).all()
    assert CITIZEN not in str(row)
    assert len(row.digest) == 64
