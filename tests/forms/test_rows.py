"""Reports as CSV and XLSX: as spreadsheets write them, every error at once, no bomb goes off."""

from __future__ import annotations

import io
import re
import time
import zipfile
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.content import Attachment, Content
from parsers.forms import blank, written
from parsers.submission import NoSubmission, Outcome, Submission, Unreadable, read_submission
from tests.forms.messages import CATALOGUE, REPORT, submission

MIDNIGHT = datetime.fromisoformat("2026-12-01")
SHEET = "xl/worksheets/sheet1.xml"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = "Meddelelse;test_report\r\nÅr;2026\r\nKommune;Århus Kommune\r\nIndberettet af;A. Ansat\r\n"
LABELS = "Tilbud;Antal pladser;Takst;Gælder fra\r\n"
GOOD = HEAD + "\r\n" + LABELS + "Granbo;12;1.845,50;1. december 2026\r\nSolhøj;7;900;2026-12-01\r\n"
ROWS = [
    {"facility": "Granbo", "places": 12, "takst": "1845.50", "from": "2026-12-01"},
    {"facility": "Solhøj", "places": 7, "takst": "900.00", "from": "2026-12-01"},
]


def read(data: bytes, name: str = "a.csv", media_type: str = "text/csv", text: str = "") -> Outcome:
    files = (Attachment(name, media_type, data),)
    return read_submission(Content(None, text, None, files), CATALOGUE, "x")


def rows_of(outcome: Outcome) -> list[dict[str, Any]]:
    assert isinstance(outcome, Submission), outcome
    body: Any = outcome.fields["body"]
    return [{key: row[key] for key in ROWS[0]} for row in body["rows"]]


def told(outcome: Outcome) -> list[tuple[str, str]]:
    assert isinstance(outcome, Unreadable), outcome
    return [(one.code, one.path) for one in outcome.problems]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "windows-1252", "utf-16"])
@pytest.mark.parametrize("mark", [";", "\t", ","])
def test_csv_is_read_as_spreadsheets_write_it(mark: str, codec: str) -> None:
    text = GOOD.replace("1.845,50", '"1.845,50"').replace(";", mark)
    outcome = read(text.encode(codec))
    assert rows_of(outcome) == ROWS
    assert isinstance(outcome, Submission)
    assert outcome.form == "csv"


def test_a_line_may_name_the_mark_and_windows_may_call_it_excel() -> None:
    assert rows_of(read(b"sep=;\r\n" + GOOD.encode(), "A.CSV", "application/vnd.ms-excel")) == ROWS


def test_labels_may_be_in_another_language_or_paths() -> None:
    text = GOOD.replace("Tilbud;Antal pladser;Takst", "Facility;places;rows.takst")
    assert rows_of(read(text.encode())) == ROWS


@pytest.mark.parametrize("marked", [True, False])
def test_the_head_may_stand_in_the_mails_text(marked: bool) -> None:
    lines = HEAD.replace(";", ": ").replace("\r\n", "\n").partition("\n")[2]
    start = "--- Sagspost: test_report ---" if marked else "Indberetning af pladser"
    end = "--- slut ---" if marked else ""
    data = (LABELS + GOOD.partition(LABELS)[2]).encode()
    assert rows_of(read(data, text=f"{start}\n{lines}{end}")) == ROWS


def test_text_and_file_that_contradict_each_other_are_refused() -> None:
    text = "--- Sagspost: test_report ---\nÅr: 2027\n--- slut ---"
    assert told(read(GOOD.encode(), text=text)) == [("field.duplicate", "year")]


def test_a_spreadsheet_of_something_else_is_an_ordinary_attachment() -> None:
    outcome = read(b"Navn;Alder\r\nA;3\r\n")
    assert isinstance(outcome, NoSubmission)
    assert len(outcome.attachments) == 1


def test_two_reports_in_one_mail_are_refused() -> None:
    files = tuple(Attachment(f"{n}.csv", "text/csv", GOOD.encode()) for n in "ab")
    outcome = read_submission(Content(None, "", None, files), CATALOGUE, "x")
    assert told(outcome) == [("submission.several", "")]


def test_unknown_columns_are_told_and_a_column_twice_is_refused() -> None:
    unknown = read(GOOD.replace("Gælder fra", "Noget andet").encode())
    assert isinstance(unknown, Submission)
    assert [one.code for one in unknown.warnings] == ["label.unknown"]
    twice = read(GOOD.replace("Gælder fra", "Takst").encode())
    assert ("field.duplicate", "rows.takst") in told(twice)


def test_an_error_tells_the_items_path_and_the_files_row_to_people() -> None:
    outcome = read(GOOD.replace("Solhøj;7", "Solhøj;syv").encode())
    assert told(outcome) == [("field.invalid", "rows.1.places")]
    assert isinstance(outcome, Unreadable)
    assert "»Antal pladser, række 8«" in outcome.problems[0].text("da")


def test_a_report_without_rows_is_told_so() -> None:
    assert ("field.missing", "rows") in told(read(HEAD.encode()))


def many(wrong: int) -> str:
    lines = [f"Tilbud {n};{'x' if n < wrong else n};1.845,50;2026-12-01\r\n" for n in range(10_000)]
    return HEAD + LABELS + "".join(lines)


def test_ten_thousand_rows_are_read_in_seconds_and_every_error_is_told() -> None:
    start = time.perf_counter()
    outcome = read(many(300).encode())
    took = time.perf_counter() - start
    assert told(outcome) == [("field.invalid", f"rows.{n}.places") for n in range(300)]
    assert len(told(read(many(10_000).encode()))) == 10_000
    assert took < 5, took


# --- XLSX by another program ---------------------------------------------------------------------


def workbook(change: Any = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Meddelelse", "test_report"],
        ["År", 2026],
        ["Kommune", 751],
        ["Indberettet af", "A. Ansat"],
        [],
        ["Tilbud", "Antal pladser", "Takst", "Gælder fra", "Lukker"],
        ["Granbo", 12, 1845.5, date(2026, 12, 1), False],
        ["Solhøj", 7.0, "900,00", MIDNIGHT, True],
    ):
        sheet.append(row)
    if change:
        change(book, sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsx(data: bytes) -> Outcome:
    return read(data, "a.xlsx", XLSX)


def test_a_workbook_of_another_program_is_read_with_its_dates_and_numbers() -> None:
    assert rows_of(xlsx(workbook())) == ROWS


def test_dates_since_1904_are_read() -> None:
    def since_1904(book: Any, sheet: Any) -> None:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904

    assert rows_of(xlsx(workbook(since_1904))) == ROWS


def test_a_hidden_sheet_is_not_read() -> None:
    def hide(book: Any, sheet: Any) -> None:
        hidden = book.create_sheet("x", 0)
        hidden.append(["Meddelelse", "dialogue"])
        hidden.sheet_state = "hidden"

    assert rows_of(xlsx(workbook(hide))) == ROWS


def test_a_number_never_gets_thousands_from_its_point() -> None:
    def precise(_book: Any, sheet: Any) -> None:
        sheet["C7"] = 1845.567

    assert told(xlsx(workbook(precise))) == [("field.invalid", "rows.0.takst")]


def test_a_formula_counts_by_the_value_that_was_kept_and_an_error_by_none() -> None:
    def formula(_book: Any, sheet: Any) -> None:
        sheet["B7"] = "=SUM(1,2)"
        sheet["A8"] = "#REF!"
        sheet["A8"].data_type = "e"

    data = workbook(formula)
    assert told(xlsx(data)) == [
        ("field.missing", "rows.0.places"),
        ("field.invalid", "rows.1.facility"),
    ]


def test_another_program_opens_what_we_write() -> None:
    body = {"year": 2026, "municipality": "0751", "reported_by": "A", "rows": ROWS}
    made = written(REPORT, submission(REPORT, body), "xlsx", "da")
    sheet = openpyxl.load_workbook(io.BytesIO(made)).active
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert ["Granbo", 12] in [row[:2] for row in values]
    assert any(MIDNIGHT in row for row in values)
    empty = openpyxl.load_workbook(io.BytesIO(blank(REPORT, "xlsx", "da"))).active
    offered = {one.formula1 for one in empty.data_validations.dataValidation}
    assert '"døgn,time"' in offered


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_blank_forms_are_the_same_bytes_and_understood(form: str) -> None:
    made = blank(REPORT, form, "da")
    assert made == blank(REPORT, form, "da")
    outcome = read(made, f"a.{form}", "application/octet-stream")
    assert isinstance(outcome, Unreadable)
    assert {one.code for one in outcome.problems} <= {"field.missing", "field.invalid"}
    assert outcome.message == REPORT.name


# --- hostile -------------------------------------------------------------------------------------


def quickly(data: bytes, name: str, code: str) -> None:
    start = time.perf_counter()
    outcome = read(data, name, "application/octet-stream", "")
    assert time.perf_counter() - start < 8
    if isinstance(outcome, Unreadable):
        assert {one.code for one in outcome.problems} == {code}
    else:
        assert isinstance(outcome, NoSubmission)


def test_a_cell_of_ten_megabytes_is_refused() -> None:
    quickly((HEAD + LABELS + "x" * 10_000_000).encode(), "a.csv", "submission.too_large")
    quickly((HEAD + LABELS + '"' + "a;\r\n" * 2_000_000).encode(), "a.csv", "submission.too_large")
    quickly((HEAD + LABELS + ";" * 5_000_000 + "a").encode(), "a.csv", "submission.too_large")
    quickly((HEAD + LABELS + "a;1\r\n" * 60_000).encode(), "a.csv", "submission.too_large")


def repacked(changes: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name, content in ({n: old.read(n) for n in old.namelist()} | changes).items():
            new.writestr(name, content)
    return out.getvalue()


def test_strings_that_cells_share_are_read() -> None:
    sheet = zipfile.ZipFile(io.BytesIO(workbook())).read(SHEET).decode()
    changed = re.sub(r't="inlineStr"><is><t>Granbo</t></is>', 't="s"><v>1</v>', sheet)
    assert changed != sheet
    strings = "<sst><si><t>x</t></si><si><r><t>Gran</t></r><r><t>bo</t></r></si></sst>"
    made = repacked({SHEET: changed.encode(), "xl/sharedStrings.xml": strings.encode()})
    assert rows_of(xlsx(made)) == ROWS


def test_a_zip_bomb_is_refused() -> None:
    for part in (SHEET, "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"):
        quickly(repacked({part: b"<a>" + b" " * 200_000_000}), "a.xlsx", "submission.too_large")


def test_a_workbook_with_entities_is_refused() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY a "x">]><a>&a;</a>'
    for part in (SHEET, "xl/sharedStrings.xml", "xl/workbook.xml"):
        quickly(repacked({part: bomb}), "a.xlsx", "submission.malformed")


@given(st.binary(max_size=200), st.integers(0, 5000))
def test_damaged_workbooks_have_an_outcome(junk: bytes, at: int) -> None:
    data = GOOD_BOOK
    read(data[:at] + junk + data[at + len(junk) :], "a.xlsx", XLSX)


@given(st.text(max_size=200) | st.sampled_from([HEAD, LABELS, GOOD]), st.binary(max_size=200))
def test_any_csv_has_an_outcome(start: str, end: bytes) -> None:
    read(start.encode("utf-8", "replace") + end)
    read((HEAD + LABELS).encode() + end)


@given(st.binary(max_size=300))
def test_any_sheet_in_a_workbook_has_an_outcome(junk: bytes) -> None:
    start = b'<worksheet><sheetData><row r="1"><c t="s"><v>9</v></c></row>'
    read(repacked({SHEET: start + junk}), "a.xlsx", XLSX)


GOOD_BOOK = workbook()
