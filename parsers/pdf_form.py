"""A message as a PDF form (AcroForm, ISO 32000 section 12.7) that a person filled.

Fields have the dotted paths as names, items numbered from 0 (``rates.0.amount``), and ``sagspost``
and ``message`` say what it is. Unknown names and names that stand twice are errors; values are read
as people write them. Nothing but the fields is read: scripts, actions and embedded files never are.
XFA is refused, since its data are not the fields that a person sees; an encrypted file is no form.

pypdf, because hostile bytes then stay in Python, and each of its decoders has a limit.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from pypdf import PdfReader, apply_configuration
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

from parsers.assembly import KEYS, Raw
from parsers.catalogue import Catalogue, MessageType
from parsers.problems import LANGUAGES, Problem
from parsers.text_values import Entry, fill_body

_LARGEST: Final = 8 * 1024 * 1024
_MOST_FIELDS: Final = 5_000
_DEEPEST: Final = 10
_LONGEST: Final = 60_000  # characters of a value
_MOST_INFLATED: Final = 16 * 1024 * 1024
_OFF: Final = ("", "Off")


@dataclass
class PdfForm:
    """What a form holds: (full name, value) in order, the language that it says, what it is not."""

    values: list[tuple[str, str]] = field(default_factory=list)
    language: str = "da"
    xfa: bool = False
    too_large: bool = False

    def says(self, name: str) -> str:
        """Return the first value of a field, or an empty text."""
        return next((value for known, value in self.values if known == name), "")


def open_form(data: bytes) -> PdfForm | None:
    """Read the fields; None for a file that is no submission as a PDF form. Never raises."""
    if b"%PDF-" not in data[:1024] or len(data) > _LARGEST:
        return None
    form = PdfForm()
    try:
        with apply_configuration(
            zlib_maximum_output_length=_MOST_INFLATED,
            lzw_maximum_output_length=_MOST_INFLATED,
            run_length_maximum_output_length=_MOST_INFLATED,
            zlib_maximum_recovery_input_length=0,
            stream_filters_maximum_length=2,
        ):
            _collect(PdfReader(io.BytesIO(data), strict=True), form)
    except Exception:  # whatever a hostile file makes pypdf raise: it is no form then
        return None
    return form if form.says("sagspost") or form.says("message") else None


def _collect(reader: PdfReader, form: PdfForm) -> None:
    if reader.is_encrypted:
        return
    root = reader.root_object
    acroform = root.get("/AcroForm")
    acroform = acroform.get_object() if acroform is not None else None
    if not isinstance(acroform, DictionaryObject):
        return
    form.xfa = "/XFA" in acroform
    form.language = str(root.get("/Lang", "da"))[:2].lower()
    waiting = [(one, "", 0) for one in reversed(_array(acroform.get("/Fields")))]
    seen: set[tuple[int, int]] = set()
    while waiting:
        reference, above, depth = waiting.pop()
        if isinstance(reference, IndirectObject):
            if (reference.idnum, reference.generation) in seen:
                continue  # a field that holds itself
            seen.add((reference.idnum, reference.generation))
        node = reference.get_object()
        if len(seen) + len(waiting) > _MOST_FIELDS or depth > _DEEPEST:
            form.too_large = True
            return
        if not isinstance(node, DictionaryObject):
            continue
        own = _text(node.get("/T"))
        name = f"{above}.{own}".strip(".")[:200] if own else above
        kids = [one for one in _array(node.get("/Kids")) if "/T" in one.get_object()]
        if kids:
            waiting.extend((one, name, depth + 1) for one in reversed(kids))
        elif own:
            form.values.append((name, _value(node.get("/V"), is_button=node.get("/FT") == "/Btn")))


def _array(value: Any) -> list[Any]:
    value = value.get_object() if isinstance(value, IndirectObject) else value
    return list(value)[:_MOST_FIELDS] if isinstance(value, ArrayObject) else []


def _value(value: Any, *, is_button: bool) -> str:
    value = value.get_object() if isinstance(value, IndirectObject) else value
    # Some programs write the name of a pressed button as text, with its slash.
    if isinstance(value, NameObject) or (is_button and isinstance(value, str)):
        plain = str(value).removeprefix("/")
        return "" if plain in _OFF else plain
    if isinstance(value, ArrayObject):
        return "\n".join(_text(one) for one in value[:100])
    return _text(value)


def _text(value: Any) -> str:
    value = value.get_object() if isinstance(value, IndirectObject) else value
    if isinstance(value, bytes):
        return value.decode("latin-1")[:_LONGEST]
    if not isinstance(value, str):
        return ""
    return str(value).replace("\r\n", "\n").replace("\r", "\n")[:_LONGEST]


def read_pdf(form: PdfForm, catalogue: Catalogue, fallback_id: str) -> Raw:
    """Read what a form holds; the result never fails."""
    if form.too_large or form.xfa:
        code = "submission.too_large" if form.too_large else "submission.malformed"
        return Raw("pdf", {}, [Problem(code, "", {"form": "PDF"})])
    problems: list[Problem] = []
    keys: dict[str, Any] = {"id": fallback_id}
    kind = catalogue.get(form.says("message"))
    entries = []
    language = form.language if form.language in LANGUAGES else LANGUAGES[0]
    for name, value in _once(form, problems, kind, language):
        path, number = _place(name)
        if name in KEYS and name not in ("id", "body"):
            if value.strip():
                keys[name] = value.strip()
        elif kind is None:
            continue
        elif not _is_field(path, number, kind):
            problems.append(Problem("field.unknown", name[:80], {"label": name[:80]}))
        elif value.strip():
            entries.append(Entry(path, number, value, 0))
    if kind is not None:
        body, faults = fill_body(entries, kind, language)
        keys["body"] = body
        problems += faults
    return Raw("pdf", keys, problems, language=language)


def _once(
    form: PdfForm, problems: list[Problem], kind: MessageType | None, language: str
) -> Iterator[tuple[str, str]]:
    known: set[str] = set()
    for name, value in form.values:
        if name in known:
            label = kind.label(name, language) if kind else name
            problems.append(Problem("field.duplicate", name[:120], {"label": label[:120]}))
            continue
        known.add(name)
        yield name, value


def _place(name: str) -> tuple[str, int | None]:
    """Part the path from the number of the item, which people count from 1."""
    steps = name.removeprefix("body.").split(".")
    numbers = [step for step in steps if step.isascii() and step.isdigit()]
    path = ".".join(step for step in steps if step not in numbers)
    return path, int(numbers[0][:6]) + 1 if len(numbers) == 1 else (None if not numbers else -1)


def _is_field(path: str, number: int | None, kind: MessageType) -> bool:
    leaf = next((one for one in kind.leaves if one.path == path), None)
    return leaf is not None and (number is None) == (leaf.listed is None) and number != -1
