"""One `serve` for a home; it starts clean, stops clean, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from gateway.serving import ROLES, argv_of
from gateway.showcase.inboxes import Behaviour
from tests.badinput.hostile import good_request
from tests.crash.rig import Served, Template, eventually, is_open, members_of, served


def request(gateway: Served, reference: str) -> bytes:
    return good_request(reference, gateway.cast.kommune, gateway.stage.certificate)


def test_a_second_serve_is_refused_and_the_first_goes_on(
    template: Template, tmp_path: Path
) -> None:
    with served(template, tmp_path) as gateway:
        gateway.start()
        before = gateway.group()
        second = gateway.stage.run("serve", may_fail=True)
        assert (second.status, second.out) == (1, "")
        assert f"another `sagspost serve` (process {gateway.pid})" in second.err
        assert "Traceback" not in second.err
        assert gateway.group() == before
        gateway.deliver(request(gateway, "A-1"))
        gateway.inboxes.wait_to(gateway.cast.kommune.address)
        gateway.settle()
        gateway.stop()
        assert not is_open(gateway.stage.smtp_port)


def test_sigterm_ends_all_in_seconds_though_the_relay_hangs(
    template: Template, tmp_path: Path
) -> None:
    with served(template, tmp_path) as gateway:
        gateway.start()
        gateway.inboxes.behave(None, Behaviour(delay=60, keep=False))
        for number in range(6):
            gateway.deliver(request(gateway, f"A-{number}"))
        made = "SELECT count(*) FROM outbox WHERE message_id IS NOT NULL AND state = 'queued'"
        eventually(lambda: gateway.number(made) >= 12)
        assert gateway.stop() < 10
        assert "did not stop in time" not in gateway.log()
        gateway.inboxes.behave(None)
        gateway.start()
        gateway.inboxes.wait_to(gateway.cast.kommune.address, 6, timeout=30)
        gateway.settle()
        gateway.verify_log()
        gateway.stop()


@pytest.mark.parametrize("who", ["serve", "smtp"])
def test_a_killed_process_takes_nobody_into_limbo(
    who: str, template: Template, tmp_path: Path
) -> None:
    with served(template, tmp_path) as gateway:
        gateway.start()
        if who == "serve":
            os.kill(gateway.pid, signal.SIGKILL)
            gateway.wait_dead()
            assert not members_of(gateway.sessions[-1])
            gateway.start()
        else:
            first = gateway.child(who)
            os.kill(first, signal.SIGKILL)
            eventually(lambda: gateway.child(who) != first)
        gateway.deliver(request(gateway, "A-1"))
        gateway.inboxes.wait_to(gateway.cast.kommune.address)
        gateway.settle()
        gateway.stop()


@pytest.mark.parametrize("role", ROLES)
def test_a_part_runs_our_code_whatever_lies_in_the_folder(role: str, tmp_path: Path) -> None:
    stranger = tmp_path / "gateway"
    stranger.mkdir()
    (stranger / "__init__.py").write_text("")
    (stranger / "__main__.py").write_text("print('another gateway')")
    command = [part.replace("{ready_fd}", "1") for part in argv_of(tmp_path / "home", role)]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "another gateway" not in done.stdout
    assert "sagspost.toml" in done.stderr
