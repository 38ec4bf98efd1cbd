"""Documents of a case from their views: what a procedure tells becomes a file.

A view is `{"table": {"columns": [...], "rows": [[...], ...]}}`; by the ending of its name the file
is a table (`.csv`), or the view itself (`.json`). Cells are text, dates, or amounts in words of the
view's language.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from parsers.canonical import canonical


def write_document(key: str, view: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return media type and bytes. Raises ValueError for a name whose ending is none of ours."""
    ending = key.rpartition(".")[2]
    match ending:
        case "json":
            return "application/json", canonical(dict(view))
        case "csv":
            return "text/csv", _csv(view["table"])
        case _:
            raise ValueError(f"{key}: no document ends in .{ending}")


def _csv(table: Mapping[str, Any]) -> bytes:
    """Semicolons and a byte order mark, as spreadsheets in Denmark and Sweden open it rightly."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(table["columns"])
    writer.writerows(table["rows"])
    return out.getvalue().encode("utf-8-sig")
