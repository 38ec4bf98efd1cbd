"""The CMS reader: opening with keys of ours and verifying, both made when the fuzzer starts.

Names and serial numbers of our certificates are fixed, so that a seed of an earlier run still finds
its recipient; what it opens to is then noise, as it is for a stranger. Nothing but `KeysError`
comes out; what an authenticated cipher gives out, or a signature by our key covers, is what we
sealed or signed and nothing else.
"""

import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from keys import asn1, cms
from keys.algorithms import COMPRESSED_DATA, DATA
from keys.capabilities import CIPHERS
from keys.certificates import der_of
from keys.compressed import MAX_CONTENT
from keys.content_info import content_info
from keys.errors import KeysError
from keys.own import Keyring, OwnKey, PrivateKey

INSTRUMENTED = ("keys",)
CONTENT: Final = b"Content-Type: text/plain\r\n\r\nsealed by the fuzzer\r\n"
OTHER: Final = b"Content-Type: text/plain\r\n\r\nsigned by the fuzzer\r\n"
_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)


def _own(number: int, key: PrivateKey, signed_by: "OwnKey | None" = None) -> OwnKey:
    name = _name(number)
    issuer = _name(int(signed_by.key_id)) if signed_by else name
    builder = x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=number,
        not_valid_before=_DAY,
        not_valid_after=_DAY + timedelta(days=3650),
    ).add_extension(x509.SubjectKeyIdentifier(bytes([number]) * 20), critical=False)
    signer: Any = signed_by.key if signed_by else key
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return OwnKey(key, builder.sign(signer, digest), str(number))


def _name(number: int) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"fuzz {number}")])


# So short a key is quick, and nothing here rests on its strength.
_RSA: Final = _own(1, rsa.generate_private_key(65537, 1024))
_EC: Final = _own(2, ec.generate_private_key(ec.SECP256R1()))
_ED: Final = _own(3, ed25519.Ed25519PrivateKey.generate())
_X: Final = _own(4, x25519.X25519PrivateKey.generate(), _RSA)
_SIGNERS: Final = (_RSA, _EC, _ED)
_READERS: Final = (_RSA, _EC, _X)
RING: Final = Keyring((*_SIGNERS, _X))
_OURS: Final = frozenset(own.loaded.der for own in RING.keys)
_KNOWN: Final = tuple(own.certificate for own in RING.keys)
_LEGACY: Final = cms.OpenPolicy(read_3des=True)


def seeds() -> Iterator[bytes]:
    """Every kind that we write, and the forms of OpenSSL that we only read."""
    readers = [own.certificate for own in _READERS]
    for cipher in CIPHERS:
        yield cms.encrypt(CONTENT, readers, cipher=cipher, key_transport="oaep")
        for certificate in readers:
            yield cms.encrypt(CONTENT, [certificate], cipher=cipher)
    for own in _SIGNERS:
        for detached in (False, True):
            yield cms.sign(OTHER, own, detached=detached, signing_time=_DAY)
    yield cms.sign(OTHER, _RSA, detached=False, signing_time=_DAY, pss=True)
    packed = asn1.octet_string(zlib.compress(CONTENT))
    zlib_id = asn1.sequence(asn1.oid(asn1.oid_octets("1.2.840.113549.1.9.16.3.8")))
    inner = asn1.sequence(asn1.oid(DATA), asn1.explicit(0, packed))
    yield content_info(COMPRESSED_DATA, asn1.sequence(asn1.integer(0), zlib_id, inner))
    yield from _from_openssl()


def _from_openssl() -> Iterator[bytes]:
    """BER with indefinite lengths, no attributes, key identifiers, several signers, 3DES."""
    with tempfile.TemporaryDirectory() as folder:
        pairs = {}
        for own in (_RSA, _EC):
            certificate, key = (Path(folder) / f"{own.key_id}.{end}" for end in ("pem", "key"))
            certificate.write_bytes(own.certificate.public_bytes(Encoding.PEM))
            key.write_bytes(
                own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            )
            pairs[own] = (str(certificate), str(key))
        sign: list[str] = []
        for certificate_file, key_file in pairs.values():
            sign += ["-signer", certificate_file, "-inkey", key_file]
        for options in (
            ["-stream", "-nodetach"],
            ["-nodetach", "-noattr"],
            ["-nodetach", "-keyid", "-cades"],
            ["-md", "sha512"],
        ):
            yield _openssl(OTHER, "-sign", "-binary", *options, *sign)
        to = [certificate for certificate, _ in pairs.values()]
        for options in (["-stream", "-aes128"], ["-keyid", "-aes256"], ["-des3"]):
            yield _openssl(CONTENT, "-encrypt", "-binary", *options, *to)


def _openssl(content: bytes, *arguments: str) -> bytes:
    command = ["openssl", "cms", *arguments[:1], "-outform", "DER", *arguments[1:]]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout


def one(data: bytes) -> None:
    """Open it, and verify it by itself and against a content."""
    cms.content_kind(data)
    for policy in (cms.OpenPolicy(), _LEGACY):
        try:
            opened = cms.decrypt(data, RING, policy)
        except KeysError as error:
            _says_nothing(error)
            continue
        if opened.authenticated:
            assert opened.content == CONTENT, "an authenticated cipher opened to something else"
    try:
        assert len(cms.decompress(data)) <= MAX_CONTENT
    except KeysError as error:
        _says_nothing(error)
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
