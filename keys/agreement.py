"""Ephemeral-static key agreement: what both sides of it do with the secret (RFC 5753, RFC 8418).

ECDH on the NIST curves and X25519; the key that wraps the content key is derived by the KDF of ANSI
X9.63 or by HKDF, with AES key wrap. Not here: static-static agreement, which no mail needs.
"""

from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF

from keys import asn1
from keys.algorithms import CURVES, EC_PUBLIC_KEY, KEY_AGREEMENTS, KEY_WRAPS, X25519, Derivation
from keys.asn1 import Element
from keys.content_info import read_algorithm
from keys.errors import StructureError

Peer = ec.EllipticCurvePublicKey | x25519.X25519PublicKey


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a message says about an agreement with one of our keys."""

    key: Peer
    """Our public key."""
    point: bytes
    """The other side's ephemeral public key, as received."""
    derivation: Derivation
    size: int
    info: bytes
    salt: bytes | None

    @property
    def name(self) -> str:
        """The agreement in words: `ECDH sha256`, `X25519 hkdf-sha256`."""
        kind = "X25519" if isinstance(self.key, x25519.X25519PublicKey) else "ECDH"
        return f"{kind} {self.derivation.name}"

    def peer(self) -> tuple[Peer, bool]:
        """Give the ephemeral key and True; where it is none, our own and False.

        So that the private operation is done in either case.
        """
        try:
            if isinstance(self.key, x25519.X25519PublicKey):
                return x25519.X25519PublicKey.from_public_bytes(self.point), True
            return ec.EllipticCurvePublicKey.from_encoded_point(self.key.curve, self.point), True
        except (ValueError, UnsupportedAlgorithm):
            return self.key, False

    def wrapping_key(self, secret: bytes) -> bytes:
        """Derive the key that wraps the content key from the agreed secret."""
        return derive(self.derivation, secret, self.size, self.info, self.salt)


def derive(
    derivation: Derivation, secret: bytes, size: int, info: bytes, salt: bytes | None
) -> bytes:
    """Derive a key of `size` octets; the salt is HKDF's alone."""
    if derivation.hkdf:
        return HKDF(derivation.algorithm, size, salt, info).derive(secret)
    return X963KDF(derivation.algorithm, size, info).derive(secret)


def read_agreement(
    key: CertificatePublicKeyTypes | None,
    originator: Element,
    algorithm: Element,
    ukm: bytes | None,
) -> Agreement | None:
    """Read how a content key is wrapped to our public key; None for a key that cannot agree.

    `originator` is OriginatorIdentifierOrKey, `algorithm` the KeyEncryptionAlgorithmIdentifier.
    Raises `StructureError` for what is not read here.
    """
    if isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.name not in CURVES:
            return None
        kind = EC_PUBLIC_KEY
    elif isinstance(key, x25519.X25519PublicKey):
        kind = X25519
    else:
        return None
    oid, wrap = read_algorithm(algorithm)
    derivation = KEY_AGREEMENTS.get(oid)
    if derivation is None or wrap is None:
        raise StructureError("key agreement algorithm")
    size = KEY_WRAPS.get(read_algorithm(wrap)[0])
    if size is None:
        raise StructureError("key wrap algorithm")
    return Agreement(
        key=key,
        point=_ephemeral_point(originator, kind),
        derivation=derivation,
        size=size,
        info=shared_info(bytes(wrap.encoding), size, ukm),
        salt=ukm,  # RFC 8418, 2.2: the salt of HKDF, besides its place in the context
    )


def _ephemeral_point(originator: Element, kind: bytes) -> bytes:
    if originator.tag != 0xA1:
        raise StructureError("key agreement without an ephemeral key")
    reader = originator.children()
    oid, _ = read_algorithm(reader.take(asn1.SEQUENCE))
    point = bytes(reader.take(asn1.BIT_STRING).bits())
    reader.finish()
    if oid != kind:
        raise StructureError("ephemeral key of another kind")
    return point


def shared_info(wrap_algorithm: bytes, key_size: int, user_keying: bytes | None) -> bytes:
    """Write ECC-CMS-SharedInfo, the context of the key derivation (RFC 5753 7.2)."""
    entity = b"" if user_keying is None else asn1.explicit(0, asn1.octet_string(user_keying))
    size = asn1.octet_string((8 * key_size).to_bytes(4, "big"))
    return asn1.sequence(wrap_algorithm, entity, asn1.explicit(2, size))
