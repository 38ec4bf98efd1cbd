"""Homes and agents live and die with their owner, however it dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keys.errors import GnuPgError
from keys.openpgp import OpenPgp, OwnOpenPgpKey, sweep
from keys.openpgp import home as home_module
from keys.openpgp.home import Home
from tests.keys.openpgp.conftest import Ours
from tests.keys.openpgp.peer import Peer

ENTITY = b"Content-Type: text/plain\r\n\r\nhej\r\n"


def agents_of(folder: str) -> list[int]:
    """The agents that run for a home; one that has ended and was not waited for does not count."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"gpg-agent") and folder.encode() in words:
                found.append(int(entry.name))
    return found


def until(true: Callable[[], bool], seconds: float = 15) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def test_a_home_is_private_and_goes_away_with_its_agent(ours: Ours) -> None:
    home = Home(agent=True)
    home.run("--import", data=ours.secret)

    assert Path(home.folder).stat().st_mode & 0o777 == 0o700
    assert len(f"{home.folder}/S.gpg-agent.browser") < 107
    assert agents_of(home.folder)
    home.close()
    assert not Path(home.folder).exists()
    assert until(lambda: not agents_of(home.folder))


def test_a_home_for_public_keys_has_no_agent(aarhus: Peer) -> None:
    home = Home(agent=False)
    home.run("--import", data=aarhus.public)

    assert agents_of(home.folder) == []
    home.close()


def test_an_agent_that_was_killed_is_started_again(ours: Ours, viborg: Peer) -> None:
    mine = ours.with_registered(viborg)
    sealed = viborg.seal(ENTITY, ours.fingerprint)
    assert mine.decrypt(sealed, datetime.now(UTC)).content == ENTITY
    (agent,) = agents_of(mine._home.folder)  # type: ignore[union-attr]  # it is there by now

    os.kill(agent, signal.SIGKILL)
    assert until(lambda: not agents_of(mine._home.folder))  # type: ignore[union-attr]
    assert mine.decrypt(sealed, datetime.now(UTC)).content == ENTITY
    mine.close()
    assert mine.decrypt(sealed, datetime.now(UTC)).content == ENTITY
    mine.close()


OWNER = """
import sys
from datetime import UTC, datetime
from keys.errors import KeysError
from keys.openpgp import OpenPgp, OwnOpenPgpKey
pgp = OpenPgp([OwnOpenPgpKey("gateway", sys.stdin.buffer.read())], [])
try:
    pgp.decrypt(b"nothing", datetime.now(UTC))
except KeysError:
    print(pgp._home.folder, flush=True)
while sys.argv[1:]:
    sys.stdin = open("/dev/zero")
    __import__("time").sleep(60)
"""


def owner(ours: Ours, *arguments: str) -> tuple[subprocess.Popen[bytes], str]:
    child = subprocess.Popen(
        (sys.executable, "-c", OWNER, *arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin
    assert child.stdout
    child.stdin.write(ours.secret)
    child.stdin.close()
    folder = child.stdout.readline().decode().strip()
    assert folder
    child.stdout.close()
    return child, folder


def is_swept(folder: str) -> bool:
    """Sweep; the same may be going on in other processes of these tests, at any speed."""
    sweep()
    return not Path(folder).exists()


def test_an_owner_that_forgets_to_close_leaves_nothing(ours: Ours) -> None:
    child, folder = owner(ours)
    child.wait()

    assert not Path(folder).exists()
    assert until(lambda: not agents_of(folder))


def test_the_agent_of_a_killed_owner_ends_by_itself(ours: Ours) -> None:
    child, folder = owner(ours, "stay")
    assert agents_of(folder)

    child.kill()
    child.wait()
    assert until(lambda: not agents_of(folder))
    assert until(lambda: is_swept(folder))


def test_a_home_whose_sweeper_died_is_swept(ours: Ours) -> None:
    child, folder = owner(ours, "stay")
    child.kill()
    child.wait()
    Path(folder, "lock").unlink()  # as far as the one before came

    assert until(lambda: is_swept(folder))


def test_sweeping_leaves_living_owners_alone(pgp: OpenPgp, ours: Ours, viborg: Peer) -> None:
    sealed = viborg.seal(ENTITY, ours.fingerprint)
    assert pgp.decrypt(sealed, datetime.now(UTC)).content == ENTITY

    sweep()
    assert pgp.decrypt(sealed, datetime.now(UTC)).content == ENTITY


def test_a_call_that_takes_too_long_is_ended(ours: Ours, viborg: Peer) -> None:
    home = Home(agent=False)
    data = viborg.sign(bytes(40_000_000), "-z", "0")
    with pytest.raises(GnuPgError) as refused:
        home.run("--decrypt", data=data, seconds=0.001)
    assert "in time" in refused.value.detail
    home.close()


def test_more_output_than_asked_for_is_not_read(viborg: Peer) -> None:
    home = Home(agent=False)
    ran = home.run("--decrypt", data=viborg.sign(bytes(4_000_000)), most=1_000_000)
    assert ran.exit_status != 0
    assert len(ran.output) <= 1_000_000
    home.close()


def test_without_gnupg_the_refusal_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, ours: Ours
) -> None:
    monkeypatch.setattr(home_module, "PROGRAMS", ("gpg", "gpg-that-is-not-there"))
    mine = OpenPgp([OwnOpenPgpKey("gateway", ours.secret)], [])

    with pytest.raises(GnuPgError) as refused:
        mine.decrypt(b"x", datetime.now(UTC))
    assert refused.value.detail == "not installed: gpg-that-is-not-there"
