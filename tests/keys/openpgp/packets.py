"""OpenPGP packets by hand, for what GnuPG refuses to make: encryption without integrity."""

from __future__ import annotations

import os

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

_BLOCK = 16


def first_packet(message: bytes) -> bytes:
    """Cut off the first packet: the session key, encrypted to the reader."""
    head = message[0]
    if head & 0x40:
        if message[1] < 192:
            return message[: 2 + message[1]]
        return message[: 3 + ((message[1] - 192) << 8) + message[2] + 192]
    octets = 1 << (head & 3)
    return message[: 1 + octets + int.from_bytes(message[1 : 1 + octets], "big")]


def literal(content: bytes) -> bytes:
    """A literal data packet: binary, no name, no date."""
    body = b"b\x00" + bytes(4) + content
    return b"\xcb\xff" + len(body).to_bytes(4, "big") + body


def without_integrity(session_key: bytes, packets: bytes) -> bytes:
    """A packet of tag 9 (RFC 4880 5.7): OpenPGP's CFB with resynchronisation, and no MDC."""
    prefix = os.urandom(_BLOCK)
    first = _cfb(session_key, bytes(_BLOCK), prefix + prefix[-2:])
    body = first + _cfb(session_key, first[2:], packets)
    return b"\xc9\xff" + len(body).to_bytes(4, "big") + body


def _cfb(key: bytes, start: bytes, data: bytes) -> bytes:
    cipher = Cipher(algorithms.AES(key), CFB(start)).encryptor()
    return cipher.update(data) + cipher.finalize()
