"""Cases are found by what they are filed under, and the table tells nobody about anybody."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.store import engine as engines
from gateway.store import migrate
from gateway.store import tables as t
from gateway.store.links import Links
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
    both = ["RM-2026-000001", "RM-2026-000002"]
    with store.write() as unit:
        links = Links(unit)
        links.file_under(both[1], "home_care_change", "citizen", CITIZEN, is_new=True)
        links.file_under(both[0], "payment_agreement", "citizen", CITIZEN)
        assert links.find("citizen", CITIZEN, ANY) == both
    with store.read() as unit:
        links = Links(unit)
        assert links.find("citizen", CITIZEN, ANY) == both
        assert links.find("citizen", CITIZEN, ("home_care_change",)) == both[1:]
        assert links.find("facility", CITIZEN, ANY) == []
        assert links.find("citizen", "610190-4006", ANY) == []


def test_filing_a_case_twice_is_filing_it_once(store: Store) -> None:
    for _ in range(2):
        with store.write() as unit:
            links = Links(unit)
            for value in ("Granbo", " granbo ", "GRANBO"):
                links.file_under("RM-2026-000001", "payment_agreement", "facility", value)
    with store.read() as unit:
        assert len(unit.connection.execute(select(t.case_links)).all()) == 1


def test_a_case_whose_part_was_taken_back_is_not_found(store: Store) -> None:
    with store.write() as unit:
        links = Links(unit)
        with suppress(ZeroDivisionError), unit.part():
            links.file_under("RM-2026-000001", "payment_agreement", "facility", "Granbo")
            raise ZeroDivisionError
        links.forget()
        assert links.find("facility", "Granbo", ANY) == []


def test_the_value_itself_is_nowhere_in_the_table(store: Store) -> None:
    with store.write() as unit:
        Links(unit).file_under("RM-2026-000001", "payment_agreement", "citizen", CITIZEN)
        unit.flush()
        (row,) = unit.connection.execute(select(t.case_links)).all()
    assert CITIZEN not in str(row)
    assert len(row.digest) == 64
