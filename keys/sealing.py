"""Write EnvelopedData and AuthEnvelopedData for one or several recipients (RFC 5652 6, 5083).

RSA recipients get the content key by PKCS#1 v1.5, which all mail programs read, or by OAEP where it
is asked for; EC recipients by ephemeral-static ECDH with a SHA-2 derivation and AES-256 key wrap.
Certificates are not judged here; `keys.trust` does that with `usage="encrypt"`.
"""

import os
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, keywrap, padding
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys import asn1
from keys.algorithms import (
    AES256_WRAP,
    AUTH_ENVELOPED_DATA,
    CONTENT_CIPHERS,
    CURVES,
    DATA,
    EC_PUBLIC_KEY,
    ENVELOPED_DATA,
    RSA_ENCRYPTION,
    RSA_MGF1,
    RSA_OAEP,
    SHA256,
    STD_DH_SHA256,
    STD_DH_SHA384,
)
from keys.certificates import loaded
from keys.content_info import content_info
from keys.errors import RecipientError
from keys.recipients import shared_info

CipherName = Literal["aes256-cbc", "aes256-gcm", "aes128-cbc", "aes128-gcm"]
KeyTransport = Literal["pkcs1v15", "oaep"]

_CIPHERS: Final = {
    cipher.name.lower().replace("aes-", "aes"): cipher for cipher in CONTENT_CIPHERS.values()
}
_BLOCK: Final = 16
_WRAP: Final = asn1.sequence(asn1.oid(AES256_WRAP))
_WRAP_INFO: Final = shared_info(_WRAP, 32, None)
_ECDH: Final = ec.ECDH()
_PKCS1: Final = rsa_padding.PKCS1v15()
_OAEP: Final = rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
_SHA256: Final = asn1.sequence(asn1.oid(SHA256.oid), asn1.DER_NULL)
_RSA_ALGORITHM: Final = {
    "pkcs1v15": asn1.sequence(asn1.oid(RSA_ENCRYPTION), asn1.DER_NULL),
    "oaep": asn1.sequence(
        asn1.oid(RSA_OAEP),
        asn1.sequence(
            asn1.explicit(0, _SHA256),
            asn1.explicit(1, asn1.sequence(asn1.oid(RSA_MGF1), _SHA256)),
        ),
    ),
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
    chosen = _CIPHERS[cipher]
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
    """An EC recipient: what is constant in its KeyAgreeRecipientInfo."""

    key: ec.EllipticCurvePublicKey
    issuer_and_serial: bytes
    algorithm: bytes
    derivation: hashes.HashAlgorithm

    def recipient_info(self, content_key: bytes) -> bytes:
        ephemeral = ec.generate_private_key(self.key.curve)
        shared = ephemeral.exchange(_ECDH, self.key)
        wrapping_key = X963KDF(self.derivation, 32, _WRAP_INFO).derive(shared)
        point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        originator = asn1.explicit(
            1, asn1.sequence(asn1.oid(EC_PUBLIC_KEY)) + asn1.bit_string(point)
        )
        wrapped = asn1.octet_string(keywrap.aes_key_wrap(wrapping_key, content_key))
        return asn1.explicit(
            1,
            asn1.integer(3)
            + asn1.explicit(0, originator)
            + self.algorithm
            + asn1.sequence(asn1.sequence(self.issuer_and_serial, wrapped)),
        )


@lru_cache(maxsize=2048)
def _target(certificate: x509.Certificate, key_transport: KeyTransport) -> _Transport | _Agreement:
    known = loaded(certificate)
    key = known.public_key
    if isinstance(key, rsa.RSAPublicKey):
        algorithm = _RSA_ALGORITHM[key_transport]
        head = asn1.integer(0) + known.issuer_and_serial + algorithm
        return _Transport(key, head, _PKCS1 if key_transport == "pkcs1v15" else _OAEP)
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES:
        small = key.curve.key_size <= 256  # RFC 5753 8: a derivation of the curve's strength
        derivation: hashes.HashAlgorithm = hashes.SHA256() if small else hashes.SHA384()
        scheme = asn1.oid(STD_DH_SHA256 if small else STD_DH_SHA384)
        return _Agreement(key, known.issuer_and_serial, asn1.sequence(scheme, _WRAP), derivation)
    raise RecipientError("key of a kind that cannot be encrypted to")
