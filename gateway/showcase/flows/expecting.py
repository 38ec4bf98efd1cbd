"""The lines that begin with `>`: what must be seen after a step.

Each pattern of the table is one kind of expectation, with an example that the message of an error
shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time

from gateway.showcase.flows.expected import (
    CaseIs,
    DeadlineIs,
    Expectation,
    Explained,
    Gets,
    Judged,
    Nobody,
    NoDeadline,
    Others,
    Rules,
    Shows,
    Total,
)
from gateway.showcase.flows.language import FlowError

WHO = r"(?P<who>[a-z]\w*|each of [a-z]\w*(?: but [a-z]\w*(?:(?:, | and )[a-z]\w*)*)?)"
"""Somebody, or everybody in a group but some."""
_CASE = r"(?:case (?P<label>[A-Z]\w*) )?"
"""Whose, where it is not the newest case's: a label, as in `case B deadline ...`."""
_QUOTED = re.compile(r'(?P<not>not )?"(?P<text>[^"]+)"(?:, |$)')
_FILES = r"(?: with (?P<files>[^\s:,]+(?:, [^\s:,]+)*))?"
_Make = Callable[[int, re.Match[str]], Expectation]


def _quoted(line: int, said: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read `"text", not "other"`: what must be said, and what must not."""
    texts: list[str] = []
    absent: list[str] = []
    rest = said
    while rest:
        found = _QUOTED.match(rest)
        if found is None:
            raise FlowError(line, f'after the colon stand "texts" in quotes, not {rest!r}')
        (absent if found["not"] else texts).append(found["text"])
        rest = rest[found.end() :]
    return tuple(texts), tuple(absent)


def _gets(line: int, match: re.Match[str]) -> Gets:
    files = tuple(match["files"].split(", ")) if match["files"] else ()
    texts, absent = _quoted(line, match["texts"] or "")
    return Gets(line, match["who"], match["kind"], texts, absent, files)


def _explained(line: int, match: re.Match[str]) -> Explained:
    texts, absent = _quoted(line, match["texts"])
    return Explained(line, match["label"], match["name"], texts, absent)


def _deadline(line: int, match: re.Match[str]) -> DeadlineIs:
    try:
        day = date.fromisoformat(match["day"])
        at = time.fromisoformat(match["at"]) if match["at"] else None
    except ValueError:
        raise FlowError(line, f"{match['day']} {match['at'] or ''}: no such day or time") from None
    return DeadlineIs(line, match["label"], match["name"], day, at)


_FORMS: tuple[tuple[str, str, _Make], ...] = (
    ("nobody gets anything", r"nobody gets anything", lambda n, _: Nobody(n)),
    ("also others", r"also others", lambda n, _: Others(n)),
    (
        'aarhus gets received: "modtaget", not "afvist"',
        rf"{WHO} gets (?P<kind>[a-z_]+){_FILES}(?:: (?P<texts>.+))?",
        _gets,
    ),
    (
        "case ACKNOWLEDGED, or case B ACKNOWLEDGED",
        r"case (?:(?P<label>[A-Z]\w*) )?(?P<state>[A-Z][A-Z0-9_]+)",
        lambda n, m: CaseIs(n, m["label"], m["state"]),
    ),
    (
        "deadline draft_answer 2026-12-07 23:59",
        rf"{_CASE}deadline (?P<name>[\w.]+) (?P<day>\d{{4}}-\d\d-\d\d)(?: (?P<at>\d\d:\d\d))?",
        _deadline,
    ),
    (
        'explained: "text", or deadline draft_answer explained: "text"',
        rf"{_CASE}(?:deadline (?P<name>[\w.]+) )?explained: (?P<texts>.+)",
        _explained,
    ),
    (
        "no deadline draft_answer",
        rf"{_CASE}no deadline (?P<name>[\w.]+)",
        lambda n, m: NoDeadline(n, m["label"], m["name"]),
    ),
    (
        "no deadlines",
        rf"{_CASE}no deadlines",
        lambda n, m: NoDeadline(n, m["label"], None),
    ),
    (
        "refused field.missing at citizen.name",
        r"refused (?P<code>[a-z_]+(?:\.[a-z_]+)*)(?: at (?P<path>\S+))?",
        lambda n, m: Judged(n, "refused", m["code"], m["path"]),
    ),
    (
        "quarantined keys.certificate.untrusted",
        r"quarantined (?P<code>[a-z_]+(?:\.[a-z_0-9]+)*)",
        lambda n, m: Judged(n, "quarantined", m["code"]),
    ),
    (
        "manual submission.none",
        r"manual(?: (?P<code>[a-z_]+(?:\.[a-z_]+)*))?",
        lambda n, m: Judged(n, "manual", m["code"]),
    ),
    ("duplicate", r"duplicate", lambda n, _: Judged(n, "duplicate")),
    (
        "settlement total 1234.00, or settlement 2026-12 total 1234.00",
        rf"{_CASE}settlement (?:(?P<month>\d{{4}}-\d\d) )?total (?P<amount>-?\d+\.\d\d)",
        lambda n, m: Total(n, m["label"], m["month"], m["amount"]),
    ),
    (
        "rules S0-R9 S0-R11",
        rf"{_CASE}rules (?P<ids>S\d-R\d+(?:,? S\d-R\d+)*)",
        lambda n, m: Rules(n, m["label"], tuple(m["ids"].replace(",", "").split())),
    ),
    (
        "shows settlement.1.amount: 1845.50",
        rf"{_CASE}shows (?P<path>[\w.]+): (?P<value>.+)",
        lambda n, m: Shows(n, m["label"], m["path"], m["value"]),
    ),
)
_TABLE = tuple((re.compile(pattern), make) for _, pattern, make in _FORMS)
EXAMPLES = tuple(example for example, _, _ in _FORMS)


def expectations_of(
    line: int, text: str, members: Callable[[int, str], tuple[str, ...]]
) -> tuple[Expectation, ...]:
    """Read what stands after the `>`; of several recipients each is expected. Raises FlowError.

    `members` gives everybody whom the words for recipients stand for.
    """
    found = _expectation(line, text)
    if isinstance(found, Gets):
        return tuple(replace(found, who=who) for who in members(line, found.who))
    return (found,)


def _expectation(line: int, text: str) -> Expectation:
    for pattern, make in _TABLE:
        match = pattern.fullmatch(text)
        if match is not None:
            return make(line, match)
    known = "\n  > ".join(EXAMPLES)
    raise FlowError(line, f"{text!r} is nothing that can be expected; there are:\n  > {known}")
