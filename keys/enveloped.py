"""Open EnvelopedData (RFC 5652 6) and AuthEnvelopedData (RFC 5083, 5084).

The private key is used exactly once for a message. Whatever goes wrong after a recipient was found
(padding, key, content, tag) gives the same `OpenError`, after the same work: a content key that did
not come out is replaced by a random one, decryption goes on, and only then is it refused (RFC 3218
2.3.2). Nothing of the content is given out before all checks of the cipher.

CBC is not authenticated: what comes out may have been changed on its way, and the caller must not
use it before the signature inside has been verified.
"""

from dataclasses import dataclass
from io import SEEK_END, BytesIO
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import (
    BlockCipherAlgorithm,
    Cipher,
    CipherContext,
    algorithms,
    modes,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys import asn1
from keys.algorithms import (
    AUTH_ENVELOPED_DATA,
    ENVELOPED_DATA,
    TRIPLE_DES,
    ContentCipher,
    content_cipher,
)
from keys.asn1 import Element, Reader
from keys.content_info import read_algorithm, read_content_info, require_data
from keys.errors import OpenError, StructureError
from keys.own import Keyring
from keys.recipients import find_recipient

_NONCE: Final = 12
_TAG: Final = 16
_LARGE: Final = 1024 * 1024  # octets of content; copies of more than this are avoided


@dataclass(frozen=True, slots=True)
class OpenPolicy:
    """What an operator may allow beyond the usual: `read_3des` opens mail of old programs."""

    read_3des: bool = False


STRICT: Final = OpenPolicy()


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
    """EncryptedContentInfo, with the tag and the additional data of AuthEnvelopedData.

    `vector` is the nonce of GCM or the initialisation vector of CBC.
    """

    cipher: ContentCipher
    vector: bytes
    content: memoryview
    tag: bytes = b""
    additional: bytes | None = None


def decrypt(der: bytes | memoryview, keyring: Keyring, policy: OpenPolicy = STRICT) -> Decrypted:
    """Decrypt with whichever of our keys a RecipientInfo names.

    Raises `StructureError`, `NoKeyError`, or `OpenError` for every failure that depends on a key.
    """
    content_type, body = read_content_info(der)
    if content_type not in (ENVELOPED_DATA, AUTH_ENVELOPED_DATA):
        raise StructureError("not EnvelopedData")
    if not 0 <= body.take(asn1.INTEGER).integer() <= 4:
        raise StructureError("version of EnvelopedData")
    body.take_if(0xA0)
    recipient_infos = body.enter(asn1.SET)
    if content_type == AUTH_ENVELOPED_DATA:
        encrypted = _read_authenticated(body)
    else:
        encrypted = _read_encrypted(body, policy)
    recipient = find_recipient(recipient_infos, keyring)
    cipher = encrypted.cipher
    content_key, good = recipient.content_key(cipher.key_size)
    open_content = _open_gcm if cipher.authenticated else _open_cbc
    content = open_content(encrypted, content_key)
    if content is None or not good:
        raise OpenError("content did not open")
    return Decrypted(
        content=content,
        key_id=recipient.own.key_id,
        key_algorithm=f"{recipient.own.algorithm}, {recipient.scheme}",
        content_algorithm=cipher.name,
        authenticated=cipher.authenticated,
    )


def _read_encrypted(body: Reader, policy: OpenPolicy) -> _Encrypted:
    """Read the rest of EnvelopedData; refuse what no key could open, before a key is touched."""
    cipher, parameters, content = _content_info(body, policy)
    body.take_if(0xA1)
    body.finish()
    if cipher.authenticated:
        raise StructureError("cipher does not fit the kind of envelope")
    if parameters.tag != asn1.OCTET_STRING or len(parameters.content) != cipher.block:
        raise StructureError("initialisation vector")
    if len(content) == 0 or len(content) % cipher.block:
        raise StructureError("length of the encrypted content")
    return _Encrypted(cipher, bytes(parameters.content), content)


def _read_authenticated(body: Reader) -> _Encrypted:
    """Read the rest of AuthEnvelopedData."""
    cipher, parameters, content = _content_info(body, STRICT)
    additional = None
    if (attributes := body.take_if(0xA1)) is not None:
        additional = b"\x31" + bytes(attributes.require_definite().encoding[1:])
    tag = bytes(body.octets())
    body.take_if(0xA2)
    body.finish()
    if not cipher.authenticated:
        raise StructureError("cipher does not fit the kind of envelope")
    reader = parameters.children()
    nonce = bytes(reader.octets())
    length = reader.take_if(asn1.INTEGER)
    reader.finish()
    # RFC 5084 allows tags from 12 octets, which is its default; RFC 8551 has none but of 16, and
    # shorter ones can be forged in time.
    if len(nonce) != _NONCE or length is None or length.integer() != _TAG or len(tag) != _TAG:
        raise StructureError("nonce or tag of GCM")
    return _Encrypted(cipher, nonce, content, tag, additional)


def _content_info(body: Reader, policy: OpenPolicy) -> tuple[ContentCipher, Element, memoryview]:
    info = body.enter(asn1.SEQUENCE)
    require_data(info.oid())
    oid, parameters = read_algorithm(info.take(asn1.SEQUENCE))
    cipher = content_cipher(oid, read_3des=policy.read_3des)
    content = info.take()
    info.finish()
    if content.tag not in (0x80, 0xA0) or parameters is None:
        raise StructureError("encrypted content")
    return cipher, parameters, content.octets()


def _open_gcm(encrypted: _Encrypted, content_key: bytes) -> bytes | None:
    try:
        if len(encrypted.content) < _LARGE:
            sealed = b"".join((encrypted.content, encrypted.tag))
            return AESGCM(content_key).decrypt(encrypted.vector, sealed, encrypted.additional)
        mode = modes.GCM(encrypted.vector, encrypted.tag)
        decryptor = Cipher(algorithms.AES(content_key), mode).decryptor()
        decryptor.authenticate_additional_data(encrypted.additional or b"")
        return _decrypted(decryptor, encrypted.content).getvalue()
    except InvalidTag:
        return None


def _open_cbc(encrypted: _Encrypted, content_key: bytes) -> bytes | None:
    block = encrypted.cipher.block
    algorithm: BlockCipherAlgorithm = (
        TripleDES(content_key) if encrypted.cipher is TRIPLE_DES else algorithms.AES(content_key)
    )
    decryptor = Cipher(algorithm, modes.CBC(encrypted.vector)).decryptor()
    clear = _decrypted(decryptor, encrypted.content)
    clear.seek(-block, SEEK_END)
    unpadder = padding.PKCS7(8 * block).unpadder()  # checks the last block in constant time
    try:
        last = unpadder.update(clear.read()) + unpadder.finalize()
    except ValueError:
        return None
    clear.truncate(len(encrypted.content) - block + len(last))
    return clear.getvalue()


def _decrypted(decryptor: CipherContext, content: memoryview) -> BytesIO:
    """Decrypt piece by piece into one buffer, which its owner may cut: no second copy is made."""
    clear = BytesIO()
    for at in range(0, len(content), _LARGE):
        clear.write(decryptor.update(content[at : at + _LARGE]))
    clear.write(decryptor.finalize())
    return clear
