"""Documents from views: tables as CSV and workbooks, reports as PDF, the same bytes each time."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pikepdf
import pytest

from gateway.outbound.errors import ViewError
from gateway.outbound.rendering import write_document

HEAD = {"name": "Region Prøve", "line": "Prøvevej 1 · CVR 29190925"}
TABLE = {
    "columns": ["Målgruppe", "Pladser", "Takst", "Ledig fra"],
    "rows": [
        ["Autisme", 12, Decimal("1845.50"), date(2026, 12, 1)],
        ["=HYPERLINK(1)", 3, Decimal("-2.00"), None],
    ],
}
REPORT: dict[str, Any] = {
    "title": "Samlet overblik",
    "subtitle": "Kapacitet 2027",
    "date": "2026-11-01",
    "language": "da",
    "case": "RM-2026-000001",
    "sections": [
        {
            "heading": "Udbud og efterspørgsel",
            "blocks": [
                {"text": "Pladser og behov."},
                {
                    "chart": {
                        "kind": "bar",
                        "title": "Pladser og behov pr. målgruppe",
                        "labels": ["Autisme", "Hjerneskade"],
                        "series": [
                            {"name": "Pladser", "values": [12, 30]},
                            {"name": "Behov", "values": [Decimal("14.5"), 0]},
                        ],
                    }
                },
                {
                    "chart": {
                        "kind": "line",
                        "title": "Takstudvikling",
                        "labels": ["2024", "2025", "2026"],
                        "series": [{"name": "Ændring", "values": [Decimal("-1.2"), 0, 3]}],
                    }
                },
                {"table": {**TABLE, "foot": ["I alt", 15, None, None]}},
            ],
        }
    ],
}
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def test_a_table_opens_as_danish_spreadsheets_want_it() -> None:
    _, content = write_document("overblik.csv", {"table": TABLE}, HEAD)
    text = content.decode("utf-8-sig")
    assert text.splitlines()[1] == "Autisme;12;1845,50;2026-12-01"
    _, english = write_document("overview.csv", {"table": TABLE, "language": "en"}, HEAD)
    assert "1845.50" in english.decode("utf-8-sig")


def test_what_somebody_wrote_never_becomes_a_formula() -> None:
    _, content = write_document("overblik.csv", {"table": TABLE}, HEAD)
    assert "'=HYPERLINK(1);3;-2,00;" in content.decode("utf-8-sig")
    _, book = write_document("overblik.xlsx", {"table": TABLE}, HEAD)
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_a_workbook_keeps_numbers_exact_and_names_its_sheets() -> None:
    view = {"tables": [{**TABLE, "name": "Udbud"}, {**TABLE, "name": "A/B: [x]"}]}
    media_type, book = write_document("overblik.xlsx", view, HEAD)
    assert media_type.endswith("spreadsheetml.sheet")
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
        names = ElementTree.fromstring(parts.read("xl/workbook.xml"))
    numbers = [cell.text for cell in sheet.iter(f"{_MAIN}v")]
    assert {"12", "1845.50", "-2.00"} <= {*numbers}
    assert [one.get("name") for one in names.iter(f"{_MAIN}sheet")] == ["Udbud", "AB x"]


@pytest.mark.parametrize("key", ["overblik.csv", "overblik.xlsx", "overblik.pdf"])
def test_the_same_view_is_the_same_bytes(key: str) -> None:
    view = {**REPORT, "table": TABLE}
    assert write_document(key, view, HEAD) == write_document(key, view, HEAD)


@pytest.mark.parametrize("language", ["da", "sv", "en"])
def test_a_report_is_a_pdf_in_the_readers_language(language: str) -> None:
    _, content = write_document("overblik.pdf", {**REPORT, "language": language}, HEAD)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Samlet overblik RM-2026-000001"
        assert str(pdf.Root["/Lang"]).startswith(language)
        assert len(pdf.pages) == 1


def test_charts_stand_for_empty_and_negative_numbers() -> None:
    flat = {
        "kind": "bar",
        "title": "Tom",
        "labels": ["A"],
        "series": [{"name": "x", "values": [0]}],
    }
    view = {**REPORT, "sections": [{"blocks": [{"chart": flat}]}]}
    assert write_document("tom.pdf", view, HEAD)[1].startswith(b"%PDF")


def test_a_view_that_lacks_something_is_refused_by_its_name() -> None:
    with pytest.raises(ViewError):
        write_document("overblik.pdf", {"date": "2026-11-01"}, HEAD)
    with pytest.raises(ValueError, match=r"no document ends in \.odt"):
        write_document("overblik.odt", {}, HEAD)
