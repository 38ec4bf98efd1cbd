"""The mathematics of one signature: which scheme an AlgorithmIdentifier means, and the check.

The scheme must fit the key, and its hash must be the SignerInfo's digest; for PSS the mask's hash
too (RFC 4056 3, RFC 8702). What differs is refused, since nobody honest writes it.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from keys import asn1
from keys.algorithms import CURVES, RSA_MGF1, SIGNATURES, Digest, describe_key
from keys.asn1 import Element
from keys.certificates import Loaded
from keys.content_info import read_algorithm
from keys.errors import SignatureInvalidError, SignatureWeakError, StructureError

# OpenSSL signs with the longest salt that fits the key; so any that fits 8192 bits is read.
_LONGEST_SALT: Final = 1024


def check_signature(
    signer: Loaded,
    oid: bytes,
    parameters: Element | None,
    *,
    digest: Digest,
    signature: bytes,
    signed: bytes,
) -> str:
    """Check a signature over `signed` and give the scheme's name, with the curve for ECDSA.

    Raises `SignatureWeakError` for a scheme that is not accepted, else `SignatureInvalidError`.
    """
    scheme = SIGNATURES.get(oid)
    if scheme is None:
        raise SignatureWeakError("signature algorithm not accepted")
    family, prescribed = scheme
    if prescribed is not None and prescribed is not digest:
        raise SignatureInvalidError("hash of the signature differs from the digest")
    if parameters is not None and family != "RSA-PSS":
        raise StructureError("parameters of the signature algorithm")
    key = signer.public_key
    try:
        if isinstance(key, rsa.RSAPublicKey) and family.startswith("RSA"):
            scheme_padding = _pss(parameters, digest) if family == "RSA-PSS" else padding.PKCS1v15()
            key.verify(signature, signed, scheme_padding, digest.algorithm)
            return family
        if isinstance(key, ec.EllipticCurvePublicKey) and family == "ECDSA":
            if key.curve.name not in CURVES:
                raise SignatureWeakError("curve not accepted")
            key.verify(signature, signed, ec.ECDSA(digest.algorithm))
            return f"ECDSA {describe_key(key)}"
        if isinstance(key, ed25519.Ed25519PublicKey) and family == "Ed25519":
            key.verify(signature, signed)
            return family
    except (InvalidSignature, ValueError, UnsupportedAlgorithm) as error:
        raise SignatureInvalidError("signature does not fit") from error
    raise SignatureInvalidError("signature algorithm does not fit the key")


def _pss(parameters: Element | None, digest: Digest) -> padding.PSS:
    """Read RSASSA-PSS-params (RFC 4055 3.1); their defaults mean SHA-1 and so are refused."""
    if parameters is None:
        raise SignatureWeakError("PSS without parameters means SHA-1")
    reader = parameters.children()
    salt_length = 20
    hash_oid = mask_hash = b""
    if (element := reader.take_if(0xA0)) is not None:
        hash_oid, _ = read_algorithm(element.children().take(asn1.SEQUENCE))
    if (element := reader.take_if(0xA1)) is not None:
        mask, mask_parameters = read_algorithm(element.children().take(asn1.SEQUENCE))
        if mask != RSA_MGF1 or mask_parameters is None:
            raise SignatureInvalidError("mask of PSS")
        mask_hash, _ = read_algorithm(mask_parameters)
    if (element := reader.take_if(0xA2)) is not None:
        salt_length = element.children().take(asn1.INTEGER).integer()
    if (element := reader.take_if(0xA3)) is not None and (
        element.children().take(asn1.INTEGER).integer() != 1
    ):
        raise SignatureInvalidError("trailer of PSS")
    reader.finish()
    if not hash_oid == mask_hash == digest.oid:
        raise SignatureWeakError("PSS hashes differ from the digest, or mean SHA-1")
    if not 0 <= salt_length <= _LONGEST_SALT:
        raise SignatureInvalidError("salt of PSS")
    return padding.PSS(padding.MGF1(digest.algorithm), salt_length)
