"""Every message that there is, and one with long rows, with bodies that its model takes.

Nothing here names a message of a procedure: a new one is covered as soon as it is found.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import NoneType
from typing import Annotated, Any, Literal, get_args

from hypothesis import assume
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from parsers.catalogue import Catalogue, MessageType
from parsers.identifiers import MUNICIPALITIES, Cpr, MunicipalityCode
from parsers.leaves import Leaf
from parsers.values import Money
from workflows.catalogue import catalogue, procedures

Line = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(_Strict):
    facility: Line
    places: int = Field(ge=0, le=10_000)
    occupied: int | None = Field(default=None, ge=0)
    takst: Money
    unit: Literal["day", "hour"] = "day"
    from_: date | None = Field(default=None, alias="from")
    contact: Cpr | None = None
    closing: bool = False
    remark: Line | None = None


class Report(_Strict):
    year: int = Field(ge=2000, le=2100)
    municipality: MunicipalityCode
    reported_by: Line
    remarks: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] | None = None
    rows: tuple[Place, ...] = Field(min_length=1, max_length=20_000)


REPORT = MessageType(
    "test_report",
    Report,
    titles={"da": "Indberetning af pladser", "sv": "Platsrapport", "en": "Report of places"},
    labels={
        "da": {
            "year": "År",
            "municipality": "Kommune",
            "reported_by": "Indberettet af",
            "remarks": "Bemærkninger",
            "rows": "Rækker",
            "rows.facility": "Tilbud",
            "rows.places": "Antal pladser",
            "rows.occupied": "Belagte pladser",
            "rows.takst": "Takst",
            "rows.unit": "Enhed",
            "rows.from": "Gælder fra",
            "rows.contact": "Kontaktpersons CPR-nummer",
            "rows.closing": "Lukker",
            "rows.remark": "Bemærkning",
        },
        "en": {"rows.facility": "Facility", "rows.places": "Places", "rows.takst": "Rate"},
    },
    choices={
        "da": {"rows.unit": {"day": "døgn", "hour": "time"}},
        "en": {"rows.unit": {"day": "24 hours", "hour": "hour"}},
    },
)
CATALOGUE = Catalogue([*catalogue(procedures()), REPORT])
KINDS = tuple(CATALOGUE)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


_FIT = st.characters(
    blacklist_categories=("Cs", "Cc", "Cn", "Co", "Cf"), blacklist_characters="\u2028\u2029\u0085"
)
WORDS = st.text(_FIT, min_size=1, max_size=40).map(_plain).filter(bool)
PROSE = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)
_ASCII = st.characters(min_codepoint=32, max_codepoint=126)
_TELLING = ("SEL § 107", "5798009811578", "consent")
"""What fields of narrower types take, whose schema does not say so."""
_KNOWN = {
    "cpr": ("670765-4005", "610190-4006", "710555-4006", "610165-0001"),
    "cvr": ("29190925", "55133018"),
    "orgnr": ("212000-0142",),
    "municipality": tuple(MUNICIPALITIES),
    "legal_basis": ("SEL § 107", "ABL § 105, stk. 2 + SEL § 85"),
    "personnummer": ("19640823-3234", "19701063-2391"),
    "ean": ("5798009811578",),
    "p_number": ("1003388394",),
    "case_number": ("RM-2026-000123",),
}


@st.composite
def bodies(draw: st.DrawFn, kind: MessageType) -> Mapping[str, Any]:
    """Draw a valid body as canonical fields; each optional field may be missing."""
    body = draw(_group(kind, kind.model, ""))
    for _ in range(6):
        try:
            model = kind.model.model_validate_json(json.dumps(body), strict=True)
        except ValidationError as error:
            for one in error.errors():
                _mend(draw, kind, body, [*one["loc"]], str(one["type"]))
            continue
        return _said(model.model_dump(mode="json", by_alias=True))
    assume(False)
    raise AssertionError


def _said(body: dict[str, Any]) -> dict[str, Any]:
    """A group in which nothing is said is none: no form but JSON and XML could tell the two."""
    empty = {key for key, one in body.items() if isinstance(one, dict) and not any(one.values())}
    return {key: None if key in empty else one for key, one in body.items()}


def _mend(draw: st.DrawFn, kind: MessageType, body: Any, where: list[Any], fault: str) -> None:
    """Leave out what does not fit, or add what is missing; the body as a whole is left alone."""
    if not where:
        return
    target = body
    for step in where[:-1]:
        try:
            target = target[step]
        except (KeyError, IndexError, TypeError):
            return
    path = ".".join(str(step) for step in where if isinstance(step, str))
    if not isinstance(target, dict):
        return
    if fault == "missing" or where[-1] not in target:
        model, prefix = kind.model, ""
        for step in [one for one in where if isinstance(one, str)]:
            info = next(f for n, f in model.model_fields.items() if (f.alias or n) == step)
            if f"{prefix}{step}" == path:
                target[where[-1]] = draw(_value(kind, info, path))
                return
            model, prefix = _model_in(info.annotation), f"{prefix}{step}."
    elif target[where[-1]] in _TELLING:
        del target[where[-1]]
    else:
        target[where[-1]] = draw(st.sampled_from(_TELLING))


def _group(kind: MessageType, model: type[BaseModel], prefix: str) -> st.SearchStrategy[Any]:
    required, optional = {}, {}
    for name, info in model.model_fields.items():
        own = info.alias or name
        values = _value(kind, info, prefix + own)
        (required if info.is_required() else optional)[own] = values
    return st.fixed_dictionaries(required, optional=optional)


def _value(kind: MessageType, info: FieldInfo, path: str) -> st.SearchStrategy[Any]:
    leaves = {leaf.path: leaf for leaf in kind.leaves}
    whole = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
    facets = _facets(whole)
    listed = any(leaf.listed == path for leaf in leaves.values())
    if path in leaves:
        one = _leaf(leaves[path], _facets_of_item(facets) if listed else facets)
    else:
        one = _group(kind, _model_in(info.annotation), f"{path}.")
    if not listed:
        return one
    # Of a list that may be missing no form but JSON and XML can say that it is there and empty.
    least = max(facets.get("minItems", 0), NoneType in get_args(info.annotation))
    return st.lists(one, min_size=least, max_size=least + 4)


def _facets(annotation: Any) -> dict[str, Any]:
    schema = TypeAdapter(annotation).json_schema()
    options = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return dict(options[0]) if options else dict(schema)


def _facets_of_item(facets: dict[str, Any]) -> dict[str, Any]:
    return dict(facets.get("items", {}))


def _model_in(annotation: Any) -> type[BaseModel]:
    waiting = [annotation]
    while waiting:
        one = waiting.pop()
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
        waiting.extend(getattr(one, "__args__", ()))
    raise AssertionError(annotation)


def _leaf(leaf: Leaf, facets: dict[str, Any]) -> st.SearchStrategy[Any]:
    if leaf.identifier is not None:
        if leaf.kind in _KNOWN:
            return st.sampled_from(_KNOWN[leaf.kind])
        return st.from_regex(leaf.identifier.pattern, fullmatch=True, alphabet=_ASCII)
    least = facets.get("minimum", 0)
    counts = st.integers(least, min(facets.get("maximum", least + 5000), 999_999_999))
    by_kind: dict[str, st.SearchStrategy[Any]] = {
        "date": st.dates(date(1900, 1, 1), date(2200, 1, 1)).map(date.isoformat),
        "amount": st.decimals("0.01", 800, places=2).map(lambda one: f"{Decimal(one):.2f}"),
        "count": counts,
        "yes_no": st.booleans(),
        "choice": st.sampled_from(leaf.choices or ("",)),
    }
    pattern = "" if leaf.kind in by_kind else str(facets.get("pattern", ""))
    if pattern and r"\x00" not in pattern:
        return st.from_regex(pattern, fullmatch=True, alphabet=_ASCII)
    return by_kind.get(leaf.kind, PROSE if leaf.kind == "text" else WORDS)


def submission(kind: MessageType, body: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a whole submission around a body."""
    keys = {"id": "x-1", "to": "29190925", "reference": "K 1", "case": "RM-2026-000123"}
    return {"sagspost": "1", "message": kind.name, **keys, "body": body}
