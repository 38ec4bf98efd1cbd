"""An approval by mail counts only where it is nothing but an approval."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.content import Content
from parsers.owntext import own_text
from parsers.submission import (
    Help,
    NoSubmission,
    Outcome,
    Reply,
    UnclearReply,
    case_tokens,
    read_submission,
)
from tests.parsers.messages import CATALOGUE

TOKEN = "RM-2026-000123/1 5f2a9c0e1b7d4466"


def read(text: str, subject: str | None = None) -> Outcome:
    return read_submission(Content(subject, text, None, ()), CATALOGUE, "x")


@pytest.mark.parametrize(
    "text",
    [
        f"GODKENDT {TOKEN}",
        f"godkendes  {TOKEN.upper()}\n",
        f"Godkänt {TOKEN}",
        f"\n  Approved\u00a0{TOKEN}  \n\n",
        f"Hej Region,\n\nGODKENDT {TOKEN}\n\nMed venlig hilsen\nHanne\nAarhus",
        f"[EKSTERN]\nKære Jens\nGODKENDT {TOKEN}\n-- \nHanne Hansen\nTlf. 89 40 00 00",
        f"EKSTERN MAIL: Vær opmærksom på links.\n\nGODKENDT {TOKEN}\nMvh Hanne",
        f"GODKENDT {TOKEN}\n\nVenlig hilsen\nHanne\n\nHvis du ikke er rette modtager, slet.",
        f"GODKENDT {TOKEN}\n\nFra: Region <r@rm.example>\nSendt: 3. december\n\nGODKENDT x\nmen",
        f"GODKENDT {TOKEN}\n\nDen 3. dec. 2026 kl. 10.15 skrev Region\n<r@rm.example>:\n> nej",
        f"Den 3. dec. 2026 kl. 10.15 skrev Region <r@rm.example>:\n> Svar\n\nGODKENDT {TOKEN}",
        f"> IKKE GODKENDT {TOKEN}\nGODKENDT {TOKEN}",
    ],
)
def test_a_plain_approval_is_an_approval(text: str) -> None:
    assert read(text) == Reply("approved", "RM-2026-000123", 1, "5f2a9c0e1b7d4466", "")


@pytest.mark.parametrize(
    "text",
    [
        f"GODKENDT {TOKEN}\nHvis prisen sættes ned.",
        f"GODKENDT {TOKEN}, dog ikke taksten",
        f"GODKENDT {TOKEN} {TOKEN}",
        f"GODKENDT ikke {TOKEN}",
        f"Ikke helt GODKENDT {TOKEN}",
        f"Vi har GODKENDT {TOKEN}",
        f"Tak for sidst.\nGODKENDT {TOKEN}",
        "GODKENDT",
        "GODKENDT RM-2026-000123/1",
        "GODKENDT RM-2026-000123/1 5f2a9c0e",
        "Godkendt herfra",
        f"GODKENDT {TOKEN}\nIKKE GODKENDT {TOKEN}\nfor dyrt",
        f"IKKE GODKENDT {TOKEN}\nfor dyrt\nGODKENDT {TOKEN}",
        f"IKKE GODKENDT {TOKEN}",
        f"GODKENDT {TOKEN}\nVenlig hilsen\nHanne\n\nPS: kun hvis prisen sættes ned",
        f"GODKENDT {TOKEN}\n-- \nHanne\nGælder kun til 1. januar",
        f"GODKENDT {TOKEN}\nVenlig hilsen\n" + "Hanne\n" * 40,
        f"Vedr. {TOKEN}: ja tak",
    ],
)
def test_what_is_not_clear_is_no_approval(text: str) -> None:
    outcome = read(text)
    assert isinstance(outcome, UnclearReply)
    assert outcome.text == own_text(text)


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        (f"IKKE GODKENDT {TOKEN}\n\nTaksten er for høj.\n\nVenlig hilsen\nH", "not_approved"),
        (f"Godkänns ej {TOKEN}\nTaksten er for høj.", "not_approved"),
        (f"Not approved {TOKEN}\nTaksten er for høj.", "not_approved"),
        (f"ÆNDRES {TOKEN}\nTaksten er for høj.", "change"),
        (f"ändras {TOKEN}\nTaksten er for høj.", "change"),
        (f"Change {TOKEN}\nTaksten er for høj.", "change"),
    ],
)
def test_a_no_and_a_wish_carry_their_text(text: str, keyword: str) -> None:
    outcome = read(text)
    assert isinstance(outcome, Reply)
    assert (outcome.keyword, outcome.text) == (keyword, "Taksten er for høj.")


@pytest.mark.parametrize("word", ["HJÆLP", "hjälp", "Help!", "Hej\n\nHJÆLP\n\nMvh Hanne"])
def test_help_is_asked_for_in_three_languages(word: str) -> None:
    assert read(word) == Help()


def test_help_may_stand_in_the_protected_subject_alone() -> None:
    assert read("", subject="HJÆLP") == Help()
    assert isinstance(read("Hvornår svarer I?", subject="HJÆLP"), NoSubmission)


def test_text_that_is_too_long_to_be_an_answer_is_kept_whole() -> None:
    text = f"GODKENDT {TOKEN}\n" + "\n" * 30_000
    assert read(text) == NoSubmission(text)


def test_a_quoted_approval_line_is_nobodys_approval() -> None:
    outcome = read(f"Tak, vi vender tilbage.\n\n> GODKENDT {TOKEN}")
    assert outcome == NoSubmission("Tak, vi vender tilbage.")


def test_case_numbers_are_found_bare_and_in_brackets() -> None:
    text = "SV: Udkast [RM-2026-000123] og RM-2026-000124, RM-2026-000123, xRM-2026-0001245"
    assert case_tokens(text) == ("RM-2026-000123", "RM-2026-000124")


@pytest.mark.parametrize(
    "line",
    ["Den 3 @ skrev " * 17 + ":\n", "Hej " * 29 + "\n", "Mvh " + "a " * 58 + "\n",
     "> x\n", "Navn: x\n", "--- Sagspost: x ---\n", "[EKSTERN]\n", "Fra: a@b\n"],
)  # fmt: skip
def test_long_hostile_text_is_read_quickly(line: str) -> None:
    started = time.process_time()
    read((line * 200_000)[:1_999_000])
    read((line * 20_000)[:399_000])
    assert time.process_time() - started < 4


def test_a_forms_own_from_and_to_are_no_quoted_mail() -> None:
    text = "Fra: 1. december 2026\nTil: 31. december 2026\nTakst: 1.845,50 kr."
    assert own_text(text) == text


LINES = st.sampled_from(
    [
        "GODKENDT",
        f"GODKENDT {TOKEN}",
        "IKKE",
        "> x",
        "Fra: a@b",
        "Sendt: nu",
        "-- ",
        "Mvh",
        "",
        "Hej",
        "Den 3. dec. 2026 kl. 10.15 skrev a@b:",
        "Navn: x",
        "--- Sagspost: dialogue ---",
        "Tekst: y",
        "--- slut ---",
        "{",
    ]
)


@given(st.lists(LINES | st.text(max_size=30), max_size=15).map("\n".join))
def test_any_text_gives_an_outcome_and_approvals_have_their_line(text: str) -> None:
    outcome = read(text)
    if isinstance(outcome, Reply) and outcome.keyword == "approved":
        assert f"GODKENDT {TOKEN}" in text
        assert outcome.text == ""
