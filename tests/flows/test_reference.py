"""docs/flows.md is the whole reference: what it shows can be written, and what can be is shown."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.showcase.flows import expecting, reading
from gateway.showcase.flows.language import Flow
from gateway.showcase.flows.reading import read_flow

PAGE = (Path(__file__).parents[2] / "docs" / "flows.md").read_text("utf-8")
HEAD = """# A title
procedure: payment_agreement
clock: Mon 2026-11-23 09:00
partner aarhus: Aarhus Kommune, cvr 55133018
partner viborg: Viborg Kommune, cvr 29189846
facility granbo: Granbo
group councils: aarhus, viborg
sheet request
    kind: both
"""
PLACES = {"PROCEDURE": "framework_agreement", "ACT": "propose"}


def rows(heading: str) -> list[str]:
    """The first cells of the tables below a heading, and whatever else is code in them."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None
    return [line for line in section[1].splitlines() if line.startswith("| `")]


def code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def played(step: str, *expected: str) -> Flow:
    for place, word in PLACES.items():
        step = step.replace(place, word)
    lines = [step, *(f"> {one}" for one in expected or ("also others",))]
    return read_flow(f"{HEAD}{chr(10).join(lines)}\n")


def first_cell(row: str) -> str:
    return row.split(" | ", maxsplit=1)[0]


def test_every_step_of_the_page_can_be_written() -> None:
    shown = [one for row in rows("Steps") for one in code(first_cell(row))]
    steps = [one for one in shown if not one.startswith(("as ", "in ", "with", "from ", "by "))]
    options = {"signed only", "in clear", "through the tunnel", "without case"}
    steps = [one for one in steps if one not in options and not one.startswith("about")]
    assert len(steps) >= 9
    for step in steps:
        assert played(step).steps, step


def test_every_option_of_the_page_can_be_written() -> None:
    known = re.compile(r"(as|in|with|from|by|about|signed|through|without)\b")
    shown = [one for row in rows("Steps") for one in code(first_cell(row)) if known.match(one)]
    assert len(shown) >= 11
    for option in shown:
        assert played(f"aarhus sends placement_request, {option}").steps, option


def test_every_expectation_of_the_page_can_be_written() -> None:
    shown = [one for row in rows("Expectations") for one in code(row) if one.startswith("> ")]
    assert len(shown) >= 18
    for line in shown:
        assert played("aarhus sends again", line[2:]).steps[0].expected, line


def test_everything_that_can_be_written_is_on_the_page() -> None:
    for example in (*reading.EXAMPLES, *expecting.EXAMPLES):
        for one in re.split(r", or ", example):
            words = re.findall(r"[a-z_]{3,}", one)[:2]
            assert all(word in PAGE for word in words), one
    for manner in reading._KNOWN_MANNERS:
        assert manner.split()[0] in PAGE, manner


def test_every_line_of_the_head_on_the_page_can_be_written() -> None:
    needed = (
        "procedure: payment_agreement",
        "clock: Mon 2026-11-23 09:00",
        "partner viborg: Viborg Kommune, cvr 29189846",
        "partner aarhus: Aarhus Kommune, cvr 55133018",
        "facility granbo: Granbo",
    )
    shown = [line for row in rows("The head") for line in code(first_cell(row))]
    assert len(shown) >= 13
    for line in shown:
        others = [one for one in needed if one.split(":")[0] != line.split(":")[0]]
        text = "\n".join(["# A title", *others, line, "clock +1 day", "> also others"])
        assert read_flow(text, {"midtjylland": "facility solvang: Solvang"}).steps, line
