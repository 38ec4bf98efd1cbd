"""The CPU time of a whole process group, its dead and reaped children included (proc(5))."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """CPU seconds of a group at one moment: of each live process with its reaped children."""

    by_process: dict[int, float]
    names: dict[int, str]

    @property
    def total(self) -> float:
        """Give the seconds of the whole group."""
        return sum(self.by_process.values())

    def since(self, earlier: "Usage") -> dict[str, float]:
        """Give the seconds that each process has used since then, by name and process id.

        A process that ended in between is in its parent's time, once the parent has reaped it.
        """
        return {
            f"{self.names[pid]} ({pid})": round(seconds - earlier.by_process.get(pid, 0.0), 3)
            for pid, seconds in sorted(self.by_process.items())
        }


def usage_of(leader: int) -> Usage:
    """Read the time of every process in the group or the session that `leader` leads."""
    seconds, names = {}, {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text()
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended while we looked
        fields = stat.rpartition(")")[2].split()
        group, session = int(fields[2]), int(fields[3])
        if leader in {group, session}:
            pid = int(folder.name)
            seconds[pid] = sum(int(tick) for tick in fields[11:15]) / _TICKS
            names[pid] = _short_name(words)
    return Usage(seconds, names)


def _short_name(words: list[bytes]) -> str:
    """Give a command line's telling part: what comes after the home folder, and no options."""
    spoken = [word.decode("utf-8", "replace") for word in words if word]
    if any("multiprocessing" in word for word in spoken):
        return "spawned"
    if "--home" in spoken:
        spoken = spoken[spoken.index("--home") + 2 :]
    plain = [Path(word).name for word in spoken if not word.startswith("-")]
    return " ".join(plain[:2]) or "?"
