"""Write SignedData with one signer (RFC 5652 5, RFC 8551 2.5, RFC 5035 3).

Signed attributes are contentType, signingTime, messageDigest, smimeCapabilities and
signingCertificateV2. RSA keys sign with PKCS#1 v1.5, since every mail program verifies it; EC keys
with ECDSA; the hash is SHA-256. All that is constant for a key is encoded once, since building the
structure would otherwise cost more than a P-256 signature.
"""

from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import rsa

from keys import asn1
from keys.algorithms import (
    CONTENT_CIPHERS,
    CONTENT_TYPE,
    DATA,
    ECDSA_SHA256,
    MESSAGE_DIGEST,
    RSA_SHA256,
    SHA256,
    SIGNED_DATA,
    SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
    SMIME_CAPABILITIES,
    SignatureScheme,
)
from keys.content_info import content_info
from keys.own import OwnKey
from keys.signed_attributes import write_time

MICALG: Final = "sha-256"  # the name of SHA-256 in multipart/signed (RFC 8551 3.5.3.2)

_SHA256: Final = asn1.sequence(asn1.oid(SHA256.oid))
_ECDSA: Final = asn1.sequence(asn1.oid(ECDSA_SHA256))
_RSA: Final = asn1.sequence(asn1.oid(RSA_SHA256), asn1.DER_NULL)


def sign(content: bytes, own: OwnKey, *, detached: bool, signing_time: datetime) -> bytes:
    """Sign `content` and give the DER of the ContentInfo, with the certificate and its chain.

    `signing_time` is aware; it is written to the second. A detached signature leaves the
    content out.
    """
    constant = _constants(own)
    attributes = b"".join(
        sorted(
            (
                constant.content_type,
                _attribute(SIGNING_TIME, write_time(signing_time)),
                constant.digest_head + SHA256.new(content).digest(),
                constant.capabilities,
                constant.signing_certificate,
            )
        )
    )
    signed = asn1.tlv(asn1.SET, attributes)
    signature = own.sign(signed, constant.scheme)
    signer_info = asn1.sequence(
        constant.signer_head,
        b"\xa0" + signed[1:],
        constant.signature_algorithm,
        asn1.octet_string(signature),
    )
    inside = b"" if detached else asn1.explicit(0, asn1.octet_string(content))
    return content_info(
        SIGNED_DATA,
        asn1.sequence(
            constant.head,
            asn1.sequence(asn1.oid(DATA), inside),
            constant.certificates,
            asn1.tlv(asn1.SET, signer_info),
        ),
    )


class _Constants(NamedTuple):
    """What is the same in each signature of a key."""

    scheme: SignatureScheme
    head: bytes
    certificates: bytes
    signer_head: bytes
    signature_algorithm: bytes
    content_type: bytes
    digest_head: bytes
    capabilities: bytes
    signing_certificate: bytes


def _attribute(kind: bytes, value: bytes) -> bytes:
    return asn1.sequence(asn1.oid(kind), asn1.tlv(asn1.SET, value))


@lru_cache(maxsize=32)
def _constants(own: OwnKey) -> _Constants:
    digest = _attribute(MESSAGE_DIGEST, asn1.octet_string(bytes(32)))
    certificate_id = asn1.sequence(  # ESSCertIDv2; the hash's default is SHA-256 and so left out
        asn1.octet_string(SHA256.new(own.loaded.der).digest()),
        _issuer_serial(own.loaded.issuer_and_serial),
    )
    by_rsa = isinstance(own.public_key, rsa.RSAPublicKey)
    return _Constants(
        scheme=SignatureScheme("RSA PKCS#1 v1.5" if by_rsa else "ECDSA", SHA256),
        head=asn1.integer(1) + asn1.set_of(_SHA256),
        certificates=asn1.explicit(0, b"".join(sorted((own.loaded.der, *own.chain_der)))),
        signer_head=asn1.integer(1) + own.loaded.issuer_and_serial + _SHA256,
        signature_algorithm=_RSA if by_rsa else _ECDSA,
        content_type=_attribute(CONTENT_TYPE, asn1.oid(DATA)),
        digest_head=digest[:-32],
        capabilities=_attribute(SMIME_CAPABILITIES, _capabilities()),
        signing_certificate=_attribute(
            SIGNING_CERTIFICATE_V2, asn1.sequence(asn1.sequence(certificate_id))
        ),
    )


def _issuer_serial(issuer_and_serial: bytes) -> bytes:
    """Turn IssuerAndSerialNumber into IssuerSerial, whose issuer is GeneralNames (RFC 5035 4)."""
    reader = asn1.read(issuer_and_serial).children()
    issuer = reader.take().encoding
    serial = reader.take().encoding
    return asn1.sequence(asn1.sequence(asn1.explicit(4, bytes(issuer))), bytes(serial))


def _capabilities() -> bytes:
    """List what we open, best first (RFC 8551 2.5.2)."""
    order = ("AES-256-GCM", "AES-128-GCM", "AES-256-CBC", "AES-192-CBC", "AES-128-CBC")
    by_name = {cipher.name: cipher.oid for cipher in CONTENT_CIPHERS.values()}
    return asn1.sequence(*(asn1.sequence(asn1.oid(by_name[name])) for name in order))
