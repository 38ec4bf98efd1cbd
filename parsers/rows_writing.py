"""A message with rows as CSV or XLSX, blank or filled: what `parsers.rows_form` reads back.

CSV is written as Danish and Swedish spreadsheets open it by a double click: semicolons, UTF-8 with
a mark, decimal commas. XLSX has dates, numbers and choices as cells of their kind. The same content
gives the same bytes.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr  # writes, reads nothing

from parsers.catalogue import MessageType
from parsers.leaves import Leaf
from parsers.problems import envelope_label, form_words
from parsers.text_writing import shown, value_at

_KEYS: Final = ("to", "reference", "case")
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_BOLD, _DATE, _MONEY, _HEADER = 1, 2, 3, 4  # styles of cells, by their order in `_STYLES`
_BLANK_ROWS: Final = 500  # rows below the labels that offer choices in a blank form
Cell = tuple[Any, Leaf | None]
"""A value and its field; a label has no field."""


def csv_form(kind: MessageType, fields: Mapping[str, Any], language: str) -> bytes:
    """Write the head, the labels and the rows."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    for row in rows_of_form(kind, fields, language):
        writer.writerow([typed(value, leaf, kind, language) for value, leaf in row])
    return ("\ufeff" + out.getvalue()).encode("utf-8")


def rows_of_form(
    kind: MessageType, fields: Mapping[str, Any], language: str
) -> Iterator[list[Cell]]:
    """Lay out the head, and where there are any an empty row, the labels and the rows."""
    yield [(envelope_label("message", language), None), (kind.name, None)]
    for key in _KEYS:
        yield [(envelope_label(key, language), None), (fields.get(key), None)]
    body = fields.get("body") or {}
    for leaf in kind.leaves:
        label = kind.label(leaf.path, language)
        if leaf.listed is None:
            yield [(label, None), (value_at(body, leaf.path), leaf)]
        elif leaf.listed != kind.rows:
            for number, item in enumerate(value_at(body, leaf.listed) or ([] if body else [{}]), 1):
                own = leaf.path.removeprefix(leaf.listed).lstrip(".")
                value = value_at(item, own) if own else (item or None)
                yield [(f"{label} {number}", None), (value, leaf)]
    if kind.rows is None:
        return
    yield []
    columns = [leaf for leaf in kind.leaves if leaf.listed == kind.rows]
    yield [(kind.label(leaf.path, language), None) for leaf in columns]
    for item in value_at(body, kind.rows or "") or ():
        inner = len(f"{kind.rows}.")
        yield [(value_at(item, leaf.path[inner:]), leaf) for leaf in columns]


def typed(value: Any, leaf: Leaf | None, kind: MessageType, language: str) -> str:
    """Write a value as a person types it into a cell."""
    if value is None or leaf is None:
        return str(value or "")
    if leaf.kind == "date":
        return str(value)
    if leaf.kind == "amount":
        return str(value) if language == "en" else str(value).replace(".", ",")
    return shown(value, leaf, kind, language)


def xlsx_form(kind: MessageType, fields: Mapping[str, Any], language: str) -> bytes:
    """Write a workbook of one sheet."""
    parts = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _relations({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": _workbook(kind.title(language)),
        "xl/_rels/workbook.xml.rels": _relations(
            {"rId1": ("worksheet", "worksheets/sheet1.xml"), "rId2": ("styles", "styles.xml")}
        ),
        "xl/styles.xml": _STYLES,
        "xl/worksheets/sheet1.xml": _worksheet(kind, fields, language),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            # What packs a blank form differs from machine to machine, and it is small.
            info.compress_type = zipfile.ZIP_DEFLATED if fields else zipfile.ZIP_STORED
            info.create_system = 3
            archive.writestr(info, _XML + text)
    return out.getvalue()


def _worksheet(kind: MessageType, fields: Mapping[str, Any], language: str) -> str:
    rows = list(rows_of_form(kind, fields, language))
    start = rows.index([]) + 2  # the number of the row of labels
    lines = []
    for number, row in enumerate(rows, 1):
        style = _HEADER if number == start else _BOLD
        cells = [
            _cell(f"{_letters(at)}{number}", value, leaf, kind, language, style if at == 0 else 0)
            if number != start
            else _cell(f"{_letters(at)}{number}", value, leaf, kind, language, _HEADER)
            for at, (value, leaf) in enumerate(row)
        ]
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    columns = [leaf for leaf in kind.leaves if leaf.listed == kind.rows]
    widths = "".join(
        f'<col min="{at}" max="{at}" width="{34 if at <= 2 else 22}" customWidth="1"/>'
        for at in range(1, len(columns) + 2)
    )
    return (
        f'<worksheet xmlns="{_MAIN}"><cols>{widths}</cols>'
        f"<sheetData>{''.join(lines)}</sheetData>"
        f"{_validations(kind, columns, rows, start, language)}</worksheet>"
    )


def _cell(
    place: str, value: Any, leaf: Leaf | None, kind: MessageType, language: str, style: int
) -> str:
    of = leaf.kind if leaf is not None else ""
    if value is None or value == "":
        return f'<c r="{place}" s="{style}"/>' if style else ""
    if of == "date" and date.fromisoformat(value) >= date(1900, 3, 1):
        days = (date.fromisoformat(value) - date(1899, 12, 30)).days
        return f'<c r="{place}" s="{_DATE}"><v>{days}</v></c>'
    if of == "amount":
        return f'<c r="{place}" s="{_MONEY}"><v>{value}</v></c>'
    if of == "count":
        return f'<c r="{place}"><v>{value}</v></c>'
    text = str(value) if leaf is None or of == "date" else shown(value, leaf, kind, language)
    words = escape(text, {"\r": "&#13;"})
    inner = f'<is><t xml:space="preserve">{words}</t></is>'
    return f'<c r="{place}" s="{style}" t="inlineStr">{inner}</c>'


def _validations(
    kind: MessageType, columns: list[Leaf], rows: list[list[Cell]], start: int, language: str
) -> str:
    """Offer choices as drop-down lists, in the head and below the labels."""
    found = [(f"B{at}", leaf) for at, row in enumerate(rows[: start - 2], 1) for _, leaf in row[1:]]
    found += [
        (f"{_letters(at)}{start + 1}:{_letters(at)}{start + _BLANK_ROWS}", leaf)
        for at, leaf in enumerate(columns)
    ]
    lines = []
    for place, leaf in found:
        words = _words_of(leaf, kind, language) if leaf is not None else []
        listed = ",".join(words)
        quoted = escape('"' + listed + '"')
        if words and len(listed) <= 250 and '"' not in listed and not any("," in w for w in words):
            lines.append(
                f'<dataValidation type="list" allowBlank="1" showErrorMessage="1" sqref="{place}">'
                f"<formula1>{quoted}</formula1></dataValidation>"
            )
    inner = "".join(lines)
    return f'<dataValidations count="{len(lines)}">{inner}</dataValidations>' if lines else ""


def _words_of(leaf: Leaf, kind: MessageType, language: str) -> list[str]:
    if leaf.kind == "yes_no":
        return [form_words(language)["yes"], form_words(language)["no"]]
    return [shown(value, leaf, kind, language) for value in leaf.choices]


def _letters(column: int) -> str:
    """Name a column as spreadsheets do: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, last = divmod(column - 1, 26)
        name = chr(65 + last) + name
    return name


def _workbook(title: str) -> str:
    name = "".join(" " if mark in "[]:*?/\\'" else mark for mark in title)[:31]
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f'<sheets><sheet name={quoteattr(name)} sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


def _relations(targets: Mapping[str, tuple[str, str]]) -> str:
    lines = (
        f'<Relationship Id="{name}" Type="{_OFFICE}/{of}" Target="{target}"/>'
        for name, (of, target) in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(lines)}</Relationships>'


_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SPREADSHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CONTENT_TYPES: Final = (
    f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SPREADSHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_SPREADSHEET}.styles+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml"'
    f' ContentType="{_SPREADSHEET}.worksheet+xml"/></Types>'
)
_STYLES: Final = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="3"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><color rgb="FFFFFFFF"/><name val="Calibri"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FF123F6D"/></patternFill></fill></fills>'
    '<borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" applyFont="1"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="4" fontId="0" fillId="0" borderId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="2" fillId="2" borderId="0" applyFont="1" applyFill="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
