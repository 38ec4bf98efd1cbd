"""Spreadsheets as people's programs save them, sealed and sent: what is read, what is told."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest

from tests.gateway.rig import Rig, Sent
from tests.gateway.test_report_files import SUPPORT, attach, filled, number, rig

__all__ = ["number", "rig"]

Change = Callable[[Any], None]
MACROS = "application/vnd.ms-excel.sheet.macroEnabled.12"


def cell(sheet: Any, label: str) -> Any:
    """The cell of the last row below a label."""
    above = next(c for row in sheet.iter_rows() for c in row if c.value == label)
    return sheet.cell(row=sheet.max_row, column=above.column)


def workbook(rig: Rig, number: str, change: Change = lambda _sheet: None) -> bytes:
    """Our blank form, filled in another program, with something that people do to it."""
    book = openpyxl.Workbook()
    for line in filled(rig, number, "55133018", SUPPORT):
        book.active.append(line)
    change(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, content)
    return out.getvalue()


def with_kept_value(data: bytes, value: str) -> bytes:
    """What a spreadsheet program keeps beside a formula, which openpyxl does not calculate."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name).decode()
            new.writestr(name, re.sub(r"(</f>)<v ?(?:/>|></v>)", rf"\1<v>{value}</v>", part))
    return out.getvalue()


def reported(rig: Rig, number: str) -> dict[str, Any]:
    """The one row of the one report that the case holds."""
    (report,) = rig.body(number)["data"]["reports"]
    (row,) = report["rows"]
    return dict(row)


def refused(rig: Rig, number: str) -> Sent:
    assert rig.body(number)["data"]["reports"] == []
    return rig.letter("refused", to=rig.aarhus.address)


def as_text(sheet: Any) -> None:
    cell(sheet, "Normerede pladser").value = "10"
    cell(sheet, "Udgift pr. år").value = "6.000.000,00"
    for one in ("Normerede pladser", "Udgift pr. år"):
        cell(sheet, one).number_format = "@"


def hidden_before(sheet: Any) -> None:
    hidden = sheet.parent.create_sheet("Kladde", 0)
    hidden.append(["Meddelelse", "dialogue"])
    hidden.sheet_state = "hidden"
    sheet.parent.active = sheet


def merged_title(sheet: Any) -> None:
    sheet.insert_rows(1)
    sheet["A1"] = "Vores indberetning"
    sheet.merge_cells("A1:E1")


@pytest.mark.parametrize(
    "change", [as_text, hidden_before, merged_title], ids=lambda change: change.__name__
)
def test_what_people_do_to_a_workbook_changes_nothing_that_is_read(
    rig: Rig, number: str, change: Change
) -> None:
    attach(rig, rig.aarhus, {"plain.xlsx": workbook(rig, number)})
    plain = reported(rig, number)

    attach(rig, rig.aarhus, {"changed.xlsx": workbook(rig, number, change)})

    assert "Version: 2" in rig.letter("received").text
    (report,) = (one for one in rig.body(number)["data"]["reports"] if one["version"] == 2)
    assert report["rows"] == [plain]


def test_a_formula_counts_by_the_value_that_was_kept(rig: Rig, number: str) -> None:
    def formula(sheet: Any) -> None:
        cell(sheet, "Normerede pladser").value = "=SUM(4,6)"

    data = with_kept_value(workbook(rig, number, formula), "10")
    attach(rig, rig.aarhus, {"formel.xlsx": data})

    assert reported(rig, number)["places"] == 10


def test_a_formula_without_a_value_is_told_by_its_label_and_row(rig: Rig, number: str) -> None:
    def formula(sheet: Any) -> None:
        cell(sheet, "Normerede pladser").value = "=SUM(4,6)"

    attach(rig, rig.aarhus, {"formel.xlsx": workbook(rig, number, formula)})

    told = refused(rig, number)
    assert told.codes == ["field.missing"]
    assert "»Normerede pladser«" in told.text
    assert "(Række 10.)" in told.text


def test_the_empty_half_of_merged_cells_is_told_by_its_label_and_row(rig: Rig, number: str) -> None:
    def merge(sheet: Any) -> None:
        first = cell(sheet, "Normerede pladser")
        sheet.merge_cells(
            start_row=first.row,
            end_row=first.row,
            start_column=first.column,
            end_column=first.column + 1,
        )

    attach(rig, rig.aarhus, {"flettet.xlsx": workbook(rig, number, merge)})

    told = refused(rig, number)
    assert "»Optagne pladser«" in told.text
    assert "(Række 10.)" in told.text


def test_a_date_where_a_number_belongs_is_told_by_its_label_and_row(rig: Rig, number: str) -> None:
    def dated(sheet: Any) -> None:
        cell(sheet, "Normerede pladser").value = date(2026, 10, 1)

    attach(rig, rig.aarhus, {"dato.xlsx": workbook(rig, number, dated)})

    told = refused(rig, number)
    assert [(e["code"], e["path"]) for e in told.evidence["errors"]] == [
        ("field.invalid", "rows.0.places")
    ]
    assert "(Række 10.)" in told.text


@pytest.mark.parametrize("media_type", [MACROS, "application/octet-stream"])
def test_a_workbook_with_macros_is_read_for_its_cells_and_told_as_active(
    rig: Rig, number: str, media_type: str
) -> None:
    data = with_part(workbook(rig, number), "xl/vbaProject.bin", b"Sub Auto_Open()")
    entity = rig.words("Hermed vores indberetning.", rig.aarhus, attachments={"a.xlsm": data})
    sent = rig.send(rig.aarhus, entity.replace(b"application/octet-stream", media_type.encode()))

    assert rig.judged(sent) == ("processed", None)
    assert "content.active" in [row["code"] for row in rig.trace(sent)]
    assert reported(rig, number)["places"] == 10


@pytest.mark.parametrize("line_end", ["\r\n", "\n"], ids=["windows", "unix"])
@pytest.mark.parametrize("rate", ["1845,5", "1.845,50", '"1.845,50 kr."'])
def test_csv_as_danish_excel_saves_it_is_read(
    rig: Rig, number: str, rate: str, line_end: str
) -> None:
    out = io.StringIO(newline="")
    lines = filled(rig, number, "55133018", SUPPORT | {"Takst pr. døgn": rate.strip('"')})
    csv.writer(out, delimiter=";", lineterminator=line_end).writerows(lines)

    attach(rig, rig.aarhus, {"indberetning.csv": b"\xef\xbb\xbf" + out.getvalue().encode()})

    assert reported(rig, number)["rate"] == "1845.50"
    assert "1.845,50 kr." in rig.letter("received").text
