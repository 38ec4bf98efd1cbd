"""Agreements print what they are given, as text, and the same bytes each time."""

import io
from copy import deepcopy
from decimal import Decimal

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.outbound import danish, documents
from gateway.outbound.errors import ViewError
from gateway.outbound.printing import printed_agreement, printed_plan
from gateway.outbound.views import AgreementView, PlanView

DIGEST = "5f2a9c0e1b7d4466" * 4
VIEW: AgreementView = {
    "case": "RM-2026-000123",
    "version": 2,
    "digest": DIGEST,
    "date": "2026-11-22",
    "kind": "both",
    "authority": {"name": "Region Midtjylland", "cvr": "29190925"},
    "parties": [
        {"role": "acting", "name": "Aarhus Kommune", "cvr": "55133018", "lines": ["S. Behandler"]},
        {"role": "payer", "name": "Viborg Kommune", "cvr": "29189846"},
        {"role": "facility", "name": "Granbo", "cvr": None, "signs": False},
    ],
    "citizen": {
        "name": "Prøve Borger",
        "cpr": "670765-4005",
        "address": "Prøvevej 1, 8000 Aarhus C",
        "guardians": ["Vera Værge"],
    },
    "legal_basis": "SEL § 107",
    "facility": "Granbo",
    "reference": "AAK-2026-4711",
    "duration": "temporary",
    "need": "Støtte døgnet rundt",
    "terms": {
        "rates": [
            {"amount": "1845.50", "unit": "day", "from": "2026-12-01", "price_level": "2026"}
        ],
        "start": "2026-12-01",
        "end": None,
        "service": "Socialpædagogisk støtte",
        "scope": "7 døgn om ugen",
        "supplements": [
            {"amount": "325.00", "unit": "hour", "label": "Ledsager", "hours": "10.00"}
        ],
        "billing": ["Afregnes månedsvis bagud."],
        "matching": ["Takstgruppe 3"],
        "notice_policy": "Løbende måned plus 30 dage.",
        "valid_until": "2026-12-06",
    },
    "plan": [
        {
            "month": "2026-12",
            "first": "2026-12-01",
            "last": "2026-12-31",
            "label": "Takst",
            "unit": "day",
            "quantity": "31.00",
            "rate": "1845.50",
            "amount": "57210.50",
        }
    ],
}
PLAN: PlanView = {
    "case": "RM-2026-000123",
    "version": 2,
    "digest": DIGEST,
    "date": "2026-11-22",
    "authority": VIEW["authority"],
    "facility": "Granbo",
    "payer": "Viborg Kommune",
    "citizen": VIEW["citizen"],
    "period": {"from": "2026-12-01", "to": "2027-11-30"},
    "lines": VIEW["plan"],
}


def words(value: object) -> str:
    if isinstance(value, dict):
        return "\n".join(map(words, value.values()))
    return "\n".join(map(words, value)) if isinstance(value, list) else str(value)


@pytest.mark.parametrize(
    ("purpose", "title"),
    [
        ("amendment", "Ændring af betalings- og matchningsaftale"),
        ("transfer", "Betalings- og matchningsaftale ved ny handlekommune"),
        ("agreement", "Betalings- og matchningsaftale"),
    ],
)
def test_a_later_version_says_what_it_is_and_from_when_it_holds(purpose: str, title: str) -> None:
    replaces = "Denne version afløser version 1 fra og med 1. februar 2027."
    terms = {**VIEW["terms"], "special_terms": replaces}
    view: AgreementView = {**VIEW, "purpose": purpose, "terms": terms}  # type: ignore[typeddict-item]  # of the same shape
    printed = printed_agreement(view, "payer")
    assert printed["title"] == title
    labels = [row["label"] for row in printed["terms"]]
    assert ("Gælder fra" in labels) is (purpose != "agreement")
    assert printed["special"] == [replaces]
    with pikepdf.open(io.BytesIO(documents.agreement_pdf(view))) as pdf:
        assert pdf.open_metadata()["dc:title"].startswith(title)


def test_the_agreement_is_pdf_a_and_names_its_version_in_its_metadata() -> None:
    with pikepdf.open(io.BytesIO(documents.agreement_pdf(VIEW))) as pdf:
        meta = pdf.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("2", "B")
        assert meta["dc:title"] == "Betalings- og matchningsaftale RM-2026-000123"
        assert meta["dc:creator"] == ["Region Midtjylland"]
        assert DIGEST in meta["pdf:Keywords"]
        assert meta["xmp:CreateDate"].startswith("2026-11-22")
        assert pdf.Root.Lang == "da-DK"
        assert tuple(pdf.pages[0].mediabox)[2:] == pytest.approx((595, 842), abs=1)


def test_the_same_view_is_the_same_bytes() -> None:
    assert documents.agreement_pdf(VIEW) == documents.agreement_pdf(deepcopy(VIEW))
    assert documents.plan_pdf(PLAN) == documents.plan_pdf(deepcopy(PLAN))


def test_the_agreement_says_all_that_was_agreed_in_danish() -> None:
    said = words(printed_agreement(VIEW, "full"))
    for wanted in (
        "Betalings- og matchningsaftale",
        "1.845,50 kr.",
        "pr. døgn",
        "fra 1. december 2026",
        "Ledsager, 10 timer pr. måned",
        "Vera Værge",
        "Støtte døgnet rundt",
        "Takstgruppe 3",
        "Løbende måned plus 30 dage.",
        "gælder til og med 6. december 2026",
        "december 2026",
        "31 døgn",
        "57.210,50 kr.",
        "GODKENDT RM-2026-000123/2 5f2a9c0e1b7d4466",
        DIGEST,
    ):
        assert wanted in said, wanted


def test_the_payers_copy_holds_terms_and_billing_only() -> None:
    said = words(printed_agreement(VIEW, "payer"))
    for left_out in ("Prøvevej", "Vera Værge", "Støtte døgnet", "Takstgruppe", "Socialpædagogisk"):
        assert left_out not in said, left_out
    for needed in ("Prøve Borger", "670765-4005", "1.845,50 kr.", "Afregnes månedsvis", DIGEST):
        assert needed in said, needed
    assert documents.agreement_pdf(VIEW, "payer") != documents.agreement_pdf(VIEW)


def test_the_authority_is_a_party_and_signs_and_the_facility_does_not() -> None:
    printed = printed_agreement(VIEW, "full")
    assert printed["parties"][-1]["name"] == "Region Midtjylland"
    signers = [one["name"] for one in printed["approval"]["signers"]]
    assert signers == ["Aarhus Kommune", "Viborg Kommune", "Region Midtjylland"]


@pytest.mark.parametrize(
    "name",
    [
        '#import "/etc/passwd"',
        "$ x^2 $ *fed* _kursiv_ `kode`",
        '"quotes" \\n #panic("x")',
        "<label> @ref [indhold] // kommentar",
        "= Overskrift\n- punkt",
        "漢字 😀 محمد",
        "a\x00b\x07c\u202ed",
        "x" * 5000,
        "",
    ],
)
def test_no_name_is_read_as_markup(name: str) -> None:
    view = deepcopy(VIEW)
    view["citizen"]["name"] = name
    view["terms"]["service"] = name
    view["authority"]["name"] = name
    view["parties"][0]["name"] = name
    assert documents.agreement_pdf(view).startswith(b"%PDF-")


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_printed(text: str) -> None:
    view = deepcopy(VIEW)
    view["need"] = text
    assert documents.agreement_pdf(view).startswith(b"%PDF-")


def test_letters_that_our_fonts_lack_are_named_and_not_lost() -> None:
    assert danish.only_known_letters("Åse 漢") == "Åse [U+6F22]"
    assert danish.printable("a\u202eb\tc\r\nd\x00") == "ab c\nd"


def test_a_plan_that_waits_for_hours_says_so() -> None:
    waiting = {**VIEW["plan"][0], "unit": "hour", "quantity": None, "amount": None}
    printed = printed_plan({**PLAN, "lines": [VIEW["plan"][0], waiting]})
    assert printed["plan"]["lines"][1]["quantity"] == "afventer timer"
    assert printed["plan"]["total"] == "57.210,50 kr. + timer"
    assert documents.plan_pdf({**PLAN, "lines": [waiting] * 40}).startswith(b"%PDF-")


@given(st.decimals(0, Decimal("999999999.99"), places=2))
def test_amounts_are_printed_as_danes_write_them(value: Decimal) -> None:
    said = danish.amount(str(value))
    assert said.endswith(" kr.")
    number = said.removesuffix(" kr.")
    assert Decimal(number.replace(".", "").replace(",", ".")) == value
    assert number[-3] == ","


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"date": "i går"}, "view.date"),
        ({"digest": None}, "view.field"),
        ({"terms": {"rates": []}}, "view.field"),
        (
            {"terms": {"start": "2026-12-01", "rates": [{"amount": "x", "unit": "day"}]}},
            "view.amount",
        ),
    ],
)
def test_a_view_that_does_not_hold_is_refused(change: dict, code: str) -> None:
    with pytest.raises(ViewError) as refusal:
        documents.agreement_pdf({**VIEW, **change})  # type: ignore[typeddict-item]  # wrong on purpose
    assert refusal.value.code == code


def test_a_substitute_number_is_labelled() -> None:
    labels = [row["label"] for row in printed_agreement(VIEW, "full")["citizen"]]

    assert "Erstatningspersonnummer" in labels
    assert "CPR-nummer" not in labels
