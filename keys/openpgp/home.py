"""GnuPG as a child: the only module here that starts processes, and that owns a GNUPGHOME.

A home is a folder of one process, in memory where the machine has a place for that, with a short
name (a socket's path is bounded), mode 0700, locked while its owner lives. In it stand the keys
that the owner imported and nothing of the user's. Each call is one `gpg`, with the status on a pipe
of its own, input in memory files, bounded time and output, no network, no configuration file, and
the time of judging instead of the machine's.

The agent lives and dies with its owner: it is started to watch over a `cat` that reads from us,
and ends with it when we are gone, killed or not. What a killed owner leaves behind is taken away by
the next home, and by `sweep`.
"""

import contextlib
import fcntl
import io
import os
import select
import selectors
import shutil
import socket
import subprocess
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Timer
from typing import Final

from keys.errors import GnuPgError, StructureError
from keys.openpgp.status import MOST_STATUS

MOST_OUTPUT: Final = 64 * 1024 * 1024
"""So much plaintext is released at most: more than the largest mail, less than a bomb."""
SECONDS: Final = 60.0
"""One call may take so long: a mail of the largest size takes a few."""
PROGRAMS: Final = ("gpg", "gpg-agent", "gpgconf")

_PREFIX: Final = "sagspost-gpg."
_BLOCK: Final = 1024 * 1024
_START: Final = 30.0  # seconds that an agent gets to listen
_ALWAYS: Final = (
    "--batch",
    "--no-options",
    "--no-tty",
    "--no-verbose",
    "--no-greeting",
    "--no-autostart",  # the agent is ours, or there is none
    "--pinentry-mode=error",
    "--trust-model=always",  # a fingerprint on our list is what counts, never a user id
    "--no-auto-check-trustdb",
    "--no-auto-key-retrieve",
    "--no-auto-key-locate",
    "--disable-dirmngr",
    "--enable-special-filenames",  # `-&7` is the file with that number
    "--exit-on-status-write-error",
)


@dataclass(frozen=True, slots=True)
class Ran:
    """What one call of `gpg` wrote, and how it ended."""

    output: bytes
    status: bytes
    exit_status: int


class _Agent:
    """The agent of a home, by the `cat` that it watches over."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._cat: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; raises `GnuPgError` when it does not answer."""
        self.end()
        self._cat = subprocess.Popen(
            (
                *("gpg-agent", "--homedir", self._folder, "--no-options", "--disable-scdaemon"),
                *("--daemon", "cat"),
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._cat.stdin is not None
        assert self._cat.stdout is not None
        # It listens before it becomes `cat`: when `cat` answers, so would the agent.
        with contextlib.suppress(OSError):
            self._cat.stdin.write(b"\n")
            self._cat.stdin.flush()
            heard = select.select([self._cat.stdout], [], [], _START)[0]
            if heard and os.read(self._cat.stdout.fileno(), 1) == b"\n":
                return
        self.end()
        raise GnuPgError("gpg-agent did not start")

    def end(self) -> None:
        """End it, and its `cat`."""
        if self._cat is None:
            return
        _end_agent_of(self._folder)
        self._cat.kill()
        self._cat.wait()
        for pipe in (self._cat.stdin, self._cat.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._cat = None


class Home:
    """One GNUPGHOME. `close` it; the end of its process closes it too."""

    def __init__(self, *, agent: bool) -> None:
        """Make the folder; with `agent`, for secret keys too. Raises `GnuPgError`."""
        _require_programs()
        sweep()
        lock, self.folder = _new_folder()
        self._agent = _Agent(self.folder) if agent else None
        self.close = weakref.finalize(self, _leave, self._agent, self.folder, lock)
        self._socket = self._socket_path()

    def run(
        self,
        *arguments: str,
        data: bytes | memoryview = b"",
        beside: Sequence[bytes | memoryview] = (),
        at: datetime | None = None,
        most: int = MOST_OUTPUT,
        seconds: float = SECONDS,
    ) -> Ran:
        """Run `gpg` on `data`, as of `at`; `{0}`, `{1}` in arguments name the inputs of `beside`.

        Raises `GnuPgError` when it does not end in time, and `StructureError` when what it was
        given makes it write more than is read.
        """
        if self._agent is not None and not self._is_answering():
            self._agent.start()
        when = () if at is None else (f"--faked-system-time={int(at.timestamp())}!",)
        with contextlib.ExitStack() as open_files:
            given = open_files.enter_context(_memory(data))
            others = [open_files.enter_context(_memory(one)) for one in beside]
            status_read, status_write = os.pipe()
            open_files.callback(os.close, status_read)
            try:
                child = subprocess.Popen(
                    (
                        *("gpg", "--homedir", self.folder, *_ALWAYS, *when),
                        *(f"--max-output={most}", f"--status-fd={status_write}"),
                        *(a.format(*(f"-&{fd}" for fd in others)) for a in arguments),
                    ),
                    stdin=given,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(status_write, *others),
                )
            except OSError as error:
                raise GnuPgError(f"gpg: {error.strerror}") from error
            finally:
                os.close(status_write)
            return _watched(child, status_read, most, seconds)

    def _socket_path(self) -> str:
        told = subprocess.run(
            ("gpgconf", "--homedir", self.folder, "--list-dirs", "agent-socket"),
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
        return os.fsdecode(told.stdout.strip())

    def _is_answering(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as knock:
            knock.settimeout(_START)
            knock.connect(self._socket)
            # One that is dying takes the call, and does not greet.
            return knock.recv(2) == b"OK"
        return False


def _leave(agent: _Agent | None, folder: str, lock: int) -> None:
    """End the agent and take the folder away."""
    if agent is not None:
        agent.end()
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


def sweep() -> None:
    """Take away the homes of owners that are gone, with their agents."""
    for place in _places():
        for entry in os.scandir(place):
            if not entry.name.startswith(_PREFIX) or entry.name.endswith(".new"):
                continue
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid == os.geteuid():
                    _take_away(entry.path)


def _take_away(folder: str) -> None:
    """Take away a home, unless its owner lives; raises `OSError` when it does."""
    try:
        lock = os.open(f"{folder}/lock", os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:  # a home has a lock as long as it is whole: somebody died sweeping it
        shutil.rmtree(folder, ignore_errors=True)
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _end_agent_of(folder)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def missing_programs() -> list[str]:
    """Give the programs of GnuPG that are not there."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def _require_programs() -> None:
    missing = missing_programs()
    if missing:
        raise GnuPgError(f"not installed: {', '.join(missing)}")


def _places() -> list[str]:
    """Give where a home may stand: in memory, unless there is none; paths of sockets are short."""
    wanted = (f"/run/user/{os.geteuid()}", "/dev/shm", tempfile.gettempdir(), "/tmp")  # noqa: S108
    able = [p for p in wanted if len(p) < 40 and os.access(p, os.W_OK | os.X_OK)]
    return list(dict.fromkeys(able))


def _new_folder() -> tuple[int, str]:
    """Make a folder and lock it before it bears a name that `sweep` looks at."""
    place = next(iter(_places()), None)
    if place is None:
        raise GnuPgError("no folder for temporary files")
    try:
        made = tempfile.mkdtemp(prefix=_PREFIX, suffix=".new", dir=place)
        lock = os.open(f"{made}/lock", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = made.removesuffix(".new")
        Path(made).rename(folder)
    except OSError as error:
        raise GnuPgError(f"{place}: {error.strerror}") from error
    return lock, folder


def _end_agent_of(folder: str) -> None:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            ("gpgconf", "--homedir", folder, "--kill", "all"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=_START,
        )


@contextlib.contextmanager
def _memory(data: bytes | memoryview) -> Iterator[int]:
    """Put octets into a file in memory, to be read from its beginning."""
    fd = os.memfd_create("gpg")
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
        os.lseek(fd, 0, os.SEEK_SET)
        yield fd
    finally:
        os.close(fd)


def _watched(child: subprocess.Popen[bytes], status: int, most: int, seconds: float) -> Ran:
    """Read both pipes to their ends; kill a child that says too much or takes too long."""
    assert child.stdout is not None
    # gpg itself stops at `most`, and says so; what comes after that comes from no honest gpg.
    limits = {child.stdout.fileno(): most + _BLOCK, status: MOST_STATUS}
    # A buffer gives its content away without a copy, and a mail is large.
    found = {fd: io.BytesIO() for fd in limits}
    timer = Timer(seconds, child.kill)
    timer.start()
    try:
        with selectors.DefaultSelector() as pipes:
            for fd in limits:
                pipes.register(fd, selectors.EVENT_READ)
            while pipes.get_map():
                for key, _ in pipes.select():
                    block = os.read(key.fd, _BLOCK)
                    if not block:
                        pipes.unregister(key.fd)
                        continue
                    limits[key.fd] -= len(block)
                    if limits[key.fd] < 0:
                        raise StructureError("gpg wrote more than is read")
                    found[key.fd].write(block)
        exit_status = child.wait()
    finally:
        timer.cancel()
        child.kill()
        child.wait()
        child.stdout.close()
    if exit_status < 0:
        raise GnuPgError("gpg did not end in time")
    output, told = (buffer.getvalue() for buffer in found.values())
    return Ran(output, told, exit_status)
