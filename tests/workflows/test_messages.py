"""The models of the messages, read as the parser reads them: strictly, all errors at once."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from tests.workflows.play import OFFER, REQUEST
from workflows.procedures.payment_agreement import messages as m
from workflows.procedures.payment_agreement.offers import AgreementOffer, Rate, connected


def read(model: type[BaseModel], body: dict[str, Any]) -> Any:
    return model.model_validate_json(json.dumps(body), strict=True)


def faults(model: type[BaseModel], body: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        read(model, body)
    return {".".join(map(str, one["loc"])): one["type"] for one in caught.value.errors()}


@pytest.mark.rule("S0-R8")
def test_a_request_needs_no_more_than_the_protocol_asks() -> None:
    request = read(m.PlacementRequest, REQUEST)
    assert request.kind == "both"
    assert request.payer == "0751"


@pytest.mark.parametrize(
    "field",
    [
        "citizen",
        "acting_municipality",
        "caseworker",
        "facility",
        "legal_basis",
        "requested_start",
        "need",
        "disclosure_basis",
    ],
)
def test_a_request_without_a_required_field_names_it(field: str) -> None:
    body = {key: value for key, value in REQUEST.items() if key != field}
    assert faults(m.PlacementRequest, body) == {field: "missing"}


def test_all_errors_of_a_request_are_told_at_once() -> None:
    body = REQUEST | {"citizen": {}, "requested_start": "1/12", "extra": 1}
    assert set(faults(m.PlacementRequest, body)) == {
        "citizen.cpr",
        "citizen.name",
        "requested_start",
        "extra",
    }


def test_a_citizen_without_a_number_needs_a_reason() -> None:
    nobody = {"name": "Prøve Borger"}
    assert faults(m.Citizen, nobody) == {"cpr": "missing"}
    assert read(m.Citizen, nobody | {"anonymous": "Ikke registreret"}).cpr is None


@pytest.mark.parametrize("cpr", ["670765-4005", "610190-4006", "710555-4006", "610165-0001"])
def test_substitute_numbers_and_numbers_without_modulus_11_are_read(cpr: str) -> None:
    assert read(m.Citizen, {"name": "Prøve Borger", "cpr": cpr}).cpr == cpr


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("consent", "consent"),
        ("Samtykke", "consent"),
        ("forvaltningsloven § 28, stk. 2", "forvaltningsloven § 28, stk. 2"),
        ("GDPR art. 9", "GDPR art. 9"),
    ],
)
def test_disclosure_rests_on_consent_or_a_paragraph(said: str, meant: str) -> None:
    assert read(m.PlacementRequest, REQUEST | {"disclosure_basis": said}).disclosure_basis == meant


def test_disclosure_on_nothing_is_refused() -> None:
    body = REQUEST | {"disclosure_basis": "det plejer vi"}
    assert faults(m.PlacementRequest, body) == {"disclosure_basis": "disclosure_basis"}


@pytest.mark.parametrize("digest", ["a" * 16, "A" * 64])
def test_an_approval_takes_a_whole_digest_or_its_first_sixteen_digits(digest: str) -> None:
    assert read(m.AgreementApproval, {"version": 1, "digest": digest}).digest == digest.lower()


@pytest.mark.parametrize("digest", ["", "a" * 15, "a" * 17, "a" * 63, "g" * 64])
def test_an_approval_of_half_a_digest_is_refused(digest: str) -> None:
    assert set(faults(m.AgreementApproval, {"version": 1, "digest": digest})) == {"digest"}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"rate": None}, "rates"),
        ({"rates": [OFFER["rate"]]}, "rates"),
        ({"end": "2026-11-30"}, "end"),
        ({"rate": {"amount": "-1.00", "unit": "day"}}, "rate.amount"),
        ({"rate": {"amount": "1.005", "unit": "day"}}, "rate.amount"),
        ({"rate": {"amount": "1.00", "unit": "week"}}, "rate.unit"),
        (
            {"rate": {"amount": "1.00", "unit": "day", "from": "2027-01-02", "to": "2027-01-01"}},
            "rate.to",
        ),
        ({"billing": {"due_days": 45}}, "billing.due_days"),
        ({"billing": {"ean": "5798001234567"}}, "billing.ean"),
        ({"notice_policy": {"plus_days": 1, "plus_months": 1}}, "notice_policy"),
    ],
)
def test_an_offer_that_makes_no_sense_is_refused_at_its_field(
    change: dict[str, Any], path: str
) -> None:
    assert set(faults(AgreementOffer, OFFER | change)) == {path}


def test_an_offer_takes_everything_that_an_agreement_knows() -> None:
    body = OFFER | {
        "end": "2027-11-30",
        "service": "Botilbud",
        "scope": "365 døgn",
        "supplements": [{"text": "Kørsel", "amount": "500.00", "unit": "once"}],
        "notice_policy": {"running_month": True, "plus_months": 1},
        "billing": {"ean": "5798001234566", "due_days": 14},
        "matching": {"need_category": "3B", "package": "Støtte", "remarks": "Ingen"},
        "valid_until": "2026-12-11",
    }
    assert read(AgreementOffer, body).billing.due_days == 14


def rate(first: str | None, last: str | None) -> Rate:
    return Rate.model_validate({"amount": "1.00", "unit": "day", "from": first, "to": last})


def test_rates_follow_one_another_without_hole_or_overlap() -> None:
    start, end = date(2026, 12, 1), date(2027, 12, 31)
    both = connected((rate("2027-01-01", None), rate(None, None)), start, end)
    assert both is not None
    assert [(one.first, one.last) for one in both] == [
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), None),
    ]
    assert connected((rate("2026-12-02", None),), start, end) is None
    assert connected((rate(None, "2027-06-30"),), start, end) is None
    assert connected((rate(None, "2026-12-30"), rate("2027-01-01", None)), start, end) is None
    assert connected((rate(None, "2027-01-01"), rate("2027-01-01", None)), start, end) is None
    assert connected((rate(None, None), rate(None, None)), start, end) is None


@given(st.text(max_size=50))
def test_no_text_makes_a_message_model_raise_anything_but_its_own_error(text: str) -> None:
    for path in ("facility", "need", "disclosure_basis", "legal_basis", "requested_start"):
        with suppress(ValidationError):
            assert getattr(read(m.PlacementRequest, REQUEST | {path: text}), path)


def test_a_stay_does_not_end_before_it_begins() -> None:
    wrong = faults(m.PlacementRequest, REQUEST | {"expected_end": "2026-11-30"})
    assert wrong == {"expected_end": "period"}
    one_day = read(m.PlacementRequest, REQUEST | {"expected_end": "2026-12-01"})
    assert one_day.expected_end == one_day.requested_start
