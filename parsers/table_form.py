"""A submission as an HTML table in the mail, as mail programs paste it from a document.

Rows of label and value; for a message with rows also a row of labels and the rows below it, as in a
spreadsheet. Only tables in the sender's own text are read: nothing quoted, no signature block.
"""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from parsers.catalogue import Catalogue, MessageType
from parsers.markup import Page
from parsers.owntext import own_text
from parsers.rows_form import named_kind
from parsers.rows_writing import rows_of_form, typed
from parsers.sheet import MOST_COLUMNS, Sheet
from parsers.text_form import find_unmarked

_CELL, _BREAK = "\ue000", "\ue001"  # for private use: what parts cells, and lines in a cell
_LARGEST: Final = 4 * 1024 * 1024  # characters
_MOST_ROWS: Final = 20_000
_FEWEST: Final = 3  # rows, as labels of an unmarked text
_LINES: Final = frozenset({"p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4"})


class _Tables(Page):
    """Each row on a line of its own, its cells parted by a mark; the rest as plain text."""

    def __init__(self, source: str) -> None:
        super().__init__(source, legacy_display=False)
        self.cells: list[bool] = []  # for each open table, whether a cell is open

    def tag(self, inside: str) -> None:
        name, _, _ = inside.lower().lstrip("/").partition(" ")
        name, closing = name.strip("/ \t\r\n"), inside.startswith("/")
        in_cell = bool(self.cells and self.cells[-1]) and not self.hidden
        if in_cell and name in _LINES:
            if name == "br" or self.line[-1:] not in ([_CELL], [_BREAK]):
                self.line.append(_BREAK)
            return
        if name in ("td", "th") and self.cells and not self.hidden:
            if not closing:
                self.line.append(_CELL)
            self.cells[-1] = not closing
            return
        super().tag(inside)
        if self.hidden:
            return
        if name == "table":
            self.end_line()
            self.cells = self.cells[:-1] if closing else [*self.cells, False][-50:]
        elif name == "tr" and self.cells:
            self.cells[-1] = False


def find_table(html: str, catalogue: Catalogue) -> tuple[Sheet, MessageType] | None:
    """Find the rows that are a submission, and which message they are."""
    source = html[:_LARGEST].replace(_CELL, "").replace(_BREAK, "")
    if "<td" not in source.lower():
        return None
    lines = own_text(_Tables(source).text()).split("\n")[:_MOST_ROWS]
    rows = [_cells(line) for line in lines if _CELL in line]
    rows = [row for row in rows if len([cell for cell in row if cell]) > 1]
    if len(rows) < _FEWEST:
        return None
    sheet = Sheet("table", tuple(enumerate(rows, 1)))
    named = named_kind(sheet, catalogue)
    if named is not None:
        return sheet, named
    words = [line for line in lines if _CELL not in line]
    titles = [line for line in words[:10] if line.strip() and ":" not in line]
    flat = [f"{row[0]}\t{' '.join(row[1].split())}" for row in rows]
    block = find_unmarked("\n".join([*titles, *flat]), catalogue)
    if block is None or block.kind is None or "table" not in block.kind.forms:
        return None
    if find_unmarked("\n".join(words), catalogue) is not None:
        return None  # the labels stand in the text, and the table is something else
    return sheet, block.kind


def _cells(line: str) -> list[str]:
    inner = line.partition(_CELL)[2].split(_CELL)[:MOST_COLUMNS]
    return ["\n".join(map(str.strip, cell.split(_BREAK))).strip() for cell in inner]


def table_form(kind: MessageType, fields: Mapping[str, Any], language: str) -> bytes:
    """Write a page with the table, blank or filled, to copy into a mail."""
    rows = list(rows_of_form(kind, fields, language))
    lines = []
    for at, row in enumerate(rows):
        if not row:
            lines.append("</table><p></p><table>")
            continue
        header = at > 0 and not rows[at - 1]
        cells = [escape(typed(value, leaf, kind, language)) for value, leaf in row]
        labels = [header or (column == 0 and leaf is None) for column, (_, leaf) in enumerate(row)]
        tags = ["th" if label else "td" for label in labels]
        inner = "".join(
            f"<{tag}>{cell.replace(chr(10), '<br>')}</{tag}>"
            for tag, cell in zip(tags, cells, strict=True)
        )
        lines.append(f"<tr>{inner}</tr>")
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{language}"><head><meta charset="utf-8">',
            f"<title>{escape(kind.title(language))}</title><style>{_STYLE}</style></head><body>",
            f"<p>{escape(kind.title(language))}</p>",
            "<table>",
            *lines,
            "</table></body></html>",
            "",
        ]
    ).encode()


_STYLE: Final = (
    "table{border-collapse:collapse;font:11pt Calibri,Arial,sans-serif}"
    "th,td{border:1px solid #808080;padding:4px 8px;text-align:left;vertical-align:top}"
    "th{background:#e6eef7}td{min-width:16em}"
)
