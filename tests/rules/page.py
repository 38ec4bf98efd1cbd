"""Writes docs/rules.md from the seeds, the tables and the marks of the tests.

python -m tests.rules.page        # write it anew
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.rules.places import ROOT, Place, named_tests, places, rows_of
from workflows.catalogue import procedures
from workflows.definition import Procedure
from workflows.seeds import OUTSIDE, SEEDS, Seed

PAGE = ROOT / "docs" / "rules.md"
_HEAD = """\
# The rules of the seeds, and where each one is kept

A seed is a document of an authority that says how the work is done. Each sentence of it that
carries a rule has an id; the sentences are shortened. A rule is kept by rows of a procedure's
tables: a move, a guard, a deadline or a line of money; and tests, named here, fail when the row is
taken out (`make test-long` takes each one out). Where the gateway has nothing to do, the reason
stands here.

This page is generated (`python -m tests.rules.page`), and `make test` checks that it is current and
that no rule lacks both. What rests on no rule stands on the pages of the
[procedures](procedures/README.md), each with its reason.
"""


def page() -> str:
    """Give the page's text."""
    parts = [_HEAD, *(part for seed in SEEDS for part in _seed(seed))]
    return "\n".join(parts)


def _seed(seed: Seed) -> Iterator[str]:
    yield f"## {seed.name}: {seed.title}\n"
    yield "| id | sentence | kept by | tests |\n|---|---|---|---|"
    for rule, sentence in seed.sentences.items():
        yield f"| {rule} | {_cell(sentence)} | {_kept(rule)} | {_tests(rule)} |"
    yield ""


def _kept(rule: str) -> str:
    if rule in OUTSIDE:
        return f"Outside: {_cell(OUTSIDE[rule])}"
    by_procedure: dict[str, list[Place]] = {}
    for place in places().get(rule, ()):
        by_procedure.setdefault(place.procedure, []).append(place)
    return "; ".join(
        f"[{name}](procedures/{name}.md): " + ", ".join(f"{p.kind} `{p.name}`" for p in several)
        for name, several in by_procedure.items()
    )


def _tests(rule: str) -> str:
    return ", ".join(f"`{one.test}`" for one in named_tests().get(rule, ()))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def beyond(procedure: Procedure) -> list[tuple[Place, str]]:
    """Give the rows of a procedure that no rule asks for, with their reasons."""
    return [(place, reason) for place, rules, reason in rows_of(procedure) if not rules and reason]


def known_rules() -> set[str]:
    """Give every rule that a row of any procedure names."""
    return {rule for p in procedures().values() for _, rules, _ in rows_of(p) for rule in rules}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
