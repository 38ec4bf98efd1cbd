"""The object identifiers of sealed mail and what they stand for.

Keys of the tables are the content octets of the OID as they stand in a message. What is not listed
is not read: a message that needs it is refused. Sources: RFC 5652, 5754 (SHA-2), 5084 (AES-GCM),
3565 (AES), 5753 (ECDH), 4056 (PSS), 3560 (OAEP), 8418 (X25519), 8419 (Ed25519),
5035 (signingCertificateV2).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519

from keys.asn1 import oid_octets
from keys.errors import StructureError

DATA: Final = oid_octets("1.2.840.113549.1.7.1")
SIGNED_DATA: Final = oid_octets("1.2.840.113549.1.7.2")
ENVELOPED_DATA: Final = oid_octets("1.2.840.113549.1.7.3")
AUTH_ENVELOPED_DATA: Final = oid_octets("1.2.840.113549.1.9.16.1.23")
COMPRESSED_DATA: Final = oid_octets("1.2.840.113549.1.9.16.1.9")

CONTENT_TYPE: Final = oid_octets("1.2.840.113549.1.9.3")
MESSAGE_DIGEST: Final = oid_octets("1.2.840.113549.1.9.4")
SIGNING_TIME: Final = oid_octets("1.2.840.113549.1.9.5")
SMIME_CAPABILITIES: Final = oid_octets("1.2.840.113549.1.9.15")
ALGORITHM_PROTECTION: Final = oid_octets("1.2.840.113549.1.9.52")
SIGNING_CERTIFICATE: Final = oid_octets("1.2.840.113549.1.9.16.2.12")
SIGNING_CERTIFICATE_V2: Final = oid_octets("1.2.840.113549.1.9.16.2.47")

RSA_ENCRYPTION: Final = oid_octets("1.2.840.113549.1.1.1")
RSA_OAEP: Final = oid_octets("1.2.840.113549.1.1.7")
RSA_MGF1: Final = oid_octets("1.2.840.113549.1.1.8")
RSA_P_SPECIFIED: Final = oid_octets("1.2.840.113549.1.1.9")
RSA_SHA256: Final = oid_octets("1.2.840.113549.1.1.11")
RSA_PSS: Final = oid_octets("1.2.840.113549.1.1.10")
ED25519: Final = oid_octets("1.3.101.112")
EC_PUBLIC_KEY: Final = oid_octets("1.2.840.10045.2.1")
ECDSA_SHA256: Final = oid_octets("1.2.840.10045.4.3.2")
ECDSA_SHA384: Final = oid_octets("1.2.840.10045.4.3.3")
ECDSA_SHA512: Final = oid_octets("1.2.840.10045.4.3.4")
X25519: Final = oid_octets("1.3.101.110")


class Hash(Protocol):
    """What hashlib's constructors give."""

    def digest(self) -> bytes:
        """Give the digest's octets."""
        ...


@dataclass(frozen=True, slots=True)
class Digest:
    """A hash function that may carry a signature."""

    name: str
    oid: bytes
    new: Callable[[bytes | memoryview], Hash]
    algorithm: hashes.HashAlgorithm


SHA256: Final = Digest(
    "SHA-256", oid_octets("2.16.840.1.101.3.4.2.1"), hashlib.sha256, hashes.SHA256()
)
SHA384: Final = Digest(
    "SHA-384", oid_octets("2.16.840.1.101.3.4.2.2"), hashlib.sha384, hashes.SHA384()
)
SHA512: Final = Digest(
    "SHA-512", oid_octets("2.16.840.1.101.3.4.2.3"), hashlib.sha512, hashes.SHA512()
)
DIGESTS: Final = {digest.oid: digest for digest in (SHA256, SHA384, SHA512)}

# Hashes inside OAEP, MGF1 and key derivation need no collision resistance: SHA-1 and SHA-224 are
# read there, since OpenSSL's defaults write them; they are never written and never carry a
# signature.
INNER_HASHES: Final[dict[bytes, hashes.HashAlgorithm]] = {
    oid_octets("1.3.14.3.2.26"): hashes.SHA1(),  # noqa: S303  (see above)
    oid_octets("2.16.840.1.101.3.4.2.4"): hashes.SHA224(),
    **{digest.oid: digest.algorithm for digest in DIGESTS.values()},
}

SignatureFamily = Literal["RSA PKCS#1 v1.5", "RSA-PSS", "ECDSA", "Ed25519"]


@dataclass(frozen=True, slots=True)
class SignatureScheme:
    """How a signature is made; Ed25519 hashes by itself, and `digest` is the message's."""

    family: SignatureFamily
    digest: Digest


# Signature OID -> (family, digest it prescribes; None: the SignerInfo's own digest).
SIGNATURES: Final[dict[bytes, tuple[SignatureFamily, Digest | None]]] = {
    RSA_ENCRYPTION: ("RSA PKCS#1 v1.5", None),
    RSA_SHA256: ("RSA PKCS#1 v1.5", SHA256),
    oid_octets("1.2.840.113549.1.1.12"): ("RSA PKCS#1 v1.5", SHA384),
    oid_octets("1.2.840.113549.1.1.13"): ("RSA PKCS#1 v1.5", SHA512),
    RSA_PSS: ("RSA-PSS", None),
    ECDSA_SHA256: ("ECDSA", SHA256),
    ECDSA_SHA384: ("ECDSA", SHA384),
    ECDSA_SHA512: ("ECDSA", SHA512),
    ED25519: ("Ed25519", SHA512),
}


@dataclass(frozen=True, slots=True)
class ContentCipher:
    """A cipher for content: in CBC mode, or AES in GCM where it is `authenticated`."""

    name: str
    oid: bytes
    key_size: int
    authenticated: bool
    block: int = 16


def _aes(name: str, arc: int, bits: int, authenticated: bool) -> ContentCipher:
    oid = oid_octets(f"2.16.840.1.101.3.4.1.{arc}")
    return ContentCipher(name, oid, bits // 8, authenticated)


CONTENT_CIPHERS: Final = {
    cipher.oid: cipher
    for cipher in (
        _aes("AES-128-CBC", 2, 128, False),
        _aes("AES-192-CBC", 22, 192, False),
        _aes("AES-256-CBC", 42, 256, False),
        _aes("AES-128-GCM", 6, 128, True),
        _aes("AES-192-GCM", 26, 192, True),
        _aes("AES-256-GCM", 46, 256, True),
    )
}

# What old mail programs write, and OpenSSL's command line when no cipher is named.
TRIPLE_DES: Final = ContentCipher("3DES-CBC", oid_octets("1.2.840.113549.3.7"), 24, False, 8)

AES256_WRAP: Final = oid_octets("2.16.840.1.101.3.4.1.45")
KEY_WRAPS: Final = {  # key encryption OID -> size of the wrapping key in octets (RFC 3565)
    oid_octets("2.16.840.1.101.3.4.1.5"): 16,
    oid_octets("2.16.840.1.101.3.4.1.25"): 24,
    AES256_WRAP: 32,
}

STD_DH_SHA256: Final = oid_octets("1.3.132.1.11.1")
STD_DH_SHA384: Final = oid_octets("1.3.132.1.11.2")
STD_DH_SHA512: Final = oid_octets("1.3.132.1.11.3")
STD_DH_HKDF_SHA256: Final = oid_octets("1.2.840.113549.1.9.16.3.19")


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a key is derived from an agreed secret: HKDF (RFC 5869), else the KDF of ANSI X9.63."""

    algorithm: hashes.HashAlgorithm
    hkdf: bool = False

    @property
    def name(self) -> str:
        """The derivation in words: `sha256`, `hkdf-sha256`."""
        return f"hkdf-{self.algorithm.name}" if self.hkdf else self.algorithm.name


# Cofactor schemes are the same mathematics on the NIST curves, whose cofactor is one (RFC 5753
# 7.1.4).
KEY_AGREEMENTS: Final[dict[bytes, Derivation]] = {
    oid_octets("1.3.133.16.840.63.0.2"): Derivation(hashes.SHA1()),  # noqa: S303  (OpenSSL's default)
    oid_octets("1.3.133.16.840.63.0.3"): Derivation(hashes.SHA1()),  # noqa: S303
    **{
        oid_octets(f"1.3.132.1.{scheme}.{arc}"): Derivation(algorithm)
        for scheme in (11, 14)
        for arc, algorithm in enumerate(
            (hashes.SHA224(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
        )
    },
    **{
        oid_octets(f"1.2.840.113549.1.9.16.3.{arc}"): Derivation(algorithm, hkdf=True)
        for arc, algorithm in ((19, hashes.SHA256()), (20, hashes.SHA384()), (21, hashes.SHA512()))
    },
}

CURVES: Final = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def signature_digest(oid: bytes) -> Digest | None:
    """Give the hash with this OID if it may carry a signature, else None."""
    return DIGESTS.get(oid)


def content_cipher(oid: bytes, *, read_3des: bool = False) -> ContentCipher:
    """Give the content cipher with this OID; raises `StructureError` for any other."""
    if oid == TRIPLE_DES.oid:
        if read_3des:
            return TRIPLE_DES
        raise StructureError("content cipher 3DES is not accepted")
    cipher = CONTENT_CIPHERS.get(oid)
    if cipher is None:
        raise StructureError("content cipher of an unknown kind is not accepted")
    return cipher


def describe_key(key: object) -> str:
    """Name a public or private key as people do: `RSA-3072`, `P-256`, `Ed25519`."""
    if isinstance(key, rsa.RSAPublicKey | rsa.RSAPrivateKey):
        return f"RSA-{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey):
        return CURVES.get(key.curve.name, key.curve.name)
    if isinstance(key, ed25519.Ed25519PublicKey | ed25519.Ed25519PrivateKey):
        return "Ed25519"
    if isinstance(key, ed448.Ed448PublicKey | ed448.Ed448PrivateKey):
        return "Ed448"
    if isinstance(key, x25519.X25519PublicKey | x25519.X25519PrivateKey):
        return "X25519"
    return "another kind of key"
