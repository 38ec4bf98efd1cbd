"""Write EnvelopedData and AuthEnvelopedData for one or several recipients (RFC 5652 6, 5083).

RSA recipients get the content key by PKCS#1 v1.5, which all mail programs read, or by OAEP where it
is asked for; EC recipients by ephemeral-static ECDH with a SHA-2 derivation, X25519 recipients by
HKDF (RFC 8418), both with AES-256 key wrap. Certificates are not judged here; `keys.trust` does
that with `usage="encrypt"`.
"""

import os
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, keywrap, padding
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys import asn1
from keys.agreement import derive, shared_info
from keys.algorithms import (
    AES256_WRAP,
    AUTH_ENVELOPED_DATA,
    DATA,
    EC_PUBLIC_KEY,
    ENVELOPED_DATA,
    KEY_AGREEMENTS,
    RSA_ENCRYPTION,
    STD_DH_HKDF_SHA256,
    STD_DH_SHA256,
    STD_DH_SHA384,
    STD_DH_SHA512,
    X25519,
    Derivation,
)
from keys.capabilities import CIPHERS, OAEP_SHA256, CipherName, KeyTransport
from keys.certificates import loaded
from keys.content_info import content_info
from keys.errors import RecipientError

_BLOCK: Final = 16
_WRAP: Final = asn1.sequence(asn1.oid(AES256_WRAP))
_WRAP_INFO: Final = shared_info(_WRAP, 32, None)
_ECDH: Final = ec.ECDH()
_RSA_WAYS: Final[dict[KeyTransport, tuple[bytes, rsa_padding.AsymmetricPadding]]] = {
    "pkcs1v15": (
        asn1.sequence(asn1.oid(RSA_ENCRYPTION), asn1.DER_NULL),
        rsa_padding.PKCS1v15(),
    ),
    "oaep": (
        OAEP_SHA256,
        rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA256()), hashes.SHA256(), None),
    ),
}
# A derivation of the curve's strength (RFC 5753 8); never SHA-1, though it is read.
_BY_CURVE: Final = {
    "secp256r1": STD_DH_SHA256,
    "secp384r1": STD_DH_SHA384,
    "secp521r1": STD_DH_SHA512,
}


def encrypt(
    content: bytes,
    recipients: Sequence[x509.Certificate],
    *,
    cipher: CipherName = "aes256-cbc",
    key_transport: KeyTransport = "pkcs1v15",
) -> bytes:
    """Encrypt `content` to each recipient and give the DER of the ContentInfo.

    Raises `RecipientError` for a key that nothing can be encrypted to, and for no recipient at all.
    """
    if not recipients:
        raise RecipientError("no recipient")
    chosen = CIPHERS[cipher]
    content_key = os.urandom(chosen.key_size)
    infos: list[bytes] = []
    agreement = False
    for certificate in recipients:
        target = _target(certificate, key_transport)
        infos.append(target.recipient_info(content_key))
        agreement = agreement or isinstance(target, _Agreement)
    recipient_infos = asn1.set_of(*infos)
    if chosen.authenticated:
        nonce = os.urandom(12)
        sealed = AESGCM(content_key).encrypt(nonce, content, None)
        parameters = asn1.sequence(asn1.octet_string(nonce), asn1.integer(16))
        info = _content_info(chosen.oid, parameters, memoryview(sealed)[:-16])
        body = (asn1.integer(0), recipient_infos, info, asn1.octet_string(sealed[-16:]))
        return content_info(AUTH_ENVELOPED_DATA, asn1.sequence(*body))
    vector = os.urandom(_BLOCK)
    padder = padding.PKCS7(8 * _BLOCK).padder()
    encryptor = Cipher(algorithms.AES(content_key), modes.CBC(vector)).encryptor()
    whole = len(content) - len(content) % _BLOCK
    tail = padder.update(content[whole:]) + padder.finalize()
    sealed = encryptor.update(memoryview(content)[:whole]) + encryptor.update(tail)
    info = _content_info(chosen.oid, asn1.octet_string(vector), sealed)
    version = asn1.integer(2 if agreement else 0)  # RFC 5652 6.1
    return content_info(ENVELOPED_DATA, asn1.sequence(version, recipient_infos, info))


def _content_info(oid: bytes, parameters: bytes, sealed: bytes | memoryview) -> bytes:
    algorithm = asn1.sequence(asn1.oid(oid), parameters)
    return asn1.sequence(asn1.oid(DATA), algorithm, asn1.tlv(0x80, sealed))


class _Transport(NamedTuple):
    """An RSA recipient: all of its KeyTransRecipientInfo but the encrypted key."""

    key: rsa.RSAPublicKey
    head: bytes
    padding: rsa_padding.AsymmetricPadding

    def recipient_info(self, content_key: bytes) -> bytes:
        encrypted = self.key.encrypt(content_key, self.padding)
        return asn1.sequence(self.head, asn1.octet_string(encrypted))


class _Agreement(NamedTuple):
    """A recipient with a key that agrees: what is constant in its KeyAgreeRecipientInfo."""

    key: ec.EllipticCurvePublicKey | x25519.X25519PublicKey
    kind: bytes
    issuer_and_serial: bytes
    algorithm: bytes
    derivation: Derivation

    def recipient_info(self, content_key: bytes) -> bytes:
        point, secret = self._ephemeral()
        wrapping_key = derive(self.derivation, secret, 32, _WRAP_INFO, None)
        originator = asn1.explicit(1, self.kind + asn1.bit_string(point))
        wrapped = asn1.octet_string(keywrap.aes_key_wrap(wrapping_key, content_key))
        return asn1.explicit(
            1,
            asn1.integer(3)
            + asn1.explicit(0, originator)
            + self.algorithm
            + asn1.sequence(asn1.sequence(self.issuer_and_serial, wrapped)),
        )

    def _ephemeral(self) -> tuple[bytes, bytes]:
        """Make a key for this message alone; give its public half and the agreed secret."""
        if isinstance(self.key, x25519.X25519PublicKey):
            fresh = x25519.X25519PrivateKey.generate()
            return fresh.public_key().public_bytes_raw(), fresh.exchange(self.key)
        ephemeral = ec.generate_private_key(self.key.curve)
        public = ephemeral.public_key()
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return point, ephemeral.exchange(_ECDH, self.key)


@lru_cache(maxsize=2048)
def _target(certificate: x509.Certificate, key_transport: KeyTransport) -> _Transport | _Agreement:
    known = loaded(certificate)
    key = known.public_key
    if isinstance(key, rsa.RSAPublicKey):
        algorithm, way = _RSA_WAYS[key_transport]
        return _Transport(key, asn1.integer(0) + known.issuer_and_serial + algorithm, way)
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _BY_CURVE:
        scheme, kind = _BY_CURVE[key.curve.name], EC_PUBLIC_KEY
    elif isinstance(key, x25519.X25519PublicKey):
        scheme, kind = STD_DH_HKDF_SHA256, X25519
    else:
        raise RecipientError("key of a kind that cannot be encrypted to")
    return _Agreement(
        key=key,
        kind=asn1.sequence(asn1.oid(kind)),
        issuer_and_serial=known.issuer_and_serial,
        algorithm=asn1.sequence(asn1.oid(scheme), _WRAP),
        derivation=KEY_AGREEMENTS[scheme],
    )
