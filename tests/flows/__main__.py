"""Play flows and say what is not as expected: `python -m tests.flows FILE...`, for writers."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from gateway.showcase.flows.language import FlowError
from gateway.showcase.flows.player import FlowFailed
from gateway.showcase.flows.reading import read_flow
from tests.flows.rig_stage import Workshop, parts_beside, play


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def main(names: list[str]) -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder) / "workshop")
        for number, name in enumerate(names):
            started, file = time.monotonic(), Path(name)
            stage = Path(folder) / str(number)
            stage.mkdir()
            try:
                play(read_flow(file.read_text("utf-8"), parts_beside(file)), workshop, stage)
            except (FlowError, FlowFailed) as error:
                failed += 1
                say(f"{file}:\n{error}")
            else:
                say(f"{file}: as it is written ({time.monotonic() - started:.1f} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
