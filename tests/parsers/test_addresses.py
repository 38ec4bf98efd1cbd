"""An address is read strictly: what two programs could read in two ways names nobody."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.addresses import addresses_in, comparable
from tests.material import absent, cases

HERE = ("sikkermail@aarhus.example",)


@pytest.mark.parametrize(
    "field",
    [
        "sikkermail@aarhus.example",
        " \tsikkermail@aarhus.example ",
        "<sikkermail@aarhus.example>",
        "Aarhus Kommune <sikkermail@aarhus.example>",
        '"Kommune, Aarhus" <sikkermail@aarhus.example>',
        '"Aarhus \\"Kommune\\"" <sikkermail@aarhus.example>',
        "=?utf-8?q?=C3=85rhus?= <sikkermail@aarhus.example>",
        "\"'sikkermail@aarhus.example'\" <sikkermail@aarhus.example>",
        "Sikkermail <SikkerMail@Aarhus.EXAMPLE>",
        b"Aarhus\r\n <sikkermail@aarhus.example>",
        "Århus <sikkermail@aarhus.example>".encode(),
    ],
)
def test_what_people_and_programs_write_is_read(field: str | bytes) -> None:
    assert addresses_in(field) == HERE


TRICKS = {
    "a group": "Aarhus: sikkermail@aarhus.example;",
    "an empty group": "undisclosed-recipients:;",
    "a comment": "sikkermail@aarhus.example (Aarhus)",
    "a comment within": "sikkermail(x)@aarhus.example",
    "a quoted local part": '"sikkermail"@aarhus.example',
    "a source route": "<@evil.example:sikkermail@aarhus.example>",
    "two pairs of brackets": "<sikkermail@aarhus.example> <x@evil.example>",
    "brackets within brackets": "<<sikkermail@aarhus.example>>",
    "text behind the address": "<sikkermail@aarhus.example> x@evil.example",
    "an address before the address": "sikkermail@aarhus.example <x@evil.example>",
    "an address as the name": '"sikkermail@aarhus.example" <x@evil.example>',
    "an address in the name": '"Post (sikkermail@aarhus.example)" <x@evil.example>',
    "an encoded address as the name": "=?utf-8?q?sikkermail=40aarhus=2Eexample?= <x@evil.example>",
    "a base64 address as the name": "=?utf-8?b?c0Bhcmh1cy5leGFtcGxl?= <x@evil.example>",
    "an encoded word as the address": "=?utf-8?q?sikkermail=40aarhus.example?=",
    "an encoded word in the address": "=?utf-8?q?sikkermail?=@aarhus.example",
    "an encoded word in brackets": "<=?utf-8?q?sikkermail?=@aarhus.example>",
    "an open quote": '"sikkermail@aarhus.example <x@evil.example>',
    "a NUL": "sikkermail@aarhus.example\0",
    "a NUL within": "sikkermail\0@aarhus.example",
    "a fold within the address": "sikkermail@aar\r\n hus.example",
    "a space within the address": "sikker mail@aarhus.example",
    "a bare carriage return": "sikkermail@aarhus.example\rx",
    "a line feed without a fold": "sikkermail@aarhus.example\nx",
    "two at signs": "sikkermail@aarhus.example@evil.example",
    "no domain": "sikkermail@",
    "no local part": "@aarhus.example",
    "nothing": "",
    "a semicolon": "sikkermail@aarhus.example; x@evil.example",
    "a trailing comma": "sikkermail@aarhus.example,",
    "a domain literal": "sikkermail@[192.0.2.1]",
    "a dot at the end": "sikkermail@aarhus.example.",
    "a double dot": "sikker..mail@aarhus.example",
    "an underscore in the domain": "sikkermail@aar_hus.example",
    "a zero-width space": "sikkermail@aarhus\u200b.example",
    "a change of direction": "sikkermail\u202e@aarhus.example",
    "a Kelvin sign for a k": "si\u212akermail@aarhus.example",
    "a disputed letter": "post@stra\u00dfe.example",
    "a joiner in the domain": "post@aar\u200dhus.example",
    "a full-width at sign": "sikkermail\uff20aarhus.example",
    "a full-width domain": "sikkermail@\uff41arhus.example",
    "no domain name at all": "post@xn--a.example",
    "Latin-1": "Århus <sikkermail@aarhus.example>".encode("latin-1"),
    "far too long": "x" * 3000 + " <sikkermail@aarhus.example>",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_names_nobody(trick: str) -> None:
    assert addresses_in(TRICKS[trick]) == ()


def test_two_addresses_are_two() -> None:
    field = 'Aarhus <sikkermail@aarhus.example>, "Kommune, A" <x@evil.example>'
    assert addresses_in(field) == (*HERE, "x@evil.example")


def test_a_cyrillic_twin_is_another_address() -> None:
    assert addresses_in("sikkermail@\u0430arhus.example") not in ((), HERE)
    assert addresses_in("sikk\u0435rmail@aarhus.example") not in ((), HERE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("post@rådhus.example", "post@xn--rdhus-mra.example"),
        ("post@RÅDHUS.example", "Post@XN--RDHUS-MRA.EXAMPLE"),
        ("søg@aarhus.example", "SØG@aarhus.example"),
        ("post@ra\u030adhus.example", "post@rådhus.example"),
        ("sa\u030ag@aarhus.example", "såg@aarhus.example"),
    ],
)
def test_two_spellings_of_a_mailbox_are_one(one: str, other: str) -> None:
    assert comparable(one) == comparable(other) is not None


def listed_addresses() -> list[tuple[str, str]]:
    """Each address of the list, with control characters as they are meant, and its verdict."""
    found = []
    for path in cases("isemail", "tests.xml"):
        if path is not None:
            for test in ET.parse(path).getroot().iter("test"):
                text = test.findtext("address") or ""
                meant = "".join(
                    chr(ord(c) - 0x2400) if 0x2400 <= ord(c) < 0x2420 else c for c in text
                )
                found.append((meant, test.findtext("category") or ""))
    return found


def test_we_are_never_looser_than_the_list_of_addresses() -> None:
    path: Path | None = cases("isemail", "tests.xml")[0]
    if absent(path):
        return
    listed = listed_addresses()
    assert len(listed) == 164
    for address, verdict in listed:
        if verdict == "ISEMAIL_ERR":
            assert addresses_in(address) == (), address
            assert addresses_in(f"<{address}>") == (), address
        assert addresses_in(address) in ((), (address.strip().lower(),)), address


@given(st.text() | st.binary())
def test_any_field_is_read_or_names_nobody(field: str | bytes) -> None:
    for address in addresses_in(field):
        assert comparable(address) == address


LIKELY = st.text(alphabet='ab@.<>",;:()\\ =?-\t\r\nåß\u200d\u212a\0', max_size=30)


@given(LIKELY)
def test_what_looks_like_a_field_is_read_or_names_nobody(field: str) -> None:
    for address in addresses_in(field):
        assert comparable(address) == address
        assert address.count("@") == 1


@given(st.text(max_size=80))
def test_any_domain_has_one_form_or_none(domain: str) -> None:
    found = comparable(f"post@{domain}")
    assert found is None or (found.isascii() and comparable(found) == found)
