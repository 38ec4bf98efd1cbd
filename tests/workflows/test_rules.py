"""docs/rules.md is complete and true: every rule has its place, and every name in it exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.workflows.play import PROCEDURE, Play
from workflows.effects import MakeDraft
from workflows.engine import rules_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
RULES = [f"S0-R{number}" for number in range(1, 22)]
ROW = re.compile(r"^\| (S0-R\d+) \|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
ROWS = {match[1]: match.groups()[1:] for match in ROW.finditer(PAGE)}
NAMED = re.compile(r"`([a-z_0-9]+)`")

MOVES = {move.name: move for move in PROCEDURE.moves}
GUARDS = {guard.name: guard for move in PROCEDURE.moves for guard in move.guards}
DEADLINES = {rule.name: rule for rule in PROCEDURE.deadlines}


def own_rules(name: str) -> set[str]:
    """The rules that something of that name says it keeps."""
    found: set[str] = set()
    for table in (MOVES, GUARDS, DEADLINES):
        if name in table:
            found |= {*table[name].rules}
    return found


def names_of_tests() -> set[str]:
    files = (ROOT / "tests" / "workflows").glob("test_*.py")
    return {
        name
        for file in files
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }


def test_every_rule_of_the_seed_has_its_row() -> None:
    assert list(ROWS) == RULES


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_kept_by_the_table_or_has_a_reason_why_not(rule: str) -> None:
    _, kept_by, tests = ROWS[rule]
    in_table = {
        name for table in (MOVES, GUARDS, DEADLINES) for name in table if rule in own_rules(name)
    }
    named = {name for name in NAMED.findall(kept_by) if name in {*MOVES, *GUARDS, *DEADLINES}}
    if "reason below" in kept_by:
        assert not in_table
        assert re.search(rf"^- \*\*{rule}\*\* \S", PAGE, re.MULTILINE)
    else:
        assert in_table == named
        assert NAMED.findall(tests)


def test_every_test_that_the_page_names_exists() -> None:
    named = {name for row in ROWS.values() for name in NAMED.findall(row[2])}
    assert named <= names_of_tests()


def test_no_move_or_deadline_names_a_rule_that_the_seed_does_not_have() -> None:
    for table in (MOVES, GUARDS, DEADLINES):
        for name in table:
            own = {rule for rule in own_rules(name) if not rule.startswith(("S2-", "S4-"))}
            assert own <= set(RULES)


def test_what_has_no_rule_stands_under_beyond_the_seed() -> None:
    beyond = PAGE.split("### Beyond the seed")[1]
    without = {name for table in (MOVES, DEADLINES) for name in table if not own_rules(name)}
    assert without <= set(NAMED.findall(beyond))


def test_rules_stand_in_the_seeds_order() -> None:
    assert rules_of(MOVES["open_case"]) == (
        "S0-R6",
        "S0-R9",
        "S0-R10",
        "S2-R1",
        "S2-R8",
        "S4-R1",
        "S4-R2",
        "S4-R4",
    )


@pytest.mark.rule("S0-R1")
def test_one_document_holds_both_agreements_unless_one_is_asked_for() -> None:
    both = Play().drafted().effects(MakeDraft)
    assert [made.canonical["kind"] for made in both] == ["both"]
    alone = Play().request({"kind": "matching"}).delivered("notice_accepted", "facility").offer()
    assert [made.view["kind"] for made in alone.effects(MakeDraft)] == ["matching"]
