"""Forms of a message: blank ones for partners, and filled ones that the parser reads back.

All come from the message model and its words; nothing is written twice. What each is for:

json, xml      for systems; their schemas are ``schema`` (JSON Schema, draft 2020-12) and ``xsd``
text           labelled text between markers, to copy into a mail
table          an HTML table to copy into a mail
pdf            a form on A4 that a person fills and attaches
csv, xlsx      spreadsheets, for messages with a long list of rows
html           a page that a person fills in a browser; it saves JSON and copies labelled text
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from parsers import xsd
from parsers.catalogue import MessageType
from parsers.leaves import Leaf
from parsers.page_form import page_form
from parsers.pdf_sheet import pdf_form
from parsers.problems import envelope_label
from parsers.rows_writing import csv_form, xlsx_form
from parsers.table_form import table_form
from parsers.text_writing import text_form
from parsers.xml_form import blank_xml, written_xml

BINARY: Final = ("pdf", "xlsx")
"""The forms that are no text."""


def offered(kind: MessageType) -> tuple[str, ...]:
    """Name the forms that a message can be printed in."""
    return tuple(name for name, (of, _) in _BLANK.items() if of in kind.forms)


def blank(kind: MessageType, form: str, language: str) -> bytes:
    """Make a blank form. Raises ValueError for a form that is not offered."""
    if form not in offered(kind):
        raise ValueError(f"the forms of {kind.name} are {', '.join(offered(kind))}")
    return _BLANK[form][1](kind, language)


def written(kind: MessageType, fields: Mapping[str, Any], form: str, language: str) -> bytes:
    """Make a filled form from a submission's canonical fields.

    Reading it gives the same body; only JSON and XML carry the ``id``. Raises ValueError for a
    form that is not offered, or that cannot hold what the fields hold.
    """
    make = _FILLED.get(form)
    if make is None or form not in kind.forms:
        raise ValueError(f"{form} is no form of {kind.name} that can be filled")
    return make(kind, fields, language)


def _json_blank(kind: MessageType, _language: str) -> bytes:
    body = _nested((leaf, _empty(leaf)) for leaf in kind.leaves)
    return _pretty(_submission(kind.name, body))


def _json_filled(_kind: MessageType, fields: Mapping[str, Any], _language: str) -> bytes:
    return _pretty(dict(fields))


def _text_blank(kind: MessageType, language: str) -> bytes:
    return text_form(kind, {}, language, blank=True)


def _text_filled(kind: MessageType, fields: Mapping[str, Any], language: str) -> bytes:
    return text_form(kind, fields, language, blank=False)


def _xml_filled(_kind: MessageType, fields: Mapping[str, Any], _language: str) -> bytes:
    return written_xml(fields)


def _table_blank(kind: MessageType, language: str) -> bytes:
    return table_form(kind, {}, language)


def _pdf_blank(kind: MessageType, language: str) -> bytes:
    return pdf_form(kind, {}, language)


def _csv_blank(kind: MessageType, language: str) -> bytes:
    return csv_form(kind, {}, language)


def _xlsx_blank(kind: MessageType, language: str) -> bytes:
    return xlsx_form(kind, {}, language)


def _schema_blank(kind: MessageType, language: str) -> bytes:
    return _pretty(_schema(kind, language))


_BLANK: Final[Mapping[str, tuple[str, Callable[[MessageType, str], bytes]]]] = {
    "text": ("text", _text_blank),
    "json": ("json", _json_blank),
    "schema": ("json", _schema_blank),
    "xml": ("xml", blank_xml),
    "xsd": ("xml", xsd.schema_of),
    "html": ("json", page_form),
    "table": ("table", _table_blank),
    "pdf": ("pdf", _pdf_blank),
    "csv": ("csv", _csv_blank),
    "xlsx": ("xlsx", _xlsx_blank),
}
"""What is printed blank: the form that it is read as, and what makes it."""
_FILLED: Final[Mapping[str, Callable[[MessageType, Mapping[str, Any], str], bytes]]] = {
    "json": _json_filled,
    "text": _text_filled,
    "xml": _xml_filled,
    "table": table_form,
    "pdf": pdf_form,
    "csv": csv_form,
    "xlsx": xlsx_form,
}


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
