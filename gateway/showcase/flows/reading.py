"""From a flow's text to a `Flow`, or to an error that names the line.

The head comes first; the first line that is none of it is the first step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from gateway.showcase.flows.expecting import WHO, expectations_of
from gateway.showcase.flows.heading import Head, moment_of, take_head
from gateway.showcase.flows.language import (
    Acts,
    Chapter,
    Flow,
    FlowError,
    Manner,
    Opens,
    Routes,
    Sends,
    SendsAgain,
    Step,
    Waits,
    Writes,
)
from gateway.showcase.flows.lines import Block, blocks_of, fields_of

_NAME = r"[a-z]\w*"
_DEADLINE = r"[a-z][\w.]*"
_MANNER = r"(?P<manner>(?: .+|, .+)?)"
_MAKE = Callable[[Block, re.Match[str], Head], Step]

_MANNERS: Final[tuple[tuple[re.Pattern[str], str, Any], ...]] = (
    (re.compile(r"as case ([A-Z]\w*)"), "label", None),
    (re.compile(r"in case ([A-Z]\w*)"), "case", None),
    (re.compile(r"(without case)"), "without_case", True),
    (re.compile(r"as ([a-z]+)"), "form", None),
    (re.compile(r"(signed only|in clear|through the tunnel)"), "sealing", None),
    (re.compile(rf"from sheet ({_NAME})"), "sheet", None),
    (re.compile(r'about "([^"]+)"'), "subject", None),
    (re.compile(r"from (\S+@\S+)"), "address", None),
    (re.compile(r"by (\w[\w .-]*)"), "person", None),
    (re.compile(r"with (\S+\.\w+)"), "files", None),
)
_SPLIT = re.compile(r',\s*(?=(?:[^"]*"[^"]*")*[^"]*$)')


def read_flow(text: str, parts: Mapping[str, str] | None = None) -> Flow:
    """Read a flow. `parts` are the texts that it may include, by name. Raises FlowError."""
    head = Head()
    steps: list[Step] = []
    for block in blocks_of(text):
        if block.text.startswith("# ") and not head.title:
            head.title = block.text[2:].strip()
        elif _is_comment(block) or (not steps and take_head(block, head, parts or {})):
            continue
        elif block.text.startswith(">"):
            steps[-1:] = [_expected(block, steps, head)]
        else:
            steps.append(_step(block, head))
    return _whole(head, tuple(steps))


def _whole(head: Head, steps: tuple[Step, ...]) -> Flow:
    for what, said in (
        (head.title, "# WHAT IT IS ABOUT"),
        (head.procedure, "procedure: NAME"),
        (head.start, "clock: Mon 2026-11-23 09:00"),
    ):
        if not what:
            raise FlowError(1, f"the head must say `{said}`")
    _check_labels(steps)
    if not any(step.expected for step in steps):
        raise FlowError(1, "nothing is expected: write `> ...` below a step")
    assert head.start is not None
    return Flow(
        head.title,
        head.procedure,
        head.start,
        head.authority,
        language=head.language,
        calendar="SE" if head.calendar == "SE" else "DK",
        partners=tuple(head.partners),
        facilities=tuple(head.facilities),
        persons=tuple(head.persons),
        settings=tuple(head.settings),
        sheets=tuple(head.sheets),
        steps=steps,
    )


def _check_labels(steps: tuple[Step, ...]) -> None:
    """Raise FlowError where two cases get the same label."""
    seen: set[str] = set()
    for step in steps:
        manner = getattr(step, "manner", None)
        if manner is not None and manner.label is not None:
            if manner.label in seen:
                raise FlowError(step.line, f"there is a case {manner.label} already")
            seen.add(manner.label)


def _is_comment(block: Block) -> bool:
    return block.text.startswith("#") and not block.text.startswith("## ")


def _expected(block: Block, steps: list[Step], head: Head) -> Step:
    block.nothing_inside()
    if not steps or isinstance(steps[-1], Chapter):
        raise FlowError(block.number, "an expectation stands below a step")
    wanted = expectations_of(block.number, block.text[1:].strip(), head.members)
    return replace(steps[-1], expected=(*steps[-1].expected, *wanted))


def _step(block: Block, head: Head) -> Step:
    for pattern, make in _STEPS:
        match = pattern.fullmatch(block.text)
        if match is not None:
            if who := match.groupdict().get("one"):
                head.members(block.number, who)
            return make(block, match, head)
    known = "\n  ".join(EXAMPLES)
    said = f"{block.text!r} is nothing that can happen; there are:\n  {known}"
    raise FlowError(block.number, said)


def _manner(block: Block, text: str, head: Head) -> Manner:
    """Read the words after what is sent or done, one after another or with commas between."""
    manner = Manner()
    for said in filter(None, (one.strip() for one in _SPLIT.split(text))):
        for pattern, name, value in _MANNERS:
            match = pattern.fullmatch(said)
            if match is None:
                continue
            taken: Any = value if value is not None else match[1]
            if name == "files":
                taken = (*manner.files, match[1])
            manner = replace(manner, **{name: taken})
            break
        else:
            known = ", ".join(_KNOWN_MANNERS)
            raise FlowError(block.number, f"{said!r} is not understood here; there are: {known}")
    if manner.sheet and manner.sheet not in {sheet.name for sheet in head.sheets}:
        raise FlowError(block.number, f"there is no sheet {manner.sheet} above")
    return manner


# --- the steps -----------------------------------------------------------------------------------


def _sends(block: Block, match: re.Match[str], head: Head) -> Step:
    return Sends(
        block.number,
        block.text,
        whos=head.members(block.number, match["who"]),
        message=match["message"],
        fields=fields_of(block),
        manner=_manner(block, match["manner"], head),
    )


def _again(block: Block, match: re.Match[str], _head: Head) -> Step:
    block.nothing_inside()
    return SendsAgain(block.number, block.text, who=match["one"], anew=bool(match["anew"]))


def _writes(block: Block, match: re.Match[str], head: Head) -> Step:
    inline = match["text"].strip()
    if bool(inline) == bool(block.inner):
        raise FlowError(block.number, "what is written stands after the colon, or indented below")
    return Writes(
        block.number,
        block.text,
        whos=head.members(block.number, match["who"]),
        text=inline or block.words,
        manner=_manner(block, match["manner"], head),
    )


def _acts(block: Block, match: re.Match[str], head: Head) -> Step:
    return Acts(
        block.number,
        block.text,
        act=match["act"],
        fields=fields_of(block),
        manner=_manner(block, match["manner"], head),
    )


def _opens(block: Block, match: re.Match[str], head: Head) -> Step:
    return Opens(
        block.number,
        block.text,
        procedure=match["procedure"],
        act=match["act"],
        fields=fields_of(block),
        manner=_manner(block, match["manner"], head),
    )


def _by(block: Block, match: re.Match[str], _head: Head) -> Step:
    block.nothing_inside()
    count = int(match["count"])
    return Waits(block.number, block.text, by=timedelta(**{f"{match['unit']}s": count}))


def _past(block: Block, match: re.Match[str], head: Head) -> Step:
    block.nothing_inside()
    manner = _manner(block, match["manner"], head)
    return Waits(block.number, block.text, past=match["name"], manner=manner)


def _to(block: Block, match: re.Match[str], _head: Head) -> Step:
    block.nothing_inside()
    return Waits(block.number, block.text, to=moment_of(block.number, match["moment"]))


def _routes(block: Block, match: re.Match[str], _head: Head) -> Step:
    block.nothing_inside()
    delivery: Any = match["delivery"]
    return Routes(block.number, block.text, who=match["one"], delivery=delivery)


def _chapter(block: Block, match: re.Match[str], _head: Head) -> Step:
    block.nothing_inside()
    return Chapter(block.number, match["words"])


_FORMS: Final[tuple[tuple[str, str, _MAKE], ...]] = (
    ("## A heading for the reader", r"## +(?P<words>.+)", _chapter),
    ("aarhus sends again", r"(?P<one>[a-z]\w*) sends again(?:, (?P<anew>sealed anew))?", _again),
    (
        "aarhus sends placement_request, as text",
        rf"{WHO} sends (?P<message>{_NAME}){_MANNER}",
        _sends,
    ),
    (
        "aarhus writes: Tak for i dag.",
        rf"{WHO} writes(?P<manner>(?:,? (?:\"[^\"]*\"|[^:\"])+)?):(?P<text>.*)",
        _writes,
    ),
    ("authority does offer", rf"authority does (?P<act>{_NAME}){_MANNER}", _acts),
    (
        "authority opens framework_agreement by propose",
        rf"authority opens (?P<procedure>{_NAME}) by (?P<act>{_NAME}){_MANNER}",
        _opens,
    ),
    (
        "clock +8 days, or hours, minutes",
        r"clock \+(?P<count>\d{1,5}) (?P<unit>day|hour|minute)s?",
        _by,
    ),
    ("clock past draft_answer", rf"clock past (?P<name>{_DEADLINE}){_MANNER}", _past),
    ("clock Mon 2026-12-07 09:00", r"clock (?P<moment>.+)", _to),
    (
        "mail to granbo waits, or fails, arrives, bounces",
        r"mail to (?P<one>[a-z]\w*) (?P<delivery>arrives|waits|fails|bounces)",
        _routes,
    ),
)
_STEPS: Final = tuple((re.compile(pattern), make) for _, pattern, make in _FORMS)
EXAMPLES: Final = tuple(example for example, _, _ in _FORMS)
_KNOWN_MANNERS: Final = (
    "as case B",
    "in case B",
    "without case",
    "as text",
    "signed only",
    "in clear",
    "through the tunnel",
    "from sheet request",
    'about "SUBJECT"',
    "from ADDRESS",
    "by PERSON",
    "with plan.pdf",
)
