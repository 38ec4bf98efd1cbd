"""Refusals as lines of a mail: what is wrong in many rows of a report is said once, with the rows.

A report can have thousands of rows; three hundred sentences would help nobody. The evidence lists
each of them singly, as many as fit. A row has the number that it has in the sender's file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from parsers.problems import Problem
from workflows.wording import SHARED

_ROW: Final = re.compile(r"^[^.]+\.(\d+)(?:\.|$)")
_MOST_RUNS: Final = 300  # of rows that a line names: more is no list that anybody works through
_ALL_RUNS: Final = 3_000  # of all lines together, so that the mail stays small


def error_lines(problems: Sequence[Problem], language: str) -> str:
    """Return refusals as lines, each sentence once, in the order in which they first appear."""
    rows: dict[str, list[int]] = {}
    for problem in problems:
        plain, row = _without_row(problem)
        rows.setdefault(plain.text(language), []).extend([row] if row else ())
    most = max(1, min(_MOST_RUNS, _ALL_RUNS // max(1, len(rows))))
    return "\n".join(_line(text, numbers, language, most) for text, numbers in rows.items())


def _without_row(problem: Problem) -> tuple[Problem, int | None]:
    """Part a problem from the row that it is in: the file's, else the item's place in the list."""
    found = _ROW.match(problem.path)
    if found is None:
        return problem, None
    named = problem.params.get("row")
    rest = {key: value for key, value in problem.params.items() if key != "row"}
    return replace(problem, params=rest), int(named) if named else int(found[1]) + 1


def _line(text: str, numbers: list[int], language: str, most: int) -> str:
    if not numbers:
        return f"- {text}"
    distinct = sorted(set(numbers))
    runs = _runs(distinct)
    left_out = sum(map(len, runs[most:]))
    key = "rows.one" if len(distinct) == 1 else "rows.several"
    key = "rows.many" if left_out else key
    told = ", ".join(_run_in_words(run) for run in runs[:most])
    values = {"rows": told, "n": str(len(distinct)), "left_out": str(left_out)}
    return f"- {text} {SHARED.text(key, language, values)}"


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    """Return `[3], [5, 6, 7]` for 3, 5, 6, 7."""
    parted = groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    return [[number for _, number in run] for _, run in parted]


def _run_in_words(run: Sequence[int]) -> str:
    return f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}"
