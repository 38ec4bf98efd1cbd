"""Write SignedData with one signer (RFC 5652 5, RFC 8551 2.5, RFC 5035 3).

Signed attributes are contentType, signingTime, messageDigest, smimeCapabilities and
signingCertificateV2. RSA keys sign with PKCS#1 v1.5, since every mail program verifies it, or with
PSS where it is asked for; EC keys with ECDSA, Ed25519 keys with Ed25519. The hash has the key's
strength. All that is constant for a key is encoded once, since building the structure would
otherwise cost more than a P-256 signature.
"""

from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from keys import asn1
from keys.algorithms import (
    CONTENT_TYPE,
    DATA,
    ECDSA_SHA256,
    ECDSA_SHA384,
    ECDSA_SHA512,
    ED25519,
    MESSAGE_DIGEST,
    RSA_MGF1,
    RSA_PSS,
    RSA_SHA256,
    SHA256,
    SHA384,
    SHA512,
    SIGNED_DATA,
    SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
    SMIME_CAPABILITIES,
    SignatureScheme,
)
from keys.capabilities import write_capabilities
from keys.certificates import Loaded
from keys.content_info import content_info
from keys.errors import KeyFileError
from keys.own import OwnKey
from keys.signed_attributes import write_time

_DATA: Final = asn1.oid(DATA)
_SHA256: Final = asn1.sequence(asn1.oid(SHA256.oid), asn1.DER_NULL)
_BY_RSA: Final = (
    SignatureScheme("RSA PKCS#1 v1.5", SHA256),
    asn1.sequence(asn1.oid(RSA_SHA256), asn1.DER_NULL),
)
_BY_PSS: Final = (
    SignatureScheme("RSA-PSS", SHA256),
    asn1.sequence(
        asn1.oid(RSA_PSS),
        asn1.sequence(
            asn1.explicit(0, _SHA256),
            asn1.explicit(1, asn1.sequence(asn1.oid(RSA_MGF1), _SHA256)),
            asn1.explicit(2, asn1.integer(SHA256.algorithm.digest_size)),
        ),
    ),
)
_BY_ED25519: Final = (SignatureScheme("Ed25519", SHA512), asn1.sequence(asn1.oid(ED25519)))
_BY_CURVE: Final = {
    "secp256r1": (SignatureScheme("ECDSA", SHA256), asn1.sequence(asn1.oid(ECDSA_SHA256))),
    "secp384r1": (SignatureScheme("ECDSA", SHA384), asn1.sequence(asn1.oid(ECDSA_SHA384))),
    "secp521r1": (SignatureScheme("ECDSA", SHA512), asn1.sequence(asn1.oid(ECDSA_SHA512))),
}


def sign(
    content: bytes,
    own: OwnKey,
    *,
    detached: bool,
    signing_time: datetime,
    pss: bool = False,
    announce: bool = True,
) -> bytes:
    """Sign `content` and give the DER of the ContentInfo, with the certificate and its chain.

    `signing_time` is aware; it is written to the second. A detached signature leaves the
    content out. `pss` counts for RSA keys only. `announce` tells what is opened here, so it is
    false where the answer will be opened by something else. Raises `KeyFileError` for a key that
    cannot sign.
    """
    constant = _constants(own.loaded, own.chain_der, pss, announce)
    attributes = b"".join(
        sorted(
            (
                constant.content_type,
                _attribute(SIGNING_TIME, write_time(signing_time)),
                constant.digest_head + constant.scheme.digest.new(content).digest(),
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
            asn1.sequence(_DATA, inside),
            constant.certificates,
            asn1.tlv(asn1.SET, signer_info),
        ),
    )


def micalg(own: OwnKey) -> str:
    """Name the hash that a key signs with, as multipart/signed does (RFC 8551 3.5.3.2)."""
    return _scheme(own.loaded, pss=False)[0].digest.name.lower()


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


def _scheme(leaf: Loaded, *, pss: bool) -> tuple[SignatureScheme, bytes]:
    """Give the scheme of a key, and its AlgorithmIdentifier."""
    key = leaf.public_key
    if isinstance(key, rsa.RSAPublicKey):
        return _BY_PSS if pss else _BY_RSA
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _BY_CURVE:
        return _BY_CURVE[key.curve.name]
    if isinstance(key, ed25519.Ed25519PublicKey):
        return _BY_ED25519
    raise KeyFileError("key that cannot sign")


@lru_cache(maxsize=64)  # of certificates: a private key that was destroyed must not be kept here
def _constants(leaf: Loaded, chain: tuple[bytes, ...], pss: bool, announce: bool) -> _Constants:
    scheme, signature_algorithm = _scheme(leaf, pss=pss)
    size = scheme.digest.algorithm.digest_size
    algorithm = asn1.sequence(asn1.oid(scheme.digest.oid))
    digest = _attribute(MESSAGE_DIGEST, asn1.octet_string(bytes(size)))
    certificate_id = asn1.sequence(  # ESSCertIDv2; the hash's default is SHA-256 and so left out
        asn1.octet_string(SHA256.new(leaf.der).digest()),
        _issuer_serial(leaf.issuer_and_serial),
    )
    return _Constants(
        scheme=scheme,
        head=asn1.integer(1) + asn1.set_of(algorithm),
        certificates=asn1.explicit(0, b"".join(sorted((leaf.der, *chain)))),
        signer_head=asn1.integer(1) + leaf.issuer_and_serial + algorithm,
        signature_algorithm=signature_algorithm,
        content_type=_attribute(CONTENT_TYPE, asn1.oid(DATA)),
        digest_head=digest[:-size],
        capabilities=_attribute(SMIME_CAPABILITIES, write_capabilities()) if announce else b"",
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
