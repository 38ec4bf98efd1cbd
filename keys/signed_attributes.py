"""The signed attributes of a SignerInfo (RFC 5652 11, RFC 5035, RFC 6211), read strictly.

Each attribute stands once; those that are used have exactly one value. Attributes that are not
known here are left alone: they are covered by the signature and change nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from keys import asn1
from keys.algorithms import (
    ALGORITHM_PROTECTION,
    CONTENT_TYPE,
    DIGESTS,
    MESSAGE_DIGEST,
    SIGNING_CERTIFICATE,
    SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
    SMIME_CAPABILITIES,
)
from keys.asn1 import Element, Reader
from keys.capabilities import Capabilities, read_capabilities
from keys.certificates import Loaded
from keys.content_info import read_algorithm
from keys.errors import SignatureInvalidError, StructureError

MAX_ATTRIBUTES: Final = 64
_LONGEST_KEPT: Final = 8192  # octets of an attribute that is kept, read once for all its mails


class CertificateId(NamedTuple):
    """ESSCertID or ESSCertIDv2: the hash of a certificate, and its serial number if it is told."""

    digest: str
    value: bytes
    serial: bytes | None

    def names(self, signer: Loaded) -> bool:
        """Say whether it is this certificate's."""
        if self.digest == "sha256":
            if self.value.hex() != signer.fingerprint:
                return False
        elif hashlib.new(self.digest, signer.der, usedforsecurity=False).digest() != self.value:
            return False
        return self.serial is None or signer.issuer_and_serial.endswith(self.serial)


@dataclass(frozen=True, slots=True)
class SignedAttributes:
    """What the attributes say.

    `certificates` are those that signingCertificate attributes name, `algorithms` the OIDs of
    digest and signature that CMSAlgorithmProtection repeats, where there is one.
    """

    content_type: bytes
    message_digest: memoryview
    signed_at: datetime | None
    certificates: tuple[CertificateId, ...]
    algorithms: tuple[bytes, bytes] | None = None
    capabilities: Capabilities | None = None

    def names(self, signer: Loaded) -> bool:
        """Say whether each signingCertificate attribute names this certificate."""
        return all(one.names(signer) for one in self.certificates)


def read_attributes(element: Element) -> SignedAttributes:
    """Read `[0] IMPLICIT SignedAttributes`; raises `StructureError` or `SignatureInvalidError`."""
    values = _single_values(element.require_definite().children())
    content_type = values.get(CONTENT_TYPE)
    digest = values.get(MESSAGE_DIGEST)
    if content_type is None or content_type.tag != asn1.OID:
        raise SignatureInvalidError("no contentType attribute")
    if digest is None or digest.tag != asn1.OCTET_STRING:
        raise SignatureInvalidError("no messageDigest attribute")
    time = values.get(SIGNING_TIME)
    names: list[CertificateId] = []
    if (first := values.get(SIGNING_CERTIFICATE)) is not None:
        names.append(_certificate_id(_short(first), version=1))
    if (second := values.get(SIGNING_CERTIFICATE_V2)) is not None:
        names.append(_certificate_id(_short(second), version=2))
    return SignedAttributes(
        content_type=bytes(content_type.content),
        message_digest=digest.content,
        signed_at=None if time is None else read_time(time),
        certificates=tuple(names),
        algorithms=_algorithms(values.get(ALGORITHM_PROTECTION)),
        capabilities=_capabilities(values.get(SMIME_CAPABILITIES)),
    )


_USED: Final = frozenset(
    (
        ALGORITHM_PROTECTION,
        CONTENT_TYPE,
        MESSAGE_DIGEST,
        SIGNING_CERTIFICATE,
        SIGNING_CERTIFICATE_V2,
        SIGNING_TIME,
        SMIME_CAPABILITIES,
    )
)


def _single_values(reader: Reader) -> dict[bytes, Element]:
    values: dict[bytes, Element] = {}
    seen: set[bytes] = set()
    while reader.more():
        attribute = reader.enter(asn1.SEQUENCE, definite=True)
        kind = attribute.oid()
        if kind in seen or len(seen) == MAX_ATTRIBUTES:
            raise SignatureInvalidError("signed attribute stands twice, or too many")
        seen.add(kind)
        members = attribute.enter(asn1.SET, definite=True)
        attribute.finish()
        if kind in _USED:
            values[kind] = members.take().require_definite()
            if members.more():
                raise SignatureInvalidError("signed attribute with several values")
    return values


def _short(value: Element) -> bytes:
    if len(value.encoding) > _LONGEST_KEPT:
        raise StructureError("signed attribute too long")
    return bytes(value.encoding)


@lru_cache(maxsize=1024)
def _certificate_id(encoding: bytes, version: int) -> CertificateId:
    """Give the first ESSCertID or ESSCertIDv2, which is the signer's own (RFC 5035 3, 4).

    The attribute is the same in every mail of a signer.
    """
    entries = asn1.read(encoding).children().enter(asn1.SEQUENCE)
    identifier = entries.enter(asn1.SEQUENCE)
    name = "sha1" if version == 1 else "sha256"
    if version == 2 and (algorithm := identifier.take_if(asn1.SEQUENCE)) is not None:
        digest = DIGESTS.get(read_algorithm(algorithm)[0], None)
        if digest is None:
            raise SignatureInvalidError("hash of signingCertificateV2")
        name = digest.name.replace("-", "").lower()
    found = bytes(identifier.take(asn1.OCTET_STRING).content)
    serial = None
    if (issuer_serial := identifier.take_if(asn1.SEQUENCE)) is not None:
        reader = issuer_serial.children()
        reader.take(asn1.SEQUENCE)
        serial = bytes(reader.take(asn1.INTEGER).encoding)
    identifier.finish()
    return CertificateId(name, found, serial)


def _algorithms(value: Element | None) -> tuple[bytes, bytes] | None:
    """Read CMSAlgorithmProtection of a signature (RFC 6211): its digest and its scheme."""
    if value is None:
        return None
    reader = value.children()
    digest = read_algorithm(reader.take(asn1.SEQUENCE))[0]
    signature = read_algorithm(reader.take(0xA1))[0]
    reader.finish()
    return digest, signature


def _capabilities(value: Element | None) -> Capabilities | None:
    """Read smimeCapabilities; a list that cannot be read promises nothing, and is no fault."""
    if value is None or len(value.encoding) > _LONGEST_KEPT:
        return None
    return _capabilities_of(bytes(value.encoding))


@lru_cache(maxsize=256)
def _capabilities_of(encoding: bytes) -> Capabilities | None:
    """A program writes the same list in every mail, and it has more elements than all the rest."""
    try:
        return read_capabilities(asn1.read(encoding))
    except StructureError:
        return None


def read_time(element: Element) -> datetime:
    """Read a Time in the forms that DER leaves (RFC 5652 11.3): seconds, and Zulu."""
    text = bytes(element.content)
    if element.tag == asn1.UTC_TIME and len(text) == 13:
        text = (b"19" if text >= b"50" else b"20") + text
    elif element.tag != asn1.GENERALIZED_TIME or len(text) != 15:
        raise StructureError("time")
    if not text[:14].isdigit() or text[14:] != b"Z":
        raise StructureError("time")
    digits = text.decode("ascii")
    try:
        return datetime(
            int(digits[0:4]),
            int(digits[4:6]),
            int(digits[6:8]),
            int(digits[8:10]),
            int(digits[10:12]),
            int(digits[12:14]),
            tzinfo=UTC,
        )
    except ValueError as error:
        raise StructureError("time") from error


def write_time(moment: datetime) -> bytes:
    """Write a Time: UTCTime until 2049, GeneralizedTime from then on (RFC 5652 11.3)."""
    utc = moment.astimezone(UTC)
    text = f"{utc:%Y%m%d%H%M%S}Z".encode("ascii")
    if 1950 <= utc.year < 2050:
        return asn1.tlv(asn1.UTC_TIME, text[2:])
    return asn1.tlv(asn1.GENERALIZED_TIME, text)
