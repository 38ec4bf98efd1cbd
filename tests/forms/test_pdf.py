"""PDF forms: filled by other programs, read strictly, and nothing but the fields is read."""

from __future__ import annotations

import io
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, String

from gateway.logs import set_up
from parsers.catalogue import MessageType
from parsers.content import Attachment, Content
from parsers.forms import blank, written
from parsers.submission import NoSubmission, Outcome, Submission, Unreadable, read_submission
from tests.forms.messages import CATALOGUE, KINDS, REPORT, submission

FILLED = {
    "year": "2026",
    "municipality": "Århus Kommune",
    "reported_by": "Æ. Ansat",
    "rows.0.facility": "Granbo",
    "rows.0.places": "12",
    "rows.0.takst": "1.845,50 kr.",
    "rows.0.unit": "hour",
    "rows.0.from": "1. december 2026",
    "rows.1.facility": "Solhøj",
    "rows.1.places": "7",
    "rows.1.takst": "900",
    "rows.1.closing": "ja",
}


def read(data: bytes) -> Outcome:
    files = (Attachment("a.pdf", "application/pdf", data),)
    return read_submission(Content(None, "", None, files), CATALOGUE, "x")


def told(data: bytes) -> list[tuple[str, str]]:
    outcome = read(data)
    assert isinstance(outcome, Unreadable), outcome
    return [(one.code, one.path) for one in outcome.problems]


def leaves(fields: Any, above: str = "") -> dict[str, Any]:
    found = {}
    for one in fields:
        name = f"{above}.{one.T}".strip(".")
        inner = [kid for kid in one.get("/Kids", ()) if "/T" in kid]
        found.update(leaves(inner, name) if inner else {name: one})
    return found


def by_pikepdf(
    values: Mapping[str, str],
    change: Callable[[pikepdf.Pdf], None] | None = None,
    kind: MessageType = REPORT,
    **options: Any,
) -> bytes:
    with pikepdf.open(io.BytesIO(blank(kind, "pdf", "da"))) as pdf:
        known = leaves(pdf.Root.AcroForm.Fields)
        for name, value in values.items():
            known[name].V = String(value)
        if change:
            change(pdf)
        out = io.BytesIO()
        pdf.save(out, **options)
        return out.getvalue()


def body_of(data: bytes) -> Any:
    outcome = read(data)
    assert isinstance(outcome, Submission), outcome
    assert outcome.form == "pdf"
    return outcome.fields["body"]


def check_filled(body: Any) -> None:
    assert (body["year"], body["municipality"], body["reported_by"]) == (2026, "0751", "Æ. Ansat")
    first, second = body["rows"]
    assert (first["takst"], first["unit"], first["from"]) == ("1845.50", "hour", "2026-12-01")
    assert (second["facility"], second["places"], second["closing"]) == ("Solhøj", 7, True)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"object_stream_mode": pikepdf.ObjectStreamMode.generate},
        {"linearize": True},
        {"compress_streams": False},
    ],
    ids=str,
)
def test_a_form_that_another_program_filled_is_read(options: dict[str, Any]) -> None:
    check_filled(body_of(by_pikepdf(FILLED, **options)))


def test_a_form_that_pdftk_filled_is_read(tmp_path: Path) -> None:
    (tmp_path / "blank.pdf").write_bytes(blank(REPORT, "pdf", "da"))
    fields = "".join(
        f'<field name="{name}"><value>{value}</value></field>' for name, value in FILLED.items()
    )
    (tmp_path / "a.xfdf").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><xfdf xmlns="http://ns.adobe.com/xfdf/">'
        f"<fields>{fields}</fields></xfdf>",
        "utf-8",
    )
    subprocess.run(
        ["pdftk", "blank.pdf", "fill_form", "a.xfdf", "output", "out.pdf"], cwd=tmp_path, check=True
    )
    check_filled(body_of((tmp_path / "out.pdf").read_bytes()))


@pytest.mark.parametrize("value", [Name("/ja"), String("/ja"), String("ja")], ids=repr)
def test_a_pressed_button_counts_in_whatever_type_a_program_writes_its_name(value: Any) -> None:
    def press(pdf: pikepdf.Pdf) -> None:
        leaves(pdf.Root.AcroForm.Fields)["rows.1.closing"].V = value

    check_filled(body_of(by_pikepdf({**FILLED, "rows.1.closing": ""}, press)))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_other_programs_see_a_sound_blank_form(kind: MessageType, tmp_path: Path) -> None:
    made = blank(kind, "pdf", "da")
    assert made == blank(kind, "pdf", "da")
    (tmp_path / "a.pdf").write_bytes(made)
    subprocess.run(["qpdf", "--check", "a.pdf"], cwd=tmp_path, check=True, capture_output=True)
    words = subprocess.run(
        ["pdftotext", "-layout", "a.pdf", "-"], cwd=tmp_path, check=True, capture_output=True
    ).stdout.decode()
    assert kind.title("da") in words
    with pikepdf.open(io.BytesIO(made)) as pdf:
        names = set(leaves(pdf.Root.AcroForm.Fields))
        assert {"sagspost", "message", "to", "reference", "case"} <= names
        plain = {".".join(s for s in name.split(".") if not s.isdigit()) for name in names}
        assert {leaf.path for leaf in kind.leaves} <= plain
        assert [float(one) for one in pdf.pages[0].MediaBox] == [0, 0, 595, 842]


def test_yes_and_no_are_buttons_that_a_person_presses(tmp_path: Path) -> None:
    """What a program stores is a name; which button is pressed shows without the fonts of any."""

    def pressed(word: str) -> Callable[[pikepdf.Pdf], None]:
        def change(pdf: pikepdf.Pdf) -> None:
            one = leaves(pdf.Root.AcroForm.Fields)["rows.0.closing"]
            assert Name.Btn == one.FT
            assert [str(name) for kid in one.Kids for name in kid.AP.N if name != "/Off"] == [
                "/ja",
                "/nej",
            ]
            one.V = Name(f"/{word}")
            for kid in one.Kids:
                kid.AS = Name(f"/{word}") if f"/{word}" in kid.AP.N else Name.Off

        return change

    for word, expected in (("ja", True), ("nej", False)):
        assert body_of(by_pikepdf(FILLED, pressed(word)))["rows"][0]["closing"] is expected


@pytest.mark.parametrize("language", ["da", "sv", "en"])
def test_a_filled_form_has_the_button_pressed(language: str) -> None:
    row = {"facility": "Granbo", "places": 1, "takst": "1.00", "closing": True}
    fields = submission(REPORT, {"year": 2026, "rows": [row]})
    with pikepdf.open(io.BytesIO(written(REPORT, fields, "pdf", language))) as pdf:
        yes, no = leaves(pdf.Root.AcroForm.Fields)["rows.0.closing"].Kids
        assert yes.AS in yes.AP.N
        assert (Name.Off == yes.AS, Name.Off == no.AS) == (False, True)


def test_a_printed_form_names_what_there_is_to_choose_from(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(blank(REPORT, "pdf", "da"))
    read = subprocess.run(
        ["pdftotext", "a.pdf", "-"], cwd=tmp_path, check=True, capture_output=True
    )
    assert read.stdout.decode().count("døgn / time") == 3


def test_a_list_with_more_items_than_there_is_room_for_says_what_to_do(tmp_path: Path) -> None:
    def words(kind: MessageType) -> str:
        (tmp_path / "a.pdf").write_bytes(blank(kind, "pdf", "da"))
        read = subprocess.run(
            ["pdftotext", "a.pdf", "-"], cwd=tmp_path, check=True, capture_output=True
        )
        return " ".join(read.stdout.decode().split())

    assert "Rækker: her er plads til 3. Er der flere, så brug tekstformularen" in words(REPORT)
    without = next(kind for kind in KINDS if not any(leaf.listed for leaf in kind.leaves))
    assert "her er plads til" not in words(without)


def test_a_blank_form_tells_what_is_missing() -> None:
    assert {code for code, _ in told(blank(REPORT, "pdf", "da"))} == {"field.missing"}


def test_items_that_are_left_empty_are_none() -> None:
    later = {name.replace("rows.1", "rows.2"): value for name, value in FILLED.items()}
    assert len(body_of(by_pikepdf(later))["rows"]) == 2


def add(name: str, value: str) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        made = Dictionary(FT=Name.Tx, T=String(name), V=String(value))
        pdf.Root.AcroForm.Fields.append(pdf.make_indirect(made))

    return change


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("other", ("field.unknown", "other")),
        ("rows.facility", ("field.unknown", "rows.facility")),
        ("rows.0.0.facility", ("field.unknown", "rows.0.0.facility")),
        ("year", ("field.duplicate", "year")),
    ],
)
def test_unknown_names_and_names_that_stand_twice_are_refused(
    name: str, expected: tuple[str, str]
) -> None:
    assert told(by_pikepdf(FILLED, add(name, "2027"))) == [expected]


def test_a_wrong_value_is_told_at_its_field() -> None:
    assert told(by_pikepdf({**FILLED, "rows.1.places": "syv"})) == [
        ("field.invalid", "rows.1.places")
    ]


def test_an_xfa_form_is_refused() -> None:
    def xfa(pdf: pikepdf.Pdf) -> None:
        pdf.Root.AcroForm.XFA = pdf.make_stream(b"<xdp/>")

    assert told(by_pikepdf(FILLED, xfa)) == [("submission.malformed", "")]


def test_an_encrypted_form_and_other_files_are_ordinary_attachments() -> None:
    locked = by_pikepdf(FILLED, encryption=pikepdf.Encryption(owner="o", user="u"))
    other = pikepdf.new()
    other.add_blank_page()
    out = io.BytesIO()
    other.save(out)
    for data in (locked, out.getvalue(), b"%PDF-1.7 nothing", by_pikepdf({})[:2000]):
        outcome = read(data)
        assert isinstance(outcome, NoSubmission)
        assert len(outcome.attachments) == 1


def test_scripts_and_embedded_files_do_nothing() -> None:
    def hostile(pdf: pikepdf.Pdf) -> None:
        script = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
        pdf.Root.OpenAction = script
        pdf.attachments["a.json"] = blank(REPORT, "json", "da")

    check_filled(body_of(by_pikepdf(FILLED, hostile)))


def quickly(data: bytes) -> Outcome:
    start = time.perf_counter()
    outcome = read(data)
    assert time.perf_counter() - start < 10
    return outcome


def test_a_million_fields_are_not_read() -> None:
    def many(pdf: pikepdf.Pdf) -> None:
        one = pdf.make_indirect(Dictionary(FT=Name.Tx, T=String("x"), V=String("1")))
        pdf.Root.AcroForm.Fields.extend([one] * 90_000)

    def distinct(pdf: pikepdf.Pdf) -> None:
        for at in range(6_000):
            add(f"x{at}", "1")(pdf)

    assert not isinstance(quickly(by_pikepdf(FILLED, many)), Submission)
    assert not isinstance(quickly(by_pikepdf(FILLED, distinct)), Submission)
    fields = b"<</FT/Tx/T(a)>>" * 1_000_000
    whole = b"%PDF-1.7\n1 0 obj<</AcroForm<</Fields[" + fields + b"]>>>>endobj\n"
    assert isinstance(quickly(whole), NoSubmission)


def test_fields_that_hold_themselves_and_deep_trees_end() -> None:
    def circle(pdf: pikepdf.Pdf) -> None:
        one = pdf.make_indirect(Dictionary(T=String("a")))
        one.Kids = Array([one])
        pdf.Root.AcroForm.Fields.append(one)

    def deep(pdf: pikepdf.Pdf) -> None:
        one = pdf.make_indirect(Dictionary(T=String("a")))
        for _ in range(50):
            one = pdf.make_indirect(Dictionary(T=String("a"), Kids=Array([one])))
        pdf.Root.AcroForm.Fields.append(one)

    assert isinstance(quickly(by_pikepdf(FILLED, circle)), Submission | Unreadable)
    assert told(by_pikepdf(FILLED, deep)) == [("submission.too_large", "")]


def test_a_bomb_in_an_object_stream_does_not_go_off() -> None:
    def bomb(pdf: pikepdf.Pdf) -> None:
        huge = String("x" * 60_000_000)
        pdf.Root.AcroForm.Fields.append(pdf.make_indirect(Dictionary(T=huge)))

    data = by_pikepdf(FILLED, bomb, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert len(data) < 1_000_000
    assert isinstance(quickly(data), NoSubmission)


def test_nothing_of_a_damaged_form_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    set_up(process="test", stream=io.StringIO())
    data = by_pikepdf(FILLED)
    for at in range(0, len(data), 97):
        read(data[:at] + b"0" + data[at + 1 :])
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    assert [one for one in caplog.records if one.name.startswith("pypdf")] == []


GOOD = written(REPORT, submission(REPORT, {"year": 2026}), "pdf", "da")


@given(st.integers(0, len(GOOD)), st.binary(max_size=60))
def test_a_damaged_file_has_an_outcome(at: int, junk: bytes) -> None:
    read(GOOD[:at] + junk + GOOD[at + len(junk) :])
