"""Header fields are split, unfolded and decoded, or refused: nothing else can happen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.errors import ParsersError
from parsers.headers import Headers, decode_words, parse_parameterised, unfold

PIECES = st.sampled_from(
    [
        b"From:",
        b"From :",
        b"X",
        b":",
        b" ",
        b"\t",
        b"\r\n",
        b"\n",
        b"\r",
        b"a@b",
        b"\0",
        b"\xc3\xa6",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=5), max_size=30).map(b"".join))
def test_any_header_is_split_into_its_fields_or_refused(block: bytes) -> None:
    try:
        headers = Headers(block)
    except ParsersError:
        return
    names = headers.names()
    for name in set(names):
        values = headers.raw_all(name)
        assert len(values) == headers.count(name) == names.count(name) > 0
        assert headers.raw(name) == values[0]
        assert all(value in block for value in values), "a value is a slice of the header"
        assert headers.all(name)[0] == headers.get(name)
    assert headers.get("x-not-there") is None


@pytest.mark.parametrize("name", ["from", "From", "FROM"])
def test_a_field_is_found_in_any_letters_and_counted_in_all(name: str) -> None:
    headers = Headers(b"From: a\r\nFROM : b\r\nfrom:\r\n c\r\n")
    assert headers.raw_all(name) == [b"a", b"b", b"c"]
    assert headers.count(name) == 3


LIKELY = st.text(alphabet="=?utf-8bqBQ_*'\";()\\ \t%20abcæ", max_size=60)


@given(st.text() | LIKELY)
def test_any_text_is_decoded_to_text(text: str) -> None:
    assert isinstance(decode_words(text), str)


@given(st.text() | LIKELY)
def test_any_parameters_are_read_or_refused(text: str) -> None:
    try:
        value, parameters = parse_parameterised(text)
    except ParsersError:
        return
    assert value == value.strip().lower()
    assert all(name == name.lower() for name in parameters)


@given(st.binary())
def test_any_field_is_unfolded_to_one_line_of_text(value: bytes) -> None:
    assert "\r\n " not in unfold(value)
