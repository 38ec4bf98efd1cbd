"""The head of a flow: who takes part, which calendar, which settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from gateway.showcase.flows.language import (
    Facility,
    FlowError,
    Partner,
    Person,
    Setting,
    Sheet,
)
from gateway.showcase.flows.lines import Block, blocks_of, fields_of

REGION: Final = ("Region Midtjylland", "29190925")
_KEY = r"(?P<key>[a-z]\w*)"
_NAMED = re.compile(rf"(?P<what>partner|stranger|forger|facility|person) {_KEY}: (?P<rest>.+)")
_SETTING = re.compile(r"(?P<name>[a-z_]\w*(?:\.[a-z_]\w*)*) ?= ?(?P<value>.+)")
_AUTHORITY = re.compile(r"(?P<name>.+), (?:cvr (?P<cvr>\d{8})|orgnr (?P<orgnr>\d{6}-?\d{4}))")
_MOMENT = re.compile(r"(?:(?P<weekday>[A-Z][a-z]{2}) )?(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d)")
_GROUP = re.compile(r"group (?P<name>[a-z]\w*): (?P<members>[a-z]\w*(?:, ?[a-z]\w*)*)")
_SHEET = re.compile(r"sheet (?P<name>[a-z]\w*)")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass
class Head:
    """What the head has said so far."""

    title: str = ""
    procedure: str = ""
    start: datetime | None = None
    language: str = "da"
    calendar: str = "DK"
    authority: tuple[str, str] = REGION
    partners: list[Partner] = field(default_factory=list)
    facilities: list[Facility] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def keys(self) -> set[str]:
        """Everybody who has been named."""
        named: list[Partner | Facility | Person] = [*self.partners, *self.facilities, *self.persons]
        return {one.key for one in named}

    def members(self, line: int, words: str) -> tuple[str, ...]:
        """Give everybody whom the words for who sends or gets stand for. Raises FlowError."""
        if not words.startswith("each of "):
            found: tuple[str, ...] = (words,)
            without: list[str] = []
        else:
            group, _, but = words.removeprefix("each of ").partition(" but ")
            if group not in self.groups:
                raise FlowError(line, f"the head names no group {group}")
            found, without = self.groups[group], re.findall(r"[a-z]\w*", but.replace(" and ", ", "))
        for who in (*found, *without):
            if who not in {*self.keys, "inbox"}:
                raise FlowError(line, f"the head names nobody called {who}")
        return tuple(who for who in found if who not in without)


def moment_of(line: int, text: str) -> datetime:
    """Read `Mon 2026-11-23 09:00`; the weekday may be left out. Raises FlowError."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise FlowError(line, f"{text!r} is no moment, such as Mon 2026-11-23 09:00")
    try:
        at = datetime.fromisoformat(match["at"])
    except ValueError:
        raise FlowError(line, f"{match['at']}: there is no such day or time") from None
    right = _WEEKDAYS[at.weekday()]
    if match["weekday"] not in (None, right):
        raise FlowError(line, f"{match['at']} is a {right}, not a {match['weekday']}")
    return at


def take_head(block: Block, head: Head, parts: Mapping[str, str]) -> bool:
    """Take one block into the head; False where it belongs to none. Raises FlowError."""
    sheet = _SHEET.fullmatch(block.text)
    if sheet is not None:
        head.sheets.append(Sheet(block.number, sheet["name"], fields_of(block)))
        return True
    group = _GROUP.fullmatch(block.text)
    if group is not None:
        block.nothing_inside()
        head.groups[group["name"]] = tuple(re.split(r", ?", group["members"]))
        head.members(block.number, f"each of {group['name']}")
        return True
    named = _NAMED.fullmatch(block.text)
    name, colon, value = block.text.partition(": ")
    if named is None and not (colon and name in _SIMPLE):
        return False
    block.nothing_inside()
    if named is not None:
        if named["key"] in {*head.keys, "inbox", "authority", "nobody", "mail", "clock"}:
            raise FlowError(block.number, f"{named['key']} is taken; choose another short name")
        _TAKEN[named["what"]](block.number, named, head)
    elif name == "include":
        _include(block.number, value.strip(), head, parts)
    else:
        _SIMPLE[name](block.number, value.strip(), head)
    return True


def _include(line: int, name: str, head: Head, parts: Mapping[str, str]) -> None:
    """Take in the head lines of another file, which holds nothing else."""
    if name not in parts:
        known = ", ".join(sorted(parts)) or "none"
        raise FlowError(line, f"there is no {name}.part to include; there are: {known}")
    try:
        for block in blocks_of(parts[name]):
            if block.text.startswith("#"):
                continue
            if block.text.startswith("include:") or not take_head(block, head, parts):
                raise FlowError(block.number, f"{block.text!r} does not belong in a part")
    except FlowError as error:
        raise FlowError(line, f"{name}.part, line {error.line}: {error.said}") from None


# --- single values -------------------------------------------------------------------------------


def _one_of(*allowed: str) -> Callable[[int, str, str], str]:
    def check(line: int, name: str, value: str) -> str:
        if value not in allowed:
            raise FlowError(line, f"{name} must be {' or '.join(allowed)}, not {value!r}")
        return value

    return check


def _language(line: int, value: str, head: Head) -> None:
    head.language = _one_of("da", "sv", "en")(line, "language", value)


def _calendar(line: int, value: str, head: Head) -> None:
    head.calendar = _one_of("DK", "SE")(line, "calendar", value)


def _procedure(_line: int, value: str, head: Head) -> None:
    head.procedure = value


def _clock(line: int, value: str, head: Head) -> None:
    head.start = moment_of(line, value)


def _authority(line: int, value: str, head: Head) -> None:
    match = _AUTHORITY.fullmatch(value)
    if match is None:
        raise FlowError(line, "write `authority: NAME, cvr 8 DIGITS`, or `orgnr 10 DIGITS`")
    head.authority = (match["name"], match["cvr"] or match["orgnr"])


def _policy(line: int, value: str, head: Head) -> None:
    match = _SETTING.fullmatch(value)
    if match is None:
        raise FlowError(line, "write `policy: timers.reminders = 2`: a name, =, a TOML value")
    head.settings.append(Setting(line, match["name"], match["value"]))


_SIMPLE: Final[Mapping[str, Callable[[int, str, Head], None]]] = {
    "procedure": _procedure,
    "language": _language,
    "calendar": _calendar,
    "clock": _clock,
    "authority": _authority,
    "policy": _policy,
    "include": lambda *_: None,
}


# --- who takes part ------------------------------------------------------------------------------


def _described(line: int, text: str, *words: str) -> tuple[str, dict[str, str]]:
    """Read `NAME, word value, word value`; a value holds further commas where no word follows."""
    name, found, last = "", {}, ""
    for number, part in enumerate(text.split(",")):
        said = part.strip()
        word = next((one for one in words if said == one or said.startswith(f"{one} ")), None)
        if number == 0:
            name = said
        elif word is not None:
            last = word
            found[word] = said.removeprefix(word).strip()
        elif last:
            found[last] += f",{said}"
        else:
            raise FlowError(line, f"{said!r} is not one of: {', '.join(words)}")
    return name, found


_PARTNER = ("cvr", "orgnr", "municipality", "may", "language", "address", "approvers", "tunnel")


def _take_partner(line: int, match: Any, head: Head) -> None:
    name, said = _described(line, match["rest"], *_PARTNER)
    number = said.get("cvr") or said.get("orgnr")
    if not number:
        raise FlowError(line, "a partner has a number: cvr 55133018, or orgnr 212000-0142")
    what = match["what"]
    key = match["key"]
    head.partners.append(
        Partner(
            line,
            key,
            name,
            number,
            (said.get("address") or f"sikkermail@{key.replace('_', '-')}.example").lower(),
            municipality=said.get("municipality"),
            may=said.get("may", "request,approve"),
            language=said.get("language", head.language),
            approvers=tuple(filter(None, said.get("approvers", "").split(","))),
            tunnel="tunnel" in said,
            trust="registered" if what == "partner" else what,
        )
    )


def _take_facility(line: int, match: Any, head: Head) -> None:
    name, said = _described(line, match["rest"], "address", "language", "without certificate")
    address = (said.get("address") or f"{match['key'].replace('_', '-')}@rm.example").lower()
    head.facilities.append(
        Facility(
            line,
            match["key"],
            name,
            address,
            language=said.get("language", head.language),
            sealed="without certificate" not in said,
        )
    )


def _take_person(line: int, match: Any, head: Head) -> None:
    name, said = _described(line, match["rest"], "of", "address")
    if said.get("of") not in {one.key for one in head.facilities}:
        raise FlowError(line, "a person is `of` a facility that stands above: NAME, of granbo")
    address = (said.get("address") or f"{match['key'].replace('_', '-')}@rm.example").lower()
    head.persons.append(Person(line, match["key"], name, said["of"], address))


_TAKEN: Final[Mapping[str, Callable[[int, Any, Head], None]]] = {
    "partner": _take_partner,
    "stranger": _take_partner,
    "forger": _take_partner,
    "facility": _take_facility,
    "person": _take_person,
}
