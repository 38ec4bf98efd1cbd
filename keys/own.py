"""The keys that are ours: private key, certificate, and which of them opens what.

Keys are loaded once, by `keys.keyring`; everything that is constant for a key is worked out once
too. Opening uses any key, retired ones included; signing uses the newest valid one that is not
retired, and so does what partners encrypt to.

The private key itself is used in three methods of `OwnKey` and nowhere else: `sign`, `decrypt_rsa`
and `agree`. What kind of key it is, is read from the certificate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from keys.algorithms import SignatureScheme, describe_key
from keys.certificates import Loaded, der_of, loaded
from keys.errors import KeyFileError
from keys.names import Comparable, comparable

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
    """A private key with its certificate; `chain` goes out with signatures, leaf not included.

    From `retired_from` on it is kept for opening only.
    """

    key: PrivateKey
    certificate: x509.Certificate
    key_id: str
    retired_from: datetime | None = None
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
        usage = self._usage
        return usage is None or usage.digital_signature or usage.content_commitment

    @cached_property
    def can_open(self) -> bool:
        """Whether partners may encrypt to it: its kind can, and its certificate leaves it to."""
        if isinstance(self.public_key, ed25519.Ed25519PublicKey):
            return False
        usage = self._usage
        if usage is None:
            return True
        if isinstance(self.public_key, rsa.RSAPublicKey):
            return usage.key_encipherment
        return usage.key_agreement

    @cached_property
    def _usage(self) -> x509.KeyUsage | None:
        for extension in self.certificate.extensions:
            if isinstance(usage := extension.value, x509.KeyUsage):
                return usage
        return None

    def is_retired(self, at: datetime) -> bool:
        """Whether it only opens at that time."""
        return self.retired_from is not None and self.retired_from <= at

    def is_valid(self, at: datetime) -> bool:
        """Whether its certificate is within its time."""
        certificate = self.certificate
        return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc

    @cached_property
    def chain_der(self) -> tuple[bytes, ...]:
        """The DER of `chain`."""
        return tuple(der_of(certificate) for certificate in self.chain)


@dataclass(frozen=True, eq=False)
class Keyring:
    """All keys of ours."""

    keys: tuple[OwnKey, ...]

    def signing_at(self, at: datetime) -> OwnKey:
        """The newest valid key to sign with, not retired; raises `KeyFileError` for none.

        Where all of them have ended, the newest still signs: a receipt whose signature stands is
        worth more than none, and `sagspost check` tells the operator.
        """
        return self._newest(at, lambda own: own.can_sign, "no key to sign with")

    def encrypting_at(self, at: datetime) -> OwnKey:
        """The newest valid key for partners to encrypt to; raises `KeyFileError` for none."""
        return self._newest(at, lambda own: own.can_open, "no key to encrypt to")

    def _newest(self, at: datetime, fits: Callable[[OwnKey], bool], none: str) -> OwnKey:
        able = [own for own in self.keys if fits(own) and not own.is_retired(at)]
        able = [own for own in able if own.certificate.not_valid_before_utc <= at]
        if not able:
            raise KeyFileError(none)
        valid = [own for own in able if own.is_valid(at)]
        return max(valid or able, key=lambda own: own.certificate.not_valid_before_utc)

    @cached_property
    def _by_issuer_and_serial(self) -> dict[bytes, OwnKey]:
        return {own.loaded.issuer_and_serial: own for own in self.keys}

    @cached_property
    def _by_name(self) -> dict[Comparable | None, OwnKey]:
        known = {comparable(own.loaded.issuer_and_serial): own for own in self.keys}
        return {name: own for name, own in known.items() if name is not None}

    @cached_property
    def _by_key_identifier(self) -> dict[bytes, OwnKey]:
        return {own.loaded.key_identifier: own for own in self.keys}

    def with_certificate(self, issuer_and_serial: bytes) -> OwnKey | None:
        """Find the key that a recipient's IssuerAndSerialNumber names, however it is written."""
        found = self._by_issuer_and_serial.get(issuer_and_serial)
        return found or self._by_name.get(comparable(issuer_and_serial))

    def with_identifier(self, key_identifier: bytes) -> OwnKey | None:
        """Find the key that a recipient's key identifier names."""
        return self._by_key_identifier.get(key_identifier)
