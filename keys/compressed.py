"""Read CompressedData (RFC 3274, RFC 8551 3.6): zlib, bounded in size and in ratio.

It is read only, for mail programs that still write it. What a few octets blow up to is worked out
block by block and stops at the limit, so that a bomb costs no more than the limit.
"""

import zlib
from typing import Final

from keys import asn1
from keys.algorithms import COMPRESSED_DATA
from keys.asn1 import oid_octets
from keys.content_info import read_algorithm, read_content_info, require_data
from keys.errors import StructureError

MAX_CONTENT: Final = 64 * 1024 * 1024
# Text compresses to a tenth, a form of blanks to a fiftieth; beyond that it is made to hurt.
MAX_RATIO: Final = 100
FREE_SIZE: Final = 1024 * 1024  # up to here no ratio counts

_ZLIB: Final = oid_octets("1.2.840.113549.1.9.16.3.8")
_INPUT: Final = 64 * 1024
_OUTPUT: Final = 256 * 1024


def decompress(der: bytes | memoryview) -> bytes:
    """Give the content of a CompressedData; raises `StructureError`."""
    content_type, body = read_content_info(der)
    if content_type != COMPRESSED_DATA:
        raise StructureError("not CompressedData")
    if body.take(asn1.INTEGER).integer() != 0:
        raise StructureError("version of CompressedData")
    algorithm, parameters = read_algorithm(body.take(asn1.SEQUENCE))
    inner = body.enter(asn1.SEQUENCE)
    body.finish()
    if algorithm != _ZLIB or parameters is not None:
        raise StructureError("compression algorithm")
    require_data(inner.oid())
    wrapper = inner.enter(0xA0)
    packed = wrapper.octets()
    wrapper.finish()
    inner.finish()
    return _inflate(packed)


def _inflate(packed: memoryview) -> bytes:
    limit = min(MAX_CONTENT, max(FREE_SIZE, MAX_RATIO * len(packed)))
    stream = zlib.decompressobj()
    blocks: list[bytes] = []
    size = 0
    try:
        for at in range(0, len(packed), _INPUT):
            rest: bytes | memoryview = packed[at : at + _INPUT]
            more = True
            while more and not stream.eof:
                block = stream.decompress(rest, _OUTPUT)
                rest = stream.unconsumed_tail
                # A full block may leave octets inside that were read already.
                more = bool(rest) or len(block) == _OUTPUT
                size += len(block)
                if size > limit:
                    raise StructureError("compressed content blows up beyond the limit")
                blocks.append(block)
            if stream.eof and (stream.unused_data or at + _INPUT < len(packed)):
                raise StructureError("bytes after the compressed content")
    except zlib.error as error:
        raise StructureError("compressed content is broken") from error
    if not stream.eof:
        raise StructureError("compressed content cut off")
    return b"".join(blocks)
