"""Documents of a case from their views: what a procedure tells becomes a file.

By the ending of its name a document is

    .json   the view itself, canonical
    .csv    its one table: `{"table": {"columns": [...], "rows": [[...], ...]}}`
    .xlsx   its `table`, or its `tables`, each with a `name`
    .pdf    its `sections`, as told in `gateway.outbound.reports`

`language` says how numbers and dates are written, Danish where there is none. The same view gives
the same bytes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

from gateway.outbound import reports, spreadsheets
from gateway.outbound.cells import plain_cell
from gateway.outbound.documents import MEDIA_TYPE as PDF
from gateway.settings import Settings
from parsers.canonical import canonical
from parsers.organisations import titled


def writer(settings: Settings) -> Callable[[str, Mapping[str, Any]], tuple[str, bytes]]:
    """Return the function that writes documents with the authority's letter head (S0-R20, R21)."""
    own = settings.authority
    line = (own.address, titled(own.cvr), ", ".join(own.contacts))
    head = {"name": own.name, "line": " · ".join(filter(None, line))}

    def write(key: str, view: Mapping[str, Any]) -> tuple[str, bytes]:
        return write_document(key, view, head)

    return write


def write_document(key: str, view: Mapping[str, Any], head: Mapping[str, str]) -> tuple[str, bytes]:
    """Return media type and bytes; `head`: the `name` and the `line` of the letter head.

    Raises ValueError for a name whose ending is none of ours, ViewError for a view that is no
    report.
    """
    ending = key.rpartition(".")[2]
    match ending:
        case "json":
            return "application/json", canonical(dict(view))
        case "csv":
            return "text/csv", _csv(view["table"], view.get("language", "da"))
        case "xlsx":
            return spreadsheets.MEDIA_TYPE, spreadsheets.workbook(view)
        case "pdf":
            return PDF, reports.report(view, head)
        case _:
            raise ValueError(f"{key}: no document ends in .{ending}")


def _csv(table: Mapping[str, Any], language: str) -> bytes:
    """Semicolons and a byte order mark, as spreadsheets in Denmark and Sweden open it rightly."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow(table["columns"])
    rows.writerows([plain_cell(cell, language) for cell in row] for row in table["rows"])
    return out.getvalue().encode("utf-8-sig")
