"""A refusal that says why a field cannot be used, in the words of whoever is refused.

What cannot be read at all is the parsers' matter; here a field was read, and does not fit the case.
"""

from __future__ import annotations

from parsers.problems import Problem
from workflows.definition import Situation
from workflows.letters import Fact, said


def unfit(
    situation: Situation, path: str, why: str, *, code: str = "field.invalid", **facts: Fact
) -> Problem:
    """Return the refusal of a field; `why` names the procedure's text `unfit.<why>`."""
    language = situation.reader()
    values = {name: said(situation, fact, language) for name, fact in facts.items()}
    return Problem(code, path, {"why": situation.wording.text(f"unfit.{why}", language, values)})
