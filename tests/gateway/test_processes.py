"""The process group of `serve`, with real processes and real kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.running import HomeLock, descendants_of, read_state

CHILD = """
import os, signal, subprocess, sys, time
name, fd, folder, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
log = lambda what: open(folder + "/log", "a").write(f"{name} {what}\\n")
def end(*_):
    if mode != "deaf":
        log("stopped")
        sys.exit(0)
signal.signal(signal.SIGTERM, end)
if mode == "breaks":
    sys.exit(3)
if mode == "parent":
    code = "import signal,time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
    grandchild = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    open(folder + "/grandchild", "w").write(str(grandchild.pid))
log("started")
if mode == "plain" and name == "smtp":
    from gateway.processes import announce_ready
    announce_ready(fd, {"smtp": "127.0.0.1:1004"})
elif mode != "silent":
    os.write(fd, ('{"%s": "127.0.0.1:%d"}' % (name, 1000 + len(name))).encode() + b"\\n")
while True:
    time.sleep(0.05)
"""

SERVE = """
import sys
from pathlib import Path
from gateway import logs
from gateway.errors import Refused
from gateway.processes import Supervisor
logs.set_up(process="serve")
children = eval(sys.argv[2])
def say(line):
    print(line, flush=True)
try:
    times = {"stop_within": 1.5, "ready_within": float(sys.argv[3])}
    Supervisor(children, home=Path(sys.argv[1]), say=say, **times).run()
except Refused as refused:
    sys.exit(str(refused))
"""


class Serve:
    """A supervisor in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        (folder / "child.py").write_text(CHILD)
        (folder / "serve.py").write_text(SERVE)
        self.started: list[subprocess.Popen[str]] = []

    def child(self, name: str, mode: str = "plain") -> tuple[str, tuple[str, ...]]:
        script = str(self.folder / "child.py")
        return name, (sys.executable, script, name, "{ready_fd}", str(self.folder), mode)

    def start(
        self, *children: tuple[str, tuple[str, ...]], patience: float = 30
    ) -> subprocess.Popen[str]:
        script = self.folder / "serve.py"
        process = subprocess.Popen(
            [sys.executable, str(script), str(self.home), repr(children), str(patience)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )
        self.started.append(process)
        return process

    def ready(self, *children: tuple[str, tuple[str, ...]]) -> subprocess.Popen[str]:
        process = self.start(*children)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("ready"), line
        self.line = line.strip()
        return process

    def state(self) -> dict[str, Any]:
        state = read_state(self.home)
        assert state is not None
        return state

    def pid(self, name: str) -> int:
        return int(self.state()["children"][name]["pid"])

    def log(self) -> list[str]:
        return (self.folder / "log").read_text().splitlines()

    def close(self) -> None:
        for process in self.started:
            process.terminate()
            try:
                process.communicate(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


@pytest.fixture
def serve() -> Iterator[Serve]:
    with tempfile.TemporaryDirectory(prefix="serve") as folder:
        made = Serve(Path(folder))
        yield made
        made.close()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def eventually(true: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_one_line_tells_that_all_are_ready_and_where(serve: Serve) -> None:
    process = serve.ready(serve.child("smtp"), serve.child("console"))
    assert serve.line == "ready smtp=127.0.0.1:1004 console=127.0.0.1:1007"
    state = serve.state()
    assert state["pid"] == process.pid
    assert state["addresses"] == {"smtp": "127.0.0.1:1004", "console": "127.0.0.1:1007"}
    assert all(child["ready"] and alive(child["pid"]) for child in state["children"].values())


def test_the_children_are_one_process_group(serve: Serve) -> None:
    serve.ready(serve.child("a"), serve.child("b"), serve.child("c"))
    assert len({os.getpgid(serve.pid(name)) for name in "abc"}) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_in_reverse_order(serve: Serve, number: signal.Signals) -> None:
    process = serve.ready(serve.child("a"), serve.child("b"), serve.child("c"))
    pids = [serve.pid(name) for name in "abc"]
    process.send_signal(number)
    assert process.wait(5) == 0
    assert serve.log()[3:] == ["c stopped", "b stopped", "a stopped"]
    assert not any(map(alive, pids))
    assert read_state(serve.home) is None
    assert not (serve.home / "run" / "serve.json").exists()


def test_a_deaf_child_and_what_it_left_are_killed_within_the_time(serve: Serve) -> None:
    process = serve.ready(serve.child("a", "parent"), serve.child("b", "deaf"))
    pids = [p for p, _ in descendants_of(process.pid)]
    assert len(pids) == 3
    process.terminate()
    assert process.wait(4) == 0
    assert not any(map(alive, pids))


def test_a_second_signal_does_not_wait(serve: Serve) -> None:
    process = serve.ready(serve.child("a", "deaf"))
    process.terminate()
    time.sleep(0.2)
    began = time.monotonic()
    process.terminate()
    assert process.wait(5) == 0
    assert time.monotonic() - began < 1


def test_a_killed_child_is_started_again_and_its_orphans_are_ended(serve: Serve) -> None:
    serve.ready(serve.child("a", "parent"), serve.child("b"))
    first, other = serve.pid("a"), serve.pid("b")
    orphan = int((serve.folder / "grandchild").read_text())
    for _ in range(2):
        victim = serve.pid("a")
        os.kill(victim, signal.SIGKILL)
        eventually(
            lambda victim=victim: (
                "a" in serve.state()["children"]
                and serve.pid("a") != victim
                and serve.state()["children"]["a"]["ready"]
            )
        )
    assert not alive(first)
    assert not alive(orphan)
    assert serve.pid("b") == other
    assert alive(other)


def test_all_children_killed_at_once_come_back(serve: Serve) -> None:
    serve.ready(serve.child("a"), serve.child("b"))
    victims = {serve.pid("a"), serve.pid("b")}
    for victim in victims:
        os.kill(victim, signal.SIGKILL)

    def back() -> bool:
        children = serve.state()["children"]
        return len(children) == 2 and all(
            child["ready"] and child["pid"] not in victims for child in children.values()
        )

    eventually(back)


def test_no_child_outlives_a_killed_supervisor_and_the_home_is_free_again(serve: Serve) -> None:
    process = serve.ready(serve.child("a"), serve.child("b", "deaf"))
    pids = [serve.pid("a"), serve.pid("b")]
    process.kill()
    again = serve.ready(serve.child("a"))
    assert not any(map(alive, pids))
    again.terminate()
    assert again.wait(5) == 0


def test_a_second_serve_in_one_home_is_refused_by_name(serve: Serve) -> None:
    process = serve.ready(serve.child("a"))
    second = serve.start(serve.child("a"))
    _, complaint = second.communicate(timeout=20)
    assert second.returncode == 1
    assert f"another `sagspost serve` (process {process.pid}) is running in" in complaint
    assert alive(serve.pid("a"))
    assert serve.log() == ["a started"]


@pytest.mark.parametrize(
    ("mode", "complaint"),
    [
        ("breaks", "b ended with status 3 before it was ready"),
        ("silent", "b was not ready within 2 seconds"),
    ],
)
def test_a_child_that_cannot_serve_stops_all_with_its_name(
    serve: Serve, mode: str, complaint: str
) -> None:
    process = serve.start(serve.child("a"), serve.child("b", mode), patience=2)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert complaint in err
    assert serve.log()[-1] == "a stopped"


def test_a_program_that_is_not_there_is_named(serve: Serve) -> None:
    process = serve.start(("x", ("/no/such/program",)))
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "x cannot be started" in err
    assert "/no/such/program" in err


def test_the_lock_is_free_after_its_holder(tmp_path: Path) -> None:
    for _ in range(2):
        with HomeLock(tmp_path) as lock:
            assert json.loads(lock.read() or str(os.getpid())) == os.getpid()
