"""`partner cipher` and `facility cipher`: what mail to a reader is sealed with."""

from __future__ import annotations

from pathlib import Path

from tests.gateway.cli.conftest import Command
from tests.gateway.cli.test_registering import INIT, ODENSE

GRANBO = ("facility", "add", "granbo", "--name", "Granbo", "--address", "granbo@rm.example")


def test_what_was_set_is_shown_and_taken_back(sagspost: Command, tmp_path: Path) -> None:
    for command in (INIT, ODENSE):
        assert sagspost(*command).status == 0

    done = sagspost("partner", "cipher", "odense", "--use", "aes256-gcm")
    shown = sagspost("partner", "show", "odense", "--json").json["sealing"]
    assert done.status == 0
    assert "aes256-gcm" in done.out
    assert (shown["use"], shown["cipher"]) == ("aes256-gcm", "aes256-gcm")

    assert sagspost("partner", "cipher", "odense", "--use", "auto").status == 0
    shown = sagspost("partner", "show", "odense", "--json").json["sealing"]
    assert (shown["use"], shown["cipher"]) == ("auto", "aes256-cbc")


def test_what_there_is_not_is_refused(sagspost: Command, tmp_path: Path) -> None:
    for command in (INIT, ODENSE, GRANBO):
        assert sagspost(*command).status == 0

    wrong = sagspost("partner", "cipher", "odense", "--use", "des3")
    assert (wrong.status, wrong.out) == (1, "")
    assert "aes256-gcm, aes256-cbc" in wrong.err
    assert sagspost("partner", "cipher", "aarhus", "--use", "auto").status == 1
    assert sagspost("facility", "cipher", "odense", "--use", "auto").status == 1
    assert sagspost("facility", "cipher", "granbo", "--use", "aes256-gcm").status == 0
