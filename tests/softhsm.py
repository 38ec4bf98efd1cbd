"""A real token: SoftHSM with a configuration of its own, made once for each process."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from keys.token import TokenAt

PIN = "5678"
LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
)


@dataclass(frozen=True)
class SoftHsm:
    """The token, and what programs beside us need to speak to it."""

    folder: Path
    module: str
    label: str = "gateway"

    @property
    def at(self) -> TokenAt:
        return TokenAt(self.module, self.label, self.folder / "pin")

    def tool(self, *arguments: str) -> bytes:
        """Run OpenSC's pkcs11-tool on the token."""
        return subprocess.run(
            ["pkcs11-tool", "--module", self.module, "--token-label", self.label, "--login",
             "--pin", PIN, *arguments],
            check=True, capture_output=True,
        ).stdout  # fmt: skip


@cache
def softhsm() -> SoftHsm:
    """Make the token. SoftHSM reads its configuration once, so there is one for a process."""
    folder = Path(tempfile.mkdtemp(prefix="softhsm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    (folder / "pin").write_text(PIN + "\n")
    (folder / "pin").chmod(0o600)
    made = SoftHsm(folder, next(name for name in LIBRARIES if Path(name).exists()))
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", made.label, "--so-pin", "1234",
         "--pin", PIN],
        check=True, capture_output=True,
    )  # fmt: skip
    return made
