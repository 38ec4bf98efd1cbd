"""The process group of `serve`: children are started, watched, started again, and stopped in order.

In: a tuple of children. Out: one line on `say` when all are ready, and DIR/run/serve.json for other
commands. Nothing outlives the supervisor: each child is killed by the kernel when it dies, and what
children leave behind comes to the supervisor, which ends it.

A child tells that it is ready by one JSON line on the pipe whose number stands in its arguments in
place of `{ready_fd}` (see `announce_ready`), or is asked by its `probe`. A child with neither is
ready at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from gateway.errors import Refused
from gateway.logs import logger
from gateway.running import HomeLock, clear_state, descendants_of, write_state

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)
_log = logger("serve")

_FIRST_WAIT, _LONGEST_WAIT = 0.2, 30.0  # seconds before a dead child is started again
_LIVED_WELL = 60.0  # a child that lived so long has earned a quick start
_PROBE_EVERY = 0.05


class Child(NamedTuple):
    """What to start. `(name, argv)` is enough."""

    name: str
    argv: tuple[str, ...]
    probe: Callable[[], Mapping[str, str] | None] | None = None
    """Gives the child's addresses once it answers, None before. Called in the event loop."""
    first: bool = False
    """Whether the children after it start only when it is ready."""


def announce_ready(ready_fd: int, addresses: Mapping[str, str]) -> None:
    """Tell the supervisor, from a child, that it serves; e.g. `{"smtp": "127.0.0.1:25"}`."""
    with os.fdopen(ready_fd, "w", encoding="utf-8") as pipe:
        pipe.write(json.dumps(dict(addresses)) + "\n")


def die_with_parent(parent: int | None = None) -> None:
    """Ask the kernel to kill this process when the thread that started it ends.

    For children of children too (as initializer of a process pool). `parent` is the pid that is
    expected; if it is gone already, the process ends at once.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent is not None and os.getppid() != parent:
        os._exit(1)


class _Process:
    """One child while it runs."""

    def __init__(self, child: Child, group: int, lock_fd: int) -> None:
        self.child = child
        self.addresses: Mapping[str, str] | None = None
        self.started = time.monotonic()
        self.ready_read, ready_write = os.pipe()
        parent = os.getpid()
        try:
            self.popen = subprocess.Popen(
                [part.replace("{ready_fd}", str(ready_write)) for part in child.argv],
                stdin=subprocess.DEVNULL,
                pass_fds=(ready_write, lock_fd),
                process_group=group,
                preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509  # one thread only
            )
        except BaseException:
            os.close(self.ready_read)
            raise
        finally:
            os.close(ready_write)
        self.pid_fd = os.pidfd_open(self.popen.pid)

    def close(self) -> None:
        """Give back what the watching needed."""
        for fd in (self.ready_read, self.pid_fd):
            if fd >= 0:
                os.close(fd)
        self.ready_read = self.pid_fd = -1


class Supervisor:
    """Runs the children of one home until it is told to stop.

    It must have a process of its own and run in its main thread: at the end every process below it
    is killed, whoever started it.
    """

    def __init__(
        self,
        children: tuple[Child | tuple[str, tuple[str, ...]], ...],
        *,
        home: Path,
        say: Callable[[str], object],
        stop_within: float = 10.0,
        ready_within: float = 60.0,
    ) -> None:
        self._children = tuple(Child(*child) for child in children)
        self._home = home
        self._say = say
        self._stop_within = stop_within
        self._ready_within = ready_within
        self._running: dict[str, _Process] = {}
        self._waits: dict[str, float] = {}
        self._restarts: set[asyncio.Task[None]] = set()
        self._group = 0
        self._changed = asyncio.Event()
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._starting = True
        self._failed: str | None = None

    def run(self) -> None:
        """Serve until SIGTERM, SIGINT or SIGHUP; a second one of them kills instead of asking.

        Raises Refused when another `serve` has the home, or a child cannot start.
        """
        with HomeLock(self._home) as lock:
            _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
            try:
                asyncio.run(self._serve(lock.fileno()))
            finally:
                self._kill_all()
                clear_state(self._home)
                _libc.prctl(_PR_SET_CHILD_SUBREAPER, 0)

    async def _serve(self, lock_fd: int) -> None:
        self._lock_fd = lock_fd
        loop = asyncio.get_running_loop()
        signals = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup leaves it
            signals.append(signal.SIGHUP)
        for number in signals:
            loop.add_signal_handler(number, self._on_signal)
        loop.add_signal_handler(signal.SIGCHLD, self._end_orphans)
        try:
            await self._start_all()
            if not self._stop.is_set():
                self._say("ready " + " ".join(f"{n}={a}" for n, a in self._addresses().items()))
            await self._stop.wait()
        finally:
            await self._stop_all()
            for number in (*signals, signal.SIGCHLD):
                loop.remove_signal_handler(number)
        if self._failed is not None:
            raise Refused(self._failed)

    def _on_signal(self) -> None:
        (self._hurry if self._stop.is_set() else self._stop).set()
        self._changed.set()

    # Starting.

    async def _start_all(self) -> None:
        for child in self._children:
            if self._stop.is_set():
                return
            self._start(child)
            if child.first:
                await self._all_ready()
        await self._all_ready()
        self._starting = False

    async def _all_ready(self) -> None:
        end = time.monotonic() + self._ready_within
        while not self._stop.is_set():
            late = [n for n, process in self._running.items() if process.addresses is None]
            if not late:
                return
            if time.monotonic() > end:
                self._give_up(f"{late[0]} was not ready within {self._ready_within:g} seconds")
                return
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), 0.5)

    def _give_up(self, why: str) -> None:
        self._failed = self._failed or why
        self._stop.set()
        self._changed.set()

    def _start(self, child: Child) -> None:
        try:
            process = self._spawn(child)
        except OSError as error:
            self._give_up(f"{child.name} cannot be started: {error.strerror}: {child.argv[0]}")
            return
        loop = asyncio.get_running_loop()
        self._running[child.name] = process
        loop.add_reader(process.pid_fd, self._on_end, process)
        if child.probe is not None:
            task = loop.create_task(self._probe(process, child.probe))
            self._restarts.add(task)
            task.add_done_callback(self._restarts.discard)
        elif any("{ready_fd}" in part for part in child.argv):
            loop.add_reader(process.ready_read, self._on_ready_line, process)
        else:
            self._on_ready(process, {})
        self._write_state()

    def _spawn(self, child: Child) -> _Process:
        """Start it in the group of the others; a new group where that one has died out."""
        try:
            process = _Process(child, self._group, self._lock_fd)
        except (PermissionError, ProcessLookupError, subprocess.SubprocessError):
            if not self._group:
                raise
            self._group = 0
            process = _Process(child, 0, self._lock_fd)
        self._group = self._group or process.popen.pid
        return process

    async def _probe(
        self, process: _Process, probe: Callable[[], Mapping[str, str] | None]
    ) -> None:
        while process.pid_fd >= 0 and process.addresses is None:
            addresses = probe()
            if addresses is not None:
                self._on_ready(process, addresses)
            await asyncio.sleep(_PROBE_EVERY)

    def _on_ready_line(self, process: _Process) -> None:
        asyncio.get_running_loop().remove_reader(process.ready_read)
        line = os.read(process.ready_read, 65536).partition(b"\n")[0]
        with contextlib.suppress(ValueError):
            self._on_ready(process, json.loads(line))

    def _on_ready(self, process: _Process, addresses: Mapping[str, str]) -> None:
        process.addresses = addresses
        _log.info("child ready", child=process.child.name, pid=process.popen.pid)
        self._write_state()
        self._changed.set()

    # Watching.

    def _on_end(self, process: _Process) -> None:
        name = process.child.name
        loop = asyncio.get_running_loop()
        loop.remove_reader(process.pid_fd)
        loop.remove_reader(process.ready_read)
        status = process.popen.wait()
        process.close()
        del self._running[name]
        self._changed.set()
        if self._stop.is_set():
            return
        if self._starting:
            self._give_up(f"{name} ended with status {status} before it was ready")
            return
        lived = time.monotonic() - process.started
        wait = _FIRST_WAIT if lived > _LIVED_WELL else self._waits.get(name, _FIRST_WAIT)
        self._waits[name] = min(wait * 2, _LONGEST_WAIT)
        _log.error("child died", child=name, status=status, again_in=wait)
        self._write_state()
        task = loop.create_task(self._start_again(process.child, wait))
        self._restarts.add(task)
        task.add_done_callback(self._restarts.discard)

    async def _start_again(self, child: Child, wait: float) -> None:
        await asyncio.sleep(wait)
        if self._stop.is_set():
            return
        try:
            self._start(child)
        except Exception as error:  # it would only end the task, and nobody would serve
            self._give_up(f"{child.name} cannot be started again: {type(error).__name__}")

    # Stopping.

    async def _stop_all(self) -> None:
        """Ask the last one first, so that nobody loses what it leans on; then kill what is left."""
        self._stop.set()
        for task in self._restarts:
            task.cancel()
        end = time.monotonic() + self._stop_within
        for child in reversed(self._children):
            process = self._running.get(child.name)
            if process is None:
                continue
            process.popen.terminate()
            while child.name in self._running and not self._hurry.is_set():
                left = end - time.monotonic()
                if left <= 0:
                    _log.error("child did not stop in time", child=child.name)
                    break
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), left)

    def _end_orphans(self) -> None:
        """End what the dead left: it is our own child now (we are its subreaper)."""
        known = {process.popen.pid for process in self._running.values()}
        for pid, parent in descendants_of(os.getpid()):
            if parent == os.getpid() and pid not in known:
                _end(pid)

    def _kill_all(self) -> None:
        for process in self._running.values():
            process.popen.kill()
        for process in list(self._running.values()):
            process.popen.wait()
            process.close()
        self._running.clear()
        for _ in range(100):  # each round may bring up children of those who died in it
            left = descendants_of(os.getpid())
            if not left:
                return
            for pid, _parent in left:
                _end(pid)

    # Telling.

    def _addresses(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for process in self._running.values():
            found.update(process.addresses or {})
        return found

    def _write_state(self) -> None:
        children = {
            n: {"pid": p.popen.pid, "ready": p.addresses is not None}
            for n, p in self._running.items()
        }
        write_state(self._home, children=children, addresses=self._addresses())


def _end(pid: int) -> None:
    """Kill a process and take its status if it is ours."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
