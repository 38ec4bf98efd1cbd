"""A pytest plugin that takes one row out of a procedure's tables, to see whether anybody notices.

    pytest -p tests.rules.without --without payment_agreement:guard:secure_enough tests/workflows

A guard without its check never refuses; a move is not there; a deadline is never set; a line of
money gives back what it was given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from workflows.catalogue import procedures
from workflows.definition import Move, Outcome, Procedure, Situation
from workflows.effects import SetDeadline
from workflows.validation import index_of


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    parser.addoption("--without", help="procedure:kind:name")
    parser.addoption("--rules", help="only tests that are marked with one of these, by commas")


def pytest_configure(config: pytest.Config) -> None:
    """Take the row out before any test is imported."""
    name, kind, row = config.getoption("--without").split(":")
    take_out(_original(name), kind, row)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests of other rules out."""
    wanted = set(config.getoption("--rules").split(","))
    items[:] = [
        item
        for item in items
        if wanted & {rule for mark in item.iter_markers("rule") for rule in mark.args}
    ]


def _original(name: str) -> Procedure:
    from workflows import catalogue  # noqa: PLC0415  its private list is what all copies are made of

    return next(one for one in catalogue._found() if one.name == name)


def take_out(procedure: Procedure, kind: str, name: str) -> None:
    """Change a procedure in place: all copies with a policy of their own are made of it."""
    assert procedures()[procedure.name]
    match kind:
        case "move":
            _set(procedure, "moves", tuple(m for m in procedure.moves if m.name != name))
        case "guard":
            for move in procedure.moves:
                for guard in move.guards:
                    if guard.name == name:
                        _set(guard, "check", lambda _situation: None)
        case "deadline":
            _set(procedure, "moves", tuple(_never_set(m, name) for m in procedure.moves))
        case "money":
            for rule in procedure.money:
                if rule.name == name:
                    _set(rule, "apply", lambda first, *_rest, **_named: first)
    _set(procedure, "index", index_of(procedure.moves))


def _never_set(move: Move, name: str) -> Move:
    act = move.act

    def without(situation: Situation) -> Outcome:
        outcome = act(situation)
        kept = (e for e in outcome.effects if not (isinstance(e, SetDeadline) and e.name == name))
        return replace(outcome, effects=tuple(kept))

    changed: Callable[[Situation], Outcome] = without
    return replace(move, act=changed)


def _set(frozen: object, name: str, value: Any) -> None:
    object.__setattr__(frozen, name, value)
