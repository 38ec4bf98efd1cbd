"""A collection of reports as people do it: our blank form filled, sealed, corrected, published."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest

from tests.gateway.rig import Identity, Rig, Sent

SUPPORT = {
    "Tilbud": "Bo og Støtte",
    "Driftsherrens CVR-nummer": "55133018",
    "Driftsherre": "Eget tilbud",
    "Beliggenhedskommune": "Århus",
    "Paragraf": "§107",
    "Målgruppe": "Autisme",
    "Normerede pladser": 10,
    "Optagne pladser": 9,
    "Forventet behov": 12,
    "Takst pr. døgn": "1.845,50 kr.",
    "Udgift pr. år": "6.000.000",
}
HOUSE = SUPPORT | {
    "Tilbud": "Huset i Viborg",
    "Driftsherrens CVR-nummer": "29189846",
    "Beliggenhedskommune": "Viborg Kommune",
    "Lille målgruppe": "ja",
    "Takst pr. døgn": "2.000",
}


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    policy = '\n[policy.cooperation]\nmunicipalities = ["0751", "0791"]\n'
    return make_rig(change_settings=lambda text: text + policy)


@pytest.fixture
def number(rig: Rig) -> str:
    closes = date.fromordinal(rig.clock.time.date().toordinal() + 20)
    said = ("title=Kapacitet", "period=2027", f"closes_on={closes.isoformat()}")
    values = [word for one in said for word in ("--set", one)]
    opened = json.loads(
        rig.run("case", "open", "capacity_report", "report_call", *values, "--json")
    )
    rig.settle()
    return str(opened["case"])


def blank(rig: Rig) -> list[list[Any]]:
    """Our own blank form, as a spreadsheet shows it."""
    written = rig.run("form", "capacity_report", "--as", "csv", "--language", "da")
    return list(csv.reader(io.StringIO(written.lstrip("\ufeff"), newline=""), delimiter=";"))


def filled(rig: Rig, number: str, cvr: str, *rows: dict[str, Any]) -> list[list[Any]]:
    head = {"Sagsnummer": number, "CVR-nummer": cvr, "Kontaktperson": "Kim Kontakt"}
    sheet = blank(rig)
    for line in sheet:
        if line and line[0] in head:
            line[1:2] = [head[line[0]]]
    labels = sheet[-1]
    return [*sheet, *([row.get(label, "") for label in labels] for row in rows)]


def as_csv(lines: list[list[Any]]) -> dict[str, bytes]:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows(lines)
    return {"indberetning.csv": out.getvalue().encode("windows-1252")}


def as_xlsx(lines: list[list[Any]]) -> dict[str, bytes]:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    return {"indberetning.xlsx": out.getvalue()}


def attach(rig: Rig, sender: Identity, files: dict[str, bytes]) -> None:
    text = "Hej\n\nHermed vores indberetning.\n\nVenlig hilsen\nKim Kontakt\n"
    rig.send(sender, rig.words(text, sender, attachments=files))


def file_of(mail: Sent, ending: str) -> bytes:
    return next(data for name, data in mail.letter.attachments.items() if name.endswith(ending))


@pytest.mark.rule("S4-R8", "S4-R6")
def test_reports_as_files_are_refused_corrected_consolidated_and_published(
    rig: Rig, number: str
) -> None:
    wrong = SUPPORT | {"Normerede pladser": -10, "Takst pr. døgn": "mange"}
    attach(rig, rig.aarhus, as_csv(filled(rig, number, "55133018", SUPPORT, wrong)))
    refusal = rig.letter("refused")
    assert refusal.is_sealed
    assert [(e["code"], e["path"]) for e in refusal.evidence["errors"]] == [
        ("field.invalid", "rows.1.places"),
        ("field.invalid", "rows.1.rate"),
    ]
    assert "»Normerede pladser«" in refusal.text
    assert refusal.text.count("(Række 11.)") == 2, "the row that it is in the file"
    assert rig.state(number) == "CALLED"

    attach(rig, rig.aarhus, as_csv(filled(rig, number, "55133018", SUPPORT)))
    first = rig.letter("received")
    assert "Version: 1" in first.text
    assert "Gennemsnitlig takst pr. døgn: 1.845,50" in first.text
    corrected = SUPPORT | {"Optagne pladser": 10}
    attach(rig, rig.aarhus, as_xlsx(filled(rig, number, "55133018", corrected)))
    second = rig.letter("received")
    assert "Version: 2" in second.text
    assert "Pladser: 10, heraf optaget 10" in second.text
    assert "Den erstatter jeres tidligere indberetning" in second.text
    attach(rig, rig.viborg, as_xlsx(filled(rig, number, "29189846", HOUSE)))

    rig.pass_until(rig.deadlines(number)["report_due"])
    assert rig.state(number) == "CLOSED"
    rig.act(number, "consolidate")
    rig.settle()
    rig.act(number, "publish")
    rig.settle()
    published = rig.outgoing(kind="published")
    assert {one.to for one in published} >= {rig.aarhus.address, rig.viborg.address}
    mail = rig.letter("published", to=rig.aarhus.address)
    assert file_of(mail, ".pdf").startswith(b"%PDF-")
    table = list(csv.reader(io.StringIO(file_of(mail, ".csv").decode("utf-8-sig")), delimiter=";"))
    labels = table[0]
    autism = dict(zip(labels, next(r for r in table if r[1] == "Autisme"), strict=True))
    assert (autism["Pladser"], autism["Optaget"], autism["Behov"]) == ("20", "19", "24")
    assert autism["Takst"] == "1922,75"
    book = openpyxl.load_workbook(io.BytesIO(file_of(mail, ".xlsx")))
    assert "Tilbud" in book.sheetnames
    reported = [[cell.value for cell in line] for line in book["Tilbud"].iter_rows()]
    where = reported[0].index("Beliggenhedskommune")
    assert [(line[0], line[where]) for line in reported[1:]] == [
        ("Aarhus Kommune", "Aarhus"),
        ("Viborg Kommune", "Viborg"),
    ]
    rig.run("case", "verify", number)


def test_a_file_for_another_organisation_changes_nothing(rig: Rig, number: str) -> None:
    attach(rig, rig.aarhus, as_csv(filled(rig, number, "29189846", HOUSE)))
    assert rig.letter("refused").codes == ["sender.municipality"]
    assert rig.body(number)["data"]["reports"] == []


def test_the_same_mail_twice_is_one_version(rig: Rig, number: str) -> None:
    files = as_csv(filled(rig, number, "55133018", SUPPORT))
    written = rig.words("Hermed vores indberetning.", rig.aarhus, attachments=files)
    rig.send(rig.aarhus, written)
    rig.send(rig.aarhus, written)
    assert [one["version"] for one in rig.body(number)["data"]["reports"]] == [1]
