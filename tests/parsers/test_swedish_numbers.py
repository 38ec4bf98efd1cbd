"""Swedish numbers are read in all their forms, and their century is told by a day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from parsers.catalogue import Catalogue, MessageType
from parsers.content import Attachment, Content
from parsers.identifiers import Orgnr, Personnummer
from parsers.submission import Submission, read_submission

NOW = date(2026, 11, 22)


def with_check_digit(nine: str) -> str:
    """Add the Luhn digit, computed as the rule's text says and not as the parser does."""
    total = 0
    for at, digit in enumerate(nine):
        product = int(digit) * (2 if at % 2 == 0 else 1)
        total += product // 10 + product % 10
    return nine + str((10 - total % 10) % 10)


@pytest.mark.parametrize(
    ("text", "normal", "long"),
    [
        ("640823-3234", "640823-3234", "19640823-3234"),
        ("6408233234", "640823-3234", "19640823-3234"),
        ("19640823-3234", "19640823-3234", "19640823-3234"),
        ("196408233234", "19640823-3234", "19640823-3234"),
        ("Personnummer: 640823 3234", "640823-3234", "19640823-3234"),
        ("640823–3234", "640823-3234", "19640823-3234"),
        ("701063-2391", "701063-2391", "19701063-2391"),
        ("191212121212", "19121212-1212", "19121212-1212"),
        ("121212-1212", "121212-1212", "20121212-1212"),
        ("121212+1212", "121212+1212", "19121212-1212"),
        ("19121212+1212", "19121212-1212", "19121212-1212"),
    ],
)
def test_personal_numbers_are_read_and_resolved(text: str, normal: str, long: str) -> None:
    number = Personnummer.read(text)
    assert number == normal
    assert Personnummer.parse(normal) == normal
    assert number.on(NOW) == long
    assert number.on(NOW).on(date(2099, 1, 1)) == long
    assert number.masked().startswith("******-**")


def test_the_sign_turns_in_the_year_in_which_a_person_turns_100() -> None:
    number = Personnummer.read("261224-" + with_check_digit("261224123")[-4:])
    assert number.on(date(2026, 1, 1)) == f"20{number}"
    assert number.on(date(2025, 12, 31)) == f"19{number}"
    assert Personnummer.read(number.replace("-", "+")).on(date(2026, 1, 1)) == f"19{number}"


@pytest.mark.parametrize(
    ("nine", "sort"),
    [("640823323", "personal"), ("701063239", "coordination"), ("640060323", "coordination"),
     ("640883323", "coordination")],
)  # fmt: skip
def test_what_a_number_is_can_be_told(nine: str, sort: str) -> None:
    assert Personnummer.read(with_check_digit(nine)).sort == sort


def test_a_reserve_number_is_taken_without_a_check() -> None:
    number = Personnummer.read("640823-a123")
    assert (number, number.sort) == ("640823-A123", "reserve")


@pytest.mark.parametrize(
    "text",
    ["", "640823-3235", "640832-" + with_check_digit("640832323")[-4:],
     "641323-" + with_check_digit("641323323")[-4:], "640892-" + with_check_digit("640892323")[-4:],
     "640023-" + with_check_digit("640023323")[-4:], "21640823-3234", "670765-4005", "64082333234",
     "650229-" + with_check_digit("650229323")[-4:], "640823-32345", "٦٤٠٨٢٣-٣٢٣٤"],
)  # fmt: skip
def test_what_is_no_personal_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"form|digit|date"):
        Personnummer.read(text)


@pytest.mark.parametrize(
    "text",
    ["212000-0142", "2120000142", "162120000142", "16212000-0142", "Org.nr 212000-0142",
     "organisationsnummer: 212000–0142"],
)  # fmt: skip
def test_organisation_numbers_are_read_as_people_write_them(text: str) -> None:
    assert Orgnr.read(text) == "212000-0142"


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(0, 999), st.dates(
    date(2000, 1, 1), date(2099, 12, 31)))  # fmt: skip
def test_every_day_has_numbers_that_are_read_back_and_resolved(
    born: date, serial: int, day: date
) -> None:
    ten = with_check_digit(f"{born:%y%m%d}{serial:03}")
    long = f"{born:%Y%m%d}-{ten[6:]}"
    assert Personnummer.read(long) == long
    assert Personnummer.read(f"{long[:2]}{ten}") == long
    age = day.year - born.year
    if 0 <= age < 200:
        sign = "-" if age < 100 else "+"
        assert Personnummer.read(f"{ten[:6]}{sign}{ten[6:]}").on(day) == long


@given(st.from_regex(r"(19|20)?[0-9]{6}[-+]?[0-9A-C]{4}", fullmatch=True) | st.text(max_size=40))
def test_any_text_is_a_number_or_a_value_error_and_reads_the_same_again(text: str) -> None:
    try:
        number = Personnummer.read(text)
    except ValueError:
        return
    assert Personnummer.read(number) == Personnummer.parse(number) == number
    try:
        long = number.on(NOW)
    except ValueError:
        return  # 29 February of a year that the sign leads to
    assert long.has_century
    assert Personnummer.parse(long) == long


class Order(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    person: Personnummer


@pytest.mark.parametrize(
    ("number", "codes"),
    [("640823-3234", []), ("701063-2391", ["personnummer.coordination"]),
     ("640823-A123", ["personnummer.reserve"])],
)  # fmt: skip
def test_unusual_numbers_are_taken_with_a_warning(number: str, codes: list[str]) -> None:
    data = f'{{"sagspost":"1","message":"order","id":"1","body":{{"person":"{number}"}}}}'
    file = Attachment("a.json", "application/json", data.encode())
    catalogue = Catalogue([MessageType("order", Order)])
    outcome = read_submission(Content(None, "", None, (file,)), catalogue, "x")
    assert isinstance(outcome, Submission), outcome
    assert [one.code for one in outcome.warnings] == codes
    assert all(number not in one.text("sv") for one in outcome.warnings)
