"""Values that cannot be meant are refused in every form, with the same code at the same field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from parsers.content import Attachment, Content
from parsers.problems import LANGUAGES, Problem
from parsers.submission import Submission, Unreadable, read_submission
from workflows.catalogue import catalogue, procedures

CATALOGUE = catalogue(procedures())
REQUEST: Mapping[str, Any] = {
    "citizen": {"cpr": "670765-4005", "name": "Prøve Borger"},
    "acting_municipality": "0751",
    "caseworker": {"name": "S. Behandler"},
    "facility": "granbo",
    "legal_basis": "SEL § 107",
    "requested_start": "2026-12-01",
    "need": "Støtte",
    "disclosure_basis": "consent",
}
OFFER: Mapping[str, Any] = {
    "rate": {"amount": "1845.50", "unit": "day"},
    "start": "2026-12-01",
}
BODIES = {"placement_request": REQUEST, "agreement_offer": OFFER}
TEXTS = {
    "placement_request": {
        "citizen.cpr": "670765-4005",
        "citizen.name": "Prøve Borger",
        "acting_municipality": "Aarhus Kommune",
        "caseworker.name": "S. Behandler",
        "facility": "granbo",
        "legal_basis": "servicelovens § 107",
        "requested_start": "1. december 2026",
        "need": "Støtte",
        "disclosure_basis": "samtykke",
    },
    "agreement_offer": {
        "rate.amount": "1.845,50 kr.",
        "rate.unit": "day",
        "start": "1. december 2026",
    },
}
WRONG = [
    ("placement_request", "requested_start", "1899-12-31", "31. december 1899", "1900"),
    ("placement_request", "requested_start", "0026-12-01", "1/12-0026", "1900"),
    ("placement_request", "requested_start", "2999-12-01", "1/12-2999", "2200"),
    ("placement_request", "expected_end", "2999-01-01", "den 1. januar 2999", "2200"),
    ("placement_request", "requested_start", "2026-02-29", "29. februar 2026", "1. december 2026"),
    ("placement_request", "citizen.cpr", "320165-0001", "320165-0001", "DDMMÅÅ"),
    ("placement_request", "citizen.cpr", "290265-0001", "29 02 65 0001", "DDMMÅÅ"),
    ("placement_request", "citizen.cpr", "000000-0000", "000000-0000", "DDMMÅÅ"),
    ("agreement_offer", "rate.amount", "-1845.50", "-1.845,50 kr.", "negativ"),
    ("agreement_offer", "rate.amount", "-0.01", "kr. −0,01", "negativ"),
    ("agreement_offer", "start", "1899-12-31", "31/12 1899", "1900"),
]


def changed(body: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    head, _, rest = path.partition(".")
    return {**body, head: changed(body.get(head, {}), rest, value) if rest else value}


def in_json(message: str, path: str, value: Any) -> Submission | Unreadable:
    body = changed(BODIES[message], path, value)
    fields = {"sagspost": "1", "message": message, "id": "1", "case": "RM-2026-000001"}
    data = json.dumps({**fields, "body": body}).encode()
    file = Attachment("a.json", "application/json", data)
    outcome = read_submission(Content(None, "", None, (file,)), CATALOGUE, "derived")
    assert isinstance(outcome, Submission | Unreadable)
    return outcome


def in_text(message: str, path: str, value: str) -> Submission | Unreadable:
    kind = CATALOGUE.get(message)
    assert kind is not None
    values = {**TEXTS[message], path: value}
    lines = [f"{kind.label(name, 'da')}: {text}" for name, text in values.items()]
    text = "\n".join([f"--- Sagspost: {message} ---", *lines, "--- slut ---"])
    outcome = read_submission(Content(None, text, None, ()), CATALOGUE, "derived")
    assert isinstance(outcome, Submission | Unreadable)
    return outcome


def problem(outcome: Submission | Unreadable) -> Problem:
    assert isinstance(outcome, Unreadable), outcome
    (one,) = outcome.problems
    return one


@pytest.mark.parametrize("message", BODIES)
def test_what_is_right_is_taken_in_both_forms(message: str) -> None:
    path = next(iter(TEXTS[message]))
    body, value = BODIES[message], TEXTS[message][path]
    for step in path.split("."):
        body = body[step]

    assert isinstance(in_json(message, path, body), Submission)
    assert isinstance(in_text(message, path, value), Submission)


@pytest.mark.parametrize(("message", "path", "value", "text", "words"), WRONG)
def test_a_value_that_cannot_be_meant_is_refused_alike_in_both_forms(
    message: str, path: str, value: str, text: str, words: str
) -> None:
    for found in (problem(in_json(message, path, value)), problem(in_text(message, path, text))):
        assert (found.code, found.path) == ("field.invalid", path)
        assert words in found.text("da")
        for language in LANGUAGES:
            told = found.text(language)
            assert told.endswith(".")
            assert value not in told
            assert text not in told


def test_a_date_out_of_reach_is_told_beside_whatever_else_is_wrong() -> None:
    body = {**REQUEST, "requested_start": "2999-12-01", "legal_basis": "nonsense", "need": ""}
    fields = {"sagspost": "1", "message": "placement_request", "id": "1", "body": body}
    file = Attachment("a.json", "application/json", json.dumps(fields).encode())
    outcome = read_submission(Content(None, "", None, (file,)), CATALOGUE, "derived")

    assert isinstance(outcome, Unreadable)
    assert {one.path for one in outcome.problems} == {"requested_start", "legal_basis", "need"}
