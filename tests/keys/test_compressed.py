"""Compressed content that another writer made is unpacked, within bounds of size and ratio."""

import random
import time
import tracemalloc
import zlib

import pytest
from asn1crypto import cms as oracle
from hypothesis import given
from hypothesis import strategies as st

from keys import asn1
from keys.asn1 import oid_octets
from keys.cms import content_kind, decompress
from keys.compressed import FREE_SIZE, MAX_CONTENT, MAX_RATIO
from keys.errors import StructureError
from tests.keys.conftest import ENTITY

ZLIB = "1.2.840.113549.1.9.16.3.8"


def compressed(packed: bytes, algorithm: str = ZLIB) -> bytes:
    """CompressedData by the second writer."""
    content = {
        "version": "v0",
        "compression_algorithm": {"algorithm": algorithm},
        "encap_content_info": {"content_type": "data", "content": packed},
    }
    info = oracle.ContentInfo({"content_type": "compressed_data", "content": content})
    return bytes(info.dump())


@given(st.binary(max_size=3000), st.integers(0, 9))
def test_what_was_compressed_is_unpacked(content: bytes, level: int) -> None:
    der = compressed(zlib.compress(content, level))
    assert content_kind(der) == "compressed"
    assert decompress(der) == content


def test_content_of_many_blocks_is_unpacked_whole() -> None:
    noise = random.Random(1)
    content = b"".join(noise.randbytes(50) + bytes(450) for _ in range(9000)) + ENTITY
    for level in (0, 1, 9):
        packed = zlib.compress(content, level)
        assert len(content) < MAX_RATIO * len(packed)
        assert decompress(compressed(packed)) == content


def test_pieces_of_indefinite_length_are_unpacked() -> None:
    packed = zlib.compress(ENTITY)
    pieces = asn1.octet_string(packed[:20]) + asn1.octet_string(packed[20:])
    inner = (
        asn1.oid(oid_octets("1.2.840.113549.1.7.1"))
        + b"\xa0\x80\x24\x80"
        + pieces
        + b"\x00\x00\x00\x00"
    )
    body = (
        asn1.integer(0)
        + asn1.sequence(asn1.oid(oid_octets(ZLIB)))
        + b"\x30\x80"
        + inner
        + b"\x00\x00"
    )
    kind = asn1.oid(oid_octets("1.2.840.113549.1.9.16.1.9"))
    der = b"\x30\x80" + kind + b"\xa0\x80\x30\x80" + body + b"\x00\x00" * 3
    assert decompress(der) == ENTITY


BROKEN = {
    "cut off": compressed(zlib.compress(ENTITY)[:-5]),
    "without an end": compressed(zlib.compress(ENTITY)[:-30]),
    "empty": compressed(b""),
    "bytes after the end": compressed(zlib.compress(ENTITY) + b"more"),
    "a block after the end": compressed(zlib.compress(ENTITY) + bytes(100_000)),
    "another checksum": compressed(zlib.compress(ENTITY)[:-1] + b"\x00"),
    "not zlib": compressed(b"PK\x03\x04 something else"),
    "with a dictionary": compressed(b"\x78\xbb" + bytes(40)),
    "another algorithm": compressed(zlib.compress(ENTITY), "1.2.3.4"),
    "of signed content": compressed(zlib.compress(ENTITY)).replace(
        oid_octets("1.2.840.113549.1.7.1"), oid_octets("1.2.840.113549.1.7.2")
    ),
    "no compressed data": asn1.sequence(asn1.oid(oid_octets("1.2.840.113549.1.7.1"))),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_refused(name: str) -> None:
    with pytest.raises(StructureError):
        decompress(BROKEN[name])


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9)
    block = bytes(1024 * 1024)
    packed = [packer.compress(block) for _ in range(size // len(block))]
    return compressed(b"".join((*packed, packer.flush())))


def test_a_bomb_stops_at_the_ratio_and_costs_no_more_than_that() -> None:
    der = bomb(256 * 1024 * 1024)
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(StructureError) as caught:
        decompress(der)
    assert "blows up" in caught.value.detail
    assert time.process_time() - start < 3
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MAX_RATIO * len(der) + 8 * FREE_SIZE


def test_a_large_content_stops_at_the_limit() -> None:
    """Not by its ratio, which is that of a mail: by its size."""
    block = bytes(range(256)) * 4096
    packer = zlib.compressobj(1)
    size, packed = 0, []
    while size <= MAX_CONTENT:
        packed.append(packer.compress(block[size // 7 % 251 :]))
        size += len(block) - size // 7 % 251
    der = compressed(b"".join((*packed, packer.flush())))
    with pytest.raises(StructureError) as caught:
        decompress(der)
    assert "blows up" in caught.value.detail


@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing_but_the_readers_own_error(packed: bytes) -> None:
    for data in (packed, compressed(packed)):
        with pytest.raises(StructureError):
            decompress(data)
