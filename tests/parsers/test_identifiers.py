"""Identifiers are read strictly or leniently, and always end in one normal form."""

import json
from datetime import date
from decimal import Decimal

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from parsers.canonical import canonical, digest
from parsers.errors import NotCanonical
from parsers.identifiers import (
    CaseNumber,
    Cpr,
    Cvr,
    Gln,
    Identifier,
    Orgnr,
    PNumber,
)
from parsers.values import Money


@pytest.mark.parametrize(
    ("text", "substitute", "mod11_ok"),
    [
        ("670765-4005", True, True),
        ("6101904006", True, True),
        ("710555-4006", True, True),
        ("610165-0001", True, False),
        ("290200-4000", False, False),
        ("010190-AB12", True, True),
    ],
)
def test_cpr_numbers_are_labelled(text: str, substitute: bool, mod11_ok: bool) -> None:
    number = Cpr.parse(text)
    assert number == f"{text[:6]}-{text[-4:]}"
    assert (number.substitute, number.mod11_ok) == (substitute, mod11_ok)
    assert number.masked()[:-2] == "******-**"


@pytest.mark.parametrize(
    "text",
    ["000000-0000", "310290-1234", "290201-4000", "320165-0001", "011365-0001", "1", "",
     "920165-0001", "010165 0001", "010165-000a", "٠١٠١٦٥-٠٠٠١"],
)  # fmt: skip
def test_impossible_cpr_numbers_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"form|date"):
        Cpr.parse(text)


@pytest.mark.parametrize(
    ("kind", "text", "normal"),
    [
        (Cvr, "CVR-nr. 29 19 09 25", "29190925"),
        (Cvr, "DK29190925", "29190925"),
        (Cvr, "CVR: DK-29190925", "29190925"),
        (Cvr, "SE-nr. 29190925", "29190925"),
        (Cpr, "CPR-nr.: 670765 4005", "670765-4005"),
        (Cpr, "670765–4005", "670765-4005"),
        (Cpr, "670765\u20114005", "670765-4005"),
        (PNumber, "P-nr. 1003456789", "1003456789"),
        (PNumber, "P-nummer 1003 456 789", "1003456789"),
        (Gln, "5798001234566", "5798001234566"),
        (Gln, "EAN 579 8001 2345 66", "5798001234566"),
        (Gln, "EAN-lokationsnr.: 5798001234566", "5798001234566"),
        (Gln, "GLN-nummer 5798001234566", "5798001234566"),
        (CaseNumber, "[rm-2026-000123]", "RM-2026-000123"),
    ],
)
def test_what_people_write_ends_in_the_normal_form(
    kind: type[Identifier], text: str, normal: str
) -> None:
    assert kind.read(text) == normal
    assert kind.parse(normal) == normal


@pytest.mark.parametrize("kind", [Cpr, Cvr, Orgnr, PNumber, Gln, CaseNumber])
@given(text=st.text(max_size=40) | st.from_regex(r"[0-9§ .,\-a-z]{0,30}", fullmatch=True))
def test_any_text_is_read_or_refused_by_value_error(kind: type[Identifier], text: str) -> None:
    for reader in (kind.parse, kind.read):
        try:
            found = reader(text)
        except ValueError:
            continue
        assert kind.parse(found) == kind.read(found) == found


@pytest.mark.parametrize("text", ["5798001234567", "579800123456", "57980012345666", ""])
def test_a_location_number_needs_its_check_digit(text: str) -> None:
    with pytest.raises(ValueError, match="GLN"):
        Gln.read(text)


def test_a_danish_location_number_can_be_told() -> None:
    assert Gln.parse("5798001234566").danish
    assert not Gln.parse("7300010000001").danish


@pytest.mark.parametrize("text", ["0003456789", "100345678", "10034567890", "P"])
def test_a_production_unit_has_ten_digits(text: str) -> None:
    with pytest.raises(ValueError, match="P number"):
        PNumber.read(text)


def test_pydantic_refuses_without_repeating_the_number() -> None:
    class Person(BaseModel):
        cpr: Cpr

    with pytest.raises(ValidationError) as caught:
        Person.model_validate_json('{"cpr": "320165-0001"}', strict=True)
    (error,) = caught.value.errors()
    assert error["type"] == "cpr"
    assert "320165" not in error["msg"]
    assert Person.model_validate_json('{"cpr": "6707654005"}').cpr.substitute


@pytest.mark.parametrize(
    "value", ['"1845.505"', "1845.505", '"1e3"', "true", '"NaN"', '"1.845,50"', "null"]
)
def test_machines_write_money_with_two_decimals(value: str) -> None:
    adapter = TypeAdapter(Money)
    with pytest.raises(ValidationError):
        adapter.validate_json(value, strict=True)
    assert adapter.validate_json('"1845.5"', strict=True) == Decimal("1845.50")
    assert adapter.dump_json(adapter.validate_json("1845.5", strict=True)) == b'"1845.50"'


TEXT = st.text(st.characters(blacklist_categories=("Cs",)))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
)


@given(VALUES)
def test_the_fast_way_gives_the_same_canonical_bytes(value: object) -> None:
    try:
        ours = canonical(value)
    except NotCanonical:
        return
    assert ours == rfc8785.dumps(json.loads(ours))


def test_money_dates_and_composed_text_have_one_form() -> None:
    value = {"b": Decimal("1845.5"), "a": "bla\u030a", "c": date(2026, 12, 1), "d": Decimal("-0")}
    assert canonical(value) == '{"a":"blå","b":"1845.50","c":"2026-12-01","d":"0.00"}'.encode()
    assert len(digest(value)) == 64


@pytest.mark.parametrize(
    "value",
    [1.5, {1: 2}, 2**53, "\ud800", Decimal("1.005"), Decimal("NaN"), {"å": 1, "a\u030a": 2}, b""],
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)


def test_deep_values_are_refused_and_do_not_overflow() -> None:
    value: object = 1
    for _ in range(100_000):
        value = [value]
    with pytest.raises(NotCanonical):
        canonical(value)
