"""The CMS reader: opening with keys of ours and verifying, both made when the fuzzer starts.

Names and serial numbers of our certificates are fixed, so that a seed of an earlier run still finds
its recipient; what it opens to is then noise, as it is for a stranger. Nothing but `KeysError`
comes out; what an authenticated cipher gives out, or a signature by our key covers, is what we
sealed or signed and nothing else.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from keys import cms
from keys.certificates import der_of
from keys.errors import KeysError
from keys.own import Keyring, OwnKey, PrivateKey
from keys.sealing import CipherName

INSTRUMENTED = ("keys",)
CONTENT: Final = b"Content-Type: text/plain\r\n\r\nsealed by the fuzzer\r\n"
OTHER: Final = b"Content-Type: text/plain\r\n\r\nsigned by the fuzzer\r\n"
_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
_CIPHERS: Final[tuple[CipherName, ...]] = ("aes256-cbc", "aes256-gcm", "aes128-cbc", "aes128-gcm")


def _own(number: int, key: PrivateKey) -> OwnKey:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"fuzz {number}")])
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=number,
        not_valid_before=_DAY,
        not_valid_after=_DAY + timedelta(days=3650),
    ).add_extension(x509.SubjectKeyIdentifier(bytes([number]) * 20), critical=False)
    return OwnKey(key, builder.sign(key, hashes.SHA256()), f"fuzz{number}")


# So short a key is quick, and nothing here rests on its strength.
_RSA: Final = _own(1, rsa.generate_private_key(65537, 1024))
_EC: Final = _own(2, ec.generate_private_key(ec.SECP256R1()))
_RING: Final = Keyring((_RSA, _EC))
_OURS: Final = frozenset(own.loaded.der for own in _RING.keys)
_KNOWN: Final = tuple(own.certificate for own in _RING.keys)


def seeds() -> Iterator[bytes]:
    """Every kind that we write: envelopes to each key and to both, signatures by each."""
    both = [own.certificate for own in _RING.keys]
    for cipher in _CIPHERS:
        yield cms.encrypt(CONTENT, both, cipher=cipher, key_transport="oaep")
        for certificate in both:
            yield cms.encrypt(CONTENT, [certificate], cipher=cipher)
    for own in _RING.keys:
        for detached in (False, True):
            yield cms.sign(OTHER, own, detached=detached, signing_time=_DAY)


def one(data: bytes) -> None:
    """Open it, and verify it by itself and against a content."""
    cms.content_kind(data)
    try:
        opened = cms.decrypt(data, _RING)
    except KeysError as error:
        _says_nothing(error)
    else:
        if opened.authenticated:
            assert opened.content == CONTENT, "an authenticated cipher opened to something else"
    for detached in (None, OTHER):
        try:
            signed = cms.verify(data, detached, known=_KNOWN)
        except KeysError as error:
            _says_nothing(error)
            continue
        assert signed.signers, "verified without a signer"
        if any(der_of(signer.certificate) in _OURS for signer in signed.signers):
            assert signed.content == OTHER, "our signature over something that we did not sign"


def _says_nothing(error: KeysError) -> None:
    assert str(error) == type(error).sentence
    assert len(error.detail) < 200
