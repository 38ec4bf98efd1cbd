"""One gateway under `serve` that a test may kill and start again, with a relay that keeps all mail.

The home is made once by the documented commands and copied for each test, because four commands
take longer than most tests.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.running import descendants_of
from gateway.showcase.inboxes import Inboxes
from gateway.showcase.mailer import Reply, send_one
from gateway.showcase.stage import GATEWAY_ADDRESS, Cast, Stage, free_port, make_cast

ROOT = Path(__file__).resolve().parents[2]
TRAP = "SAGSPOST_TEST_TRAP"
_PATIENCE = 60.0


@dataclass(frozen=True)
class Template:
    """A home that was set up once, and everybody who writes to it."""

    home: Path
    cast: Cast


def make_template(folder: Path) -> Template:
    """Set up a home with P-256 keys, which are quick."""
    cast = make_cast(folder / "ca", key="p256")
    stage = Stage(folder / "home", relay_port=free_port())
    stage.set_up(cast, key="p256")
    return Template(stage.home, cast)


def eventually(
    true: Callable[[], Any], seconds: float = 30.0, *, every: float = 0.02, what: str = ""
) -> Any:
    """What it gives once that is true; fails when it stays false."""
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, f"not within {seconds:g} s: {what or true}"
        time.sleep(every)
    return value


def members_of(session: int) -> list[int]:
    """Every living process of a session: what `serve` started stays in its own."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text("latin-1").rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] not in "ZX":
                found.append(int(stat.parent.name))
    return found


def _surroundings() -> dict[str, str]:
    """Our environment, with compiled modules kept: each start would compile them all again."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


@dataclass
class Served:
    """A copy of the template's home, its relay, and the `serve` that runs in it or does not."""

    stage: Stage
    cast: Cast
    inboxes: Inboxes
    trap: Path
    traps: bool = False
    full: Callable[[], AbstractContextManager[None]] = nullcontext
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    sessions: list[int] = field(default_factory=list)

    # Starting and ending.

    def start(self) -> None:
        """Run `serve` and wait until all its parts are ready."""
        module = "tests.crash.faulty" if self.traps else "gateway"
        with self.stage.log.open("ab") as log:
            at = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, "--home", str(self.stage.home), "serve"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=_surroundings() | {TRAP: str(self.trap)} | self.environment,
                start_new_session=True,
            )
        self.sessions.append(self.process.pid)

        def ready() -> bool:
            assert self.process is not None
            text = self.log()[at:]
            assert self.process.poll() is None, f"serve ended: {text[-3000:]}"
            return re.search("^ready ", text, re.MULTILINE) is not None

        eventually(ready, _PATIENCE, what="serve is ready")

    def log(self) -> str:
        """Everything that it wrote so far."""
        return self.stage.log.read_bytes().decode("utf-8", "replace") if self.log_exists() else ""

    def log_exists(self) -> bool:
        """Whether it ever ran."""
        return self.stage.log.exists()

    @property
    def pid(self) -> int:
        """Of the supervisor."""
        assert self.process is not None
        return self.process.pid

    def child(self, name: str) -> int:
        """The pid of a part, once the part is ready."""
        from gateway.running import read_state  # noqa: PLC0415

        def ready() -> int:
            children = (read_state(self.stage.home) or {}).get("children", {})
            found = children.get(name, {})
            return int(found["pid"]) if found.get("ready") else 0

        return int(eventually(ready, what=f"{name} is ready"))

    def group(self) -> list[int]:
        """Every process of the running gateway."""
        return [self.pid, *(pid for pid, _ in descendants_of(self.pid))]

    def kill(self) -> None:
        """Kill all of it at once, as a loss of power would."""
        for pid in self.group():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.wait_dead()

    def wait_dead(self) -> None:
        """Until the supervisor and everything that it started are gone."""
        assert self.process is not None
        self.process.wait(_PATIENCE)
        eventually(lambda: not members_of(self.pid), 10, what="no orphan is left")
        self.process = None

    def stop(self, within: float = 15.0) -> float:
        """Ask it to end; gives how many seconds that took. Nothing may be left of it."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(within)
        took = time.monotonic() - began
        left = members_of(self.pid)
        self.process = None
        assert status == 0, self.log()[-3000:]
        assert not left, "processes outlived serve"
        return took

    def close(self) -> None:
        """End whatever runs, whatever the test came to."""
        for session in self.sessions:
            for pid in members_of(session):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    # Its mail.

    def send(self, mail: bytes, *, timeout: float = 30.0) -> Reply:
        """Hand a mail over once. Raises OSError or smtplib.SMTPException when it breaks off."""
        return send_one(
            mail,
            host="127.0.0.1",
            port=self.stage.smtp_port,
            sender=self.cast.kommune.address,
            recipient=GATEWAY_ADDRESS,
            timeout=timeout,
        )

    def send_as_it_is(self, data: bytes) -> Reply:
        """Hand over bytes that smtplib would mend first; only dots are doubled."""
        with smtplib.SMTP("127.0.0.1", self.stage.smtp_port, timeout=30) as client:
            client.ehlo()
            client.mail("stranger@nowhere.example")
            client.rcpt(GATEWAY_ADDRESS)
            client.docmd("DATA")
            client.send((b"\r\n" + data).replace(b"\r\n.", b"\r\n..")[2:] + b"\r\n.\r\n")
            code, text = client.getreply()
            return Reply(code, text.decode())

    def deliver(self, mail: bytes, *, patience: float = 90.0, pause: float = 0.05) -> Reply:
        """Hand a mail over as a mail server does: the same bytes again until it is kept."""
        end = time.monotonic() + patience
        while True:
            with suppress(OSError, smtplib.SMTPException):
                reply = self.send(mail)
                if reply.code == 250:
                    return reply
                assert 400 <= reply.code < 500, reply
            assert time.monotonic() < end, "the mail was never kept"
            time.sleep(pause)

    # Its rows, read beside it as they lie on disk.

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database."""
        file = self.stage.home / "sagspost.db"
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=30)) as asked:
            return asked.execute(query, values).fetchall()

    def number(self, query: str, *values: object) -> int:
        """Ask the database for one number."""
        return int(self.rows(query, *values)[0][0])

    def open_ends(self) -> int:
        """How many mails and occurrences are still under way."""
        return self.number(
            "SELECT (SELECT count(*) FROM mails WHERE state = 'received')"
            " + (SELECT count(*) FROM occurrences WHERE done_at IS NULL)"
            " + (SELECT count(*) FROM outbox WHERE state = 'queued')"
        )

    def settle(self, seconds: float = 60.0) -> None:
        """Until nothing is under way, and stays so."""
        end = time.monotonic() + seconds
        quiet = 0
        while quiet < 5:
            quiet = 0 if self.open_ends() else quiet + 1
            assert time.monotonic() < end, f"{self.open_ends()} still under way"
            time.sleep(0.05)

    def verify_log(self) -> None:
        """The whole journal and every chain hold."""
        self.stage.run("log", "verify")


@contextmanager
def served(template: Template, folder: Path, *, traps: bool = False) -> Iterator[Served]:
    """A gateway of its own for one test; not started yet."""
    home = folder / "home"
    shutil.copytree(template.home, home)
    with Inboxes() as inboxes:
        stage = Stage(home, relay_port=inboxes.port)
        settings = home / "sagspost.toml"
        text = settings.read_text("utf-8")
        for key, value in (
            ("listen", f"127.0.0.1:{stage.smtp_port}"),
            ("url", f"smtp://127.0.0.1:{inboxes.port}"),
        ):
            text = re.sub(rf'^{key} = ".*?"', f'{key} = "{value}"', text, count=1, flags=re.M)
        settings.write_text(text, "utf-8")
        made = Served(stage, template.cast, inboxes, folder / "trap", traps)
        try:
            yield made
        finally:
            made.close()


class Postman:
    """Delivers mails in threads of its own, so that a test can kill the gateway meanwhile."""

    def __init__(self, gateway: Served, *, threads: int = 4) -> None:
        self._gateway = gateway
        self._pool = ThreadPoolExecutor(threads)
        self._sent: list[Future[Reply]] = []

    def __enter__(self) -> Postman:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def send(self, mails: Sequence[bytes], **how: float) -> None:
        """Begin to deliver these."""
        self._sent += [self._pool.submit(self._gateway.deliver, mail, **how) for mail in mails]

    def wait(self) -> None:
        """Until each was answered with 250. Raises what went wrong with one."""
        for future in self._sent:
            future.result()


def is_open(port: int) -> bool:
    """Whether anybody listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def in_background(work: Callable[[], object]) -> threading.Thread:
    """A started thread."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
