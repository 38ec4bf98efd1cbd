"""A message as a PDF form on A4, blank or filled: what `parsers.pdf_form` reads back.

Labels, help and frames are drawn with the fonts that every PDF program has; each field is a widget
that a person fills in. The same content gives the same bytes on every machine: no clock, no random
identifier, no compression.
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from parsers.catalogue import MessageType
from parsers.pdf_buttons import SIZE, buttons
from parsers.pdf_fields import FormField, fields_of
from parsers.problems import form_words

_WIDTH, _HEIGHT, _MARGIN, _GAP = 595.0, 842.0, 48.0, 14.0
_FULL: Final = _WIDTH - 2 * _MARGIN
_HALF: Final = (_FULL - _GAP) / 2
_BOX, _TEXT_BOX, _LINE, _APART = 19.0, 76.0, 10.5, 70.0
_FLAGS: Final = {"read_only": 1, "required": 2, "multiline": 1 << 12, "combo": 1 << 17}
_NARROW, _BROAD = frozenset("iljtfr.,:;'|!()[] I-"), frozenset("mwMWÆŒ@%")


@dataclass
class _Page:
    drawn: list[str] = field(default_factory=list)
    widgets: list[tuple[FormField, float, float, float, float]] = field(default_factory=list)


def pdf_form(kind: MessageType, fields: Mapping[str, Any], language: str) -> bytes:
    """Write the form; without fields it is blank."""
    laid = _laid_out(kind, fields_of(kind, fields, language), language)
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
            field = _buttons(writer, one, place) if one.buttons else _widget(one, place)
            _place(tree, one.name, (field, made))
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
    """Name the fonts that every program has; buttons are drawn with the signs of the third."""
    fonts = DictionaryObject()
    for name, of in (("/F1", "/Helvetica"), ("/F2", "/Helvetica-Bold"), ("/ZaDb", "/ZapfDingbats")):
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject(of),
            }
        )
        if name != "/ZaDb":
            font[NameObject("/Encoding")] = NameObject("/WinAnsiEncoding")
        fonts[NameObject(name)] = writer._add_object(font)
    return fonts


# --- where they stand ----------------------------------------------------------------------------


@dataclass
class _Layout:
    pages: list[_Page]
    top: float
    waiting: list[FormField] = field(default_factory=list)

    def turn(self, needed: float) -> None:
        """Begin a new page where too little is left of this one."""
        if self.top - needed < 44:
            self.pages.append(_Page())
            self.top = _HEIGHT - 48

    def flush(self) -> None:
        """Draw what waits for a line of its own."""
        if not self.waiting:
            return
        width = _FULL if self.waiting[0].multiline else _HALF
        above = max(_above(one, width) for one in self.waiting)
        height = above + (_TEXT_BOX if self.waiting[0].multiline else _BOX) + 9
        self.turn(height)
        for at, one in enumerate(self.waiting):
            _draw(self.pages[-1], one, _MARGIN + at * (_HALF + _GAP), self.top, width, above)
        self.top -= height
        self.waiting.clear()

    def add(self, one: FormField) -> None:
        """Draw a field, two to a line."""
        if self.waiting and (one.multiline or len(self.waiting) == 2):
            self.flush()
        self.waiting.append(one)
        if one.multiline:
            self.flush()

    def note(self, text: str) -> None:
        """Draw small words across the page."""
        self.flush()
        lines = _wrapped(text, _FULL, 8)
        self.turn(len(lines) * _LINE)
        for line in lines:
            self.pages[-1].drawn.append(_words(line, _MARGIN, self.top - 6, 8, "F1", 0.3))
            self.top -= _LINE
        self.top -= 6

    def heading(self, text: str) -> None:
        """Draw what a section is called, with a line below it."""
        self.flush()
        self.turn(86)
        drawn, below = self.pages[-1].drawn, self.top - 19
        drawn.append(_words(text, _MARGIN, self.top - 14, 11.5, "F2", 0.2))
        drawn.append(f"0.75 G 0.7 w {_MARGIN} {below} m {_WIDTH - _MARGIN} {below} l S")
        self.top -= 26


def _laid_out(kind: MessageType, fields: Iterable[FormField], language: str) -> list[_Page]:
    first = _Page()
    laid = _Layout([first], _HEIGHT - 92)
    first.drawn += [f"0.071 0.247 0.427 rg 0 {_HEIGHT - 64} {_WIDTH} 64 re f"]
    first.drawn += [_words(kind.title(language), _MARGIN, _HEIGHT - 41, 18, "F2", None)]
    first.drawn += [_words(form_words(language)["required"], _MARGIN, laid.top + 8, 8.5, "F1", 0.3)]
    heading = ""
    for one in fields:
        if one.hidden:
            first.widgets.append((one, 0, 0, 0, 0))
        elif not one.name:
            laid.note(one.help)
        else:
            if one.heading not in (heading, ""):
                heading = one.heading
                laid.heading(heading)
            laid.add(one)
    laid.flush()
    return laid.pages


def _above(one: FormField, width: float) -> float:
    lines = (
        len(_wrapped(_label(one), width, 9.5)) * 11.5 + len(_wrapped(one.help, width, 8)) * _LINE
    )
    return lines + 4


def _label(one: FormField) -> str:
    return f"{one.label} *" if one.required else one.label


def _draw(page: _Page, one: FormField, left: float, top: float, width: float, above: float) -> None:
    at = top
    for line in _wrapped(_label(one), width, 9.5):
        at -= 11.5
        page.drawn.append(_words(line, left, at + 2, 9.5, "F2", 0.1))
    for line in _wrapped(one.help, width, 8):
        at -= _LINE
        page.drawn.append(_words(line, left, at + 2, 8, "F1", 0.35))
    high = _TEXT_BOX if one.multiline else _BOX
    bottom = top - above - high
    for at_button, word in enumerate(one.buttons):
        beside = left + at_button * _APART + SIZE + 5
        page.drawn.append(_words(word, beside, bottom + 6, 10, "F1", 0.1))
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


def _buttons(writer: PdfWriter, one: FormField, place: list[float]) -> IndirectObject:
    left, bottom = place[:2]
    places = [(word, left + at * _APART, bottom + 3) for at, word in enumerate(one.buttons)]
    return buttons(writer, _told(one), one.value, places, one.required)


def _told(one: FormField) -> str:
    return f"{one.label}. {one.help}".strip(". ") or one.name


def _widget(one: FormField, place: list[float]) -> DictionaryObject:
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
            NameObject("/TU"): TextStringObject(_told(one)),
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


def _flags(one: FormField) -> int:
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
        node = DictionaryObject() if isinstance(inner, dict) else inner[0].get_object()
        node[NameObject("/T")] = TextStringObject(name)
        known = None if isinstance(inner, dict) else inner[0]
        reference = known if isinstance(known, IndirectObject) else writer._add_object(node)
        if parent is not None:
            node[NameObject("/Parent")] = parent
        if isinstance(inner, dict):
            node[NameObject("/Kids")] = ArrayObject(_added(writer, inner, reference))
        else:
            page = inner[1]
            node[NameObject("/P")] = page.indirect_reference
            page["/Annots"].extend(node.get("/Kids", [reference]))
        yield reference
