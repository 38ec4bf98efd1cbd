"""From labelled entries to the plain JSON values that the message model reads.

Nothing is judged here: what cannot be read as its kind is handed on as it stands, and the model
refuses it together with everything else that is wrong.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from parsers.catalogue import MessageType
from parsers.identifiers import Identifier
from parsers.leaves import Leaf
from parsers.marks import plain_value
from parsers.problems import LANGUAGES, Problem
from parsers.values import read_amount, read_date, read_yes_no

_COUNT: Final = re.compile(r"[0-9]{1,9}")
_UNIT: Final = re.compile(r"([0-9][0-9.,]*)\s*([^\W\d_]{3,})\.?")
_RATE: Final = re.compile(
    r"(?P<amount>[^a-zæøåäö]{0,20}?(?:kr\.?|dkk|sek)?[0-9., ]+(?:,-)?\s*(?:kr\.?|dkk|sek|kroner)?)"
    r"(?:\s*(?:pr\.?|per|/)\s*(?P<unit>[^\s,;.]+))?[,;.]?"
    r"(?:\s*(?:fra|från|from|gældende fra)(?:\s+og\s+med)?\s+(?P<from>.+?))??"
    r"(?:\s*(?:til|till|to|until)(?:\s+og\s+med|\s+och\s+med)?\s+(?P<to>.+?))?\.?",
    re.IGNORECASE,
)
_MOST_ITEMS: Final = 200
_LONGEST_RATE: Final = 200  # characters


@dataclass(frozen=True, slots=True)
class Entry:
    """A label that was found, with what stands beside and below it."""

    path: str
    number: int | None
    value: str
    line: int


class _Filling:
    """The body while it is filled, and what is wrong with the labels themselves."""

    def __init__(self, kind: MessageType, language: str) -> None:
        self.kind = kind
        self.languages = (language, *(one for one in LANGUAGES if one != language))
        self.leaves = {leaf.path: leaf for leaf in kind.leaves}
        self.flat: dict[str, Any] = {}
        self.items: dict[str, dict[int, dict[str, Any]]] = {}
        self.problems: list[Problem] = []

    def add(self, entry: Entry) -> None:
        leaf = self.leaves[entry.path]
        value = read_value(entry.value, leaf, self.kind, self.languages)
        if leaf.listed is None:
            value = self.split_rate(leaf, value, entry.value, self.flat)
            if self.flat.setdefault(leaf.path, value) != value:
                label = self.kind.label(leaf.path, self.languages[0])
                self.problems.append(Problem("field.duplicate", leaf.path, {"label": label}))
            return
        items = self.items.setdefault(leaf.listed, {})
        at = entry.number if entry.number is not None else max(items, default=1)
        if entry.number is None and leaf.path in items.get(at, {}):
            at += 1
        if len(items) < _MOST_ITEMS:
            item = items.setdefault(at, {})
            item[leaf.path] = self.split_rate(leaf, value, entry.value, item)

    def split_rate(self, leaf: Leaf, value: Any, text: str, item: dict[str, Any]) -> Any:
        """Read a rate written in one line; gives its amount, and fills the fields beside it."""
        fits = leaf.kind == "amount" and len(text) <= _LONGEST_RATE
        rate = _RATE.fullmatch(text) if fits else None
        if rate is None or not (rate["unit"] or rate["from"] or rate["to"]):
            return value
        parent = leaf.path.rpartition(".")[0]
        for name in ("unit", "from", "to"):
            sibling = self.leaves.get(f"{parent}.{name}")
            if rate[name] and sibling is not None:
                found = read_value(rate[name], sibling, self.kind, self.languages)
                item.setdefault(sibling.path, found)
        return read_value(rate["amount"], leaf, self.kind, self.languages)

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for leaf in self.leaves.values():  # so that each missing field is told, not their group
            group = leaf.path.rpartition(".")[0]
            if leaf.required and leaf.listed is None and group:
                _group(body, group.split("."))
        for path, value in self.flat.items():
            _set(body, path, value)
        for listed, items in self.items.items():
            _set(body, listed, [_item(items[at], listed) for at in sorted(items)])
        return body


def _item(values: Mapping[str, Any], listed: str) -> Any:
    if listed in values:
        return values[listed]
    made: dict[str, Any] = {}
    for path, value in values.items():
        _set(made, path.removeprefix(f"{listed}."), value)
    return made


def _set(target: dict[str, Any], path: str, value: Any) -> None:
    *steps, last = path.split(".")
    _group(target, steps)[last] = value


def _group(target: dict[str, Any], steps: Sequence[str]) -> dict[str, Any]:
    for step in steps:
        target = target.setdefault(step, {})
    return target


def fill_body(
    entries: Sequence[Entry], kind: MessageType, language: str
) -> tuple[dict[str, Any], list[Problem]]:
    """Give the body's plain values, and a problem for each label that stands twice."""
    filling = _Filling(kind, language)
    for entry in entries:
        if entry.value.strip():
            filling.add(entry)
    return filling.body(), filling.problems


def read_value(text: str, leaf: Leaf, kind: MessageType, languages: Sequence[str]) -> Any:
    """Read what a person wrote as the kind of its field; text that does not fit stays text."""
    if leaf.kind == "text":
        return text
    if leaf.kind == "line":
        return ", ".join(line.strip(" ,") for line in text.split("\n")) if "\n" in text else text
    plain = plain_value(text)
    if leaf.kind in ("count", "amount"):
        plain = _without_unit(plain, kind.label(leaf.path, languages[0]))
    try:
        return _read_kind(plain, leaf, kind, languages)
    except ValueError:
        return plain


def _without_unit(text: str, label: str) -> str:
    """Take off the unit that the label has too: ``120 min.`` as *Minutter om ugen*."""
    match = _UNIT.fullmatch(text)
    words = label.casefold().split()
    if match and any(word.startswith(match[2].casefold()) for word in words):
        return match[1]
    return text


def _read_kind(text: str, leaf: Leaf, kind: MessageType, languages: Sequence[str]) -> Any:
    if leaf.identifier is not None:
        return str(_read_identifier(text, leaf.identifier))
    if leaf.kind == "date":
        day: date = read_date(text)
        return day.isoformat()
    if leaf.kind == "amount":
        return f"{read_amount(text, languages[0]):.2f}"
    if leaf.kind == "yes_no":
        return read_yes_no(text)
    if leaf.kind == "count":
        return int(text) if _COUNT.fullmatch(text) else text
    return _read_choice(text, leaf, kind, languages)


def _read_identifier(text: str, identifier: type[Identifier]) -> Identifier:
    return identifier.read(text)


def _read_choice(text: str, leaf: Leaf, kind: MessageType, languages: Sequence[str]) -> str:
    wanted = text.casefold().strip(" .")
    for language in languages:
        words = kind.choices.get(language, {}).get(leaf.path, {})
        for value, word in words.items():
            if word.casefold() == wanted and value in leaf.choices:
                return value
    return next((value for value in leaf.choices if value.casefold() == wanted), text)
