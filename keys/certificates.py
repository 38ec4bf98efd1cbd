"""Certificates and revocation lists as bytes and as objects, each read once.

`load` keeps what it read, since the same partner's certificate comes with every mail and its public
key costs more to decode than a signature's structure. Size and number are bounded.
"""

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs7

from keys import asn1
from keys.errors import KeyFileError, StructureError

MAX_CERTIFICATE_SIZE: Final = 32 * 1024
# What the library raises when a part that it reads only when asked turns out to be broken.
MALFORMED: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
)

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A certificate with what messages are matched by.

    `issuer_and_serial` is the DER of IssuerAndSerialNumber (RFC 5652 10.2.4), `key_identifier` the
    certificate's own, else the SHA-1 of the public key (RFC 5280 4.2.1.2), and `public_key` None
    where it is of a kind that nobody here can use.
    """

    certificate: x509.Certificate
    der: bytes
    fingerprint: str
    public_key: CertificatePublicKeyTypes | None
    issuer_and_serial: bytes
    key_identifier: bytes


@lru_cache(maxsize=1024)
def load(der: bytes) -> Loaded:
    """Read a DER certificate; raises `StructureError`."""
    if len(der) > MAX_CERTIFICATE_SIZE:
        raise StructureError("certificate too large")
    issuer_and_serial = _issuer_and_serial(der)
    certificate = _quietly(x509.load_der_x509_certificate, der)
    try:
        _ = certificate.subject, certificate.issuer
        _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except MALFORMED as error:
        raise StructureError("not readable as a certificate") from error
    try:
        public_key: CertificatePublicKeyTypes | None = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        public_key = None
    return Loaded(
        certificate=certificate,
        der=der,
        fingerprint=hashlib.sha256(der).hexdigest(),
        public_key=public_key,
        issuer_and_serial=issuer_and_serial,
        key_identifier=_key_identifier(certificate, public_key),
    )


def der_of(certificate: x509.Certificate) -> bytes:
    """Give a certificate's DER."""
    return certificate.public_bytes(serialization.Encoding.DER)


@lru_cache(maxsize=1024)
def loaded(certificate: x509.Certificate) -> Loaded:
    """Give the `Loaded` form of a certificate that is an object already."""
    return load(der_of(certificate))


def read_certificates(data: bytes) -> tuple[x509.Certificate, ...]:
    """Read the certificates of a file: PEM (one or several), DER, or PKCS#7 (`.p7b`, `.p7c`).

    Raises `KeyFileError` when there is none.
    """
    readers: tuple[Callable[[bytes], list[x509.Certificate]], ...] = (
        x509.load_pem_x509_certificates,
        lambda der: [x509.load_der_x509_certificate(der)],
        pkcs7.load_pem_pkcs7_certificates,
        pkcs7.load_der_pkcs7_certificates,
    )
    for reader in readers:
        try:
            found = _quietly(reader, data)
        except StructureError:
            continue
        if found:
            return tuple(found)
    raise KeyFileError("no certificate in the file")


def read_revocation_lists(data: bytes) -> tuple[x509.CertificateRevocationList, ...]:
    """Read the revocation lists of a file, PEM (one or several) or DER.

    Raises `KeyFileError` when there is none.
    """
    end = b"-----END X509 CRL-----"
    blocks = [block + end for block in data.split(end)[:-1]]
    try:
        if blocks:
            return tuple(_quietly(x509.load_pem_x509_crl, block) for block in blocks)
        return (_quietly(x509.load_der_x509_crl, data),)
    except StructureError as error:
        raise KeyFileError("no revocation list in the file") from error


def _quietly(reader: Callable[[bytes], _Read], data: bytes) -> _Read:
    """Read without the library's remarks about oddities, which say nothing about trust."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return reader(data)
        except MALFORMED as error:
            raise StructureError("not readable as a certificate or list") from error


def _issuer_and_serial(der: bytes) -> bytes:
    body = asn1.read(der).children().take(asn1.SEQUENCE).children()
    body.take_if(0xA0)
    serial = body.take(asn1.INTEGER)
    body.take(asn1.SEQUENCE)
    issuer = body.take(asn1.SEQUENCE)
    return asn1.sequence(bytes(issuer.encoding), bytes(serial.encoding))


def _key_identifier(
    certificate: x509.Certificate, public_key: CertificatePublicKeyTypes | None
) -> bytes:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except (x509.ExtensionNotFound, *MALFORMED):
        if public_key is None:
            return b""
        return x509.SubjectKeyIdentifier.from_public_key(public_key).digest
    return extension.value.digest
