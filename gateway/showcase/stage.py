"""A gateway in a folder of its own, driven through its command line as an operator would.

Nothing here imports the gateway's inside: `init`, `anchor add`, `partner add` and `facility add`
set it up, `serve` runs it in a session of its own, and only that session is ever stopped.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.showcase.authority import Authority, Identity, KeyKind
from gateway.showcase.resident import Resident

REGION = ("Region Midtjylland", "29190925")
GATEWAY_ADDRESS = "sikkermail@rm.example"
INBOX_ADDRESS = "betalingsaftaler@rm.example"
GATEWAY_COMMAND = (sys.executable, "-P", "-m", "gateway")
_PATIENCE = 60.0


class StageError(Exception):
    """A command of the gateway failed, or it did not start; the text says which and why."""


def free_port() -> int:
    """Give a TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Done:
    """A command that has ended: its exit status and what it wrote."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Cast:
    """Who takes part: a kommune, a facility (da: tilbud), the region's inbox, and who vouches."""

    authority: Authority
    kommune: Identity
    facility: Identity
    inbox: Identity


def make_cast(folder: Path, *, key: KeyKind = "rsa2048") -> Cast:
    """Make keys and certificates for everybody but the gateway, which makes its own."""
    authority = Authority(folder, issuing=True, key=key)
    return Cast(
        authority=authority,
        kommune=authority.kommune(
            "Aarhus Kommune", "55133018", "sikkermail@aarhus.example", key=key
        ),
        facility=authority.facility("Granbo", "granbo@rm.example", key=key),
        inbox=authority.inbox(*REGION, INBOX_ADDRESS, key=key),
    )


@dataclass
class Stage:
    """One home folder, its ports, and the command that drives it; `log` is what `serve` wrote.

    `environment` is added to the one that the commands and `serve` inherit. With a `resident`
    command line, commands take a tenth of the time.
    """

    home: Path
    relay_port: int
    command: Sequence[str] = GATEWAY_COMMAND
    smtp_port: int = field(default_factory=free_port)
    console_port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)
    resident: Resident | None = None

    @property
    def log(self) -> Path:
        """Give the file that the running gateway writes its log to."""
        return self.home.parent / "serve.log"

    @property
    def certificate(self) -> Path:
        """Give the gateway's certificate, which `init` made."""
        return self.home / "keys" / "gateway.pem"

    def run(self, *arguments: str, may_fail: bool = False) -> Done:
        """Run one command on this home; raises StageError unless it may fail."""
        line = ["--home", str(self.home), *arguments]
        if self.resident is not None:
            done = Done(*self.resident.run(line, self.environment))
        else:
            done = self._run_alone(line)
        if done.status != 0 and not may_fail:
            said = done.err.strip() or done.out.strip()
            raise StageError(f"{' '.join(arguments)}: exit status {done.status}: {said}")
        return done

    def _run_alone(self, line: Sequence[str]) -> Done:
        done = subprocess.run(
            [*self.command, *line],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | self.environment,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: str) -> Any:
        """Run a command that lists or shows, and read its JSON."""
        return json.loads(self.run(*arguments, "--json").out)

    def set_up(self, cast: Cast, *, key: str = "rsa3072") -> None:
        """Make the home and tell it whom to trust, by the documented commands alone."""
        self.make_home(REGION, "da", cast.inbox, "--key", key)
        self.run("anchor", "add", str(cast.authority.anchor))
        self.run_together(_registrations(cast))

    def make_home(
        self, authority: tuple[str, str], language: str, inbox: Identity, *more: str
    ) -> None:
        """Make the home of an authority, by name and CVR; `more` are further options of `init`."""
        self.run(
            "init",
            "--name",
            authority[0],
            "--cvr",
            authority[1],
            "--language",
            language,
            "--address",
            GATEWAY_ADDRESS,
            "--inbox",
            inbox.address,
            "--inbox-certificate",
            str(inbox.certificate),
            "--case-prefix",
            "RM",
            "--smtp",
            f"127.0.0.1:{self.smtp_port}",
            "--relay",
            f"smtp://127.0.0.1:{self.relay_port}",
            "--console",
            f"127.0.0.1:{self.console_port}",
            *more,
        )

    def run_together(self, commands: Iterable[Sequence[str]]) -> None:
        """Run commands, two at a time; raises StageError when one fails."""
        with ThreadPoolExecutor(2) as pool:
            for _ in pool.map(lambda line: self.run(*line), commands):
                pass

    @contextmanager
    def serving(
        self, environment: dict[str, str] | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run `serve` while the block runs.

        Raises StageError when it does not start, and when it leaves a process behind.
        """
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*self.command, "--home", str(self.home), "serve"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | self.environment | (environment or {}),
                start_new_session=True,
            )
        try:
            self._wait_until_ready(process)
            yield process
        except BaseException:
            stop(process)
            raise
        if not stop(process):
            raise StageError("serve did not end what it had started")

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        limit = time.monotonic() + _PATIENCE
        while time.monotonic() < limit:
            if process.poll() is not None:
                tail = "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-15:])
                raise StageError(f"serve ended with status {process.returncode}:\n{tail}")
            if _greets(self.smtp_port):
                return
            time.sleep(0.05)
        raise StageError(f"serve does not answer on its SMTP port within {_PATIENCE:g} s")


def _registrations(cast: Cast) -> tuple[list[str], ...]:
    """Write the commands that register the kommune and the facility."""
    kommune, facility = cast.kommune, cast.facility
    partner = ["partner", "add", "aarhus", "--name", kommune.name, "--cvr", "55133018"]
    partner += ["--municipality", "0751", "--address", kommune.address]
    partner += ["--certificate", str(kommune.certificate), "--language", "da"]
    partner += ["--may", "request,approve"]
    place = ["facility", "add", "granbo", "--name", facility.name, "--address", facility.address]
    place += ["--certificate", str(facility.certificate)]
    return partner, place


def stop(process: subprocess.Popen[bytes], patience: float = 20.0) -> bool:
    """End a process that leads its own session, gently first; say whether that was enough.

    Whatever is left of its group is killed.
    """
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    gentle = process.poll() is not None and _empties(process.pid, 2.0)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return gentle


def _empties(group: int, patience: float) -> bool:
    """Say whether a process group has no living member soon."""
    limit = time.monotonic() + patience
    while _living(group):
        if time.monotonic() > limit:
            return False
        time.sleep(0.05)
    return True


def _living(group: int) -> bool:
    """Say whether any process of the group lives; one that only waits to be reaped does not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                return True
    return False


def _greets(port: int) -> bool:
    """Say whether an SMTP server greets on that port of this machine."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2.0) as connection:
            greeting = connection.recv(4)
            connection.sendall(b"QUIT\r\n")
            return greeting.startswith(b"220")
    except OSError:
        return False
