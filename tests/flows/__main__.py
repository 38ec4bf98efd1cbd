"""Play flows and say what is not as expected: `python -m tests.flows FILE...`, for writers.

With `--seen` it goes on to the end, and says after each step what was seen, as a flow writes it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.showcase.flows.acting import Act
from gateway.showcase.flows.language import Flow, FlowError, Sends, Step, Writes
from gateway.showcase.flows.player import FlowFailed
from gateway.showcase.flows.reading import read_flow
from gateway.showcase.flows.seen import Seen
from tests.flows.rig_stage import Workshop, parts_beside, play
from workflows.calendars import ZONES


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


@dataclass
class Scribe:
    """Writes down what is seen."""

    zone: ZoneInfo

    def step(self, step: Step) -> None:
        say(f"\n{step.line:>4}  {step.words}")

    def written(self, who: str, step: Sends | Writes, content: str | Mapping[str, Any]) -> None:
        """What is written stands in the flow."""

    def acts(self, act: Act) -> None:
        """What is done stands in the flow."""

    def happened(self, seen: Seen, step: Step) -> None:
        del step
        if seen.fate is not None and seen.fate.state != "processed":
            for code, path in seen.fate.reasons or ((seen.fate.state, ""),):
                say(f"> {seen.fate.state} {code}{f' at {path}' if path else ''}")
        for number in seen.after.shown:
            if seen.new_events(number):
                self._case(seen, number)
        for post in seen.posts:
            files = [n for n in post.letter.attachments if not n.startswith("evidence.json")]
            attached = f" with {', '.join(files)}" if files else ""
            say(f'> {post.named}{attached}: "{post.words}"')

    def _case(self, seen: Seen, number: str) -> None:
        say(f"> case {seen.after.state(number)}    ({number})")
        for name, due in seen.after.waiting(number).items():
            say(f"> deadline {name} {due.astimezone(self.zone):%Y-%m-%d %H:%M}")
        rules = dict.fromkeys(r for e in seen.new_events(number) for r in e["rules"] or ())
        say(f"> rules {' '.join(rules)}")


def main(names: list[str], *, show: bool) -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder) / "workshop")
        for number, name in enumerate(names):
            started, file = time.monotonic(), Path(name)
            stage = Path(folder) / str(number)
            stage.mkdir()
            try:
                _play(read_flow(file.read_text("utf-8"), parts_beside(file)), workshop, stage, show)
            except (FlowError, FlowFailed) as error:
                failed += 1
                say(f"{file}:\n{error}")
            else:
                end = "played to its end" if show else "as it is written"
                say(f"{file}: {end} ({time.monotonic() - started:.1f} s)")
    return 1 if failed else 0


def _play(flow: Flow, workshop: Workshop, stage: Path, show: bool) -> None:
    scribe = Scribe(ZONES[flow.calendar]) if show else None
    play(flow, workshop, stage, scribe, strict=not show)


if __name__ == "__main__":
    files = [word for word in sys.argv[1:] if word != "--seen"]
    raise SystemExit(main(files, show="--seen" in sys.argv))
