"""HTML tables as mail programs paste them are read from the sender's own text only."""

from __future__ import annotations

import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from parsers.content import Content
from parsers.markup import text_of_html
from parsers.submission import NoSubmission, Outcome, Submission, Unreadable, read_submission
from tests.forms.messages import CATALOGUE

VALUES = {
    "År": "2026",
    "Kommune": "Århus&nbsp;Kommune",
    "Indberettet af": "A.<o:p></o:p> Ansat",
    "Bemærkninger": "<p class=MsoNormal>Først</p><p class=MsoNormal>Så</p>",
}
ROWS = (
    ("Tilbud", "Antal pladser", "Takst"),
    ("Granbo", "12", "1.845,50 kr."),
    ("Solhøj", "7", "900"),
)


def outlook(rows: Any) -> str:
    """As Outlook writes a table that was pasted from Word: each cell holds a paragraph."""
    lines = (
        "<tr style='mso-yfti-irow:1'>"
        + "".join(
            f"<td width=200 valign=top style='border:solid 1.0pt'><p class=MsoNormal>"
            f"<span lang=DA>{cell}<o:p></o:p></span></p></td>"
            for cell in row
        )
        + "</tr>"
        for row in rows
    )
    return (
        "<table class=MsoTableGrid border=1 cellspacing=0><tbody>"
        + "".join(lines)
        + "</tbody></table>"
    )


TABLES = (
    "<p>Indberetning af pladser</p>" + outlook(VALUES.items()) + "<p>&nbsp;</p>" + outlook(ROWS)
)
HEAD = "<html xmlns:o='urn:o'><head><style>p{margin:0}</style></head><body><p>Hej</p>"
FOOT = "<p>Med venlig hilsen</p><p>A. Ansat</p></body></html>"


def read(page: str, plain: str | None = None) -> Outcome:
    text = text_of_html(page) if plain is None else plain
    return read_submission(Content(None, text, page, ()), CATALOGUE, "x")


def check(outcome: Outcome) -> None:
    assert isinstance(outcome, Submission), outcome
    assert outcome.form == "table"
    body: Any = outcome.fields["body"]
    assert (body["year"], body["municipality"], body["reported_by"]) == (2026, "0751", "A. Ansat")
    assert body["remarks"] == "Først\nSå"
    assert [row["places"] for row in body["rows"]] == [12, 7]
    assert body["rows"][0]["takst"] == "1845.50"


def test_tables_as_outlook_pastes_them_are_read() -> None:
    check(read(HEAD + TABLES + FOOT))


def test_the_plain_text_beside_the_page_does_not_matter() -> None:
    check(read(HEAD + TABLES + FOOT, "Se tabellen i mailen."))


def test_a_table_inside_a_table_for_layout_is_read() -> None:
    check(read(f"{HEAD}<table><tr><td>Logo</td><td>{TABLES}</td></tr></table>{FOOT}"))


def test_what_is_quoted_is_not_read() -> None:
    gmail = f"<div>Tak</div><div class=gmail_quote><blockquote>{TABLES}</blockquote></div>"
    header = "<p><b>Fra:</b> A &lt;a@x.example&gt;<br><b>Sendt:</b> 1. december 2026<br></p>"
    for page in (gmail, f"<p>Tak</p><div>{header}</div>{TABLES}"):
        assert isinstance(read(HEAD + page + "</body></html>"), NoSubmission)


def test_what_stands_below_the_closing_or_is_hidden_is_not_read() -> None:
    for page in (HEAD + FOOT + TABLES, f"{HEAD}<div style='display:none'>{TABLES}</div>"):
        assert isinstance(read(page), NoSubmission)


def test_an_error_in_a_row_is_told_with_its_path() -> None:
    outcome = read(HEAD + TABLES.replace(">7<", ">syv<") + FOOT)
    assert isinstance(outcome, Unreadable)
    assert [(one.code, one.path) for one in outcome.problems] == [
        ("field.invalid", "rows.1.places")
    ]


def test_a_table_of_something_else_is_ordinary_mail() -> None:
    rows = [("Dag", "Møde"), ("Mandag", "10"), ("Tirsdag", "11"), ("Onsdag", "12")]
    assert isinstance(read(HEAD + outlook(rows) + FOOT), NoSubmission)


def test_huge_and_deep_tables_end_quickly() -> None:
    start = time.perf_counter()
    read("<table>" * 200_000 + TABLES)
    read("<table><tr>" + "<td>x" * 300_000)
    read(HEAD + "<table>" + "<tr><td>a<td>b" * 100_000)
    assert time.perf_counter() - start < 20


@given(st.text(max_size=200), st.integers(0, 2000))
def test_any_page_has_an_outcome(junk: str, at: int) -> None:
    page = HEAD + TABLES + FOOT
    read(page[:at] + junk + page[at + len(junk) :])
    read(f"<table><tr><td>{junk}")
