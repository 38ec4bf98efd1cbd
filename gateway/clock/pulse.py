"""The clock's sign of life: when the deadlines were last looked at, for any process to read."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Pulse:
    """A file whose time of change is that of the last sweep, by the machine's own clock."""

    path: Path

    def beat(self) -> None:
        """Note that a sweep has just been done; on a disk that takes no note, go on without."""
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch()

    def age(self) -> float | None:
        """Tell how many seconds ago that was; None if there was none yet."""
        try:
            return max(0.0, time.time() - self.path.stat().st_mtime)
        except FileNotFoundError:
            return None
