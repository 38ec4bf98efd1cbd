"""What a certificate was issued for, and whether that covers what it is used for (RFC 8550 4.4)."""

from collections.abc import Sequence
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys.certificates import MALFORMED, Loaded
from keys.errors import CertificateUsageError

Usage = Literal["sign", "encrypt"]

MAIL_USAGES: Final = (
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
)


def require_usage(
    leaf: Loaded,
    usage: Usage,
    *,
    pinned: bool,
    purposes: Sequence[x509.ObjectIdentifier] = MAIL_USAGES,
) -> None:
    """Raise `CertificateUsageError` unless the certificate may sign, or be encrypted to, for mail.

    A certificate that an operator pinned is held to its key usage only: self-made ones often call
    themselves a CA.
    """
    try:
        extensions = leaf.certificate.extensions
        authority = is_authority(leaf.certificate)
    except MALFORMED as error:
        raise CertificateUsageError("malformed extensions") from error
    for extension in extensions:
        value = extension.value
        if isinstance(value, x509.KeyUsage) and not _covers(value, leaf, usage):
            raise CertificateUsageError("key usage")
        if pinned:
            continue
        if isinstance(value, x509.ExtendedKeyUsage) and not names_one_of(value, purposes):
            raise CertificateUsageError("extended key usage")
    if authority and not pinned:
        raise CertificateUsageError("certificate of an authority")


def names_one_of(usage: x509.ExtendedKeyUsage, purposes: Sequence[x509.ObjectIdentifier]) -> bool:
    """Say whether an extended key usage names one of these purposes."""
    return any(oid in usage for oid in purposes)


def is_authority(certificate: x509.Certificate) -> bool:
    """Say whether basicConstraints call the certificate a CA; raises `ValueError` if malformed."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _covers(value: x509.KeyUsage, leaf: Loaded, usage: Usage) -> bool:
    if usage == "sign":
        return value.digital_signature or value.content_commitment
    if isinstance(leaf.public_key, rsa.RSAPublicKey):
        return value.key_encipherment
    return value.key_agreement
