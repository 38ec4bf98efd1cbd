"""From plain JSON values to a Submission: the part that all forms have in common.

Whatever form a message came in, its body is validated here by the same model in pydantic's strict
JSON mode, so that one model decides for all of them.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from parsers.canonical import digest_of_plain, plain_json
from parsers.catalogue import Catalogue, MessageType
from parsers.content import Attachment
from parsers.dates import is_plausible_year
from parsers.errors import NotCanonical
from parsers.identifiers import CaseNumber, Cpr, Orgnr, Personnummer
from parsers.meant import (
    MACHINE_FORMS,
    choices_in_words,
    fault_of,
    meant_field,
    meant_value,
    unknown_message,
)
from parsers.outcomes import RowNumbers, Submission, Unreadable
from parsers.problems import LANGUAGES, Problem, first_of

KEYS: Final = ("sagspost", "message", "id", "to", "reference", "case", "body")
_CVR_SHAPE: Final = re.compile(r"[0-9]{8}")
_ISO_DAY: Final = re.compile(r"([0-9]{4})-[0-9]{2}-[0-9]{2}")
_PRINTABLE: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,200}")
_MOST_PROBLEMS: Final = 20_000  # of a report of ten thousand rows all that is wrong is told
_MOST_MEANT: Final = 25  # problems that are asked what was meant: it costs more than to tell them
_MOST_UNKNOWN: Final = 100  # names that a sender chose; the model bounds all other problems
_MOST_WARNINGS: Final = 100
_EXPECTED: Final = (
    ("date", "date"),
    ("bool", "yes_no"),
    ("decimal", "amount"),
    ("amount", "amount"),
    ("literal", "choice"),
    ("enum", "choice"),
    ("int", "count"),
    ("string_too", "length"),
    ("string_pattern", ""),
    ("string", "text"),
    ("model", "object"),
    ("dict", "object"),
    ("list", "list"),
    ("tuple", "list"),
    ("too_", "length"),
    ("greater", "range"),
    ("less", "range"),
)
_OWN_KINDS: Final = frozenset(  # words of the wording files that types use as their error type
    {
        "cpr",
        "cvr",
        "orgnr",
        "personnummer",
        "p_number",
        "municipality",
        "municipality_se",
        "region",
        "city_district",
        "legal_basis",
        "case_number",
        "disclosure_basis",
        "period",
        "rates",
        "ean",
    }
)


@dataclass
class Raw:
    """A submission as it was found: plain values, and the problems that its form already has."""

    form: str
    keys: Mapping[str, Any]
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    language: str = "da"
    composed: bool = False
    """All text is known to be in NFC."""
    row_numbers: RowNumbers = ("", ())


def assemble(
    raw: Raw, catalogue: Catalogue, attachments: tuple[Attachment, ...]
) -> Submission | Unreadable:
    """Check the submission's own keys and its body, all problems at once."""
    problems = list(raw.problems)
    if problems and not raw.keys:
        # Nothing could be read: to tell that each field is missing as well would hide why.
        return Unreadable(first_of(problems, _MOST_PROBLEMS))
    own = {key: _own_key(raw.keys, key, problems) for key in ("id", "to", "reference", "case")}
    if raw.keys.get("sagspost") != "1":
        problems.append(_absent_or_wrong(raw.keys, "sagspost", "version"))
    name = raw.keys.get("message")
    kind = catalogue.get(name) if isinstance(name, str) else None
    body: BaseModel | None = None
    if kind is None or raw.form not in kind.forms:
        problems.append(unknown_message(name, catalogue, raw.form, raw.language))
    else:
        body = _read_body(raw, kind, problems)
        _require_addressee(kind, raw.keys, problems)
    if problems or kind is None or body is None:
        known = kind.name if kind else None
        told = first_of([*problems, *_mistyped(raw)], _MOST_PROBLEMS)
        return Unreadable(told, known, own["id"], own["reference"], own["case"])
    return _finish(raw, kind, own, body, attachments)


def _mistyped(raw: Raw) -> Iterator[Problem]:
    """Tell of labels that were meant as ours: what is missing most likely stands behind one."""
    for one in raw.warnings:
        if "suggestion" in one.params:
            yield replace(one, severity="error")


def _finish(
    raw: Raw,
    kind: MessageType,
    own: Mapping[str, str | None],
    body: BaseModel,
    attachments: tuple[Attachment, ...],
) -> Submission | Unreadable:
    values: dict[str, object] = {"sagspost": "1", "message": kind.name, **own}
    values["body"] = body.model_dump(mode="json", by_alias=True)
    try:
        fields = plain_json(values)
        value_digest = digest_of_plain(fields)
    except NotCanonical:
        problem = Problem("field.invalid", "body")
        return Unreadable((problem,), kind.name, own["id"], own["reference"], own["case"])
    assert isinstance(fields, dict)
    return Submission(
        form=raw.form,
        message=kind.name,
        id=own["id"] or "",
        to=own["to"],
        reference=own["reference"],
        case=own["case"],
        body=body,
        digest=value_digest,
        fields=fields,
        warnings=(
            *raw.warnings,
            *islice(_number_warnings(fields["body"], kind, raw.language), _MOST_WARNINGS),
        ),
        attachments=attachments,
        row_numbers=raw.row_numbers,
    )


def _absent_or_wrong(keys: Mapping[str, Any], key: str, expected: str) -> Problem:
    if keys.get(key) is None:
        return Problem("field.missing", key)
    return Problem("field.invalid", key, {"expected": expected})


def _own_key(keys: Mapping[str, Any], key: str, problems: list[Problem]) -> str | None:
    value = keys.get(key)
    if value is None:
        if key == "id":
            problems.append(Problem("field.missing", key))
        return None
    if isinstance(value, str) and _PRINTABLE.fullmatch(value):
        if key in ("id", "reference"):
            return value
        try:
            if key == "case":
                return str(CaseNumber.parse(value))
            return value if _CVR_SHAPE.fullmatch(value) else Orgnr.parse(value).digits
        except ValueError:
            pass
    expected = {"case": "case_number", "to": "authority"}.get(key, "length")
    problems.append(Problem("field.invalid", key, {"expected": expected}))
    return None


def _require_addressee(kind: MessageType, keys: Mapping[str, Any], found: list[Problem]) -> None:
    body = keys.get("body")
    bound = isinstance(body, dict) and body.get("digest")
    if kind.needs_addressee and keys.get("to") is None and not bound:
        found.append(Problem("field.missing", "to"))


def _read_body(raw: Raw, kind: MessageType, problems: list[Problem]) -> BaseModel | None:
    body = raw.keys.get("body")
    if not isinstance(body, dict):
        problems.append(_absent_or_wrong(raw.keys, "body", "object"))
        return None
    found = [*_problems_of_years(body, kind, raw.language)]
    problems.extend(found)
    try:
        text = json.dumps(body if raw.composed else _composed(body), ensure_ascii=False)
        return kind.model.model_validate_json(text, strict=True)
    except ValidationError as error:
        told = {one.path for one in found}
        problems.extend(p for p in _problems_of(error, kind, raw) if p.path not in told)
    except (ValueError, UnicodeEncodeError):
        problems.append(Problem("field.invalid", "body"))
    return None


def _composed(value: Any) -> Any:
    """Put all text into NFC, so that model and digest say the same; depth is bounded before."""
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {_composed(key): _composed(item) for key, item in value.items()}
    return [_composed(item) for item in value] if isinstance(value, list) else value


def _problems_of_years(body: Any, kind: MessageType, language: str) -> Iterator[Problem]:
    """A date of another century is told as such, beside whatever else is wrong."""
    for leaf in kind.leaves:
        if leaf.kind != "date":
            continue
        for path, value in _values_at(body, leaf.path):
            if (found := _ISO_DAY.match(value)) and not is_plausible_year(int(found[1])):
                params = {"expected": "year", **_labels(leaf.path, kind, language)}
                yield Problem("field.invalid", path, params)


def _problems_of(error: ValidationError, kind: MessageType, raw: Raw) -> Iterator[Problem]:
    seen = set()
    unknown = 0
    errors = error.errors(include_url=False)
    holders = {one["loc"][:end] for one in errors for end in range(1, len(one["loc"]))}
    for one in errors:
        if one["type"] == "too_short" and one["loc"] in holders:
            continue  # items that are wrong were not counted: they are told themselves
        steps = [str(step) for step in one["loc"]]
        context = one.get("ctx") or {}
        fault = str(one["type"])
        if fault in ("field.missing", "field.invalid") and "path" in context:
            steps += str(context["path"]).split(".")
        path = ".".join(steps)
        code, params = _judge(fault, context)
        unknown += code == "field.unknown"
        if (code, path) not in seen and (code != "field.unknown" or unknown <= _MOST_UNKNOWN):
            seen.add((code, path))
            params |= _labels_of(code, path, kind, raw.language)
            if params.get("expected") == "choice":
                params |= choices_in_words(path, kind, raw.form, raw.language)
            elif raw.form not in MACHINE_FORMS:
                params |= fault_of(params.get("expected"), one["input"], raw.language)
            asked = len(seen) <= _MOST_MEANT
            meant = _meant(code, steps, one["input"], kind, raw) if asked else None
            more = {"suggestion": meant} if meant else {}
            yield in_row(Problem(code, path, params | more), raw.row_numbers)


def _meant(code: str, steps: list[str], value: Any, kind: MessageType, raw: Raw) -> str | None:
    if code == "field.unknown":
        return meant_field(steps, kind)
    if code == "field.invalid":
        return meant_value(value, ".".join(steps), kind, raw.form, raw.language)
    return None


def in_row(problem: Problem, row_numbers: RowNumbers) -> Problem:
    """Name the row of the file that a problem is in, where the message came as rows."""
    start, numbers = row_numbers
    at = problem.path.removeprefix(start).partition(".")[0]
    if not start or not problem.path.startswith(start) or not at.isdigit():
        return problem
    if int(at) >= len(numbers):
        return problem
    return replace(problem, params={**problem.params, "row": str(numbers[int(at)])})


def _labels(path: str, kind: MessageType, language: str) -> dict[str, str]:
    """Name a field in the language of its form, and in that of whoever will read of it."""
    own = {f"label.{each}": kind.label(path, each) for each in LANGUAGES}
    return {"label": own[f"label.{language}"], **own}


def _labels_of(code: str, path: str, kind: MessageType, language: str) -> dict[str, str]:
    """The same; an unknown key has no name but its path."""
    return {"label": path[:80]} if code == "field.unknown" else _labels(path, kind, language)


def _judge(fault: str, context: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    if fault in ("missing", "field.missing"):
        return "field.missing", {}
    if fault == "extra_forbidden":
        return "field.unknown", {}
    if fault in ("literal_error", "enum"):
        allowed = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        return "field.invalid", {"expected": "choice", "allowed": allowed}
    if fault == "greater_than_equal" and context.get("ge") == 0:
        return "field.invalid", {"expected": "not_negative"}
    if fault in _OWN_KINDS:
        return "field.invalid", {"expected": fault}
    expected = next((word for start, word in _EXPECTED if fault.startswith(start)), "")
    return "field.invalid", {"expected": expected} if expected else {}


def _number_warnings(body: Any, kind: MessageType, language: str) -> Iterator[Problem]:
    """Tell of numbers that are valid and may still be wrong (domain rules C.1, C.5)."""
    for leaf in kind.leaves:
        if leaf.kind not in ("cpr", "personnummer"):
            continue
        for where, value in _values_at(body, leaf.path):
            for code in _unusual(leaf.kind, value):
                yield Problem(code, where, _labels(leaf.path, kind, language), "warning")


def _unusual(kind: str, value: str) -> Iterator[str]:
    if kind == "personnummer":
        sort = Personnummer.parse(value).sort
        if sort != "personal":
            yield f"personnummer.{sort}"
        return
    number = Cpr.parse(value)
    if not number.mod11_ok:
        yield "cpr.mod11"
    if number.substitute:
        yield "cpr.substitute"


def _values_at(body: Any, path: str) -> Iterator[tuple[str, str]]:
    """List what stands at a path without numbers, with its full path."""
    found: list[tuple[str, Any]] = [("", body)]
    for step in path.split("."):
        deeper = [
            (f"{at}.{step}", value[step])
            for at, value in found
            if isinstance(value, dict) and step in value
        ]
        found = []
        for at, value in deeper:
            items = enumerate(value) if isinstance(value, list) else ()
            found += [(f"{at}.{n}", item) for n, item in items] or [(at, value)]
    return ((at[1:], value) for at, value in found if isinstance(value, str))
