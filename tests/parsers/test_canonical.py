"""The two orders in which keys can be sorted, and the two writers that must agree."""

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from parsers.canonical import canonical, digest_of_plain, plain_json

# Around the places where UTF-8 and UTF-16 sort differently, and what JSON escapes.
KEYS = st.text(st.sampled_from('aøå\x7f\x00\x1f"\\/\u2028\ud7ff\ue000\uffff\U00010000\U0010ffff'))


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, KEYS | st.booleans() | st.none(), max_size=4)))
def test_keys_of_any_script_are_sorted_as_the_standard_sorts_them(value: object) -> None:
    plain = plain_json(value)
    assert canonical(value) == rfc8785.dumps(plain)


@pytest.mark.parametrize(("first", "second"), [("\U00010000", "\ue000"), ("\ud7ff", "\U00010000")])
def test_a_surrogate_pair_sorts_before_the_private_use_area(first: str, second: str) -> None:
    assert list(json.loads(canonical({second: 1, first: 2}))) == [first, second]


def test_text_of_an_own_type_is_written_as_text() -> None:
    class Marked(str):
        __slots__ = ()

    value = {Marked("key"): [Marked("text"), Marked("blå")]}
    assert canonical(value) == '{"key":["text","blå"]}'.encode()
    assert len(digest_of_plain(plain_json(value))) == 64
