"""The command line without its start: a process that has loaded it, and forks for each command.

For whoever runs many commands in a row, as the demonstration does: most of a short command's time
is the loading of its modules. `python -m gateway.cli.resident` reads one request to a line,
`{"arguments": [...], "environment": {...}}`, and answers each with `{"status", "out", "err"}`; it
ends when its input does. Each command is a process of its own, as it is by itself.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from tempfile import TemporaryFile
from typing import IO, Any, Final, NoReturn

from gateway.cli.app import COMMANDS, loaded, main

_NEEDED: Final = ("gateway.wiring", "gateway.outbound.integrity", "workflows.catalogue")
"""What commands load only when they are called."""


def load() -> None:
    """Load every command, and what they need."""
    for name in COMMANDS:
        loaded(name)
    for name in _NEEDED:
        import_module(name)


def serve(requests: Iterable[str], answers: IO[str]) -> None:
    """Run the commands that are asked for, one after another."""
    for line in requests:
        asked = json.loads(line)
        done = _run(asked["arguments"], asked["environment"])
        answers.write(json.dumps(done) + "\n")
        answers.flush()


def _run(arguments: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    with TemporaryFile() as out, TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            _become(arguments, environment, out.fileno(), err.fileno())
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        return {"status": status, "out": out.read().decode(), "err": err.read().decode()}


def _become(
    arguments: Sequence[str], environment: Mapping[str, str], out: int, err: int
) -> NoReturn:
    """Be the command, in a process of its own that ends with it."""
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.environ |= environment
        # So that it calls itself sagspost, however the process was started.
        sys.argv = ["sagspost", *arguments]
        sys.modules["__main__"].__package__ = ""
        main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # whatever it was: this process must not go on as its parent does
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    load()
    serve(sys.stdin, sys.stdout)
