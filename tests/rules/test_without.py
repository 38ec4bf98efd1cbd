"""A rule whose row can be taken out and nobody notices is not kept: each row is taken out once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.rules.places import ROOT, Place, files_that_mark_by_table, named_tests, rows_of
from workflows.catalogue import procedures

PROCEDURES = sorted(procedures())
NOTICED, UNNOTICED = 1, 0  # pytest's exit status: tests failed; all passed


def run(place: Place, rules: tuple[str, ...]) -> int:
    """Run the tests of some rules without a row; gives pytest's exit status."""
    named = {one.file for rule in rules for one in named_tests().get(rule, ())}
    files = sorted(named | {*files_that_mark_by_table()})
    done = subprocess.run(
        (
            *(sys.executable, "-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider"),
            *("-p", "tests.rules.without", "--without", place.text, "--rules", ",".join(rules)),
            *("-m", "rule and not long", *files),
        ),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode in {NOTICED, UNNOTICED}, done.stdout[-3000:] + done.stderr[-3000:]
    return done.returncode


@pytest.mark.long
@pytest.mark.parametrize("name", PROCEDURES)
def test_every_row_that_keeps_a_rule_is_missed_when_it_is_gone(name: str) -> None:
    unnoticed = [
        f"{place.text} for {', '.join(rules)}"
        for place, rules, _ in rows_of(procedures()[name])
        if rules and run(place, rules) == UNNOTICED
    ]
    assert unnoticed == []


def test_a_guard_that_is_taken_out_is_missed() -> None:
    assert run(Place("payment_agreement", "guard", "may_approve"), ("S0-R17",)) == NOTICED
