"""Only we can make a bounce address that we believe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outbound import tags
from gateway.outbound.errors import AddressError

SECRET = b"s" * 32
TOKENS = st.from_regex(r"[a-z0-9-]{1,36}", fullmatch=True)


@given(TOKENS)
def test_what_we_made_is_read_back_in_any_letter_case(token: str) -> None:
    address = tags.make_address(SECRET, token, "Gateway.example")
    assert tags.token_of(address, [SECRET]) == token
    assert tags.token_of(address.upper(), [b"new", SECRET]) == token
    assert len(address.partition("@")[0]) <= 64


@given(TOKENS, TOKENS)
def test_an_address_for_one_mail_is_no_address_for_another(token: str, other: str) -> None:
    address = tags.make_address(SECRET, token, "gateway.example")
    forged = address.replace(f"+{token}.", f"+{other}.", 1)
    assert (tags.token_of(forged, [SECRET]) == other) == (token == other)


@given(st.text(max_size=400))
def test_any_other_text_is_no_address_of_ours(text: str) -> None:
    assert tags.token_of(text, [SECRET]) is None


def test_another_secret_or_domain_makes_it_forged() -> None:
    address = tags.make_address(SECRET, "abc", "gateway.example")
    assert tags.token_of(address, [b"other"]) is None
    assert tags.token_of(address, []) is None
    assert tags.token_of(address.replace("gateway", "gatewax"), [SECRET]) is None


@pytest.mark.parametrize("token", ["", "A", "a.b", "a@b", "x" * 37, "a\n"])
def test_a_token_that_would_not_survive_the_way_is_refused(token: str) -> None:
    with pytest.raises(AddressError):
        tags.make_address(SECRET, token, "gateway.example")
