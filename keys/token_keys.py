"""Keys that lie in a token, in the library's own form.

A key in a token looks like one in a file, so that nothing else knows where it is: `sign`, `decrypt`
and `exchange` are done by the token, and whatever would give the key away raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys import asn1
from keys.errors import KeyFileError, StructureError

Use = Callable[[Callable[[Any], Any]], Any]
"""Does something with the token's handle of the key; `ValueError` for bad data."""

_BY_OID: Final[dict[str, type[ec.EllipticCurve]]] = {
    "1.2.840.10045.3.1.7": ec.SECP256R1,
    "1.3.132.0.34": ec.SECP384R1,
    "1.3.132.0.35": ec.SECP521R1,
}


def ec_public_key(parameters: bytes, point: bytes) -> ec.EllipticCurvePublicKey:
    """Read a public key as a token gives it; raises `KeyFileError` for a curve of no use."""
    curve = next((_BY_OID[o] for o in _BY_OID if asn1.oid(asn1.oid_octets(o)) == parameters), None)
    if curve is None:
        raise KeyFileError("the key in the token is on a curve that is not used here")
    try:
        octets = bytes(asn1.read(point).content)  # an OCTET STRING, by the standard
    except StructureError:
        octets = point  # and bare in some tokens
    return ec.EllipticCurvePublicKey.from_encoded_point(curve(), octets)


class _InToken:
    """What both kinds share: it cannot be read out."""

    def private_numbers(self) -> NoReturn:
        """Refuse: the key stays in the token."""
        raise KeyFileError("a key in a token cannot be read out")

    def private_bytes(self, *_: object) -> NoReturn:
        """Refuse: the key stays in the token."""
        raise KeyFileError("a key in a token cannot be read out")


class RsaInToken(_InToken, rsa.RSAPrivateKey):
    """An RSA key in a token."""

    def __init__(self, use: Use, public_key: rsa.RSAPublicKey) -> None:
        self._use, self._public_key = use, public_key

    def public_key(self) -> rsa.RSAPublicKey:
        """The public key, which the token gives to everybody."""
        return self._public_key

    @property
    def key_size(self) -> int:
        """The length of the modulus in bits."""
        return self._public_key.key_size

    def sign(self, data: Any, how: Any, algorithm: Any) -> bytes:
        """Sign by PKCS#1 v1.5, or by PSS with a salt of the hash's length."""
        from pkcs11 import Mechanism  # noqa: PLC0415  optional

        digest = _digest(algorithm, bytes(data))
        if isinstance(how, padding.PSS):
            mechanism: Any = Mechanism.RSA_PKCS_PSS
            parameter: Any = (*_hash_and_mask(algorithm, algorithm), algorithm.digest_size)
        else:
            mechanism, parameter = Mechanism.RSA_PKCS, None
            digest = _DIGEST_INFO[algorithm.name] + digest
        return bytes(
            self._use(lambda key: key.sign(digest, mechanism=mechanism, mechanism_param=parameter))
        )

    def decrypt(self, ciphertext: Any, how: Any) -> bytes:
        """Decrypt by PKCS#1 v1.5 or OAEP; raises `ValueError` for bad data."""
        from pkcs11 import Mechanism  # noqa: PLC0415  optional

        mechanism: Any = Mechanism.RSA_PKCS
        parameter: Any = None
        if isinstance(how, padding.OAEP):
            mechanism = Mechanism.RSA_PKCS_OAEP
            mask = how.mgf._algorithm
            label = how._label
            parameter = (*_hash_and_mask(how.algorithm, mask), label or None)
        return bytes(
            self._use(
                lambda key: key.decrypt(
                    bytes(ciphertext), mechanism=mechanism, mechanism_param=parameter
                )
            )
        )

    def __copy__(self) -> RsaInToken:
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> RsaInToken:
        return self


class EcInToken(_InToken, ec.EllipticCurvePrivateKey):
    """A key on a NIST curve in a token."""

    def __init__(self, use: Use, public_key: ec.EllipticCurvePublicKey) -> None:
        self._use, self._public_key = use, public_key

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public key, which the token gives to everybody."""
        return self._public_key

    @property
    def curve(self) -> ec.EllipticCurve:
        """The curve."""
        return self._public_key.curve

    @property
    def key_size(self) -> int:
        """The length of the secret in bits."""
        return self._public_key.key_size

    def sign(self, data: Any, signature_algorithm: Any) -> bytes:
        """Sign by ECDSA: DER, as in a certificate."""
        from pkcs11 import Mechanism  # noqa: PLC0415  optional

        digest = _digest(signature_algorithm.algorithm, bytes(data))
        raw = bytes(self._use(lambda key: key.sign(digest, mechanism=Mechanism.ECDSA)))
        half = len(raw) // 2
        r, s = (int.from_bytes(part, "big") for part in (raw[:half], raw[half:]))
        return encode_dss_signature(r, s)

    def exchange(self, algorithm: Any, peer_public_key: Any) -> bytes:  # noqa: ARG002  ECDH
        """Agree on a shared secret; raises `ValueError` for a point that is none of the curve."""
        import pkcs11  # noqa: PLC0415  optional

        point = peer_public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        size = -(-self.key_size // 8)
        readable = {pkcs11.Attribute.SENSITIVE: False, pkcs11.Attribute.EXTRACTABLE: True}

        def derive(key: Any) -> bytes:
            shared = key.derive_key(
                pkcs11.KeyType.GENERIC_SECRET,
                8 * size,
                mechanism=pkcs11.Mechanism.ECDH1_DERIVE,
                mechanism_param=(pkcs11.KDF.NULL, None, point),
                template=readable,
            )
            return bytes(shared[pkcs11.Attribute.VALUE]).rjust(size, b"\0")

        return bytes(self._use(derive))

    def __copy__(self) -> EcInToken:
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> EcInToken:
        return self


def _digest(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    hashed = hashes.Hash(algorithm)
    hashed.update(data)
    return hashed.finalize()


def _hash_and_mask(algorithm: hashes.HashAlgorithm, mask: hashes.HashAlgorithm) -> tuple[Any, Any]:
    from pkcs11 import MGF, Mechanism  # noqa: PLC0415  optional

    name = {"sha1": "SHA_1"}.get(algorithm.name, algorithm.name.upper())
    return Mechanism[name], MGF[mask.name.upper()]


_DIGEST_INFO: Final = {  # RFC 8017 9.2, note 1
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
