"""Paths as people and programs write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.inbound.addresses import comparable, read_path


@pytest.mark.parametrize(
    ("argument", "path"),
    [
        ("<>", ("", "")),
        ("<> SIZE=5", ("", " SIZE=5")),
        ("<a@b.example> SIZE=5 BODY=8BITMIME", ("a@b.example", " SIZE=5 BODY=8BITMIME")),
        (' "A > B" <a@b.example>', None),
        ('<"a > b"@c.example>', ('"a > b"@c.example', "")),
        ("<@x.example,@y.example:a@b.example>", ("a@b.example", "")),
        ("<a@[192.0.2.1]>", ("a@[192.0.2.1]", "")),
        ("a@b.example", ("a@b.example", "")),
        ("Navn Navnesen <a@b.example>", ("a@b.example", "")),
        ("<a@b.example>SIZE=5", None),
        ("<a..b@c.example>", None),
        ("<a@b.example", None),
        ("<a\x00@b.example>", None),
        ("", None),
    ],
)
def test_a_path_is_read_with_the_junk_around_it(
    argument: str, path: tuple[str, str] | None
) -> None:
    assert read_path(argument) == path


def test_two_spellings_of_one_mailbox_are_equal() -> None:
    assert comparable('"Post"@RÅDHUS.example.') == comparable("post@xn--rdhus-mra.example")


@given(st.text(max_size=200))
def test_any_text_is_a_path_or_none(text: str) -> None:
    path = read_path(text)
    if path is not None:
        assert path.address == "" or "@" in path.address
        assert comparable(comparable(path.address)) == comparable(path.address)
