"""Reports of ten thousand rows as real sealed mail: all that is wrong, in one small mail."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from tests.gateway.rig import Rig

ROWS = 10_000
WRONG = 300
MOST = 200_000
"""So many bytes may the refusal have, as it goes out."""


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    policy = '\n[policy.cooperation]\nmunicipalities = ["0751", "0791"]\n'
    return make_rig(change_settings=lambda text: text + policy)


def row(at: int, **changes: Any) -> dict[str, Any]:
    return {
        "facility": f"Bo og Støtte, afdeling {at}",
        "tilbudsportalen_id": str(100_000 + at),
        "operator_cvr": "55133018",
        "operator_type": "OWN",
        "p_number": str(1_000_000_000 + at),
        "municipality": "0751",
        "paragraphs": "SEL § 107",
        "target_group": f"Målgruppe {at % 40}",
        "places": 10,
        "occupied": 9,
        "expected_need": 12,
        "rate": "1845.50",
        "expenditure": "600000.00",
    } | changes


def called(rig: Rig) -> str:
    said = {"title": "Kapacitet", "period": "2027", "closes_on": "2099-05-01"}
    values = [word for name, value in said.items() for word in ("--set", f"{name}={value}")]
    opened = json.loads(
        rig.run("case", "open", "capacity_report", "report_call", *values, "--json")
    )
    rig.settle()
    number: str = opened["case"]
    return number


def send(rig: Rig, number: str, rows: list[dict[str, Any]]) -> None:
    body = {"organisation": "55133018", "contact": "Kim Kontakt", "rows": rows}
    rig.send(rig.aarhus, rig.submission("capacity_report", number, body))


def test_ten_thousand_rows_with_three_hundred_faults_are_one_small_refusal(rig: Rig) -> None:
    number = called(rig)
    rows = [row(at) for at in range(ROWS)]
    for at in range(100):
        rows[at * 97]["rate"] = "mange"
        rows[at * 97 + 1]["places"] = -1
        del rows[at * 97 + 2]["target_group"]
    send(rig, number, rows)
    refusal = rig.letter("refused")
    wrong = refusal.evidence["errors"]
    assert len(wrong) == WRONG
    assert {error["path"] for error in wrong} >= {
        "rows.0.rate",
        "rows.1.places",
        "rows.2.target_group",
        f"rows.{99 * 97 + 2}.target_group",
    }
    told = [line for line in refusal.text.splitlines() if line.startswith("- ")]
    assert len(told) == 3, "each fault once, with its rows"
    assert all("100 rækker: " in line for line in told)
    assert refusal.is_sealed
    assert len(refusal.raw) < MOST
    assert rig.body(number)["data"]["reports"] == []


def test_faults_that_only_the_case_can_tell_are_listed_in_the_same_way(rig: Rig) -> None:
    number = called(rig)
    rows = [row(at) for at in range(ROWS)]
    for at in range(WRONG):
        rows[at * 33]["operator_type"] = "PRIVATE"
    send(rig, number, rows)
    refusal = rig.letter("refused")
    assert len(refusal.evidence["errors"]) == WRONG
    assert "300 rækker: 1, 34, 67" in refusal.text
    assert len(refusal.raw) < MOST


def test_ten_thousand_good_rows_are_taken_and_their_receipt_is_small(rig: Rig) -> None:
    number = called(rig)
    send(rig, number, [row(at) for at in range(ROWS)])
    receipt = rig.letter("received")
    assert "Rækker: 10000" in receipt.text
    assert "Udgift i alt: 6.000.000.000,00" in receipt.text
    assert len(receipt.raw) < MOST
    content = receipt.evidence["content"]
    assert content["fields"]["body"]["rows"]["count"] == ROWS
    assert len(content["digest"]) == len(content["fields"]["body"]["rows"]["sha256"]) == 64
    kept = rig.body(number)["data"]["reports"]
    assert len(kept[0]["rows"]) == ROWS
    rig.run("case", "verify", number)


# --- as the files that people attach -------------------------------------------------------------

LABELS = {
    "facility": "Tilbud",
    "tilbudsportalen_id": "Tilbudsportalens id",
    "operator_cvr": "Driftsherrens CVR-nummer",
    "operator_type": "Driftsherre",
    "p_number": "P-nummer",
    "municipality": "Beliggenhedskommune",
    "paragraphs": "Paragraf",
    "target_group": "Målgruppe",
    "places": "Normerede pladser",
    "occupied": "Optagne pladser",
    "expected_need": "Forventet behov",
    "rate": "Takst pr. døgn",
    "expenditure": "Udgift pr. år",
}
FIRST_ROW = 7
"""In the file: six rows of head and labels stand above it, one of them empty."""


def lines(number: str, rows: list[dict[str, Any]]) -> list[list[Any]]:
    head = [
        ["Meddelelse", "capacity_report"],
        ["Sagsnummer", number],
        ["CVR-nummer", "55133018"],
        ["Kontaktperson", "Kim Kontakt"],
        [],
        list(LABELS.values()),
    ]
    return [*head, *([one.get(key, "") for key in LABELS] for one in rows)]


def as_csv(number: str, rows: list[dict[str, Any]]) -> dict[str, bytes]:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows(lines(number, rows))
    return {"indberetning.csv": out.getvalue().encode("windows-1252")}


def as_xlsx(number: str, rows: list[dict[str, Any]]) -> dict[str, bytes]:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Indberetning")
    for line in lines(number, rows):
        sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return {"indberetning.xlsx": out.getvalue()}


def attach(rig: Rig, files: dict[str, bytes]) -> None:
    text = "Hej\n\nHer er vores indberetning.\n\nVenlig hilsen\nKim Kontakt\n"
    rig.send(rig.aarhus, rig.words(text, rig.aarhus, attachments=files))


FORMS = pytest.mark.parametrize("written", [as_csv, as_xlsx])


@FORMS
def test_faults_in_a_file_are_told_by_the_rows_that_it_has(
    rig: Rig, written: Callable[..., dict[str, bytes]]
) -> None:
    number = called(rig)
    rows = [row(at) for at in range(ROWS)]
    for at in range(100):
        rows[at * 97]["rate"] = "mange"
        rows[at * 97 + 1]["places"] = -1
        rows[at * 97 + 2]["target_group"] = ""
    attach(rig, written(number, rows))
    refusal = rig.letter("refused")
    wrong = refusal.evidence["errors"]
    assert len(wrong) == WRONG
    assert {"rows.0.rate", "rows.1.places", "rows.2.target_group"} <= {e["path"] for e in wrong}
    told = [line for line in refusal.text.splitlines() if line.startswith("- ")]
    assert len(told) == 3, "each fault once, with its rows"
    assert f"(100 rækker: {FIRST_ROW}, {FIRST_ROW + 97}, " in told[0]
    assert f"»Takst pr. døgn, række {FIRST_ROW}«" in wrong[0]["text"]
    assert refusal.is_sealed
    assert len(refusal.raw) < MOST
    assert rig.body(number)["data"]["reports"] == []


@FORMS
def test_ten_thousand_faulty_rows_are_told_in_one_small_mail(
    rig: Rig, written: Callable[..., dict[str, bytes]]
) -> None:
    number = called(rig)
    rows = [row(at, rate="mange") for at in range(ROWS)]
    for at in range(0, ROWS, 2):
        rows[at]["places"] = "x"
    attach(rig, written(number, rows))
    refusal = rig.letter("refused")
    assert f"(10000 rækker: {FIRST_ROW}–{FIRST_ROW + ROWS - 1}.)" in refusal.text
    assert "(5000 rækker: 7, 9, 11" in refusal.text
    assert "og 4700 rækker mere.)" in refusal.text
    errors = refusal.evidence["errors"]
    assert 300 < len(errors) <= 501
    assert errors[-1]["code"] == "submission.more"
    assert errors[-1]["text"].endswith(f": {15_000 - len(errors) + 1}.")
    assert len(refusal.raw) < MOST


@FORMS
def test_what_only_the_case_can_tell_of_a_file_has_its_rows_too(
    rig: Rig, written: Callable[..., dict[str, bytes]]
) -> None:
    number = called(rig)
    rows = [row(at, operator_type="Privat") for at in range(ROWS)]
    attach(rig, written(number, rows))
    refusal = rig.letter("refused")
    assert f"(10000 rækker: {FIRST_ROW}–{FIRST_ROW + ROWS - 1}.)" in refusal.text
    errors = refusal.evidence["errors"]
    assert errors[-1]["text"].endswith(f": {10_000 - len(errors) + 1}.")
    assert len(refusal.raw) < MOST


@FORMS
def test_a_report_in_which_everything_is_wrong_is_still_answered_in_one_small_mail(
    rig: Rig, written: Callable[..., dict[str, bytes]]
) -> None:
    number = called(rig)
    odd: dict[str, Any] = dict.fromkeys(LABELS, "?")
    rows = [row(at, **(odd if at % 2 else {})) for at in range(ROWS)]
    attach(rig, written(number, rows))
    refusal = rig.letter("refused")
    assert "Yderligere fejl, som ikke er nævnt her hver for sig: 35000." in refusal.text
    assert refusal.codes[-1] == "submission.more"
    assert len(refusal.raw) < MOST
