"""Certificate revocation lists: which one speaks for a certificate, and what it says (RFC 5280).

A list counts only when it is signed by the certificate's own issuer with an accepted hash. Passed
over, with a note: indirect lists, delta lists, lists for some reasons only or for attribute
certificates, and lists with a critical extension that is not known here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtensionOID

from keys.certificates import loaded, read_revocation_lists
from keys.errors import CertificateRevokedError, CertificateWeakError, RevocationStaleError
from keys.policy import require_strong_hash

RevocationState = Literal["good", "unknown", "stale-accepted"]

_KNOWN_CRITICAL: Final = frozenset(
    (ExtensionOID.ISSUING_DISTRIBUTION_POINT, ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
)
# Reasons after which a certificate may still be relied on for what was done before (RFC 5280
# 5.3.1).
_ORDERLY: Final = frozenset(
    (
        x509.ReasonFlags.superseded,
        x509.ReasonFlags.cessation_of_operation,
        x509.ReasonFlags.affiliation_changed,
        x509.ReasonFlags.privilege_withdrawn,
    )
)


@dataclass(frozen=True, slots=True)
class Revocation:
    """What the lists say of one certificate, and the time span for which that answer holds."""

    state: RevocationState
    notes: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


class RevocationLists:
    """All lists that were loaded, by issuer, newest first."""

    def __init__(self, encoded: tuple[bytes, ...]) -> None:
        lists = [entry for der in encoded for entry in read_revocation_lists(der)]
        lists.sort(key=lambda entry: entry.last_update_utc, reverse=True)
        self._by_issuer: dict[x509.Name, list[x509.CertificateRevocationList]] = {}
        for entry in lists:
            self._by_issuer.setdefault(entry.issuer, []).append(entry)
        self._signed: dict[tuple[int, str], bool] = {}

    def judge(
        self,
        certificate: x509.Certificate,
        issuer: x509.Certificate | None,
        at: datetime,
        grace: timedelta,
    ) -> Revocation:
        """Say whether `certificate` was revoked at `at`, as its issuer's newest list has it.

        Raises `CertificateRevokedError`, and `RevocationStaleError` when that list is past its
        nextUpdate by more than `grace`.
        """
        notes: list[str] = []
        for entry in self._by_issuer.get(certificate.issuer, ()):
            reason = self._reason_to_pass_over(entry, certificate, issuer, at)
            if reason is None:
                return _judge_by(entry, certificate, at, grace)
            notes.append(reason)
        return Revocation("unknown", tuple(dict.fromkeys(notes)))

    def _reason_to_pass_over(
        self,
        entry: x509.CertificateRevocationList,
        certificate: x509.Certificate,
        issuer: x509.Certificate | None,
        at: datetime,
    ) -> str | None:
        if issuer is None or not self._is_signed_by(entry, issuer):
            return "crl.not_by_issuer"
        try:
            require_strong_hash(entry, at)
            return next(_limits(entry, certificate), None)
        except CertificateWeakError:
            return "crl.weak"
        except (ValueError, x509.DuplicateExtension, UnsupportedAlgorithm):
            return "crl.malformed"

    def _is_signed_by(
        self, entry: x509.CertificateRevocationList, issuer: x509.Certificate
    ) -> bool:
        known = loaded(issuer)
        place = (id(entry), known.fingerprint)
        answer = self._signed.get(place)
        if answer is None:
            answer = self._signed[place] = _check_list(entry, issuer)
        return answer


def _check_list(entry: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = loaded(issuer).public_key
    kinds = (
        rsa.RSAPublicKey,
        ec.EllipticCurvePublicKey,
        ed25519.Ed25519PublicKey,
        ed448.Ed448PublicKey,
    )
    if not isinstance(key, kinds):
        return False
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        if not usage.crl_sign:
            return False
    except x509.ExtensionNotFound:
        pass  # no key usage at all means no limit (RFC 5280 4.2.1.3)
    except (ValueError, x509.DuplicateExtension):
        return False
    try:
        return entry.is_signature_valid(key)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _limits(entry: x509.CertificateRevocationList, certificate: x509.Certificate) -> Iterator[str]:
    """Yield why a list does not speak for this certificate."""
    for extension in entry.extensions:
        value = extension.value
        if isinstance(value, x509.DeltaCRLIndicator):
            yield "crl.delta"
        elif isinstance(value, x509.IssuingDistributionPoint):
            yield from _scope(value, certificate)
        elif extension.critical and extension.oid not in _KNOWN_CRITICAL:
            yield "crl.critical_extension"


def _scope(point: x509.IssuingDistributionPoint, certificate: x509.Certificate) -> Iterator[str]:
    if point.indirect_crl:
        yield "crl.indirect"
    if point.only_some_reasons is not None or point.only_contains_attribute_certs:
        yield "crl.partial"
    authority = is_authority(certificate)
    if point.only_contains_user_certs and authority:
        yield "crl.other_scope"
    if point.only_contains_ca_certs and not authority:
        yield "crl.other_scope"
    if point.full_name is not None:
        names = _distribution_points(certificate)
        if names and names.isdisjoint(point.full_name):
            yield "crl.other_scope"


def _distribution_points(certificate: x509.Certificate) -> set[x509.GeneralName]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return set()
    return {name for point in points for name in point.full_name or ()}


def is_authority(certificate: x509.Certificate) -> bool:
    """Say whether basicConstraints call the certificate a CA; raises `ValueError` if malformed."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _judge_by(
    entry: x509.CertificateRevocationList,
    certificate: x509.Certificate,
    at: datetime,
    grace: timedelta,
) -> Revocation:
    revoked = entry.get_revoked_certificate_by_serial_number(certificate.serial_number)
    until: datetime | None = None
    if revoked is not None:
        if revoked.revocation_date_utc <= at or _reason(revoked) not in _ORDERLY:
            raise CertificateRevokedError("named in the issuer's revocation list")
        until = revoked.revocation_date_utc
    # A list without nextUpdate promises nothing; its grace runs from the day it was made.
    fresh_until = entry.next_update_utc or entry.last_update_utc
    if at <= fresh_until:
        return Revocation("good", until=min(until or fresh_until, fresh_until))
    limit = fresh_until + grace
    if at > limit:
        raise RevocationStaleError("past nextUpdate and past the grace period")
    return Revocation(
        "stale-accepted", ("crl.stale",), since=fresh_until, until=min(until or limit, limit)
    )


def _reason(revoked: x509.RevokedCertificate) -> x509.ReasonFlags | None:
    try:
        return revoked.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return None
