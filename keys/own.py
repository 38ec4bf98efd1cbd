"""The keys that are ours: private key, certificate, and which of them opens what.

Keys are loaded once, by `keys.keyring`; everything that is constant for a key is worked out once
too. Opening uses any key, retired ones included; signing uses the newest that is not retired.
"""

from dataclasses import dataclass
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from keys.algorithms import describe_key
from keys.certificates import Loaded, der_of, loaded
from keys.errors import KeyFileError

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, eq=False)
class OwnKey:
    """A private key with its certificate; `chain` goes out with signatures, leaf not included."""

    key: PrivateKey
    certificate: x509.Certificate
    key_id: str
    decrypt_only: bool = False
    chain: tuple[x509.Certificate, ...] = ()

    @cached_property
    def loaded(self) -> Loaded:
        """The certificate with what messages are matched by."""
        return loaded(self.certificate)

    @cached_property
    def algorithm(self) -> str:
        """The key in words: `RSA-3072`, `P-256`."""
        return describe_key(self.key)

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
        """The newest key that is not retired; raises `KeyFileError` when there is none."""
        able = [own for own in self.keys if not own.decrypt_only]
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
