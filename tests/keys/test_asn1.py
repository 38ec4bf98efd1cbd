"""The BER reader is total, bounded and fast on hostile bytes, and agrees with a second reader."""

import time
from collections.abc import Callable

import pytest
from asn1crypto import core
from hypothesis import example, given
from hypothesis import strategies as st

from keys import asn1
from keys.cms import Keyring, content_kind, decrypt, verify
from keys.errors import StructureError

NESTED = {
    "indefinite": b"\x30\x80" * 5000,
    "indefinite, closed": b"\x30\x80" * 5000 + b"\x00\x00" * 5000,
    "octet strings": b"\x24\x80" * 100_000 + b"\x00\x00" * 100_000,
    "in a message": bytes.fromhex("3080 0609 2a864886f70d010702 a080 3080") + b"\x31\x80" * 50_000,
}
PIECES = 4_000_000
BOMBS = {
    **NESTED,
    "empty pieces": b"\x24\x80" + b"\x04\x00" * PIECES + b"\x00\x00",
    "definite pieces": asn1.tlv(0x24, b"\x04\x00" * PIECES),
    "announced length": b"\x30\x84\xff\xff\xff\xff" + b"\x00" * 100,
    "length of 127 octets": b"\x30\xff" + b"\x01" * 127,
    "high tag": b"\x3f\xff\xff\xff\x7f\x00",
    "end without a start": b"\x00\x00",
    "nothing": b"",
    "one octet": b"\x30",
}


def refuses(read: Callable[[], object]) -> None:
    start = time.process_time()
    with pytest.raises(StructureError):
        read()
    assert time.process_time() - start < 2


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_fast(name: str) -> None:
    refuses(lambda: asn1.read(BOMBS[name]).octets() if name != "nothing" else asn1.read(b""))
    refuses(lambda: verify(BOMBS[name]))
    refuses(lambda: decrypt(BOMBS[name], Keyring(())))


def test_nesting_of_definite_lengths_is_bounded() -> None:
    data = b""
    for _ in range(60):
        data = asn1.tlv(0x24, data)
    refuses(lambda: asn1.read(data).octets())


@given(st.binary(max_size=400))
def test_random_bytes_raise_nothing_but_the_readers_own_error(data: bytes) -> None:
    content_kind(data)
    for read in (verify, lambda octets: decrypt(octets, Keyring(()))):
        with pytest.raises(StructureError):
            read(data)


@given(st.lists(st.binary(max_size=300), max_size=6), st.booleans())
def test_strings_in_pieces_read_as_one(pieces: list[bytes], indefinite: bool) -> None:
    body = b"".join(asn1.octet_string(piece) for piece in pieces)
    data = b"\x24\x80" + body + b"\x00\x00" if indefinite else asn1.tlv(0x24, body)
    assert asn1.read(data).octets() == b"".join(pieces)
    if indefinite:  # the second reader knows no pieces of definite length
        assert core.OctetString.load(data).native == b"".join(pieces)


@given(st.integers(-(2**200), 2**200))
@example(-128)
@example(-(2**63))
def test_integers_are_written_as_a_second_writer_does(value: int) -> None:
    assert asn1.integer(value) == core.Integer(value).dump()
    assert asn1.read(asn1.integer(value)).integer() == value


@given(
    st.tuples(st.integers(0, 2), st.integers(0, 39)),
    st.lists(st.integers(0, 2**40), max_size=8),
)
def test_object_identifiers_are_written_as_a_second_writer_does(
    head: tuple[int, int], rest: list[int]
) -> None:
    dotted = ".".join(map(str, (*head, *rest)))
    assert asn1.oid(asn1.oid_octets(dotted)) == core.ObjectIdentifier(dotted).dump()


@given(st.binary(max_size=70_000))
def test_what_is_written_is_read_back(data: bytes) -> None:
    assert asn1.read(asn1.octet_string(data)).content == data
    assert asn1.octet_string(data) == core.OctetString(data).dump()


def test_bytes_after_the_end_are_refused() -> None:
    refuses(lambda: asn1.read(asn1.integer(1) + b"\x00"))
