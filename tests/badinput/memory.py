"""How much memory the processes of a gateway have needed, by the kernel's own high-water marks."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tests.crash.rig import Served

MIB = 1024


class Memory:
    """The peak of each process since this was made, over what it held then; in MiB."""

    def __init__(self, gateway: Served) -> None:
        self._gateway = gateway
        self._before = {pid: _resident(pid, "VmRSS") for pid in gateway.group()}
        for pid in self._before:
            _forget_peak(pid)
        self._usual = max(self._before.values())

    def again(self) -> Memory:
        """Let the marks begin anew; what they are measured against stays."""
        for pid in self._gateway.group():
            _forget_peak(pid)
        return self

    def growth(self) -> dict[str, int]:
        """For each process that runs now: its command and how many MiB it took on top."""
        grown = {}
        for pid in self._gateway.group():
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                name = " ".join(w.decode() for w in words if w in ROLES) or "other"
                # One that was started meanwhile is measured against the largest that was there.
                before = self._before.get(pid, self._usual)
                grown[f"{name} {pid}"] = (_resident(pid, "VmHWM") - before) // MIB
        return grown

    def most(self) -> int:
        """The largest of them."""
        return max(self.growth().values())


def _forget_peak(pid: int) -> None:
    with suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")  # lets VmHWM begin anew


ROLES = (b"smtp", b"worker", b"outbox", b"clock")


def _resident(pid: int, which: str) -> int:
    """In KiB."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith(which + ":"):
            return int(line.split()[1])
    return 0
