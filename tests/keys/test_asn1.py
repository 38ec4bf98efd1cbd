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


# A tree is a string, or the list of what a constructed element holds; with its tag and its form.
Tree = tuple[int, bool, "bytes | list[Tree]"]
LEAVES = st.tuples(st.sampled_from([0x02, 0x04, 0x06, 0x0C, 0x80]), st.just(False), st.binary())
TREES: st.SearchStrategy[Tree] = st.recursive(
    LEAVES,
    lambda inner: st.tuples(
        st.sampled_from([0x30, 0x31, 0xA0, 0xA1]), st.booleans(), st.lists(inner, max_size=4)
    ),
    max_leaves=20,
)


def written(tree: Tree) -> bytes:
    tag, indefinite, inside = tree
    content = inside if isinstance(inside, bytes) else b"".join(map(written, inside))
    return bytes((tag, 0x80)) + content + b"\x00\x00" if indefinite else asn1.tlv(tag, content)


def walked(element: asn1.Element, *, entering: bool) -> Tree:
    """The tree again, by either way of walking into it."""
    if not element.tag & asn1.CONSTRUCTED:
        return element.tag, element.indefinite, bytes(element.content)
    outer = asn1.read(asn1.tlv(0x30, element.encoding))
    reader = outer.children().enter(element.tag) if entering else element.children()
    inside = []
    while reader.more():
        inside.append(walked(reader.take(), entering=entering))
    reader.finish()
    return element.tag, element.indefinite, inside


@given(TREES)
def test_a_tree_is_read_back_as_it_was_written_in_both_forms_of_length(tree: Tree) -> None:
    for entering in (False, True):
        assert walked(asn1.read(written(tree)), entering=entering) == tree


def everything(data: bytes, *, entering: bool) -> list[bytes] | None:
    """All that can be read of some octets; None where they are refused."""
    found: list[bytes] = []
    try:
        walk = [asn1.read(asn1.tlv(0x30, data)).children()]
        while walk:
            reader = walk[-1]
            if not reader.more():
                walk.pop()
            elif reader.tag() == asn1.OID:
                found.append(reader.oid() if entering else bytes(reader.take().content))
                if not 1 <= len(found[-1]) <= 64:
                    return None
            elif reader.tag() & asn1.CONSTRUCTED and entering:
                walk.append(reader.enter(reader.tag()))
            else:
                element = reader.take()
                found.append(bytes(element.content) if element.tag & 0x20 == 0 else b"")
                if element.tag & asn1.CONSTRUCTED:
                    found.pop()
                    walk.append(element.children())
    except StructureError:
        return None
    return found


@given(st.one_of(st.binary(max_size=200), TREES.map(written)), st.integers(0, 400), st.integers())
def test_the_quick_way_into_an_element_refuses_what_the_plain_way_refuses(
    data: bytes, place: int, change: int
) -> None:
    if data:
        changed = bytearray(data)
        changed[place % len(data)] ^= change % 256
        data = bytes(changed)
    assert everything(data, entering=True) == everything(data, entering=False)


@pytest.mark.parametrize("head", [b"\x30\x80", b"\x30\x81\x00", b"\x30\x82\x00\x00", b"\x30\x00"])
@pytest.mark.parametrize("end", [b"", b"\x00\x00", b"\x05\x00"])
def test_every_form_of_an_empty_element_is_read_or_refused_alike(head: bytes, end: bytes) -> None:
    assert everything(head + end, entering=True) == everything(head + end, entering=False)


def test_an_indefinite_length_is_refused_where_der_is_required() -> None:
    outer = asn1.tlv(0x30, b"\x31\x80\x05\x00\x00\x00")
    assert asn1.read(outer).children().enter(asn1.SET).more()
    refuses(lambda: asn1.read(outer).children().enter(asn1.SET, definite=True))
