"""A message as a PDF form on A4, blank or filled: what `parsers.pdf_form` reads back.

Labels, help and frames are drawn with the fonts that every PDF program has; each field is a widget
that a person fills in. The same content gives the same bytes on every machine: no clock, no random
identifier, no compression.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from parsers.catalogue import MessageType
from parsers.leaves import Leaf
from parsers.problems import envelope_label, form_words
from parsers.text_writing import hint, shown, value_at
from parsers.values import write_date

_WIDTH, _HEIGHT, _MARGIN, _GAP = 595.0, 842.0, 48.0, 14.0
_FULL: Final = _WIDTH - 2 * _MARGIN
_HALF: Final = (_FULL - _GAP) / 2
_BOX, _TEXT_BOX, _LINE = 19.0, 76.0, 10.5
_ITEMS: Final = 3  # of a list, in a blank form
_KEYS: Final = ("to", "reference", "case")
_FLAGS: Final = {"read_only": 1, "required": 2, "multiline": 1 << 12, "combo": 1 << 17}
_NARROW, _BROAD = frozenset("iljtfr.,:;'|!()[] I-"), frozenset("mwMWÆŒ@%")


@dataclass(frozen=True)
class _Field:
    name: str
    label: str
    help: str = ""
    required: bool = False
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    multiline: bool = False
    hidden: bool = False
    heading: str = ""
    """What the section is called that the field stands in."""


@dataclass
class _Page:
    drawn: list[str] = field(default_factory=list)
    widgets: list[tuple[_Field, float, float, float, float]] = field(default_factory=list)


def pdf_form(kind: MessageType, fields: Mapping[str, Any], language: str) -> bytes:
    """Write the form; without fields it is blank."""
    laid = _laid_out(kind, list(_fields(kind, fields, language)), language)
    writer = PdfWriter()
    writer.root_object[NameObject("/Lang")] = TextStringObject(language)
    writer.metadata = {"/Title": kind.title(language), "/Producer": "Sagspost"}
    tree: dict[str, Any] = {}
    fonts = _fonts(writer)
    for number, page in enumerate(laid, 1):
        foot = f"{kind.title(language)}   {number} / {len(laid)}"
        page.drawn.append(_words(foot, _MARGIN, 26, 8, "F1", 0.4))
        made = writer.add_blank_page(_WIDTH, _HEIGHT)
        content = DecodedStreamObject()
        content.set_data("\n".join(page.drawn).encode("cp1252", "replace"))
        made[NameObject("/Contents")] = writer._add_object(content)
        made[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        made[NameObject("/Annots")] = ArrayObject()
        made[NameObject("/Tabs")] = NameObject("/S")
        for one, *place in page.widgets:
            _place(tree, one.name, (_widget(one, place, made), made))
    form = DictionaryObject(
        {
            NameObject("/Fields"): ArrayObject(_added(writer, tree, None)),
            NameObject("/NeedAppearances"): BooleanObject(True),
            NameObject("/DA"): TextStringObject("/F1 10 Tf 0 g"),
            NameObject("/DR"): DictionaryObject({NameObject("/Font"): fonts}),
        }
    )
    writer.root_object[NameObject("/AcroForm")] = form
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _fonts(writer: PdfWriter) -> DictionaryObject:
    fonts = DictionaryObject()
    for name, of in (("/F1", "/Helvetica"), ("/F2", "/Helvetica-Bold")):
        fonts[NameObject(name)] = writer._add_object(
            DictionaryObject(
                {
                    NameObject("/Type"): NameObject("/Font"),
                    NameObject("/Subtype"): NameObject("/Type1"),
                    NameObject("/BaseFont"): NameObject(of),
                    NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
                }
            )
        )
    return fonts


# --- which fields there are ----------------------------------------------------------------------


def _fields(kind: MessageType, fields: Mapping[str, Any], language: str) -> Iterator[_Field]:
    yield _Field("sagspost", "", value="1", hidden=True)
    yield _Field("message", "", value=kind.name, hidden=True)
    heading = envelope_label("body", language)
    for key in _KEYS:
        needed = key == "to" and kind.needs_addressee
        value = str(fields.get(key) or "")
        yield _Field(key, envelope_label(key, language), required=needed, value=value)
    body = fields.get("body") or {}
    done: set[str] = set()
    for leaf in kind.leaves:
        group = leaf.path.rpartition(".")[0]
        named = kind.label(group, language) if group else heading
        title = named if named != group else heading
        if leaf.listed is None:
            yield _field(kind, leaf, leaf.path, value_at(body, leaf.path), language, title)
        elif leaf.listed not in done:
            done.add(leaf.listed)
            yield from _items(kind, leaf.listed, body, language)


def _items(
    kind: MessageType, listed: str, body: Mapping[str, Any], language: str
) -> Iterator[_Field]:
    leaves = [leaf for leaf in kind.leaves if leaf.listed == listed]
    items = value_at(body, listed) or [{}] * max(_ITEMS, len(leaves[0].choices))
    if len(leaves) > 1 and not body:
        items = items[:_ITEMS]
    for number, item in enumerate(items):
        for leaf in leaves:
            own = leaf.path.removeprefix(listed).lstrip(".")
            value = value_at(item, own) if own else (item or None)
            name = f"{listed}.{number}.{own}".rstrip(".")
            title = f"{kind.label(listed, language)} {number + 1}"
            yield _field(kind, leaf, name, value, language, title if own else "")


def _field(
    kind: MessageType, leaf: Leaf, name: str, value: Any, language: str, heading: str
) -> _Field:
    words = form_words(language)
    choices = [(one, shown(one, leaf, kind, language)) for one in leaf.choices]
    if leaf.kind == "yes_no":
        choices = [(words["yes"], words["yes"]), (words["no"], words["no"])]
    text = "" if value is None else str(value)
    if value is not None and leaf.kind == "date":
        text = write_date(date.fromisoformat(value), language)
    elif value is not None and leaf.kind in ("amount", "yes_no"):
        text = shown(value, leaf, kind, language)
    help_text = kind.help.get(language, {}).get(leaf.path) or (
        "" if choices else hint(leaf, kind, language)
    )
    label = kind.label(leaf.path, language)
    multiline = leaf.kind == "text"
    return _Field(
        name, label, help_text, leaf.required, text, tuple(choices), multiline, False, heading
    )


# --- where they stand ----------------------------------------------------------------------------


def _laid_out(kind: MessageType, fields: list[_Field], language: str) -> list[_Page]:
    pages = [_Page()]
    top = _HEIGHT - 92
    pages[0].drawn += [f"0.071 0.247 0.427 rg 0 {_HEIGHT - 64} {_WIDTH} 64 re f"]
    pages[0].drawn += [_words(kind.title(language), _MARGIN, _HEIGHT - 41, 18, "F2", None)]
    pages[0].drawn += [_words(form_words(language)["required"], _MARGIN, top + 8, 8.5, "F1", 0.3)]
    heading = ""
    waiting: list[_Field] = []

    def flush() -> None:
        nonlocal top
        if not waiting:
            return
        width = _FULL if waiting[0].multiline else _HALF
        above = max(_above(one, width) for one in waiting)
        height = above + (_TEXT_BOX if waiting[0].multiline else _BOX) + 9
        if top - height < 44:
            pages.append(_Page())
            top = _HEIGHT - 48
        for at, one in enumerate(waiting):
            _draw(pages[-1], one, _MARGIN + at * (_HALF + _GAP), top, width, above)
        top -= height
        waiting.clear()

    for one in fields:
        if one.hidden:
            pages[0].widgets.append((one, 0, 0, 0, 0))
            continue
        if one.heading != heading and one.heading:
            flush()
            heading = one.heading
            if top < 130:
                pages.append(_Page())
                top = _HEIGHT - 48
            pages[-1].drawn += [_words(heading, _MARGIN, top - 14, 11.5, "F2", 0.2)]
            pages[-1].drawn += [
                f"0.75 G 0.7 w {_MARGIN} {top - 19} m {_WIDTH - _MARGIN} {top - 19} l S"
            ]
            top -= 26
        if waiting and (one.multiline or len(waiting) == 2):
            flush()
        waiting.append(one)
        if one.multiline:
            flush()
    flush()
    return pages


def _above(one: _Field, width: float) -> float:
    lines = (
        len(_wrapped(_label(one), width, 9.5)) * 11.5 + len(_wrapped(one.help, width, 8)) * _LINE
    )
    return lines + 4


def _label(one: _Field) -> str:
    return f"{one.label} *" if one.required else one.label


def _draw(page: _Page, one: _Field, left: float, top: float, width: float, above: float) -> None:
    at = top
    for line in _wrapped(_label(one), width, 9.5):
        at -= 11.5
        page.drawn.append(_words(line, left, at + 2, 9.5, "F2", 0.1))
    for line in _wrapped(one.help, width, 8):
        at -= _LINE
        page.drawn.append(_words(line, left, at + 2, 8, "F1", 0.35))
    high = _TEXT_BOX if one.multiline else _BOX
    bottom = top - above - high
    page.widgets.append((one, left, bottom, left + width, bottom + high))


def _wrapped(text: str, width: float, size: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _length(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _length(text: str, size: float) -> float:
    """Estimate the width in points, rather too wide than too narrow."""
    units = (
        0.32 if c in _NARROW else 0.92 if c in _BROAD else 0.72 if c.isupper() else 0.58
        for c in text
    )
    return size * sum(units)


def _words(text: str, left: float, base: float, size: float, font: str, grey: float | None) -> str:
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    colour = "1 1 1 rg" if grey is None else f"{grey} g"
    return f"BT {colour} /{font} {size} Tf {left:.1f} {base:.1f} Td ({escaped}) Tj ET"


# --- the widgets ---------------------------------------------------------------------------------


def _widget(one: _Field, place: list[float], _page: DictionaryObject) -> DictionaryObject:
    made = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Widget"),
            NameObject("/FT"): NameObject("/Ch" if one.choices else "/Tx"),
            NameObject("/Rect"): ArrayObject([FloatObject(f"{at:.1f}") for at in place]),
            NameObject("/DA"): TextStringObject("/F1 10 Tf 0 g"),
            NameObject("/V"): TextStringObject(one.value),
            NameObject("/F"): NumberObject(2 if one.hidden else 4),
            NameObject("/Ff"): NumberObject(_flags(one)),
            NameObject("/TU"): TextStringObject(f"{one.label}. {one.help}".strip(". ") or one.name),
        }
    )
    if not one.hidden:
        grey = ArrayObject([FloatObject("0.5")])
        ground = ArrayObject([FloatObject("0.96"), FloatObject("0.97"), FloatObject("0.99")])
        width = DictionaryObject({NameObject("/W"): FloatObject("0.8")})
        made[NameObject("/BS")] = width
        made[NameObject("/MK")] = DictionaryObject(
            {NameObject("/BC"): grey, NameObject("/BG"): ground}
        )
    if one.choices:
        pairs = (("", ""), *one.choices)
        made[NameObject("/Opt")] = ArrayObject(
            ArrayObject([TextStringObject(value), TextStringObject(word)]) for value, word in pairs
        )
    return made


def _flags(one: _Field) -> int:
    flags = _FLAGS["required"] if one.required else 0
    flags |= _FLAGS["read_only"] if one.hidden else 0
    flags |= _FLAGS["combo"] if one.choices else 0
    return flags | (_FLAGS["multiline"] if one.multiline else 0)


def _place(tree: dict[str, Any], name: str, leaf: Any) -> None:
    *steps, last = name.split(".")
    for step in steps:
        tree = tree.setdefault(step, {})
    tree[last] = leaf


def _added(writer: PdfWriter, tree: dict[str, Any], parent: Any) -> Iterator[Any]:
    """Add the fields by the steps of their names, so that the full names are the dotted paths."""
    for name, inner in tree.items():
        node = DictionaryObject() if isinstance(inner, dict) else inner[0]
        node[NameObject("/T")] = TextStringObject(name)
        reference = writer._add_object(node)
        if parent is not None:
            node[NameObject("/Parent")] = parent
        if isinstance(inner, dict):
            node[NameObject("/Kids")] = ArrayObject(_added(writer, inner, reference))
        else:
            page = inner[1]
            node[NameObject("/P")] = page.indirect_reference
            page["/Annots"].append(reference)
        yield reference
