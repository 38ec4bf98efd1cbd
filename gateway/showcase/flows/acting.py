"""A person at the authority acts, by the command line that every authority has."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.showcase.flows.cast import CASEWORKER
from gateway.showcase.flows.content import body_of
from gateway.showcase.flows.language import Acts, Field, FlowError, Opens
from gateway.showcase.flows.seen import Fate
from gateway.showcase.flows.stage import StageOfFlow
from workflows.definition import Procedure

_REFUSED: Final = re.compile(r"refused: ([a-z_.]+): ")
_INVALID: Final = re.compile(r"(?:sagspost: )?[a-z_]+: ([\w.]+): \S")


@dataclass(frozen=True)
class Act:
    """An act that is about to be done: the command without its files, and its content."""

    words: tuple[str, ...]
    content: Mapping[str, Any]
    person: str

    def do(self, stage: StageOfFlow) -> Fate:
        """Let the person act; gives what became of it."""
        words = [*self.words]
        with tempfile.TemporaryDirectory() as folder:
            if self.content:
                file = Path(folder) / "act.json"
                file.write_text(json.dumps(self.content, ensure_ascii=False), "utf-8")
                words += ["--file", str(file)]
            done = stage.run(*words, "--as", self.person)
        if done.status == 0:
            return Fate("processed")
        return Fate("refused", _reasons(done.err) or (((done.err or done.out).strip(), ""),))


def act_of(
    stage: StageOfFlow,
    step: Acts | Opens,
    fields: Sequence[Field],
    number: str | None,
    procedures: Mapping[str, Procedure],
) -> Act:
    """Make ready what a person does to the case `number`, or to open one.

    Raises FlowError where it cannot be tried.
    """
    if isinstance(step, Opens):
        procedure, words = step.procedure, ("case", "open", step.procedure, step.act)
    else:
        if number is None:
            raise FlowError(step.line, "there is no case to act on yet")
        procedure = _procedure_of(stage, number)
        words = ("case", "act", number, step.act)
    known = procedures.get(procedure)
    if known is None or step.act not in known.acts:
        acts = ", ".join(sorted(known.acts)) if known else "none"
        raise FlowError(step.line, f"{procedure} has no act {step.act}; there are: {acts}")
    content = body_of(fields, known.acts[step.act])
    return Act(words, content, step.manner.person or CASEWORKER)


def _procedure_of(stage: StageOfFlow, number: str) -> str:
    done = stage.run("case", "show", number, "--json")
    return str(json.loads(done.out)["procedure"]) if done.status == 0 else ""


def _reasons(said: str) -> tuple[tuple[str, str], ...]:
    """Read what the command line says of a refusal: codes, or fields that do not fit the act."""
    found = [(match[1], "") for match in _REFUSED.finditer(said)]
    if not found:
        lines = (_INVALID.match(line) for line in said.splitlines())
        found = [("field.invalid", match[1]) for match in lines if match]
    return tuple(found)
