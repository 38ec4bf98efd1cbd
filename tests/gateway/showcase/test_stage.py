"""A home that is driven by its documented commands alone."""

import sys
import time
from pathlib import Path

import pytest

from gateway.showcase.inboxes import Inboxes
from gateway.showcase.stage import Stage, StageError

SERVER = """
import socket, subprocess, sys, time
if {orphan}:
    subprocess.Popen(["sleep", "60"])
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection, _ = server.accept()
    connection.sendall(b"220 here\\r\\n")
    connection.close()
"""


def _stage(tmp_path: Path, script: str, *more: str) -> Stage:
    return Stage(tmp_path / "home", relay_port=1, command=(sys.executable, "-c", script, *more))


def _server(tmp_path: Path, *, orphan: bool) -> Stage:
    stage = _stage(tmp_path, SERVER.format(orphan=orphan))
    stage.command = (*stage.command, str(stage.smtp_port))
    return stage


def test_a_command_that_fails_says_which_and_why(tmp_path: Path) -> None:
    stage = _stage(tmp_path, "import sys; sys.exit('no such case')")
    with pytest.raises(StageError, match="case list: exit status 1: no such case"):
        stage.run("case", "list")
    assert stage.run("case", "list", may_fail=True).status == 1


def test_a_gateway_that_does_not_start_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    stage = _stage(tmp_path, "import sys; sys.exit('the port is taken')")
    with pytest.raises(StageError, match="the port is taken"), stage.serving():
        pass


def test_serving_ends_what_it_started(tmp_path: Path) -> None:
    stage = _server(tmp_path, orphan=False)
    with stage.serving() as process:
        assert process.poll() is None
    assert process.poll() is not None


def test_a_process_left_behind_is_noticed_and_ended(tmp_path: Path) -> None:
    stage = _server(tmp_path, orphan=True)
    start = time.monotonic()
    with pytest.raises(StageError, match="did not end what it had started"), stage.serving():
        pass
    assert time.monotonic() - start < 15


def test_two_sinks_do_not_share_a_port() -> None:
    with Inboxes() as first, pytest.raises(OSError), Inboxes(port=first.port):  # noqa: PT011 # the number differs by system
        pass
