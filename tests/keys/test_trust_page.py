"""The page about trust shows the table of the policy, row for row."""

from __future__ import annotations

import re
from pathlib import Path

from keys.policy import CIPHER_RULES, HASH_RULES, KEY_RULES, POLICY_VERSION, Rule

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "trust.md").read_text("utf-8")


def row(rule: Rule) -> str:
    bits = f" {rule.least} to {rule.most} bits" if rule.most else ""
    until = "" if rule.until.year == 9999 else f"end of {rule.until.year - 1}"
    return f"| {rule.name}{bits} | {until} | {rule.source} |"


def test_the_page_shows_every_row_and_no_other() -> None:
    section = PAGE.partition("## What is strong enough")[2].partition("\n## ")[0]
    shown = re.findall(r"^\| .*\|$", section, re.MULTILINE)[1:]
    rules = [*KEY_RULES, *HASH_RULES, *CIPHER_RULES]
    assert [line for line in shown if not line.startswith("|--")] == [row(rule) for rule in rules]


def test_the_page_is_about_the_policy_in_force() -> None:
    assert f"`{POLICY_VERSION}`" in PAGE
