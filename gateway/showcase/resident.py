"""The command line of a gateway, loaded once and driven through a pipe: many commands, little time.

The process on the other side is `python -m gateway.cli.resident`; each command is forked from it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import NamedTuple

_COMMAND = (sys.executable, "-P", "-m", "gateway.cli.resident")


class Answer(NamedTuple):
    """A command that has ended: its exit status and what it wrote."""

    status: int
    out: str
    err: str


class Resident:
    """The pipe to a loaded command line; made by `resident`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lock = Lock()

    def run(self, arguments: Sequence[str], environment: Mapping[str, str]) -> Answer:
        """Run one command to its end; raises OSError when the process is gone."""
        asked = {"arguments": list(arguments), "environment": dict(environment)}
        into, out = self._process.stdin, self._process.stdout
        assert into is not None
        assert out is not None
        with self._lock:
            into.write(json.dumps(asked) + "\n")
            into.flush()
            line = out.readline()
        if not line:
            raise OSError("the command line is gone")
        answer = json.loads(line)
        return Answer(answer["status"], answer["out"], answer["err"])


@contextmanager
def resident() -> Iterator[Resident]:
    """Load a command line while the block runs."""
    with subprocess.Popen(
        _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        yield Resident(process)
