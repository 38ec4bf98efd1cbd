"""Forms of a message: blank ones for partners, and filled ones that the parser reads back.

``json``, ``schema`` (JSON Schema of the whole submission, draft 2020-12) and ``text`` (labelled
text between markers). All come from the message model and its words; nothing is written twice.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from parsers.catalogue import MessageType
from parsers.leaves import Leaf
from parsers.problems import envelope_label, form_words
from parsers.values import write_amount, write_date

OFFERED: Final = ("json", "schema", "text")
_HINTED: Final = ("date", "amount", "yes_no", "cpr", "municipality", "legal_basis")


def blank(message_type: MessageType, form: str, language: str) -> bytes:
    """Make a blank form in UTF-8. Raises ValueError for a form that is not offered."""
    if form == "schema":
        return _pretty(_schema(message_type, language))
    if form == "json":
        body = _nested((leaf, _empty(leaf)) for leaf in message_type.leaves)
        return _pretty(_submission(message_type.name, body))
    if form == "text":
        return _text(message_type, {}, language, blank=True)
    raise ValueError(f"the forms are {', '.join(OFFERED)}")


def written(
    message_type: MessageType, submission_fields: Mapping[str, Any], form: str, language: str
) -> bytes:
    """Make a filled form in UTF-8 from a submission's canonical fields.

    Reading it gives the same body; a text form carries no ``id``. Raises ValueError for a form
    that cannot be filled.
    """
    if form == "json":
        return _pretty(dict(submission_fields))
    if form == "text":
        return _text(message_type, submission_fields, language, blank=False)
    raise ValueError("the forms that can be filled are json and text")


def _pretty(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def _submission(name: str, body: object) -> dict[str, object]:
    return {
        "sagspost": "1",
        "message": name,
        "id": "",
        "to": None,
        "reference": None,
        "case": None,
        "body": body,
    }


def _empty(leaf: Leaf) -> object:
    return "" if leaf.required and leaf.kind not in ("yes_no", "count") else None


def _nested(values: Iterator[tuple[Leaf, object]]) -> dict[str, Any]:
    """Lay dotted paths out as an object; a list gets one item to copy."""
    out: dict[str, Any] = {}
    for leaf, value in values:
        *steps, last = leaf.path.split(".")
        target: Any = out
        walked = ""
        for step in steps:
            walked = f"{walked}.{step}".lstrip(".")
            target = target.setdefault(step, [{}] if walked == leaf.listed else {})
            target = target[0] if isinstance(target, list) else target
        target[last] = [] if leaf.listed == leaf.path else value
    return out


def _schema(kind: MessageType, language: str) -> dict[str, object]:
    body = kind.model.model_json_schema(by_alias=True, mode="validation")
    definitions = body.pop("$defs", {})
    text_or_null = {"type": ["string", "null"], "maxLength": 200}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:sagspost:1:{kind.name}",
        "title": kind.title(language),
        "type": "object",
        "additionalProperties": False,
        "required": [
            "sagspost",
            "message",
            "id",
            "body",
            *(["to"] if kind.needs_addressee else []),
        ],
        "properties": {
            "sagspost": {"const": "1"},
            "message": {"const": kind.name},
            "id": {"type": "string", "minLength": 1, "maxLength": 200},
            "to": {"type": ["string", "null"], "description": envelope_label("to", language)},
            "reference": text_or_null,
            "case": text_or_null,
            "body": body,
        },
        "$defs": definitions,
    }


def _text(kind: MessageType, fields: Mapping[str, Any], language: str, *, blank: bool) -> bytes:
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
            value = _value_at(body, leaf.path)
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
    items = _value_at(body, listed) or ([{}] if blank else [])
    for number, item in enumerate(items, 1):
        for leaf in leaves:
            inner = leaf.path.removeprefix(listed).lstrip(".")
            value = _value_at(item, inner) if inner else (item or None)
            if blank or value is not None:
                label = f"{kind.label(leaf.path, language)} {number}"
                label += _hint(leaf, kind, language) if blank else ""
                yield from _entry(label, value, leaf, kind, language)


def _value_at(value: Any, path: str) -> Any:
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
    help_text = kind.help.get(language, {}).get(leaf.path, "")
    if leaf.kind == "choice":
        names = kind.choices.get(language, {}).get(leaf.path, {})
        help_text = " / ".join(names.get(value, value) for value in leaf.choices)
    elif leaf.kind in _HINTED:
        help_text = form_words(language)[leaf.kind]
    clean = help_text.translate({ord(mark): None for mark in "():\t\n"}).strip()
    return f" ({clean})" if clean and len(clean) <= 90 else ""


def _entry(label: str, value: Any, leaf: Leaf, kind: MessageType, language: str) -> Iterator[str]:
    text = "" if value is None else _words(value, leaf, kind, language)
    if leaf.kind in ("text", "line") and (
        text != text.strip() or "\n" in text or text.startswith("|")
    ):
        yield f"{label}:"
        yield from (f"| {line}" for line in text.split("\n"))
    else:
        yield f"{label}: {text}".rstrip()


def _words(value: Any, leaf: Leaf, kind: MessageType, language: str) -> str:
    if leaf.kind == "yes_no":
        return form_words(language)["yes" if value else "no"]
    if leaf.kind == "date":
        return write_date(date.fromisoformat(value), language)
    if leaf.kind == "amount":
        return write_amount(Decimal(value), language)
    if leaf.kind == "choice":
        return kind.choices.get(language, {}).get(leaf.path, {}).get(value, str(value))
    return str(value)
