"""Labelled text is read as people write it, in three languages."""

import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.content import Content
from parsers.submission import NoSubmission, Outcome, Submission, Unreadable, read_submission
from tests.parsers.messages import CATALOGUE, Offer, PlacementRequest

DANISH = """Hej Region Midtjylland

Anmodning om plads

1. CPR-nummer: 670765 4005
2. Navn: Prøve Borger
Adresse: Prøvevej 1
    8000 Aarhus C

En linje til jer.
HANDLEKOMMUNE: Århus Kommune
Sagsbehandler: S. Behandler
Telefon: 89 40 00 00
Lovgrundlag: servicelovens § 107, stk. 1
Ønsket start (dato): tirsdag den 1. december 2026
Behov:
Støtte døgnet rundt
til personlig pleje.

Også om natten.
Haster: Nej
Jeres reference: AAK-2026-4711

Med venlig hilsen
S. Behandler
Telefon: 12 34 56 78

Fra: Region <r@rm.example>
Sendt: 3. december 2026
CPR-nummer: 010101-0101
"""
SWEDISH = """--- Sagspost: Begäran om plats ---
personnummer (CPR): 670765-4005
Den enskildes namn: Prøve Borger
Beställande kommun: 0751
Handläggare: S. Behandler
Telefon: 89400000
Lagrum: SEL § 107
Önskad start: 1 december 2026
Behov av stöd: Stöd dygnet runt
Brådskande: ja
--- slut ---
"""
ENGLISH = """placement_request
CPR number\t670765-4005
Citizen's name\tPrøve Borger
Acting municipality\tAarhus
Caseworker\tS. Behandler
Phone\t89400000
Legal basis\tSEL § 107
Requested start\tDecember 1, 2026
Need\tSupport
"""


def read(text: str) -> Outcome:
    return read_submission(Content(None, text, None, ()), CATALOGUE, "derived-id")


def test_a_danish_mail_is_read_as_it_was_written() -> None:
    outcome = read(DANISH)
    assert isinstance(outcome, Submission), outcome
    body = outcome.body
    assert isinstance(body, PlacementRequest)
    assert outcome.id == "derived-id"
    assert outcome.reference == "AAK-2026-4711"
    assert body.citizen.cpr == "670765-4005"
    assert body.citizen.address == "Prøvevej 1, 8000 Aarhus C"
    assert body.caseworker.phone == "89 40 00 00"
    assert body.acting_municipality.name == "Aarhus"
    assert body.legal_basis == "SEL § 107, stk. 1"
    assert body.requested_start.isoformat() == "2026-12-01"
    assert body.need == "Støtte døgnet rundt\ntil personlig pleje.\n\nOgså om natten."
    assert [one.code for one in outcome.warnings] == ["text.unread", "cpr.substitute"]
    assert pickle.loads(pickle.dumps(outcome)) == outcome


@pytest.mark.parametrize("text", [SWEDISH, ENGLISH, SWEDISH.replace("--- slut ---", "")])
def test_swedish_and_english_labels_are_read_too(text: str) -> None:
    outcome = read(text)
    assert isinstance(outcome, Submission), outcome
    assert isinstance(outcome.body, PlacementRequest)
    assert outcome.body.requested_start.isoformat() == "2026-12-01"


def test_labels_alone_tell_the_message() -> None:
    assert isinstance(read(DANISH.replace("Anmodning om plads", "")), Submission)
    named = DANISH.replace("Anmodning om plads", "Meddelelse: placement_request")
    assert isinstance(read(named), Submission)


def test_dotted_paths_are_labels_in_every_language() -> None:
    text = "--- Sagspost: dialogue ---\ntext: Hvornår?\n--- end ---"
    assert isinstance(read(text), Submission)


@pytest.mark.parametrize(
    "rates",
    [
        "Takst: 1.845,50 kr. pr. døgn fra 1. december 2026\nTakst: 200 kr./time",
        "Takst 1: 1.845,50 kr.\nTakstenhed 1: døgn\nTakst gælder fra 1: 1/12-2026\n"
        "Takst 2: 200\nTakstenhed 2: hour",
        "Takst: kr. 1845,50\nTakstenhed: Døgn\nTakst gælder fra: 2026-12-01\nTakst: 200,-\n"
        "Takstenhed: time",
    ],
)
def test_rates_are_read_in_every_documented_way(rates: str) -> None:
    outcome = read(
        f"--- Sagspost: agreement_offer ---\n{rates}\nStartdato: 1.12.2026\n--- slut ---"
    )
    assert isinstance(outcome, Submission), outcome
    body = outcome.body
    assert isinstance(body, Offer)
    assert [(rate.amount, rate.unit) for rate in body.rates] == [
        (Decimal("1845.50"), "day"),
        (Decimal("200.00"), "hour"),
    ]
    assert str(body.rates[0].from_) == "2026-12-01"


def test_unknown_labels_warn_and_name_only_their_line() -> None:
    text = DANISH.replace("Haster: Nej", "Haster: Nej\nSkostørrelse: 670765")
    outcome = read(text)
    assert isinstance(outcome, Submission)
    codes = [one.code for one in outcome.warnings]
    assert codes == ["text.unread", "label.unknown", "cpr.substitute"]
    assert "Skostørrelse" not in outcome.warnings[1].text("da")


def test_what_has_an_unknown_label_is_not_taken_into_the_line_before_it() -> None:
    outcome = read(DANISH.replace("8000 Aarhus C", "8000 Aarhus C\nYndlingsfarve: blå", 1))
    assert isinstance(outcome, Submission)
    body = outcome.body
    assert isinstance(body, PlacementRequest)
    assert body.citizen.address == "Prøvevej 1, 8000 Aarhus C"
    assert "label.unknown" in [one.code for one in outcome.warnings]


def test_every_wrong_field_is_told_at_once_by_its_danish_name() -> None:
    text = DANISH.replace("den 1. december 2026", "snarest").replace("Århus", "Korsbæk")
    outcome = read(text.replace("Navn: Prøve Borger", "Navn:"))
    assert isinstance(outcome, Unreadable)
    assert {(one.code, one.path) for one in outcome.problems} == {
        ("field.invalid", "requested_start"),
        ("field.invalid", "acting_municipality"),
        ("field.missing", "citizen.name"),
    }
    assert any("»Ønsket start«" in one.text("da") for one in outcome.problems)


def test_a_label_that_stands_twice_with_two_values_is_refused() -> None:
    outcome = read(SWEDISH.replace("Brådskande: ja", "Brådskande: ja\nBrådskande: nej"))
    assert isinstance(outcome, Unreadable)
    assert [(one.code, one.path) for one in outcome.problems] == [("field.duplicate", "urgent")]


def test_a_marker_with_an_unknown_message_is_refused() -> None:
    outcome = read("--- Sagspost: no_such ---\nTekst: x\n--- slut ---")
    assert isinstance(outcome, Unreadable)
    assert [one.code for one in outcome.problems] == ["message.unknown"]


def test_two_blocks_are_two_submissions() -> None:
    outcome = read(SWEDISH + SWEDISH)
    assert isinstance(outcome, Unreadable)
    assert [one.code for one in outcome.problems] == ["submission.several"]


@pytest.mark.parametrize(
    "quoted",
    [
        "\n".join(f"> {line}" for line in SWEDISH.split("\n")),
        f"Fra: Hanne <h@aarhus.example>\nSendt: i går\nEmne: x\n\n{SWEDISH}",
        f"-----Oprindelig meddelelse-----\n{DANISH}",
    ],
)
def test_a_quoted_form_is_nobodys_submission(quoted: str) -> None:
    assert isinstance(read(f"Tak for jeres mail.\n\n{quoted}"), NoSubmission)


def test_an_ordinary_mail_is_no_submission() -> None:
    text = "Hej\nVi ses: mandag\nSted: Viborg\nTid: 10:00\nHusk: kaffe"
    assert read(text) == NoSubmission(text)


@given(st.text(max_size=300))
def test_any_text_between_markers_gives_an_outcome(text: str) -> None:
    outcome = read(f"--- Sagspost: placement_request ---\n{text}")
    assert isinstance(outcome, Submission | Unreadable)


@given(st.lists(st.sampled_from(DANISH.split("\n")), max_size=25).map("\n".join))
def test_any_order_of_lines_gives_an_outcome(text: str) -> None:
    read(text)
