"""Where each seed rule is kept, from the tables, and which tests name it, from their marks."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workflows.catalogue import procedures
from workflows.definition import Procedure

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("move", "guard", "deadline", "money")


@dataclass(frozen=True, order=True)
class Place:
    """One row of a table that says which rules it keeps."""

    procedure: str
    kind: str
    name: str

    @property
    def text(self) -> str:
        """As the plugin `tests.rules.without` takes it."""
        return f"{self.procedure}:{self.kind}:{self.name}"


@dataclass(frozen=True, order=True)
class Named:
    """A test that says that it keeps a rule; `file` from the root of the repository."""

    file: str
    test: str


def rows_of(procedure: Procedure) -> Iterator[tuple[Place, tuple[str, ...], str]]:
    """Give every row with its own rules, and its reason where it has none."""
    for move in procedure.moves:
        yield Place(procedure.name, "move", move.name), move.rules, move.reason
    guards = {guard.name: guard for move in procedure.moves for guard in move.guards}
    for guard in guards.values():
        yield Place(procedure.name, "guard", guard.name), guard.rules, ""
    for deadline in procedure.deadlines:
        yield Place(procedure.name, "deadline", deadline.name), deadline.rules, deadline.reason
    for money in procedure.money:
        yield Place(procedure.name, "money", money.name), money.rules, ""


@cache
def places() -> Mapping[str, tuple[Place, ...]]:
    """Give the places of each rule that any table names."""
    found: dict[str, list[Place]] = {}
    for procedure in procedures().values():
        for place, rules, _ in rows_of(procedure):
            for rule in rules:
                found.setdefault(rule, []).append(place)
    return {rule: tuple(several) for rule, several in found.items()}


@cache
def named_tests() -> Mapping[str, tuple[Named, ...]]:
    """Give the tests that are marked with each rule, in the order of their files."""
    found: dict[str, list[Named]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        file = path.relative_to(ROOT).as_posix()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for rule in _marked(node):
                    found.setdefault(rule, []).append(Named(file, node.name))
    return {rule: tuple(several) for rule, several in found.items()}


@cache
def files_that_mark_by_table() -> tuple[str, ...]:
    """Give the files whose marks are made of the tables' own rules, but for the slow flows."""
    return tuple(
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "tests" / "workflows").rglob("test_*.py"))
        if "mark.rule(*" in path.read_text(encoding="utf-8")
    )


def _marked(test: ast.FunctionDef) -> Iterator[str]:
    for one in ast.walk(ast.Module(list(test.decorator_list), [])):  # type: ignore[arg-type]  # they are expressions
        if isinstance(one, ast.Call) and ast.unparse(one.func) == "pytest.mark.rule":
            for argument in one.args:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)
