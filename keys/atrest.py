"""Encryption at rest: AES-256-GCM under a key file, bound to the place where the blob is kept.

    blob = version (1 octet) | key id (4) | nonce (12) | ciphertext | tag (16)

Version, key id and the caller's context are additional data, so that a blob that was moved to
another row or column does not open. Nonces are random: a key is good for 2**32 blobs (NIST SP
800-38D 8.3), and is rotated by putting a new one first; older keys still open what they sealed.

Refuses to do: opening without a context that fits, and telling why a blob did not open.
"""

import hashlib
import os
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.errors import AtRestFailedError, AtRestUnknownKeyError

KEY_SIZE: Final = 32
OVERHEAD: Final = 1 + 4 + 12 + 16

_VERSION: Final = b"\x01"
_HEAD: Final = 5
_BODY: Final = 17


class Vault:
    """Seals under the first key, opens under any."""

    def __init__(self, key: bytes, older: Sequence[bytes] = ()) -> None:
        """Take the 32-octet key and older ones; raises `ValueError` for another size."""
        self._ciphers: dict[bytes, AESGCM] = {}
        for entry in (key, *older):
            if len(entry) != KEY_SIZE:
                raise ValueError("a vault key has 32 octets")
            self._ciphers.setdefault(_key_id(entry), AESGCM(entry))
        self._head = _VERSION + _key_id(key)
        self._cipher = self._ciphers[self._head[1:]]

    @property
    def key_id(self) -> str:
        """The id, in hex, of the key that seals."""
        return self._head[1:].hex()

    def seal(self, data: bytes, context: str | bytes) -> bytes:
        """Encrypt `data` for one place; `context` names it and must be given again to open."""
        nonce = os.urandom(12)
        sealed = self._cipher.encrypt(nonce, data, self._head + _octets(context))
        return b"".join((self._head, nonce, sealed))

    def open(self, blob: bytes | memoryview, context: str | bytes) -> bytes:
        """Decrypt a blob; raises `AtRestUnknownKeyError` or `AtRestFailedError`."""
        view = memoryview(blob)
        head = bytes(view[:_HEAD])
        if len(view) < OVERHEAD or head[:1] != _VERSION:
            raise AtRestFailedError("no blob of this version")
        cipher = self._ciphers.get(head[1:])
        if cipher is None:
            raise AtRestUnknownKeyError(f"key {head[1:].hex()}")
        try:
            return cipher.decrypt(bytes(view[_HEAD:_BODY]), view[_BODY:], head + _octets(context))
        except InvalidTag as error:
            raise AtRestFailedError("tag does not fit") from error

    def is_current(self, blob: bytes | memoryview) -> bool:
        """Say whether a blob was sealed under the key that seals now (else re-seal it)."""
        return bytes(memoryview(blob)[:_HEAD]) == self._head


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"sagspost vault key id\x00" + key).digest()[:4]


def _octets(context: str | bytes) -> bytes:
    return context.encode() if isinstance(context, str) else context
