"""Find our RecipientInfo in an envelope and get the content key out of it.

Key transport: RSA PKCS#1 v1.5 and OAEP with every hash, mask and label (RFC 8017, 3560). Key
agreement: ephemeral-static ECDH on the NIST curves with AES key wrap (RFC 5753). The first
RecipientInfo that names one of our keys is the only one that is tried, so that one message can
never cause more than one private operation.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF

from keys import asn1
from keys.algorithms import (
    EC_PUBLIC_KEY,
    INNER_HASHES,
    KEY_AGREEMENTS,
    KEY_WRAPS,
    RSA_ENCRYPTION,
    RSA_MGF1,
    RSA_OAEP,
    RSA_P_SPECIFIED,
)
from keys.asn1 import Element, Reader
from keys.content_info import read_algorithm
from keys.errors import NoKeyError, StructureError
from keys.own import Keyring, Oaep, OwnKey

MAX_RECIPIENTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Recipient:
    """One of our keys and how it gives the content key; `scheme` is in words."""

    own: OwnKey
    scheme: str
    unwrap: Callable[[], bytes]

    def content_key(self, size: int) -> bytes:
        """Give the content key, or a random one of the same size where none came out."""
        substitute = os.urandom(size)
        try:
            found = self.unwrap()
        except (ValueError, keywrap.InvalidUnwrap, UnsupportedAlgorithm):
            return substitute
        return found if len(found) == size else substitute


def find_recipient(infos: Reader, keyring: Keyring) -> Recipient:
    """Find the first RecipientInfo that names a key of ours; raises `NoKeyError`."""
    found: Recipient | None = None
    count = 0
    while infos.more():
        count += 1
        if count > MAX_RECIPIENTS:
            raise StructureError("too many recipients")
        info = infos.take()
        if found is not None:
            continue
        if info.tag == asn1.SEQUENCE:
            found = _key_transport(info.children(), keyring)
        elif info.tag == 0xA1:
            found = _key_agreement(info.children(), keyring)
        elif info.tag not in (0xA2, 0xA3, 0xA4):
            raise StructureError("kind of recipient")
    if found is None:
        raise NoKeyError(f"{count} recipients, none of them ours")
    return found


def _named_key(identifier: Element, keyring: Keyring) -> OwnKey | None:
    """Find the key that a RecipientIdentifier or KeyAgreeRecipientIdentifier names."""
    if identifier.tag == asn1.SEQUENCE:
        return keyring.with_certificate(bytes(identifier.encoding))
    if identifier.tag == 0x80:
        return keyring.with_identifier(bytes(identifier.content))
    if identifier.tag == 0xA0:  # RecipientKeyIdentifier, or a key identifier in pieces
        inner = identifier.children().take(asn1.OCTET_STRING)
        return keyring.with_identifier(bytes(inner.content))
    raise StructureError("recipient identifier")


def _key_transport(reader: Reader, keyring: Keyring) -> Recipient | None:
    if reader.take(asn1.INTEGER).integer() not in (0, 2):
        raise StructureError("version of the recipient")
    own = _named_key(reader.take(), keyring)
    oid, parameters = read_algorithm(reader.take(asn1.SEQUENCE))
    encrypted = bytes(reader.take(asn1.OCTET_STRING).content)
    reader.finish()
    if own is None or not isinstance(own.public_key, rsa.RSAPublicKey):
        return None
    if oid == RSA_ENCRYPTION:
        return Recipient(own, "PKCS#1 v1.5", lambda: own.decrypt_rsa(encrypted, None))
    if oid == RSA_OAEP:
        oaep = _oaep(parameters)
        return Recipient(own, "OAEP", lambda: own.decrypt_rsa(encrypted, oaep))
    raise StructureError("key transport algorithm")


def _oaep(parameters: Element | None) -> Oaep:
    """Read RSAES-OAEP-params (RFC 4055 4.1); what is absent means SHA-1 and an empty label."""
    algorithm: hashes.HashAlgorithm = hashes.SHA1()  # noqa: S303  (the default of the standard)
    mask: hashes.HashAlgorithm = hashes.SHA1()  # noqa: S303
    label = b""
    if parameters is not None:
        reader = parameters.children()
        if (element := reader.take_if(0xA0)) is not None:
            algorithm = _inner_hash(element.children().take(asn1.SEQUENCE))
        if (element := reader.take_if(0xA1)) is not None:
            oid, mask_parameters = read_algorithm(element.children().take(asn1.SEQUENCE))
            if oid != RSA_MGF1 or mask_parameters is None:
                raise StructureError("mask of OAEP")
            mask = _inner_hash(mask_parameters)
        if (element := reader.take_if(0xA2)) is not None:
            oid, value = read_algorithm(element.children().take(asn1.SEQUENCE))
            if oid != RSA_P_SPECIFIED or value is None or value.tag != asn1.OCTET_STRING:
                raise StructureError("label of OAEP")
            label = bytes(value.content)
        reader.finish()
    return Oaep(algorithm, mask, label)


def _inner_hash(element: Element) -> hashes.HashAlgorithm:
    algorithm = INNER_HASHES.get(read_algorithm(element)[0])
    if algorithm is None:
        raise StructureError("hash of the key encryption")
    return algorithm


def _key_agreement(reader: Reader, keyring: Keyring) -> Recipient | None:
    if reader.take(asn1.INTEGER).integer() != 3:
        raise StructureError("version of the recipient")
    originator = reader.take(0xA0).children().take()
    ukm = reader.take_if(0xA1)
    oid, wrap = read_algorithm(reader.take(asn1.SEQUENCE))
    keys = reader.take(asn1.SEQUENCE).children()
    reader.finish()
    own: OwnKey | None = None
    encrypted = b""
    while keys.more() and own is None:
        entry = keys.take(asn1.SEQUENCE).children()
        own = _named_key(entry.take(), keyring)
        encrypted = bytes(entry.take(asn1.OCTET_STRING).content)
        entry.finish()
    public_key = None if own is None else own.public_key
    if own is None or not isinstance(public_key, ec.EllipticCurvePublicKey):
        return None
    algorithm = KEY_AGREEMENTS.get(oid)
    if algorithm is None or wrap is None:
        raise StructureError("key agreement algorithm")
    size = KEY_WRAPS.get(read_algorithm(wrap)[0])
    if size is None:
        raise StructureError("key wrap algorithm")
    point = _ephemeral_point(originator)
    entity = None if ukm is None else bytes(ukm.children().take(asn1.OCTET_STRING).content)
    info = shared_info(bytes(wrap.encoding), size, entity)
    derive = X963KDF(algorithm, size, info).derive
    curve = public_key.curve

    def unwrap() -> bytes:
        peer = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
        return keywrap.aes_key_unwrap(derive(own.agree(peer)), encrypted)

    return Recipient(own, f"ECDH {algorithm.name}", unwrap)


def _ephemeral_point(originator: Element) -> bytes:
    if originator.tag != 0xA1:
        raise StructureError("key agreement without an ephemeral key")
    reader = originator.children()
    oid, _ = read_algorithm(reader.take(asn1.SEQUENCE))
    point = bytes(reader.take(asn1.BIT_STRING).bits())
    reader.finish()
    if oid != EC_PUBLIC_KEY:
        raise StructureError("ephemeral key of another kind")
    return point


def shared_info(wrap_algorithm: bytes, key_size: int, user_keying: bytes | None) -> bytes:
    """Write ECC-CMS-SharedInfo, the context of the key derivation (RFC 5753 7.2)."""
    entity = b"" if user_keying is None else asn1.explicit(0, asn1.octet_string(user_keying))
    size = asn1.octet_string((8 * key_size).to_bytes(4, "big"))
    return asn1.sequence(wrap_algorithm, entity, asn1.explicit(2, size))
