"""The verdict on an OpenPGP key is repeated from an export, by the key of that day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.outbound.chains import Entry
from gateway.outbound.findings import Report
from gateway.outbound.grounds import grounds_report
from gateway.outbound.verify import read_entry
from tests.gateway import pgp
from tests.gateway.pipeline.test_openpgp import (
    RANDERS,
    Ours,
    known,
    ours,
    register,
    request,
    unregistered,
)
from tests.gateway.rig import Rig
from tests.keys.openpgp.peer import Peer

__all__ = ["known", "ours", "unregistered"]


@pytest.fixture
def randers(ours: Ours) -> Iterator[Peer]:
    """A peer of this test's own: its key changes."""
    peer = Peer("Randers Kommune", RANDERS, expires="5y")
    peer.meet(ours.public)
    yield peer
    peer.close()


@pytest.fixture
def exported(known: Rig, randers: Peer, ours: Ours, tmp_path: Path) -> dict[str, bytes]:
    """A case that an OpenPGP mail opened, exported after the partner's key was renewed."""
    entity = pgp.combined(randers, request(known), ours.fingerprint)
    mail = known.deliver(pgp.mailed(entity, known.outer(RANDERS)))
    known.settle()
    assert known.judged(mail) == ("processed", None)
    before = randers.public
    randers.gpg("--quick-set-expire", randers.fingerprint, "9y")
    assert randers.public != before
    register(known, randers)
    folder = tmp_path / "case"
    known.run("case", "export", known.cases()[0]["number"], "--to", str(folder))
    assert known.run("log", "verify")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def judged_again(files: dict[str, bytes]) -> Report:
    found = [
        read_entry(name, data)
        for name, data in files.items()
        if name.startswith("data/evidence/") and name.endswith(".json")
    ]
    entries: list[Entry] = [entry for entry in found if entry is not None]
    assert entries
    return grounds_report(files, entries)


def key_file(files: dict[str, bytes]) -> str:
    (name,) = (name for name in files if name.endswith(".pgp"))
    return name


def test_the_verdict_is_repeated_by_the_key_of_that_day(
    exported: dict[str, bytes], randers: Peer
) -> None:
    report = judged_again(exported)

    assert report.findings == ()
    assert any(randers.fingerprint in note for note in report.notes)
    held = exported[key_file(exported)]
    assert held != randers.dearmored(randers.public), "not the key that was registered later"


def test_a_key_that_was_changed_removed_or_exchanged_is_named(
    exported: dict[str, bytes], randers: Peer
) -> None:
    name = key_file(exported)
    flipped = bytearray(exported[name])
    flipped[-1] ^= 1
    changed = judged_again(exported | {name: bytes(flipped)})
    removed = judged_again({file: data for file, data in exported.items() if file != name})

    assert {finding.code for finding in changed.findings} == {"grounds.altered"}
    assert {finding.code for finding in removed.findings} == {"grounds.missing"}


def test_without_gnupg_the_verdict_is_never_silently_good(
    exported: dict[str, bytes], randers: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keys.openpgp.home.PROGRAMS", ("gpg-that-is-not-there",))

    (finding,) = judged_again(exported).findings

    assert finding.code == "grounds.unavailable"
    assert randers.fingerprint in finding.text
