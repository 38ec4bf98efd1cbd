"""The BER reader of `keys.asn1`: every element of whatever it accepts, against a second reader."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from asn1crypto import parser

from keys import asn1
from keys.asn1 import Element, Reader
from keys.errors import StructureError

INSTRUMENTED = ("keys",)


def seeds() -> Iterator[bytes]:
    """One of each form that the reader knows."""
    yield asn1.sequence(asn1.integer(-128), asn1.oid(b"\x2a\x03"), asn1.DER_NULL)
    yield asn1.set_of(asn1.octet_string(bytes(200)), asn1.bit_string(b"\x01\x02"))
    yield b"\x30\x80\x24\x80\x04\x02ab\x24\x03\x04\x01c\x00\x00\x02\x01\x05\x00\x00"
    yield b"\xa0\x80" * 30 + b"\x00\x00" * 30
    yield b"\x30\x84\x00\x00\x00\x03\x02\x01\x00"


def one(data: bytes) -> None:
    """Read it, walk it, and write it again."""
    try:
        top = asn1.read(data)
    except StructureError:
        return
    assert bytes(top.encoding) == data
    if not top.indefinite:
        _agree_with_another_reader(top, data)
    seen = 0
    waiting = [(top, 0)]
    while waiting:
        element, depth = waiting.pop()
        seen += 1
        assert depth <= asn1.MAX_DEPTH, "deeper than allowed"
        assert seen <= len(data), "more elements than octets"
        _values(element)
        _shortcuts(element)
        waiting.extend((child, depth + 1) for child in _children(element))


def _agree_with_another_reader(top: Element, data: bytes) -> None:
    _, _, _, header, content, trailer = parser.parse(data, strict=True)
    assert (bytes(top.content), trailer) == (content, b"")
    assert top.body == len(header)


def _children(element: Element) -> list[Element]:
    """Give the children as far as they can be read; they touch, and none leaves its parent."""
    found: list[Element] = []
    at = element.body
    with contextlib.suppress(StructureError):
        reader = element.children()
        while reader.more():
            child = reader.take()
            assert child.start == at
            assert child.start < child.body <= child.end <= child.stop <= element.end
            at = child.stop
            found.append(child)
        reader.finish()
        assert at == element.end
    return found


def _shortcuts(element: Element) -> None:
    """`enter` and `oid` are quicker than `take`, and must not differ from it in anything else."""
    with contextlib.suppress(StructureError):
        reader = element.children()
        while reader.more():
            place, tag = (element, reader), reader.tag()
            if tag & asn1.CONSTRUCTED and tag & 0x1F != 0x1F:  # what nobody asks for
                for definite in (False, True):
                    quick = _outcome(_at(*place).enter, tag, definite=definite)
                    assert quick == _outcome(_enter_slowly, _at(*place), tag, definite)
            quick, slow = _outcome(_at(*place).oid), _outcome(_oid_slowly, _at(*place))
            assert quick == slow
            reader.take()


def _at(element: Element, reader: Reader) -> Reader:
    """A cursor of its own at the same place."""
    other = element.children()
    other._pos = reader._pos
    return other


def _enter_slowly(reader: Reader, tag: int, definite: bool) -> Reader:
    child = reader.take(tag)
    return (child.require_definite() if definite else child).children()


def _oid_slowly(reader: Reader) -> bytes:
    child = reader.take(asn1.OID)
    if not 1 <= len(child.content) <= 64:
        raise StructureError("length")
    return bytes(child.content)


def _outcome(read: Callable[..., Reader | bytes], *given: Any, **named: Any) -> object:
    """What came out, or that nothing did."""
    try:
        found = read(*given, **named)
    except StructureError:
        return None
    if isinstance(found, bytes):
        return found
    return found._pos, found._limit, found._depth


def _values(element: Element) -> None:
    with contextlib.suppress(StructureError):
        octets = bytes(element.octets())
        assert asn1.read(asn1.octet_string(octets)).content == octets
    with contextlib.suppress(StructureError):
        value = element.integer()
        assert asn1.read(asn1.integer(value)).integer() == value
    with contextlib.suppress(StructureError):
        bits = bytes(element.bits())
        assert asn1.read(asn1.bit_string(bits)).bits() == bits
    again = asn1.read(asn1.tlv(element.tag, element.content))
    assert again.content == element.content
