"""`case verify`, `case export`, `evidence verify` and `log verify` as commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.status import Status
from sqlalchemy import update

from gateway.cli import show
from gateway.store import tables as t
from tests.gateway.cli.conftest import Command
from tests.gateway.rig import Rig


def test_what_is_whole_is_told_to_be_whole(sagspost: Command, settled: Rig, tmp_path: Path) -> None:
    number = settled.cases()[0]["number"]
    home = settled.home

    log = sagspost("log", "verify", home=home)
    case = sagspost("case", "verify", number, home=home)
    export = sagspost("case", "export", number, "--to", tmp_path / "case", home=home)
    again = sagspost("case", "export", number, "--to", tmp_path / "case", home=home)

    assert (log.status, case.status, export.status, again.status) == (0, 0, 0, 1), log.err
    assert sagspost("log", "verify", "--json", home=home).json == {"good": True, "findings": []}
    told = sagspost("case", "verify", number, "--json", home=home).json
    assert told == {"case": number, "good": True, "findings": []}
    assert (tmp_path / "case" / "bagit.txt").is_file()
    assert "never overwrites" in again.err


def test_an_export_is_verified_far_from_any_home(
    sagspost: Command, settled: Rig, tmp_path: Path
) -> None:
    number = settled.cases()[0]["number"]
    folder, anchor = tmp_path / "case", tmp_path / "gateway.pem"
    anchor.write_bytes(settled.certificate.read_bytes())
    sagspost("case", "export", number, "--to", folder, home=settled.home)

    good = sagspost("evidence", "verify", folder, "--anchor", anchor)
    wrong = sagspost("evidence", "verify", folder, "--anchor", settled.aarhus.certificate)
    one = next((folder / "data" / "evidence").glob("0001-*.json"))
    alone = sagspost("evidence", "verify", one, "--anchor", anchor, "--json")
    one.write_bytes(one.read_bytes().replace(b"RM-2026", b"RM-2027"))
    changed = sagspost("evidence", "verify", one, "--anchor", anchor, "--json")

    assert good.status == 0, good.err
    assert (wrong.status, alone.status, changed.status) == (1, 0, 1)
    assert alone.json["good"]
    codes = {finding["code"] for finding in changed.json["findings"]}
    assert {"evidence.altered", "signature.invalid"} <= codes
    assert all(set(f) == {"code", "where", "text"} for f in changed.json["findings"])


def test_what_cannot_be_read_is_refused(sagspost: Command, settled: Rig, tmp_path: Path) -> None:
    done = sagspost("evidence", "verify", tmp_path / "nothing.json", home=settled.home)

    assert (done.status, done.out) == (1, "")
    assert "nothing.json" in done.err
    head = sagspost("log", "verify", "--head", tmp_path / "head.json", home=settled.home)
    assert (head.status, head.out) == (1, "")
    assert "head.json" in head.err


def test_a_change_ends_with_one_and_is_named_on_stderr(sagspost: Command, own: Rig) -> None:
    number = own.acknowledged()
    with own.gateway.store.engine.begin() as connection:
        connection.execute(
            update(t.journal).where(t.journal.c.sequence == 3).values(actor="somebody")
        )

    log = sagspost("log", "verify", home=own.home)
    case = sagspost("case", "verify", number, "--json", home=own.home)

    assert log.status == case.status == 1
    assert "row 3" in log.err
    assert log.out == ""
    assert not case.json["good"]


def test_long_work_tells_a_terminal_how_far_it_is_and_a_pipe_nothing(
    sagspost: Command, settled: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = sagspost("log", "verify", home=settled.home)
    monkeypatch.setattr(show.errors, "_force_terminal", True)
    seen: list[str] = []
    update_status = Status.update

    def watched(status: Status, words: str, **more: object) -> None:
        seen.append(words)
        update_status(status, words)

    monkeypatch.setattr(Status, "update", watched)
    shown = sagspost("log", "verify", home=settled.home)

    assert (quiet.status, quiet.err, shown.status) == (0, "", 0)
    assert quiet.out == shown.out
    number = settled.cases()[0]["number"]
    assert {"Checking: the journal", f"Checking: case {number}"} <= set(seen)
    assert shown.err != ""
