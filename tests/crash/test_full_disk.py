"""A disk that is full: 451 at the door, nothing lost, nothing dead, and all is well once it is not.

The home, its log included, lies on a small disk of its own where the machine lets us mount one;
elsewhere, and in a second round, the kernel forbids our processes to write.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import pytest

from gateway.showcase.inboxes import Behaviour
from tests.badinput import hostile
from tests.badinput.hostile import MIB
from tests.crash.rig import Postman, Served, Template, eventually, served

_SIZE = 96 * MIB


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A disk of a few mebibytes at the folder; false where none may be mounted."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """The disk without a single free block."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert shutil.disk_usage(folder).free == 0
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def forbidden(gateway: Served) -> Iterator[None]:
    """No process of the gateway may make a file longer, or write behind its first byte."""
    pids = [pid for pid in gateway.group() if pid != gateway.child("redis")]
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_, most) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, most))
    try:
        yield
    finally:
        for pid, limits in before.items():
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@pytest.fixture(params=["a full disk", "writing forbidden"])
def gateway(request: pytest.FixtureRequest, template: Template, tmp_path: Path) -> Iterator[Served]:
    wanted = request.param == "a full disk"
    disk = small_disk(tmp_path) if wanted else nullcontext(enter_result=False)
    with disk as mounted, served(template, tmp_path) as one:
        one.full = (lambda: filled(tmp_path)) if mounted else (lambda: forbidden(one))
        one.start()
        yield one
        one.stop()


def test_a_full_disk_is_451_and_loses_nothing_and_passes(gateway: Served) -> None:
    kommune, ours = gateway.cast.kommune, gateway.stage.certificate
    before = gateway.group()

    def request(name: str, size: int) -> bytes:
        return hostile.large_request(size, kommune, ours, reference=name)

    # One mail is kept and not judged, one is judged and on its way, when the disk becomes full.
    gateway.inboxes.behave(None, Behaviour(delay=3))
    under_way = request("A-1", 2 * MIB)
    assert gateway.send(under_way).code == 250
    eventually(lambda: gateway.number("SELECT count(*) FROM outbox WHERE message_id IS NOT NULL"))
    os.kill(gateway.child("worker"), signal.SIGSTOP)
    assert gateway.send(request("A-2", 2 * MIB)).code == 250
    refused = request("A-3", 6 * MIB)
    with gateway.full():
        os.kill(gateway.child("worker"), signal.SIGCONT)
        for _ in range(3):
            said = gateway.send(refused)
            assert (said.code, said.text[:5]) == (451, "4.3.0"), said
        time.sleep(6)  # the relay answers meanwhile, the worker tries, deadlines are looked at
        log = gateway.log()
        assert gateway.group() == before, log[-3000:]
        assert gateway.send(refused).code == 451
    gateway.inboxes.behave(None)
    with Postman(gateway) as postman:
        postman.send([refused])
        postman.wait()
    eventually(lambda: gateway.number("SELECT count(*) FROM cases") == 3)
    gateway.settle()
    assert gateway.group() == before
    states = gateway.rows("SELECT state, count(*) FROM mails GROUP BY state")
    assert states == [("processed", 3)]
    raws = [mail.raw for mail in gateway.inboxes.to(kommune.address)]
    assert len(set(raws)) == 3
    gateway.verify_log()
