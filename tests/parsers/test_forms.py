"""What a form prints, the parser reads back; blank forms are forms that can be filled."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.catalogue import MessageType
from parsers.content import Attachment, Content
from parsers.forms import blank, written
from parsers.problems import LANGUAGES
from parsers.submission import Submission, Unreadable, read_submission
from tests.parsers.messages import APPROVAL, CATALOGUE, OFFER, REQUEST

WORDS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029"),
    min_size=1,
    max_size=60,
).filter(lambda text: text.strip())
PROSE = st.lists(WORDS, min_size=1, max_size=4).map("\n".join)
DATES = st.dates(date(1900, 1, 1), date(2200, 1, 1)).map(date.isoformat)
MONEY = st.decimals(0, 99_999_999, places=2).map(lambda amount: f"{Decimal(amount):.2f}")

REQUESTS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["payment", "matching", "both"]),
        "citizen": st.fixed_dictionaries(
            {
                "cpr": st.sampled_from(["670765-4005", "610165-0001"]),
                "name": WORDS,
                "address": st.none() | WORDS.map(str.strip),
            }
        ),
        "acting_municipality": st.sampled_from(["0751", "0101", "0773"]),
        "caseworker": st.fixed_dictionaries({"name": WORDS, "phone": WORDS}),
        "legal_basis": st.sampled_from(["SEL § 107", "ABL § 105, stk. 2 + SEL § 85"]),
        "requested_start": DATES,
        "expected_end": st.none() | DATES,
        "need": PROSE,
        "urgent": st.booleans(),
    }
).map(lambda body: (REQUEST, body))
OFFERS = st.fixed_dictionaries(
    {
        "rates": st.lists(
            st.fixed_dictionaries(
                {
                    "amount": MONEY,
                    "unit": st.sampled_from(["day", "hour", "month"]),
                    "from": st.none() | DATES,
                }
            ),
            min_size=1,
            max_size=12,
        ),
        "start": DATES,
        "conditions": st.lists(PROSE, max_size=3),
    }
).map(lambda body: (OFFER, body))
APPROVALS = st.fixed_dictionaries(
    {"version": st.integers(1, 999), "digest": WORDS, "approver": WORDS}
).map(lambda body: (APPROVAL, body))


@given(REQUESTS | OFFERS | APPROVALS, st.sampled_from(LANGUAGES))
def test_a_written_form_is_read_back_as_it_was(
    filled: tuple[MessageType, dict[str, Any]], language: str
) -> None:
    kind, body = filled
    keys = {"id": "x", "to": None, "reference": "K-1", "case": "RM-2026-000123"}
    fields = {"sagspost": "1", "message": kind.name, **keys, "body": body}
    data = written(kind, fields, "json", language)
    by_json = read_submission(
        Content(None, "", None, (Attachment("a.json", "application/json", data),)), CATALOGUE, "x"
    )
    assert isinstance(by_json, Submission), by_json
    text = written(kind, by_json.fields, "text", language).decode()
    by_text = read_submission(Content(None, text, None, ()), CATALOGUE, "x")
    assert isinstance(by_text, Submission), (by_text, text)
    assert by_text.body == by_json.body
    assert by_text.digest == by_json.digest


@pytest.mark.parametrize("kind", list(CATALOGUE), ids=lambda kind: kind.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_blank_text_form_is_understood_line_by_line(kind: MessageType, language: str) -> None:
    text = blank(kind, "text", language).decode()
    outcome = read_submission(Content(None, f"Hej\n\n{text}", None, ()), CATALOGUE, "x")
    assert isinstance(outcome, Unreadable)
    assert outcome.message == kind.name
    assert {one.code for one in outcome.problems} == {"field.missing"}
    leaves = {leaf.path for leaf in kind.leaves} | {"rates", "to"}
    assert {one.path for one in outcome.problems} <= leaves


def test_a_blank_text_form_is_filled_by_hand() -> None:
    values = {
        "Aftaletype": "begge",
        "CPR-nummer": "670765 4005",
        "Borgerens navn": "Prøve Borger",
        "Handlekommune": "Århus Kommune",
        "Sagsbehandler": "S. Behandler",
        "Telefon (sagsbehandler)": "8940 0000",
        "Lovgrundlag": "servicelovens § 107",
        "Ønsket start": "1. december 2026",
        "Adresse": "Prøvevej 1",
        "Behov": "Støtte",
        "Haster": "nej",
    }
    lines = []
    for line in blank(REQUEST, "text", "da").decode().split("\n"):
        value = next((v for k, v in values.items() if line.startswith(k)), "")
        lines.append(f"{line} {value}" if line.endswith(":") else line)
    outcome = read_submission(Content(None, "\n".join(lines), None, ()), CATALOGUE, "x")
    assert isinstance(outcome, Submission), outcome
    assert outcome.body.model_dump(mode="json")["acting_municipality"] == "0751"
    assert [one.code for one in outcome.warnings] == ["cpr.substitute"]


def test_the_blank_json_form_has_every_field() -> None:
    body = json.loads(blank(OFFER, "json", "da"))["body"]
    assert list(body) == ["rates", "start", "conditions"]
    assert list(body["rates"][0]) == ["amount", "unit", "from"]


def test_the_schema_covers_the_whole_submission() -> None:
    schema = json.loads(blank(REQUEST, "schema", "en"))
    assert schema["properties"]["message"] == {"const": "placement_request"}
    assert schema["properties"]["body"]["additionalProperties"] is False
    assert "Citizen" in schema["$defs"]


def test_a_form_that_is_not_offered_is_refused() -> None:
    with pytest.raises(ValueError, match="text, json, schema"):
        blank(REQUEST, "doc", "da")
