"""From a report's view to what its template sets: words, shares of a chart, grouped numbers.

A view for `.pdf` holds `title`, `date` (ISO), `language`, and `sections`, each with a `heading` and
`blocks`. A block is one of

    {"text": "..."}                                       a paragraph
    {"table": {"columns", "rows", "foot"}}                cells as in `gateway.outbound.cells`
    {"chart": {"kind", "title", "labels", "series"}}      kind `bar` or `line`; a series has a
                                                          `name` and `values` (numbers)

and it may hold `subtitle`, `case`, `version` and `digest`, which stand in head and foot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from gateway.outbound.cells import printed_cell, printed_number
from gateway.outbound.documents import report_pdf
from gateway.outbound.errors import ViewError
from parsers.values import write_date

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "da": {
        "case": "Sag",
        "page": "Side",
        "of": "af",
        "version": "version",
        "lang": "da",
        "region": "DK",
    },
    "sv": {
        "case": "Ärende",
        "page": "Sida",
        "of": "av",
        "version": "version",
        "lang": "sv",
        "region": "SE",
    },
    "en": {
        "case": "Case",
        "page": "Page",
        "of": "of",
        "version": "version",
        "lang": "en",
        "region": "GB",
    },
}


def report(view: Mapping[str, Any], head: Mapping[str, str]) -> bytes:
    """Return a report as PDF, with the authority's letter head. Raises ViewError."""
    try:
        return report_pdf(view["date"], printed_report(view, head))
    except KeyError as missing:
        raise ViewError("view.field", str(missing.args[0])) from None


def printed_report(view: Mapping[str, Any], head: Mapping[str, str]) -> dict[str, Any]:
    """Return what `report.typ` sets. Raises KeyError for a missing field."""
    language = view.get("language", "da")
    words, made = _WORDS[language], date.fromisoformat(view["date"])
    version = str(view.get("version", 1))
    return {
        "title": view["title"],
        "subtitle": view.get("subtitle", ""),
        "description": f"{view['title']} {view.get('case', '')}".strip(),
        "case": view.get("case", ""),
        "version": version,
        "digest": view.get("digest", ""),
        "marking": f"{words['version'].capitalize()} {version} · {write_date(made, language)}",
        "made": {"year": made.year, "month": made.month, "day": made.day},
        "words": dict(words),
        "authority": dict(head),
        "sections": [
            {
                "heading": section.get("heading", ""),
                "blocks": [_block(block, language) for block in section["blocks"]],
            }
            for section in view["sections"]
        ],
    }


def _block(block: Mapping[str, Any], language: str) -> dict[str, Any]:
    if "table" in block:
        return {"kind": "table", "table": _table(block["table"], language)}
    if "chart" in block:
        return {"kind": "chart", "chart": _chart(block["chart"], language)}
    return {"kind": "text", "text": block["text"]}


def _table(table: Mapping[str, Any], language: str) -> dict[str, Any]:
    rows = table["rows"]
    columns = range(len(table["columns"]))
    numeric = [at for at in columns if any(isinstance(row[at], int | Decimal) for row in rows)]
    return {
        "columns": list(table["columns"]),
        "rows": [[printed_cell(cell, language) for cell in row] for row in rows],
        "foot": [
            "" if cell is None else printed_cell(cell, language) for cell in table.get("foot", ())
        ],
        "numeric": numeric,
    }


def _chart(chart: Mapping[str, Any], language: str) -> dict[str, Any]:
    series = [[Decimal(value) for value in one["values"]] for one in chart["series"]]
    marks = _marks([value for values in series for value in values])
    low, high = marks[0], marks[-1]
    return {
        "kind": chart["kind"],
        "title": chart["title"],
        "labels": list(chart["labels"]),
        "series": [
            {
                "name": one["name"],
                "values": [_point(value, low, high, language) for value in values],
            }
            for one, values in zip(chart["series"], series, strict=True)
        ],
        "marks": [_point(mark, low, high, language) for mark in marks],
    }


def _marks(values: Sequence[Decimal]) -> list[Decimal]:
    """Return the marks of the axis, round numbers, with nothing among them."""
    low, high = min([Decimal(0), *values]), max([Decimal(0), *values])
    step = _step((high - low) / 4 or Decimal(1))
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = max((high / step).to_integral_value(ROUND_CEILING), first + 1)
    return [step * at for at in range(int(first), int(last) + 1)]


def _step(least: Decimal) -> Decimal:
    """Return the next round number: 1, 2 or 5 with noughts."""
    size = Decimal(1).scaleb(least.adjusted())
    return next(size * digit for digit in (1, 2, 5, 10) if size * digit >= least)


def _point(value: Decimal, low: Decimal, high: Decimal, language: str) -> dict[str, Any]:
    share = (value - low) / (high - low)
    places = value if value == value.to_integral() else value.quantize(Decimal("0.1"))
    shown = places.quantize(Decimal(1)) if places == places.to_integral() else places
    return {"share": float(round(share, 6)), "shown": printed_number(shown, language)}
