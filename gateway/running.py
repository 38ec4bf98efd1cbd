"""What is running in a home: the lock that only one `serve` holds, and DIR/run/serve.json.

{"pid": 41, "children": {"smtp": {"pid": 43, "ready": true}}, "addresses": {"smtp": "..."}}
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from gateway.errors import Refused

_DYING = 5.0  # seconds that the children of a killed `serve` get to follow it


class HomeLock:
    """Held by the one `serve` of a home, and by its children: it is free when all have ended."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file: IO[str] | None = None

    def __enter__(self) -> IO[str]:
        """Take the lock. Raises Refused if another `serve` has it."""
        folder = run_folder(self._home)
        file = (folder / "serve.lock").open("a+", encoding="ascii")
        try:
            self._take(file)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file
        return file

    def _take(self, file: IO[str]) -> None:
        end = time.monotonic() + _DYING
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = _pid_in(file)
                if time.monotonic() > end or (holder is not None and _is_alive(holder)):
                    who = f" (process {holder})" if holder is not None else ""
                    raise Refused(
                        f"another `sagspost serve`{who} is running in {self._home}: stop it first"
                    ) from None
                time.sleep(0.02)
            else:
                return

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def is_held(home: Path) -> bool:
    """Whether some `serve` has the home now, or its children are still ending."""
    try:
        with (home / "run" / "serve.lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def run_folder(home: Path) -> Path:
    """Give DIR/run, made for its owner alone."""
    folder = home / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def read_state(home: Path) -> dict[str, Any] | None:
    """Read DIR/run/serve.json; None if nothing runs there."""
    try:
        state: dict[str, Any] = json.loads((home / "run" / "serve.json").read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return state if _is_alive(state["pid"]) else None


def write_state(
    home: Path, *, children: Mapping[str, object], addresses: Mapping[str, str]
) -> None:
    """Replace DIR/run/serve.json in one step; on a full disk the old one stays."""
    state = {"pid": os.getpid(), "children": children, "addresses": addresses}
    with contextlib.suppress(OSError):
        new = run_folder(home) / "serve.json.new"
        new.write_text(json.dumps(state, indent=2) + "\n", "utf-8")
        new.replace(home / "run" / "serve.json")


def clear_state(home: Path) -> None:
    """Take DIR/run/serve.json away: nothing runs."""
    (home / "run" / "serve.json").unlink(missing_ok=True)


def descendants_of(pid: int) -> list[tuple[int, int]]:
    """Give all processes below `pid` with their parents, as far as /proc tells now."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text("latin-1").rpartition(")")[2].split()
                below.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[tuple[int, int]] = []
    parents = [pid]
    while parents:
        parent = parents.pop()
        children = below.get(parent, [])
        found += [(child, parent) for child in children]
        parents += children
    return found


def _pid_in(file: IO[str]) -> int | None:
    file.seek(0)
    text = file.read().strip()
    return int(text) if text.isdigit() else None


def _is_alive(pid: int) -> bool:
    """Whether it runs; one that was killed and whose parent has not looked yet does not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("latin-1").rpartition(")")[2].split()
    except OSError:
        return False
    return fields[0] not in ("Z", "X")
