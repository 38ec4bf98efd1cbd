"""Tables as workbooks (.xlsx): numbers stay numbers, dates dates, and text is never a formula.

The same view gives the same bytes: the file carries no time of its making but the view's date.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from xlsxwriter import Workbook

from gateway.outbound.cells import printed_cell

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NO_TIME: Final = "1980-01-01"
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\]|^'|'$")
_WIDEST: Final = 48


def workbook(view: Mapping[str, Any]) -> bytes:
    """Return the view's tables, a sheet each. Raises KeyError for a view without tables."""
    out = io.BytesIO()
    made = datetime.combine(date.fromisoformat(view.get("date") or _NO_TIME), datetime.min.time())
    with Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties({"title": view.get("title", ""), "created": made.replace(tzinfo=UTC)})
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#F1F5F7", "bottom": 1}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "money": book.add_format({"num_format": "#,##0.00"}),
        }
        for number, table in enumerate(tables_of(view), 1):
            name = _FORBIDDEN.sub("", table.get("name") or "")[:31] or f"{number}"
            _fill(book.add_worksheet(name), table, formats, view.get("language", "da"))
    return out.getvalue()


def tables_of(view: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the tables of a view: `tables`, or the one `table`."""
    found: Sequence[Mapping[str, Any]] = view.get("tables") or [view["table"]]
    return found


def _fill(sheet: Any, table: Mapping[str, Any], formats: Mapping[str, Any], language: str) -> None:
    columns, rows = table["columns"], table["rows"]
    for at, name in enumerate(columns):
        sheet.write_string(0, at, name, formats["head"])
    for line, row in enumerate(rows, 1):
        for at, cell in enumerate(row):
            _write(sheet, line, at, cell, formats)
    for at, name in enumerate(columns):
        widths = [len(printed_cell(row[at], language)) for row in rows]
        sheet.set_column(at, at, min(_WIDEST, max([len(name), *widths]) + 2))
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)


def _write(sheet: Any, line: int, at: int, cell: Any, formats: Mapping[str, Any]) -> None:
    match cell:
        case None:
            pass
        case Decimal():
            sheet.write_number(line, at, cell, formats["money"])
        case int():
            sheet.write_number(line, at, cell)
        case date():
            sheet.write_datetime(line, at, cell, formats["date"])
        case _:
            sheet.write_string(line, at, cell)
