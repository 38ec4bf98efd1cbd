"""`case settlement`: the lines for the books, row by row and to the last øre."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.settlement import as_view, settlement_lines, total
from gateway.outbound.rendering import write_document
from tests.gateway.cli.conftest import Command
from tests.gateway.outbound.test_invoices import findings, values
from tests.gateway.rig import Rig


@pytest.fixture
def number(settled: Rig) -> str:
    return next(c["number"] for c in settled.cases() if c["state"] == "SETTLEMENT_ACTIVE")


def exported(sagspost: Command, rig: Rig, *options: str) -> Any:
    done = sagspost("case", "settlement", *options, "--as", "json", home=rig.home)
    assert done.status == 0, done.err
    return done.json


def test_json_has_every_line_of_the_plan_and_exact_sums(
    sagspost: Command, settled: Rig, number: str
) -> None:
    told = exported(sagspost, settled, number)
    plan = sagspost("case", "show", number, "--json", home=settled.home).json["settlement"]

    assert [one | {"payer": None} for one in told["lines"]] == [
        one | {"payer": None} for one in plan
    ]
    assert {one["payer"] for one in told["lines"]} == {"aarhus"}
    assert (told["currency"], told["open"]) == ("DKK", 0)
    assert told["authority"]["cvr"] == "29190925"
    assert {"acting", "facility", "authority"} <= {party["role"] for party in told["parties"]}
    assert Decimal(told["total"]) == sum(Decimal(line["amount"]) for line in plan)
    assert Decimal(told["total"]) == sum(Decimal(month["total"]) for month in told["months"])
    assert [month["month"] for month in told["months"]] == sorted({one["month"] for one in plan})
    assert told == sagspost("case", "settlement", number, "--json", home=settled.home).json


def test_csv_opens_rightly_in_danish_excel(
    sagspost: Command, settled: Rig, number: str, tmp_path: Path
) -> None:
    file = tmp_path / "linjer.csv"
    done = sagspost("case", "settlement", number, "--as", "csv", "--to", file, home=settled.home)
    data = file.read_bytes()

    assert done.status == 0, done.err
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == data.count(b"\n")
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";")
    assert head[0] == "Sagsnr."
    assert head[-1] == "Beløb i kr."
    told = exported(sagspost, settled, number)
    assert len(rows) == len(told["lines"])
    for row, line in zip(rows, told["lines"], strict=True):
        assert row[:5] == [number, line["month"], line["first"], line["last"], line["label"]]
        assert row[5:9] == ["plan", "", "aarhus", "døgn"]
        assert [one.replace(",", ".") for one in row[9:]] == [
            line["quantity"], line["rate"], line["amount"],
        ]  # fmt: skip
        assert "," in row[-1]
        assert "." not in row[-1]
    amounts = sum(Decimal(row[-1].replace(",", ".")) for row in rows)
    assert amounts == Decimal(told["total"])


def test_one_month_is_that_month_alone(sagspost: Command, settled: Rig, number: str) -> None:
    whole = exported(sagspost, settled, number)
    month = whole["months"][1]
    told = exported(sagspost, settled, number, "--month", month["month"])

    assert {line["month"] for line in told["lines"]} == {month["month"]}
    assert told["total"] == month["total"]


def test_people_see_a_table_with_the_sum(sagspost: Command, settled: Rig, number: str) -> None:
    done = sagspost("case", "settlement", number, home=settled.home)

    assert done.status == 0
    assert f"{exported(sagspost, settled, number)['total']} in all" in done.out


def test_a_workbook_has_the_same_amounts(
    sagspost: Command, settled: Rig, number: str, tmp_path: Path
) -> None:
    file = tmp_path / "linjer.xlsx"
    sagspost("case", "settlement", number, "--as", "xlsx", "--to", file, home=settled.home)

    with zipfile.ZipFile(file) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    for line in exported(sagspost, settled, number)["lines"]:
        assert f"<v>{Decimal(line['amount'])}</v>" in sheet


def test_a_month_is_the_draft_of_an_invoice_that_keeps_the_rules(
    sagspost: Command, settled: Rig, number: str, tmp_path: Path
) -> None:
    whole = exported(sagspost, settled, number)
    month, file = whole["months"][0], tmp_path / "faktura.xml"
    options = ("--as", "peppol", "--month", month["month"], "--to", file)
    done = sagspost("case", "settlement", number, *options, home=settled.home)

    assert done.status == 0, done.err
    invoice = file.read_bytes()
    assert findings(tmp_path, invoice) == [[]]
    assert values(invoice, "PayableAmount") == [month["total"]]
    assert b"670765" not in invoice
    refused = sagspost("case", "settlement", number, "--as", "peppol", home=settled.home)
    assert "--month" in refused.err


def test_nothing_in_it_is_a_cpr_number(sagspost: Command, settled: Rig, number: str) -> None:
    assert "670765" not in sagspost("case", "settlement", number, "--json", home=settled.home).out


def test_what_cannot_be_exported_is_told(
    sagspost: Command, settled: Rig, number: str, tmp_path: Path
) -> None:
    def refused(*options: str | Path) -> str:
        done = sagspost("case", "settlement", *options, home=settled.home)
        assert done.status == 1
        return done.err

    assert "no case" in refused("RM-2020-000001")
    assert "2026-12" in refused(number, "--month", "december")
    assert "it has them from" in refused(number, "--month", "1999-01")
    assert "who pays: aarhus" in refused(number, "--payer", "viborg")
    assert "csv" in refused(number, "--as", "oioubl")
    (tmp_path / "there").write_text("x")
    assert "never overwrites" in refused(number, "--as", "csv", "--to", tmp_path / "there")
    assert (tmp_path / "there").read_text() == "x"


def test_a_case_without_settlement_says_its_state(sagspost: Command, own: Rig) -> None:
    number = own.acknowledged()
    done = sagspost("case", "settlement", number, home=own.home)

    assert done.status == 1
    assert "ACKNOWLEDGED" in done.err


MONEY = st.decimals(-9_999_999, 9_999_999, places=2)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "month": st.sampled_from(["2026-12", "2027-01"]),
            "first": st.just("2026-12-01"),
            "last": st.just("2026-12-31"),
            "kind": st.sampled_from(["plan", "correction", "exceeded"]),
            "payer": st.sampled_from([None, "aarhus"]),
            "label": st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20),
            "unit": st.sampled_from(["day", "hour", "month", "once"]),
            "quantity": st.none() | MONEY.map(str),
            "rate": MONEY.map(str),
            "amount": st.none() | MONEY.map(str),
        }
    ),
    min_size=1,
    max_size=20,
)


@given(LINES, st.sampled_from(["da", "sv"]))
def test_the_column_adds_up_to_the_sum_whatever_the_lines_are(lines: Any, language: str) -> None:
    view = as_view("RM-2026-000001", lines, language)
    _, data = write_document("lines.csv", view, {})
    _, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";")

    assert len(rows) == len(lines)
    amounts = [Decimal(row[-1].replace(",", ".")) for row in rows if row[-1]]
    assert sum(amounts, Decimal(0)) == total(lines)
    for row, line in zip(rows, lines, strict=True):
        assert not row[4].startswith(("=", "+", "-", "@"))
        assert row[4].removeprefix("'") == line["label"].removeprefix("'")


def test_lines_without_words_or_rates_are_exported_too() -> None:
    line = {
        "month": "2026-12", "first": "2026-12-01", "last": "2026-12-03", "kind": "exceeded",
        "days": 0, "unit": None, "quantity": "0.00", "rate": None, "amount": None, "reason": None,
    }  # fmt: skip
    case = {"state": "ANSWERED", "parties": [], "data": {"settlement": {"lines": [line]}}}
    (whole,) = settlement_lines("RM-2026-000001", {"case": case}, None)
    _, data = write_document("lines.csv", as_view("RM-2026-000001", [whole], "da"), {})

    assert "exceeded;overskredet frist;;;;0,00;;" in data.decode("utf-8-sig")
    assert total([whole]) == 0


def test_a_swedish_order_is_settled_in_swedish_kronor(
    sagspost: Command, own: Rig, tmp_path: Path
) -> None:
    today = own.clock.now().date()
    own.gateway.pipeline.open(
        "service_order", "service_order", swedish_order(today), "Siv Handläggare"
    )
    own.settle()
    number = own.cases()[0]["number"]
    own.act(number, "confirmation", received_on=today, started_on=today)
    days = [{"day": today.isoformat(), "hours": "1.50"}]
    own.send(own.aarhus, own.submission("time_report", number, {"days": days}))

    told = exported(sagspost, own, number)
    assert (told["currency"], told["total"]) == ("SEK", "618.75")
    heads = {
        language: sagspost(
            *("case", "settlement", number, "--as", "csv", "--language", language), home=own.home
        ).out.splitlines()[0]
        for language in ("da", "sv", "en")
    }
    assert heads["da"].endswith(";Beløb i svenske kr.")
    assert heads["sv"].endswith(";Belopp i kr")
    assert heads["en"].endswith(";Amount in SEK")
    refused = sagspost("case", "settlement", number, "--as", "peppol", home=own.home)
    assert (refused.status, refused.out) == (1, "")
    assert "is in SEK: invoice drafts are made in DKK only" in refused.err


def swedish_order(today: date) -> dict[str, Any]:
    return {
        "individual": {"personnummer": "640823-3234", "name": "Ulla Prov"},
        "caseworker": {"name": "Siv Handläggare", "phone": "08-508 00 000"},
        "provider": "aarhus",
        "decision_date": today,
        "legal_basis": "SoL 11 kap. 1 §",
        "services": [
            {
                "kind": "home_care",
                "hours_per_month": "30",
                "goal": "Klara vardagen hemma",
                "valid_from": today,
            }
        ],
        "needs": "Fallrisk",
        "hourly_rate": "412.50",
    }
