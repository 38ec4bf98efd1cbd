"""The keys that are ours: private key, certificate, and which of them opens what.

Keys are loaded once, by `keys.keyring`; everything that is constant for a key is worked out once
too. Opening uses any key, retired ones included; signing uses the newest that is not retired.

The private key itself is used in three methods of `OwnKey` and nowhere else: `sign`, `decrypt_rsa`
and `agree`. What kind of key it is, is read from the certificate.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from keys.algorithms import SignatureScheme, describe_key
from keys.certificates import Loaded, der_of, loaded
from keys.errors import KeyFileError

PrivateKey = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | x25519.X25519PrivateKey
)

_ECDH: Final = ec.ECDH()
_PKCS1: Final = padding.PKCS1v15()


class Oaep(NamedTuple):
    """The parameters of RSAES-OAEP: its hash, the hash of its mask, and the label."""

    algorithm: hashes.HashAlgorithm
    mask: hashes.HashAlgorithm
    label: bytes = b""


@dataclass(frozen=True, eq=False)
class OwnKey:
    """A private key with its certificate; `chain` goes out with signatures, leaf not included."""

    key: PrivateKey
    certificate: x509.Certificate
    key_id: str
    decrypt_only: bool = False
    chain: tuple[x509.Certificate, ...] = ()

    def sign(self, data: bytes, scheme: SignatureScheme) -> bytes:
        """Sign octets; raises `KeyFileError` for a scheme that does not fit the key."""
        key, algorithm = self.key, scheme.digest.algorithm
        match scheme.family:
            case "RSA PKCS#1 v1.5" if isinstance(key, rsa.RSAPrivateKey):
                return key.sign(data, _PKCS1, algorithm)
            case "RSA-PSS" if isinstance(key, rsa.RSAPrivateKey):
                pss = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)  # RFC 4055, 3.1
                return key.sign(data, pss, algorithm)
            case "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey):
                return key.sign(data, ec.ECDSA(algorithm))
            case "Ed25519" if isinstance(key, ed25519.Ed25519PrivateKey):
                return key.sign(data)
        raise KeyFileError("key that cannot sign so")

    def decrypt_rsa(self, ciphertext: bytes, oaep: Oaep | None) -> bytes:
        """Decrypt with RSA, by PKCS#1 v1.5 where there is no `oaep`; raises `ValueError`.

        Wrong padding of PKCS#1 v1.5 gives random octets and no error (implicit rejection).
        """
        if not isinstance(self.key, rsa.RSAPrivateKey):
            raise KeyFileError("key that cannot decrypt")
        if oaep is None:
            return self.key.decrypt(ciphertext, _PKCS1)
        mask = padding.MGF1(oaep.mask)
        return self.key.decrypt(ciphertext, padding.OAEP(mask, oaep.algorithm, oaep.label))

    def agree(self, peer: ec.EllipticCurvePublicKey | x25519.X25519PublicKey) -> bytes:
        """Agree on a shared secret with a public key of the same curve; raises `ValueError`."""
        key = self.key
        if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(
            peer, ec.EllipticCurvePublicKey
        ):
            return key.exchange(_ECDH, peer)
        if isinstance(key, x25519.X25519PrivateKey) and isinstance(peer, x25519.X25519PublicKey):
            return key.exchange(peer)
        raise KeyFileError("key that cannot agree on a secret")

    @cached_property
    def loaded(self) -> Loaded:
        """The certificate with what messages are matched by."""
        return loaded(self.certificate)

    @property
    def public_key(self) -> CertificatePublicKeyTypes | None:
        """The certificate's public key, which says of what kind the private one is."""
        return self.loaded.public_key

    @cached_property
    def algorithm(self) -> str:
        """The key in words: `RSA-3072`, `P-256`."""
        return describe_key(self.public_key)

    @cached_property
    def can_sign(self) -> bool:
        """Whether it signs mail: its kind can, and its certificate leaves it to."""
        if isinstance(self.public_key, x25519.X25519PublicKey):
            return False
        for extension in self.certificate.extensions:
            if isinstance(usage := extension.value, x509.KeyUsage):
                return usage.digital_signature or usage.content_commitment
        return True

    @cached_property
    def chain_der(self) -> tuple[bytes, ...]:
        """The DER of `chain`."""
        return tuple(der_of(certificate) for certificate in self.chain)


@dataclass(frozen=True, eq=False)
class Keyring:
    """All keys of ours."""

    keys: tuple[OwnKey, ...]

    @cached_property
    def signing(self) -> OwnKey:
        """The newest key to sign with, not retired; raises `KeyFileError` when there is none."""
        able = [own for own in self.keys if own.can_sign and not own.decrypt_only]
        if not able:
            raise KeyFileError("no key to sign with")
        return max(able, key=lambda own: own.certificate.not_valid_before_utc)

    @cached_property
    def _by_issuer_and_serial(self) -> dict[bytes, OwnKey]:
        return {own.loaded.issuer_and_serial: own for own in self.keys}

    @cached_property
    def _by_key_identifier(self) -> dict[bytes, OwnKey]:
        return {own.loaded.key_identifier: own for own in self.keys}

    def with_certificate(self, issuer_and_serial: bytes) -> OwnKey | None:
        """Find the key that a recipient's IssuerAndSerialNumber (DER) names."""
        return self._by_issuer_and_serial.get(issuer_and_serial)

    def with_identifier(self, key_identifier: bytes) -> OwnKey | None:
        """Find the key that a recipient's key identifier names."""
        return self._by_key_identifier.get(key_identifier)
