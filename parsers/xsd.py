"""XML Schema 1.0 of a message, from its model: what our XML form says, for partners' tools.

The schema is never stricter than the reader: what only the model can say (check digits, one of two
fields, the order of dates) it leaves out, and what it refuses the reader refuses as well. Groups
are ``xs:all``, so that the order of elements is free, as that of keys is in JSON.
"""

from collections.abc import Iterator
from functools import lru_cache
from types import NoneType
from typing import Annotated, Any, Final, get_args, get_origin
from xml.sax.saxutils import escape, quoteattr  # writes, reads nothing

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from parsers.catalogue import MessageType
from parsers.leaves import Leaf
from parsers.problems import envelope_label
from parsers.xml_form import NAMESPACE
from parsers.xml_values import AMOUNT, COUNT, DATE, xsd_pattern

_OWN: Final = {
    "id": ((1, 200), None),
    "to": ((1, 200), "[0-9]{8}|(16)?[0-9]{6}-?[0-9]{4}"),
    "reference": ((1, 200), None),
    "case": ((1, 200), "[A-ZÆØÅÄÖ][A-Z0-9ÆØÅÄÖ]{0,9}-[0-9]{4}-[0-9]{6}"),
}


def schema_of(kind: MessageType, language: str) -> bytes:
    """Write the schema of a whole submission in UTF-8."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        f' targetNamespace="{NAMESPACE}" elementFormDefault="qualified">',
        '  <xs:element name="submission">',
        *_indented(_note(kind.title(language)), 4),
        *_indented(_all(_envelope(kind, language)), 4),
        "  </xs:element>",
        "</xs:schema>",
        "",
    ]
    return "\n".join(lines).encode("utf-8")


def _envelope(kind: MessageType, language: str) -> Iterator[str]:
    for key, value in (("sagspost", "1"), ("message", kind.name)):
        yield from _element(key, True, _simple("xs:string", _facet("enumeration", value)))
    for key, (lengths, pattern) in _OWN.items():
        facets = [_facet("minLength", lengths[0]), _facet("maxLength", lengths[1])]
        facets += [_facet("pattern", pattern)] if pattern else []
        label = envelope_label(key, language)
        needed = key == "id" or (key == "to" and kind.needs_addressee and not _bound(kind))
        yield from _element(key, needed, _simple("xs:string", *facets), label)
    yield from _element("body", True, _all(_fields(kind, kind.model, "", language)))


def _bound(kind: MessageType) -> bool:
    """Whether a digest in the body can stand in for the addressee."""
    return any(leaf.path == "digest" for leaf in kind.leaves)


def _fields(kind: MessageType, model: type[BaseModel], prefix: str, language: str) -> Iterator[str]:
    for name, info in model.model_fields.items():
        own = info.alias or name
        path = prefix + own
        label = kind.label(path, language)
        yield from _element(own, info.is_required(), _type_of(kind, info, path, language), label)


def _type_of(kind: MessageType, info: FieldInfo, path: str, language: str) -> list[str]:
    leaves = {leaf.path: leaf for leaf in kind.leaves}
    inner = _without_none(info.annotation)
    if get_origin(inner) in (list, tuple):
        item = get_args(inner)[0]
        facets = TypeAdapter(_whole(info)).json_schema()
        lengths = (facets.get("minItems", 0), facets.get("maxItems", "unbounded"))
        return _list(_item_type(kind, item, path, leaves, language), lengths)
    if path in leaves:
        return _leaf_type(leaves[path], _whole(info))
    return _all(_fields(kind, inner, f"{path}.", language))


def _item_type(
    kind: MessageType, item: Any, path: str, leaves: dict[str, Leaf], language: str
) -> list[str]:
    if path in leaves:
        return _leaf_type(leaves[path], item)
    return _all(_fields(kind, _without_none(item), f"{path}.", language))


def _whole(info: FieldInfo) -> Any:
    return Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation


def _without_none(annotation: Any) -> Any:
    """Take off Annotated and Optional, down to a list or a model."""
    while True:
        if get_origin(annotation) in (list, tuple) or isinstance(annotation, type):
            return annotation
        annotation = next((one for one in get_args(annotation) if one is not NoneType), str)


def _leaf_type(leaf: Leaf, annotation: Any) -> list[str]:
    if leaf.kind == "yes_no":
        return _simple("xs:boolean", _facet("pattern", "true|false"))
    if leaf.kind == "date":
        return _simple("xs:date", _facet("pattern", DATE))
    if leaf.kind == "amount":
        return _simple("xs:decimal", _facet("pattern", AMOUNT))
    if leaf.kind == "choice":
        return _simple("xs:token", *(_facet("enumeration", value) for value in leaf.choices))
    facets = _facets_of(annotation)
    if leaf.kind == "count":
        names = (("minInclusive", "minimum"), ("maxInclusive", "maximum"))
        found = [_facet(name, facets[key]) for name, key in names if key in facets]
        return _simple("xs:integer", _facet("pattern", COUNT), *found)
    pattern = xsd_pattern(facets["pattern"]) if "pattern" in facets else None
    rows = [_facet("pattern", pattern)] if pattern else []
    if leaf.identifier is None:
        # Blanks at both ends may be no part of the value: counted without them, it is shorter.
        rows += [_facet("minLength", 1)] if not _takes(annotation, " ") else []
        rows += [_facet("maxLength", facets["maxLength"])] if "maxLength" in facets else []
    return _simple("xs:token", *rows)


def _facets_of(annotation: Any) -> dict[str, Any]:
    schema = TypeAdapter(annotation).json_schema()
    options = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return dict(options[0]) if options else dict(schema)


@lru_cache(maxsize=1024)
def _takes(annotation: Any, text: str) -> bool:
    try:
        TypeAdapter(annotation).validate_python(text)
    except ValidationError:
        return False
    return True


def _element(name: str, required: bool, of_type: list[str], label: str = "") -> list[str]:
    least = "" if required else ' minOccurs="0"'
    note = _note(label) if label and label != name else []
    return [f"<xs:element name={quoteattr(name)}{least}>", *_indented([*note, *of_type], 2), _END]


_END: Final = "</xs:element>"


def _all(inner: Iterator[str]) -> list[str]:
    return ["<xs:complexType>", "  <xs:all>", *_indented(inner, 4), "  </xs:all>", _END_TYPE]


_END_TYPE: Final = "</xs:complexType>"


def _list(item: list[str], lengths: tuple[int, int | str]) -> list[str]:
    least, most = lengths
    start = f'<xs:element name="item" minOccurs="{least}" maxOccurs="{most}">'
    inner = _indented([start, *_indented(item, 2), _END], 4)
    return ["<xs:complexType>", "  <xs:sequence>", *inner, "  </xs:sequence>", _END_TYPE]


def _simple(of: str, *facets: str) -> list[str]:
    start = f'  <xs:restriction base="{of}">'
    rows = _indented(facets, 4)
    return ["<xs:simpleType>", start, *rows, "  </xs:restriction>", "</xs:simpleType>"]


def _facet(name: str, value: object) -> str:
    return f"<xs:{name} value={quoteattr(str(value))}/>"


def _note(text: str) -> list[str]:
    words = f"<xs:documentation>{escape(text)}</xs:documentation>"
    return [f"<xs:annotation>{words}</xs:annotation>"]


def _indented(lines: Any, by: int) -> list[str]:
    return [" " * by + line for line in lines]
