"""Certificate revocation lists: which one speaks for a certificate, and what it says (RFC 5280).

A list counts only when it is signed by the certificate's own issuer with an accepted hash. A delta
list counts together with the complete list that it builds on, and never alone. Passed over, with a
note: indirect lists, lists for some reasons only or for attribute certificates, and lists with a
critical extension that is not known here.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID

from keys.certificates import MALFORMED, loaded, read_revocation_lists
from keys.errors import CertificateWeakError, KeyFileError, RevocationSourceError
from keys.policy import require_strong_hash
from keys.revocation import Ended, Said
from keys.usage import is_authority

_KNOWN_CRITICAL: Final = frozenset(
    (
        ExtensionOID.ISSUING_DISTRIBUTION_POINT,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.DELTA_CRL_INDICATOR,
    )
)
_Value = TypeVar("_Value", bound=x509.ExtensionType)
_AHEAD: Final = timedelta(hours=1)  # so far may the issuer's clock be before ours


@dataclass(frozen=True, slots=True, eq=False)
class List:
    """A list with what is asked of it more than once."""

    crl: x509.CertificateRevocationList
    digest: str
    number: int
    base: int | None
    """The number of the complete list that a delta builds on; None for a complete list."""
    scope: x509.IssuingDistributionPoint | None

    @property
    def order(self) -> tuple[int, datetime]:
        """What grows with each list of an issuer: the number, and where it has none the time."""
        return self.number, self.crl.last_update_utc

    @property
    def fresh_until(self) -> datetime:
        """Its nextUpdate; without one, the time when it was made."""
        return self.crl.next_update_utc or self.crl.last_update_utc

    @property
    def place(self) -> str:
        """What it would replace: the list of the same issuer, key and scope, complete or delta."""
        key = _extension(self.crl, x509.AuthorityKeyIdentifier)
        parts = (
            self.crl.issuer.public_bytes(),
            (key and key.key_identifier) or b"",
            self.scope.public_bytes() if self.scope else b"",
            b"complete" if self.base is None else b"delta",
        )
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def read_lists(data: bytes) -> tuple[List, ...]:
    """Read the lists of a file, PEM or DER. Raises `KeyFileError` for none, or for a broken one."""
    return tuple(_read(crl) for crl in read_revocation_lists(data))


def require_list(entry: List, issuer: x509.Certificate, at: datetime) -> None:
    """Raise `RevocationSourceError` unless the issuer made this list, and not in the future."""
    if entry.crl.issuer != issuer.subject or not _is_signed_by(entry.crl, issuer):
        raise RevocationSourceError("the list is not signed by this issuer")
    if entry.crl.last_update_utc > at + _AHEAD:
        raise RevocationSourceError("the list says that it will be made in the future")
    try:
        require_strong_hash(entry.crl, at)
        extensions = list(entry.crl.extensions)
    except CertificateWeakError as error:
        raise RevocationSourceError("the list is signed with a hash that is too weak") from error
    except MALFORMED as error:
        raise RevocationSourceError("the list is broken inside") from error
    for extension in extensions:
        if extension.critical and extension.oid not in _KNOWN_CRITICAL:
            raise RevocationSourceError("the list has a critical extension that is not known here")
    if entry.scope is not None and entry.scope.indirect_crl:
        raise RevocationSourceError("indirect lists, which speak for other issuers, are not read")


class RevocationLists:
    """All lists that were loaded, by issuer, newest first."""

    def __init__(self, encoded: tuple[bytes, ...]) -> None:
        """Read them; raises `KeyFileError` for what is no list."""
        lists = [entry for der in encoded for entry in read_lists(der)]
        # By time and not by number: lists of several scopes are numbered apart.
        lists.sort(key=lambda entry: entry.crl.last_update_utc, reverse=True)
        self._by_issuer: dict[x509.Name, list[List]] = {}
        for entry in lists:
            self._by_issuer.setdefault(entry.crl.issuer, []).append(entry)
        self._signed: dict[tuple[str, str], bool] = {}

    def say(
        self, certificate: x509.Certificate, issuer: x509.Certificate | None, at: datetime
    ) -> tuple[Said | None, tuple[str, ...]]:
        """Say what the issuer's newest list has on the certificate, and why others do not count."""
        notes: list[str] = []
        complete: List | None = None
        deltas: list[List] = []
        for entry in self._by_issuer.get(certificate.issuer, ()):
            reason = self._reason_to_pass_over(entry, certificate, issuer, at)
            if reason is not None:
                notes.append(reason)
            elif entry.base is not None:
                deltas.append(entry)
            elif complete is None:
                complete = entry
        if complete is None:
            notes += ["crl.delta"] if deltas else []
            return None, tuple(dict.fromkeys(notes))
        delta = next((one for one in deltas if _builds_on(one, complete)), None)
        return _say(certificate, complete, delta), ()

    def _reason_to_pass_over(
        self,
        entry: List,
        certificate: x509.Certificate,
        issuer: x509.Certificate | None,
        at: datetime,
    ) -> str | None:
        if issuer is None or not self._known_signer(entry, issuer):
            return "crl.not_by_issuer"
        try:
            require_strong_hash(entry.crl, at)
            return next(_limits(entry, certificate), None)
        except CertificateWeakError:
            return "crl.weak"
        except MALFORMED:
            return "crl.malformed"

    def _known_signer(self, entry: List, issuer: x509.Certificate) -> bool:
        place = (entry.digest, loaded(issuer).fingerprint)
        answer = self._signed.get(place)
        if answer is None:
            answer = self._signed[place] = _is_signed_by(entry.crl, issuer)
        return answer


def _read(crl: x509.CertificateRevocationList) -> List:
    try:
        _ = crl.issuer, crl.last_update_utc, crl.next_update_utc
    except MALFORMED as error:
        raise KeyFileError("a revocation list that is broken inside") from error
    try:
        number = _extension(crl, x509.CRLNumber)
        delta = _extension(crl, x509.DeltaCRLIndicator)
        scope = _extension(crl, x509.IssuingDistributionPoint)
    except MALFORMED:
        # Kept, so that it is named when it is asked: its extensions raise again there.
        number = delta = scope = None
    return List(
        crl=crl,
        digest=hashlib.sha256(crl.public_bytes(Encoding.DER)).hexdigest(),
        number=number.crl_number if number else -1,
        base=delta.crl_number if delta else None,
        scope=scope,
    )


def _extension(crl: x509.CertificateRevocationList, kind: type[_Value]) -> _Value | None:
    try:
        return crl.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _is_signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
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
    except MALFORMED:
        return False
    try:
        return crl.is_signature_valid(key)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _limits(entry: List, certificate: x509.Certificate) -> Iterator[str]:
    """Yield why a list does not speak for this certificate."""
    for extension in entry.crl.extensions:
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint):
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
    if point.relative_name is not None:
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


def _builds_on(delta: List, complete: List) -> bool:
    """Say whether the two together are the whole list (RFC 5280 5.2.4)."""
    assert delta.base is not None
    return delta.base <= complete.number < delta.number and delta.scope == complete.scope


def _say(certificate: x509.Certificate, complete: List, delta: List | None) -> Said:
    """Say what the lists have; a delta's word is the newer one.

    Together they are complete as of the delta's time, so that either's nextUpdate keeps them fresh.
    """
    serial = certificate.serial_number
    entry = complete.crl.get_revoked_certificate_by_serial_number(serial)
    digests: tuple[str, ...] = (complete.digest,)
    fresh_until = complete.fresh_until
    if delta is not None:
        digests, fresh_until = (*digests, delta.digest), max(fresh_until, delta.fresh_until)
        newer = delta.crl.get_revoked_certificate_by_serial_number(serial)
        if newer is not None:
            ended = _ended(newer)
            entry = None if ended.reason is x509.ReasonFlags.remove_from_crl else newer
    return Said("crl", digests, fresh_until, None if entry is None else _ended(entry))


def _ended(entry: x509.RevokedCertificate) -> Ended:
    reason: x509.ReasonFlags | None = None
    since: datetime | None = None
    try:
        for extension in entry.extensions:
            if isinstance(extension.value, x509.CRLReason):
                reason = extension.value.reason
            elif isinstance(extension.value, x509.InvalidityDate):
                since = extension.value.invalidity_date_utc
    except MALFORMED:
        reason, since = x509.ReasonFlags.key_compromise, None  # unreadable: the worst counts
    return Ended(entry.revocation_date_utc, reason, since)
