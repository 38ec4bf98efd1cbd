"""A real clamd in a folder of its own, that knows one signature: the EICAR test file's."""

import contextlib
import hashlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# In two pieces, so that a scanner on a developer's machine leaves the repository alone.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS" + rb"-TEST-FILE!$H+H*"
LARGEST = 1024 * 1024  # octets that it takes in one stream


@dataclass
class Scanner:
    """The child process; can be stopped and started again at the same address."""

    folder: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def socket(self) -> Path:
        return self.folder / "clamd.sock"

    @property
    def address(self) -> str:
        return f"unix:{self.socket}"

    def start(self) -> None:
        database = self.folder / "signatures"
        database.mkdir(exist_ok=True)
        digest = hashlib.md5(EICAR, usedforsecurity=False).hexdigest()
        (database / "own.hdb").write_text(f"{digest}:{len(EICAR)}:Own.Eicar\n")
        config = self.folder / "clamd.conf"
        config.write_text(
            f"LocalSocket {self.socket}\nDatabaseDirectory {database}\nForeground yes\n"
            f"StreamMaxLength {LARGEST}\nTemporaryDirectory {self.folder}\nMaxThreads 2\n"
        )
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            ["clamd", f"--config-file={config}"],
            stdout=log,
            stderr=log,
            env=os.environ | {"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin"},
        )
        log.close()
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            assert self.process is not None
            assert self.process.poll() is None, (self.folder / "log").read_text()
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as one:
                one.connect(str(self.socket))
                return
            time.sleep(0.05)
        raise AssertionError("clamd does not come up")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """For as long as it takes, nobody answers."""
        self.stop()
        try:
            yield
        finally:
            self.start()
