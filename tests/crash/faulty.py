"""The gateway's command line with one trap in it, for tests that kill it.

The trap is a file, named by SAGSPOST_TEST_TRAP, that says where to die: `role point moment scope`,
such as `smtp keep_batch after child`. Whoever comes there first takes the file away and then kills
its own process (`child`) or the whole gateway (`group`) with SIGKILL. Nothing in the product knows
of it: the parts are replaced here, by name, before the command line runs. Worker processes of the
pool import this module again, and so have the same traps; their role is `pool`.
"""

from __future__ import annotations

import functools
import inspect
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from gateway import serving, workers
from gateway.clock.duties import Duties
from gateway.inbound.session import Conversation
from gateway.outbound import sending
from gateway.outbound.making import Making
from gateway.outbound.relay import Connection, Relay
from gateway.pipeline.apply import Applier
from gateway.pipeline.process import Pipeline
from gateway.pipeline.reading import Tools
from gateway.store.unit import Unit

TRAP = "SAGSPOST_TEST_TRAP"
PLACES: dict[str, tuple[Any, str]] = {
    "keep_batch": (serving, "keep_batch"),
    "reply": (Conversation, "_keep"),  # after it the 250 is decided and not yet written
    "flush": (Unit, "flush"),  # after it all rows are written and not yet committed
    "read": (Tools, "read"),
    "process": (Pipeline, "process"),
    "apply": (Applier, "apply"),
    "make_waiting": (Making, "make_waiting"),
    "make": (workers, "make"),
    "connect": (Relay, "connect"),
    "sendmail": (Connection, "hand_over"),
    "record": (sending, "record"),
    "sweep": (Duties, "_sweep"),
}


def role() -> str:
    """Which part of the gateway this process is."""
    if multiprocessing.parent_process() is not None:
        return "pool"
    arguments = sys.argv[sys.argv.index("serve") :] if "serve" in sys.argv else []
    return next((one for one in serving.ROLES if one in arguments), "serve")


def pass_by(point: str, moment: str) -> None:
    """Die here if the trap says so; it snaps once."""
    trap = Path(os.environ[TRAP])
    try:
        where = trap.read_text("ascii").split()
    except FileNotFoundError:
        return
    if where[:3] != [role(), point, moment]:
        return
    try:
        trap.unlink()
    except FileNotFoundError:
        return
    if where[3] == "group":
        leader = os.getsid(0)
        with suppress(ProcessLookupError):
            os.kill(leader, signal.SIGKILL)
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def trapped(point: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, with a place to die before it and one after it has done something."""
    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def waited(*arguments: Any, **named: Any) -> Any:
            pass_by(point, "before")
            result = await original(*arguments, **named)
            pass_by(point, "after")
            return result

        return waited

    @functools.wraps(original)
    def called(*arguments: Any, **named: Any) -> Any:
        pass_by(point, "before")
        result = original(*arguments, **named)
        if result != 0:  # so says a part that found nothing to do
            pass_by(point, "after")
        return result

    return called


def argv_of(home: Path, part: str) -> tuple[str, ...]:
    """The command line of one part: this module again."""
    start = (sys.executable, "-m", "tests.crash.faulty", "--home", str(home))
    return (*start, "serve", part, "--ready-fd", "{ready_fd}")


for _point, (_owner, _name) in PLACES.items():
    setattr(_owner, _name, trapped(_point, getattr(_owner, _name)))
serving.argv_of = argv_of

if __name__ == "__main__":
    from gateway.cli import main

    main()
