"""Open EnvelopedData (RFC 5652 6) and AuthEnvelopedData (RFC 5083, 5084).

The private key is used exactly once for a message. Whatever goes wrong after a recipient was found
(padding, key, content, tag) gives the same `OpenError`, after the same work: a content key that did
not come out is replaced by a random one and decryption goes on (RFC 3218 2.3.2). Nothing of the
content is given out before all checks of the cipher.

CBC is not authenticated: what comes out may have been changed on its way, and the caller must not
use it before the signature inside has been verified.
"""

from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys import asn1
from keys.algorithms import (
    AUTH_ENVELOPED_DATA,
    ENVELOPED_DATA,
    ContentCipher,
    content_cipher,
)
from keys.asn1 import Element, Reader
from keys.content_info import read_algorithm, read_content_info, require_data
from keys.errors import OpenError, StructureError
from keys.own import Keyring
from keys.recipients import find_recipient

_BLOCK: Final = 16


@dataclass(frozen=True, slots=True)
class Decrypted:
    """What was inside, which key opened it, and whether the cipher itself protects integrity."""

    content: bytes
    key_id: str
    key_algorithm: str
    content_algorithm: str
    authenticated: bool


@dataclass(frozen=True, slots=True)
class _Encrypted:
    """EncryptedContentInfo, with the tag and the additional data of AuthEnvelopedData."""

    cipher: ContentCipher
    parameters: Element
    content: memoryview
    tag: bytes = b""
    additional: bytes | None = None


def decrypt(der: bytes | memoryview, keyring: Keyring) -> Decrypted:
    """Decrypt with whichever of our keys a RecipientInfo names.

    Raises `StructureError`, `NoKeyError`, or `OpenError` for every failure that depends on a key.
    """
    content_type, body = read_content_info(der)
    if content_type not in (ENVELOPED_DATA, AUTH_ENVELOPED_DATA):
        raise StructureError("not EnvelopedData")
    if not 0 <= body.take(asn1.INTEGER).integer() <= 4:
        raise StructureError("version of EnvelopedData")
    body.take_if(0xA0)
    recipient_infos = body.take(asn1.SET).children()
    encrypted = _read_encrypted(body, authenticated=content_type == AUTH_ENVELOPED_DATA)
    recipient = find_recipient(recipient_infos, keyring)
    content_key = recipient.content_key(encrypted.cipher.key_size)
    if encrypted.cipher.authenticated:
        content = _open_gcm(encrypted, content_key)
    else:
        content = _open_cbc(encrypted, content_key)
    return Decrypted(
        content=content,
        key_id=recipient.own.key_id,
        key_algorithm=f"{recipient.own.algorithm}, {recipient.scheme}",
        content_algorithm=encrypted.cipher.name,
        authenticated=encrypted.cipher.authenticated,
    )


def _read_encrypted(body: Reader, *, authenticated: bool) -> _Encrypted:
    info = body.take(asn1.SEQUENCE).children()
    require_data(info.oid())
    oid, parameters = read_algorithm(info.take(asn1.SEQUENCE))
    cipher = content_cipher(oid)
    content = info.take()
    info.finish()
    if content.tag not in (0x80, 0xA0) or parameters is None:
        raise StructureError("encrypted content")
    if cipher.authenticated != authenticated:
        raise StructureError("cipher does not fit the kind of envelope")
    tag, additional = b"", None
    if authenticated:
        if (attributes := body.take_if(0xA1)) is not None:
            additional = b"\x31" + bytes(attributes.require_definite().encoding[1:])
        tag = bytes(body.take(asn1.OCTET_STRING).content)
        body.take_if(0xA2)
    else:
        body.take_if(0xA1)
    body.finish()
    encrypted = _Encrypted(cipher, parameters, content.octets(), tag, additional)
    _require_parameters(encrypted)
    return encrypted


def _require_parameters(encrypted: _Encrypted) -> None:
    """Refuse what no key could open, before a key is touched."""
    if encrypted.cipher.authenticated:
        nonce, tag_length = _gcm_parameters(encrypted.parameters)
        # RFC 5084 allows tags from 12 octets; shorter ones can be forged in time.
        if len(nonce) != 12 or not 12 <= tag_length <= 16 or len(encrypted.tag) != tag_length:
            raise StructureError("nonce or tag of GCM")
        return
    size = len(encrypted.content)
    if encrypted.parameters.tag != asn1.OCTET_STRING or len(encrypted.parameters.content) != _BLOCK:
        raise StructureError("initialisation vector")
    if size == 0 or size % _BLOCK:
        raise StructureError("length of the encrypted content")


def _gcm_parameters(parameters: Element) -> tuple[bytes, int]:
    reader = parameters.children()
    nonce = bytes(reader.take(asn1.OCTET_STRING).content)
    length = reader.take_if(asn1.INTEGER)
    reader.finish()
    return nonce, 12 if length is None else length.integer()


def _open_gcm(encrypted: _Encrypted, content_key: bytes) -> bytes:
    nonce, _ = _gcm_parameters(encrypted.parameters)
    try:
        if len(encrypted.tag) == 16:
            sealed = b"".join((encrypted.content, encrypted.tag))
            return AESGCM(content_key).decrypt(nonce, sealed, encrypted.additional)
        mode = modes.GCM(nonce, encrypted.tag, min_tag_length=12)
        decryptor = Cipher(algorithms.AES(content_key), mode).decryptor()
        decryptor.authenticate_additional_data(encrypted.additional or b"")
        content = decryptor.update(encrypted.content)
        return content + decryptor.finalize()
    except InvalidTag as error:
        raise OpenError("content did not open") from error


def _open_cbc(encrypted: _Encrypted, content_key: bytes) -> bytes:
    mode = modes.CBC(bytes(encrypted.parameters.content))
    decryptor = Cipher(algorithms.AES(content_key), mode).decryptor()
    padded = decryptor.update(encrypted.content) + decryptor.finalize()
    unpadder = padding.PKCS7(8 * _BLOCK).unpadder()  # checks the last block in constant time
    try:
        last = unpadder.update(padded[-_BLOCK:]) + unpadder.finalize()
    except ValueError as error:
        raise OpenError("content did not open") from error
    return padded[: len(padded) - _BLOCK + len(last)]
