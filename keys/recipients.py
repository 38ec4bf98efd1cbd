"""Find our RecipientInfo in an envelope and get the content key out of it.

Key transport: RSA PKCS#1 v1.5 and OAEP with every hash, mask and label (RFC 8017, 3560). Key
agreement: `keys.agreement`. The first RecipientInfo that names one of our keys, in a way that is
read here, is the only one that is tried, so that one message can never cause more than one private
operation.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import rsa

from keys import asn1
from keys.agreement import Agreement, read_agreement
from keys.algorithms import (
    INNER_HASHES,
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
MAX_ENCRYPTED_KEY: Final = 2048  # octets: RSA-16384

# What the mathematics says when a key does not come out: padding, point, wrap.
_FAILURES: Final = (ValueError, keywrap.InvalidUnwrap, UnsupportedAlgorithm)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One of our keys and how it gives the content key; `scheme` is in words."""

    own: OwnKey
    scheme: str
    unwrap: Callable[[], bytes]

    def content_key(self, size: int) -> tuple[bytes, bool]:
        """Give the content key and True, or a random one of the same size and False.

        The caller must do the same with either, and say what failed only after that (RFC 3218).
        """
        substitute = os.urandom(size)
        try:
            found = self.unwrap()
        except _FAILURES:
            found = b""
        good = len(found) == size
        return found if good else substitute, good


def find_recipient(infos: Reader, keyring: Keyring) -> Recipient:
    """Find the first RecipientInfo that names a key of ours.

    Raises `NoKeyError`, or `StructureError` when our key is named only in ways not read here.
    """
    found: Recipient | None = None
    unread: StructureError | None = None
    count = 0
    while infos.more():
        count += 1
        if count > MAX_RECIPIENTS:
            raise StructureError("too many recipients")
        info = infos.take()
        if found is not None:
            continue
        try:
            if info.tag == asn1.SEQUENCE:
                found = _key_transport(info.children(), keyring)
            elif info.tag == 0xA1:
                found = _key_agreement(info.children(), keyring)
        except StructureError as error:
            unread = unread or error
        if info.tag not in (asn1.SEQUENCE, 0xA1, 0xA2, 0xA3, 0xA4):
            raise StructureError("kind of recipient")
    if found is None:
        raise unread or NoKeyError(f"{count} recipients, none of them ours")
    return found


def _key_transport(reader: Reader, keyring: Keyring) -> Recipient | None:
    if reader.take(asn1.INTEGER).integer() not in (0, 2):
        raise StructureError("version of the recipient")
    identifier = reader.take()
    if identifier.tag == asn1.SEQUENCE:
        own = keyring.with_certificate(bytes(identifier.encoding))
    elif identifier.tag in (0x80, 0xA0):
        own = keyring.with_identifier(bytes(identifier.octets()))
    else:
        raise StructureError("recipient identifier")
    if own is None or not isinstance(own.public_key, rsa.RSAPublicKey):
        return None
    oid, parameters = read_algorithm(reader.take(asn1.SEQUENCE))
    encrypted = _encrypted_key(reader)
    reader.finish()
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
            if oid != RSA_P_SPECIFIED or value is None:
                raise StructureError("label of OAEP")
            if value.tag not in (asn1.OCTET_STRING, asn1.OCTET_STRING | asn1.CONSTRUCTED):
                raise StructureError("label of OAEP")
            label = bytes(value.octets())
        reader.finish()
    return Oaep(algorithm, mask, label)


def _inner_hash(element: Element) -> hashes.HashAlgorithm:
    algorithm = INNER_HASHES.get(read_algorithm(element)[0])
    if algorithm is None:
        raise StructureError("hash of the key encryption")
    return algorithm


def _key_agreement(reader: Reader, keyring: Keyring) -> Recipient | None:
    """Read KeyAgreeRecipientInfo, which has one ephemeral key for several recipients."""
    if reader.take(asn1.INTEGER).integer() != 3:
        raise StructureError("version of the recipient")
    originator = reader.enter(0xA0).take()
    ukm = None
    if (wrapper := reader.take_if(0xA1)) is not None:
        ukm = bytes(wrapper.children().octets())
    algorithm = reader.take(asn1.SEQUENCE)
    keys = reader.enter(asn1.SEQUENCE)
    reader.finish()
    count = 0
    while keys.more():
        count += 1
        if count > MAX_RECIPIENTS:
            raise StructureError("too many recipients")
        entry = keys.enter(asn1.SEQUENCE)
        own = _agreeing_key(entry.take(), keyring)
        if own is None:
            continue
        encrypted = _encrypted_key(entry)
        entry.finish()
        agreement = read_agreement(own.public_key, originator, algorithm, ukm)
        if agreement is None:
            continue
        return Recipient(own, agreement.name, _unwrapping(own, agreement, encrypted))
    return None


def _unwrapping(own: OwnKey, agreement: Agreement, encrypted: bytes) -> Callable[[], bytes]:
    def unwrap() -> bytes:
        peer, genuine = agreement.peer()
        wrapping_key = agreement.wrapping_key(own.agree(peer))
        content_key = keywrap.aes_key_unwrap(wrapping_key, encrypted)
        return content_key if genuine else b""

    return unwrap


def _agreeing_key(identifier: Element, keyring: Keyring) -> OwnKey | None:
    if identifier.tag == asn1.SEQUENCE:
        return keyring.with_certificate(bytes(identifier.encoding))
    if identifier.tag == 0xA0:  # RecipientKeyIdentifier; its date and other attribute say nothing
        return keyring.with_identifier(bytes(identifier.children().octets()))
    raise StructureError("recipient identifier")


def _encrypted_key(reader: Reader) -> bytes:
    encrypted = reader.octets()
    if len(encrypted) > MAX_ENCRYPTED_KEY:
        raise StructureError("encrypted key too long")
    return bytes(encrypted)
