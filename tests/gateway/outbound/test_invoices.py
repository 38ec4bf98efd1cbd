"""Invoice drafts keep the published rules: UBL 2.1 of OASIS, EN 16931 of CEN, to the last øre."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import Refused
from gateway.outbound.invoices import InvoiceDraft, invoice_draft, peppol_document
from gateway.settings import AuthoritySettings

ROOT = Path(__file__).resolve().parents[3]
RULES = Path(sys.prefix) / "invoice-rules"
CHECKER = Path(__file__).with_name("invoice_rules.py")
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
TODAY = date(2027, 1, 4)
AUTHORITY = AuthoritySettings(
    name="Region Midtjylland",
    cvr="29190925",
    inbox="inbox@rm.example",
    address="Skottenborg 26, 8800 Viborg",
)
LINES: list[dict[str, Any]] = [
    {"month": "2026-12", "payer": "aarhus", "first": "2026-12-10", "last": "2026-12-31",
     "label": "Takst",
     "unit": "day", "quantity": "22.00", "rate": "1845.50", "amount": "40601.00"},
    {"month": "2026-12", "payer": "aarhus", "first": "2026-12-10", "last": "2026-12-31",
     "label": "Støtte & ledsager",
     "unit": "month", "quantity": "0.71", "rate": "1000.00", "amount": "709.68"},
    {"month": "2026-12", "payer": "aarhus", "first": "2026-12-10", "last": "2026-12-10",
     "label": "Regulering",
     "unit": "once", "quantity": "1.00", "rate": "-100.00", "amount": "-100.00"},
]  # fmt: skip

CREDITED: list[dict[str, Any]] = [
    {**LINES[0], "label": "Takst: tilbage", "first": "2026-11-01", "last": "2026-11-10",
     "quantity": "-10.00", "amount": "-18455.00", "corrects": "2026-11"},
    {**LINES[1], "label": "Støtte: tilbage", "first": "2026-10-01", "last": "2026-10-10",
     "quantity": "-0.32", "amount": "-322.58", "corrects": "2026-10"},
]  # fmt: skip


def body(**billing: Any) -> dict[str, Any]:
    parties = [
        {"role": "authority", "key": "authority", "name": "Region Midtjylland", "cvr": "29190925"},
        {"role": "acting", "key": "aarhus", "name": "Aarhus Kommune", "cvr": "55133018"},
    ]
    version = {"number": 1, "state": "active", "terms": {"billing": billing or None}}
    return {"case": {"parties": parties, "data": {"versions": [version]}}}


def draft(lines: list[dict[str, Any]] | None = None, **billing: Any) -> InvoiceDraft:
    return invoice_draft("RM-2026-000001", body(**billing), lines or LINES, AUTHORITY, TODAY)


def findings(folder: Path, *invoices: bytes) -> list[list[str]]:
    assert (RULES / ".ready").exists(), "run `make invoice-rules` first"
    files = []
    for at, invoice in enumerate(invoices):
        files.append(folder / f"{at}.xml")
        files[-1].write_bytes(invoice)
    line = [sys.executable, "-I", str(CHECKER), str(RULES), *map(str, files)]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    return [json.loads(one) for one in done.stdout.splitlines()]


def values(invoice: bytes, name: str) -> list[str | None]:
    return [one.text for one in ET.fromstring(invoice).iter(f"{CBC}{name}")]


def test_an_invoice_draft_of_a_swedish_side_is_refused() -> None:
    swedish = AUTHORITY.model_copy(update={"cvr": "2120000142"})
    with pytest.raises(Refused, match="names its seller by CVR"):
        invoice_draft("RM-2026-000001", body(), LINES, swedish, TODAY)
    told = body()
    told["case"]["parties"][1]["cvr"] = "2120001124"
    with pytest.raises(Refused, match="nobody with a CVR number pays"):
        invoice_draft("RM-2026-000001", told, LINES, AUTHORITY, TODAY)


def test_drafts_keep_the_schema_and_the_rules(tmp_path: Path) -> None:
    drafts = [
        draft(),
        draft(ean="5798001234566", reference="PSP-4711", due_days=14),
        draft(LINES[:1]),
        draft([{**LINES[0], "rate": "0.00", "amount": "0.00"}]),
        draft(LINES[1:2] + CREDITED),
    ]
    assert findings(tmp_path, *map(peppol_document, drafts)) == [[]] * len(drafts)


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        (b"<cbc:DueDate>2027-02-03</cbc:DueDate>\n", b"", "BR-CO-25"),
        (b">41210.68</cbc:PayableAmount>", b">41210.67</cbc:PayableAmount>", "BR-CO-16"),
        (b'>40601.00</cbc:LineExtension', b'>40600.00</cbc:LineExtension', "BR-CO-10"),
        (b"<cbc:ID>E</cbc:ID>", b"<cbc:ID>S</cbc:ID>", "BR-S-"),
        (b"VATEX-EU-132-1G", b"VATEX-NONE", "BR-CL-22"),
        (b'unitCode="DAY"', b'unitCode="DOEGN"', "BR-CL-23"),
        (b"<cbc:IdentificationCode>DK", b"<cbc:IdentificationCode>DKK", "BR-CL-14"),
        (b"<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", b"", "BR-04"),
        (b"cbc:BuyerReference", b"cbc:Reference", "XSD"),
    ],
)  # fmt: skip
def test_the_rules_see_what_is_wrong(
    tmp_path: Path, before: bytes, after: bytes, finding: str
) -> None:
    invoice = peppol_document(draft())
    assert before in invoice
    (found,) = findings(tmp_path, invoice.replace(before, after))
    assert any(one.startswith(finding) for one in found), found


def test_a_draft_is_line_by_line_and_exact() -> None:
    invoice = peppol_document(draft())

    assert values(invoice, "LineExtensionAmount") == ["41210.68", "40601.00", "709.68", "-100.00"]
    assert values(invoice, "InvoicedQuantity") == ["22.00", "1", "-1"]
    assert values(invoice, "PriceAmount") == ["1845.50", "709.68", "100.00"]
    assert values(invoice, "Description") == [
        "0,71 måneder à 1000,00 kr.", "1,00 gange à -100,00 kr.",
    ]  # fmt: skip
    assert values(invoice, "PayableAmount") == ["41210.68"]
    assert set(values(invoice, "TaxAmount")) == {"0.00"}
    assert peppol_document(draft()) == invoice


def test_a_month_that_gives_money_back_is_a_credit_note_that_names_what_it_corrects() -> None:
    note = peppol_document(draft(LINES[1:2] + CREDITED, due_days=14))
    root = ET.fromstring(note)

    assert root.tag.endswith("CreditNote-2}CreditNote")
    assert values(note, "CreditNoteTypeCode") == ["381"]
    assert values(note, "PayableAmount") == ["18067.90"]
    assert values(note, "LineExtensionAmount") == ["18067.90", "-709.68", "18455.00", "322.58"]
    assert values(note, "CreditedQuantity") == ["-1", "10.00", "1"]
    assert values(note, "PriceAmount") == ["709.68", "1845.50", "322.58"]
    assert [one.text for one in root.iterfind(f"{CAC}BillingReference//{CBC}ID")] == [
        "RM-2026-000001-2026-10", "RM-2026-000001-2026-11",
    ]  # fmt: skip
    assert values(note, "Note") == ["Modregnes eller udbetales senest 18.01.2027."]


def test_it_is_addressed_to_the_ean_of_the_agreement_else_to_the_cvr_number() -> None:
    by_ean = ET.fromstring(peppol_document(draft(ean="5798001234566", due_days=14)))
    by_cvr = ET.fromstring(peppol_document(draft()))

    def ends(root: ET.Element) -> list[tuple[str | None, str | None]]:
        return [(one.get("schemeID"), one.text) for one in root.iter(f"{CBC}EndpointID")]

    assert ends(by_ean) == [("0184", "DK29190925"), ("0088", "5798001234566")]
    assert ends(by_cvr)[1] == ("0184", "DK55133018")
    assert by_ean.findtext(f"{CBC}DueDate") == "2027-01-18"
    assert by_cvr.findtext(f"{CBC}DueDate") == "2027-02-03"


def test_the_payer_is_billed_where_there_is_one_of_its_own() -> None:
    told = body()
    viborg = {"role": "payer", "key": "viborg", "name": "Viborg Kommune", "cvr": "29189846"}
    told["case"]["parties"].append(viborg)
    lines = [{**line, "payer": "viborg"} for line in LINES]
    made = invoice_draft("RM-2026-000001", told, lines, AUTHORITY, TODAY)

    assert (made.buyer.name, made.buyer.cvr) == ("Viborg Kommune", "29189846")


def test_who_took_the_payment_over_is_not_billed_at_the_ean_of_another() -> None:
    told = body(ean="5798001234566")
    later = {"role": "payer.2", "key": "viborg", "name": "Viborg Kommune", "cvr": "29189846"}
    told["case"]["parties"].append(later)
    made = invoice_draft(
        "RM-2026-000001", told, [{**LINES[0], "payer": "viborg"}], AUTHORITY, TODAY
    )

    assert (made.buyer.cvr, made.buyer.gln) == ("29189846", None)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([*LINES, {**LINES[0], "month": "2027-01"}], "one month"),
        ([{**LINES[0], "quantity": None, "amount": None}], "reported hours"),
        ([*LINES, {**LINES[0], "payer": "viborg"}], "--payer"),
        ([{**LINES[0], "disputed": True}], "disputed"),
        ([{**LINES[0], "payer": "nobody"}], "CVR"),
    ],
)
def test_what_is_no_invoice_is_refused(lines: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(Refused, match=words):
        draft(lines)


MONEY = st.decimals(0, 99_999, places=2)
LINE = st.builds(
    lambda unit, quantity, rate, cents, label: {
        **LINES[0], "unit": unit, "quantity": f"{quantity:.2f}", "rate": f"{rate:.2f}",
        "amount": f"{quantity * rate + cents:.2f}", "label": label.strip() or "Takst",
    },
    st.sampled_from(["day", "hour", "month", "once"]),
    st.decimals("0.01", 31, places=2),
    MONEY,
    st.sampled_from(list(map(Decimal, ("0", "0.01", "-0.01", "100", "-50000")))),
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30),
)  # fmt: skip
DRAFTS = st.lists(st.lists(LINE, min_size=1, max_size=4), min_size=5, max_size=5)


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DRAFTS)
def test_whatever_the_lines_are_the_draft_keeps_the_rules(tmp_path: Path, drafts: Any) -> None:
    made = [draft(lines) for lines in drafts]
    invoices = [peppol_document(one) for one in made]

    assert findings(tmp_path, *invoices) == [[]] * len(made)
    for lines, one in zip(drafts, made, strict=True):
        assert one.total == sum(Decimal(line["amount"]) for line in lines)
        for line in one.lines:
            assert abs(line.quantity * line.price - line.amount) < Decimal("0.01")
