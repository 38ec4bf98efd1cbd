"""`check`: each part good, or what to do about it."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.showcase.inboxes import Inboxes
from tests.gateway.cli.conftest import Command
from tests.gateway.outbound.far_end import FarEnd
from tests.gateway.rig import Rig

PARTS = [
    "settings", "keys", "openpgp", "database", "certificates", "revocation", "relay", "tunnels",
    "scanner",
    "clock",
]  # fmt: skip


@pytest.fixture
def relay() -> Iterator[int]:
    with Inboxes() as inboxes:
        yield inboxes.port


def with_relay(rig: Rig, port: int) -> None:
    file = rig.home / "sagspost.toml"
    file.write_text(file.read_text("utf-8").replace(":2526", f":{port}"), "utf-8")


def test_a_good_home_is_good(sagspost: Command, own: Rig, relay: int) -> None:
    with_relay(own, relay)

    done = sagspost("check", home=own.home)
    told = sagspost("check", "--json", home=own.home).json["checks"]

    assert done.status == 0, done.out
    assert [row["what"] for row in told] == PARTS
    assert all(row["state"] == "good" and row["words"] for row in told)
    assert done.out.count("good") >= len(PARTS)


def test_each_part_that_is_wrong_says_what_to_do(sagspost: Command, own: Rig) -> None:
    shutil.rmtree(own.home / "keys")
    (own.home / "sagspost.db").unlink()

    done = sagspost("check", "--json", home=own.home)
    told = {row["what"]: row for row in done.json["checks"]}

    assert done.status == 1
    wrong = {what for what, row in told.items() if row["state"] == "wrong"}
    assert wrong >= {"keys", "database", "relay"}
    assert "migrate" in told["database"]["words"]
    assert "relay.url" in told["relay"]["words"]


def test_a_clock_that_may_not_move_is_told(
    sagspost: Command, own: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGSPOST_CLOCK_OFFSET", "+9d")
    refused = sagspost("check", "--json", home=own.home).json["checks"]
    file = own.home / "sagspost.toml"
    text = file.read_text("utf-8").replace("rehearsal = false", "rehearsal = true")
    file.write_text(text, "utf-8")
    allowed = sagspost("check", "--json", home=own.home).json["checks"]

    assert (refused[-1]["what"], refused[-1]["state"]) == ("clock", "wrong")
    assert "rehearsal" in refused[-1]["words"]
    assert allowed[-1]["state"] == "good"
    assert "REHEARSAL" in allowed[-1]["words"]


def test_private_files_that_everybody_can_read_are_refused(sagspost: Command, own: Rig) -> None:
    (own.home / "keys" / "vault.hex").chmod(0o644)

    done = sagspost("check", "--json", home=own.home)

    keys = next(row for row in done.json["checks"] if row["what"] == "keys")
    assert keys["state"] == "wrong"
    assert "vault.hex" in keys["words"]


def told_of(sagspost: Command, rig: Rig, what: str) -> tuple[str, str]:
    checks = sagspost("check", "--json", home=rig.home).json["checks"]
    (row,) = (row for row in checks if row["what"] == what)
    return row["state"], row["words"]


def test_a_relay_that_listens_and_speaks_no_smtp_is_wrong(sagspost: Command, own: Rig) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with_relay(own, int(silent.getsockname()[1]))
        state, words = told_of(sagspost, own, "relay")

    assert state == "wrong"
    assert "relay.url" in words


def test_a_relay_and_a_tunnel_are_good_when_their_certificates_verify(
    sagspost: Command, own: Rig, tmp_path: Path
) -> None:
    end = FarEnd(tmp_path / "end", own.home / "keys" / "tls.pem")
    other = FarEnd(tmp_path / "other", None)
    address = f"smtp+starttls://127.0.0.1:{end.port}"
    certificate = str(own.viborg.certificate)
    tunnel = ("partner", "tunnel", "add", "aarhus", certificate, "--relay", address, "--ca")
    try:
        assert told_of(sagspost, own, "tunnels")[0] == "good"
        own.run(*tunnel, str(other.certificate))
        wrong = told_of(sagspost, own, "tunnels")
        own.run(*tunnel, str(end.certificate))
        good = told_of(sagspost, own, "tunnels")
        # The same relay for all mail: its certificate does not lead to a CA of the system.
        file = own.home / "sagspost.toml"
        text = file.read_text("utf-8")
        file.write_text(text.replace("smtp://127.0.0.1:2526", address), "utf-8")
        untrusted = told_of(sagspost, own, "relay")
    finally:
        end.close()
        other.close()

    assert wrong[0] == "wrong"
    assert "aarhus" in wrong[1]
    assert good[0] == "good"
    assert "aarhus" in good[1]
    assert untrusted[0] == "wrong"
    assert "certificate" in untrusted[1]
