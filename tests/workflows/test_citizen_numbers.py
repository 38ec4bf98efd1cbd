"""A citizen's number is found however it is written, and ordinary numbers are let through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.bodies import Caseworker, Citizen, Guardian
from workflows.citizen_numbers import fields_with_numbers, holds_a_citizens_number


@pytest.mark.parametrize(
    "text",
    [
        "Borgeren 670765-4005 bor i Aarhus",
        "6707654005",
        "670765 4005",
        "670765 - 4005",
        "67 07 65 4005",
        "67.07.65-4005",
        "670765\u20134005",
        "CPR:670765-4005.",
        "670765-AB12",
        "640823-3234",
        "640823+3234",
        "19640823-3234",
        "196408233234",
        "\uff16\uff17\uff10\uff17\uff16\uff15-4005",
    ],
)
def test_a_number_is_found_however_it_is_written(text: str) -> None:
    assert holds_a_citizens_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ring på 89 40 00 00 eller 89400000",
        "RM-2026-000123",
        "EAN 5798001234566",
        "CVR 29190925",
        "den 1. februar 2012 kl. 10.30",
        "1.845,50 kr. i 2026-2027",
        "SEL §§ 95, 96 og 98",
    ],
)
def test_ordinary_numbers_are_let_through(text: str) -> None:
    assert not holds_a_citizens_number(text)


def test_every_field_that_holds_a_number_is_named() -> None:
    citizen = Citizen(
        cpr=None,
        anonymous="670765-4005 vil ikke",
        name="Navn",
        guardians=(Guardian(name="A"), Guardian(name="B", phone="670765 4005")),
    )
    assert fields_with_numbers(citizen) == ("anonymous", "guardians.1.phone")
    assert fields_with_numbers(Caseworker(name="S. Behandler", phone="89400000")) == ()


@given(st.text(alphabet=st.characters(exclude_categories=("Nd", "No", "L")), max_size=40))
def test_a_number_is_found_within_any_text_without_letters_and_digits(around: str) -> None:
    assert holds_a_citizens_number(f"{around} 670765-4005 {around}")
