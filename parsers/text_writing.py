"""The labelled text form of a message, blank for people to fill, or filled.

Also how any value is written for people, which tables and spreadsheets share.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from parsers.catalogue import MessageType
from parsers.leaves import Leaf
from parsers.problems import envelope_label, form_words
from parsers.values import write_amount, write_date

_HINTED: Final = ("date", "amount", "yes_no", "cpr", "municipality", "legal_basis")
_LONGEST_HINT, _LONGEST_CHOICES = 90, 250
_KEPT: Final = ("|", "*", "_")  # what would be read as a mark, and not as part of a value


def text_form(kind: MessageType, fields: Mapping[str, Any], language: str, *, blank: bool) -> bytes:
    """Write labels, and their values, between the markers, in UTF-8."""
    words = form_words(language)
    lines = [f"--- Sagspost: {kind.name} ---", kind.title(language)]
    lines += [words["required"]] if blank else []
    lines += [
        f"{envelope_label(key, language)}: {fields.get(key) or ''}".rstrip()
        for key in ("to", "reference", "case")
        if blank or fields.get(key) is not None
    ]
    body = fields.get("body") or {}
    listed: set[str] = set()
    for leaf in kind.leaves:
        if leaf.listed is None:
            value = value_at(body, leaf.path)
            if blank or value is not None:
                lines += _entry(_label(kind, leaf, language, blank), value, leaf, kind, language)
        elif leaf.listed not in listed:
            listed.add(leaf.listed)
            lines += _list_lines(kind, leaf.listed, body, language, blank)
    return "\n".join([*lines, f"--- {words['end']} ---", ""]).encode("utf-8")


def _list_lines(
    kind: MessageType, listed: str, body: Mapping[str, Any], language: str, blank: bool
) -> Iterator[str]:
    """Print a list's labels, numbered from 1, so that an item may leave any of its fields out."""
    leaves = [leaf for leaf in kind.leaves if leaf.listed == listed]
    items = value_at(body, listed) or ([{}] if blank else [])
    for number, item in enumerate(items, 1):
        for leaf in leaves:
            inner = leaf.path.removeprefix(listed).lstrip(".")
            value = value_at(item, inner) if inner else (item or None)
            if blank or value is not None:
                label = f"{kind.label(leaf.path, language)} {number}"
                label += _hint(leaf, kind, language) if blank else ""
                yield from _entry(label, value, leaf, kind, language)


def value_at(value: Any, path: str) -> Any:
    """Return what stands at a path without numbers, or None."""
    for step in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def _label(kind: MessageType, leaf: Leaf, language: str, blank: bool) -> str:
    label = kind.label(leaf.path, language)
    if not blank:
        return label
    return f"{label}{_hint(leaf, kind, language)}{' *' if leaf.required else ''}"


def _hint(leaf: Leaf, kind: MessageType, language: str) -> str:
    """Say in brackets what may stand there; a colon would end the label."""
    clean = hint(leaf, kind, language).translate({ord(mark): None for mark in "():\t\n"}).strip()
    longest = _LONGEST_CHOICES if leaf.kind == "choice" else _LONGEST_HINT
    return f" ({clean})" if clean and len(clean) <= longest else ""


def hint(leaf: Leaf, kind: MessageType, language: str) -> str:
    """Say what may stand in a field: its choices, how it is written, or its help."""
    help_text = kind.help.get(language, {}).get(leaf.path, "")
    if leaf.kind == "choice":
        names = kind.choices.get(language, {}).get(leaf.path, {})
        help_text = " / ".join(names.get(value, value) for value in leaf.choices)
    elif leaf.kind in _HINTED and not (leaf.kind == "amount" and help_text):
        help_text = form_words(language)[leaf.kind]
    return help_text


def _entry(label: str, value: Any, leaf: Leaf, kind: MessageType, language: str) -> Iterator[str]:
    text = "" if value is None else shown(value, leaf, kind, language)
    if leaf.kind in ("text", "line") and (
        text != text.strip() or "\n" in text or text[:1] in _KEPT
    ):
        yield f"{label}:"
        yield from (f"| {line}" for line in text.split("\n"))
    else:
        yield f"{label}: {text}".rstrip()


def shown(value: Any, leaf: Leaf, kind: MessageType, language: str) -> str:
    """Write a value as people do."""
    if leaf.kind == "yes_no":
        return form_words(language)["yes" if value else "no"]
    if leaf.kind == "date":
        return write_date(date.fromisoformat(value), language)
    if leaf.kind == "amount":
        return write_amount(Decimal(value), language)
    if leaf.kind == "choice":
        return kind.choices.get(language, {}).get(leaf.path, {}).get(value, str(value))
    return str(value)
