"""Every rule of the seeds has a place and a test, or a reason why not; docs/rules.md says which."""

from __future__ import annotations

import pytest

from tests.rules.page import PAGE, known_rules, page
from tests.rules.places import named_tests, places, rows_of
from workflows.catalogue import procedures
from workflows.seeds import OUTSIDE, SEEDS, SENTENCES


def test_there_are_the_hundred_and_twenty_rules_of_the_five_documents() -> None:
    counted = {seed.name: len(seed.sentences) for seed in SEEDS}
    assert counted == {"S0": 21, "S1": 31, "S2": 14, "S3": 31, "S4": 23}
    for seed in SEEDS:
        expected = [f"{seed.name}-R{number}" for number in range(1, len(seed.sentences) + 1)]
        assert list(seed.sentences) == expected


@pytest.mark.parametrize("rule", SENTENCES)
def test_a_rule_has_a_place_and_a_test_or_a_reason(rule: str) -> None:
    if rule in OUTSIDE:
        assert rule not in places(), "kept by a table, so there is no reason to be outside"
        assert OUTSIDE[rule].endswith(".")
    else:
        assert rule in places(), "no row of any table names it, and workflows/outside.toml does not"
        assert rule in named_tests(), "no test is marked with it"


def test_no_row_and_no_test_names_a_rule_that_no_seed_has() -> None:
    assert known_rules() <= {*SENTENCES}
    assert {*named_tests()} <= {*SENTENCES}
    assert {*OUTSIDE} <= {*SENTENCES}


def test_every_row_has_a_rule_or_a_reason_and_a_name_of_its_own() -> None:
    for procedure in procedures().values():
        rows = list(rows_of(procedure))
        assert len({place for place, _, _ in rows}) == len(rows), procedure.name
        for place, rules, reason in rows:
            assert rules or reason or place.kind == "guard", place.text


def test_the_page_of_rules_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.rules.page"
