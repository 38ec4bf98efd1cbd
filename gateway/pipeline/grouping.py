"""Refusals as lines of a mail: what is wrong in many rows of a report is said once, with the rows.

A report can have thousands of rows; three hundred sentences would help nobody. The evidence lists
each of them singly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from parsers.problems import Problem
from workflows.wording import SHARED

_ROW: Final = re.compile(r"^[^.]+\.(\d+)(?:\.|$)")


def error_lines(problems: Sequence[Problem], language: str) -> str:
    """Return refusals as lines, each sentence once, in the order in which they first appear."""
    rows: dict[str, list[int]] = {}
    for problem in problems:
        found = _ROW.match(problem.path)
        rows.setdefault(problem.text(language), []).extend([int(found[1]) + 1] if found else ())
    return "\n".join(_line(text, numbers, language) for text, numbers in rows.items())


def _line(text: str, numbers: list[int], language: str) -> str:
    if not numbers:
        return f"- {text}"
    distinct = sorted(set(numbers))
    key = "rows.one" if len(distinct) == 1 else "rows.several"
    values = {"rows": _ranges(distinct), "n": str(len(distinct))}
    return f"- {text} {SHARED.text(key, language, values)}"


def _ranges(numbers: Iterable[int]) -> str:
    """Return `3, 5–9` for 3, 5, 6, 7, 8, 9."""
    told = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        several = [number for _, number in run]
        told.append(f"{several[0]}–{several[-1]}" if len(several) > 1 else f"{several[0]}")
    return ", ".join(told)
