"""Lists and answers about revocation of every kind, good and forged, made with an issuer's key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tests.keys.other_side import Party

DAY = timedelta(days=1)
OCSP_SIGNER = (
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature",
    "extendedKeyUsage=critical,OCSPSigning",
    "noCheck=ignored",
)


@dataclass(frozen=True)
class Entry:
    """One certificate on a list."""

    party: Party
    date: datetime
    reason: x509.ReasonFlags | None = None
    invalid_since: datetime | None = None


def private_key(party: Party) -> Any:
    return serialization.load_pem_private_key(party.key.read_bytes(), None)


def make_list(
    issuer: Party,
    entries: Sequence[Entry] = (),
    *,
    made: datetime,
    until: datetime | None = None,
    number: int | None = None,
    base: int | None = None,
    scope: x509.IssuingDistributionPoint | None = None,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
    name: x509.Name | None = None,
) -> bytes:
    """Write a list as DER; with `base` a delta list."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name or issuer.certificate.subject)
        .last_update(made)
        .next_update(until or made + 7 * DAY)
    )
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    if scope is not None:
        builder = builder.add_extension(scope, critical=True)
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical)
    for entry in entries:
        revoked = (
            x509.RevokedCertificateBuilder()
            .serial_number(entry.party.certificate.serial_number)
            .revocation_date(entry.date)
        )
        if entry.reason is not None:
            revoked = revoked.add_extension(x509.CRLReason(entry.reason), critical=False)
        if entry.invalid_since is not None:
            since = entry.invalid_since.replace(microsecond=0)
            revoked = revoked.add_extension(x509.InvalidityDate(since), critical=False)
        builder = builder.add_revoked_certificate(revoked.build())
    return builder.sign(private_key(issuer), hashes.SHA256()).public_bytes(Encoding.DER)


def scope(**changes: Any) -> x509.IssuingDistributionPoint:
    """An issuing distribution point without limits but those named."""
    limits = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(limits | changes))


def make_answer(
    about: Party,
    issuer: Party,
    *,
    made: datetime,
    until: datetime | None = None,
    by: Party | None = None,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    revoked: datetime | None = None,
    reason: x509.ReasonFlags | None = None,
    nonce: bytes | None = None,
) -> bytes:
    """Write an OCSP response as DER, signed by `by`, else by the issuer."""
    signer = by or issuer
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            about.certificate,
            issuer.certificate,
            hashes.SHA1(),
            status,
            made,
            until,
            revoked,
            reason,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    )
    if by is not None:
        builder = builder.certificates([by.certificate])
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    made_answer = builder.sign(private_key(signer), hashes.SHA256())
    return made_answer.public_bytes(Encoding.DER)
