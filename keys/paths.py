"""Find the paths from a certificate to an anchor, and have each judged by RFC 5280.

The search is our own and bounded: each pair of certificates is checked once, loops and copies lead
nowhere, and whatever a mail brings along costs at most `MAX_CHECKS` signatures. Each path that it
finds is judged by `cryptography.x509.verification` with policies made for mail, because its own
are for TLS and refuse what CAs for S/MIME rightly have (RFC 8550). `keys.constraints` adds the
names that it does not look at.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from keys.certificates import MALFORMED, Loaded, loaded
from keys.constraints import require_constrained_names
from keys.errors import CertificateError, CertificateUntrustedError
from keys.policy import require_strong_hash, require_strong_key
from keys.usage import MAIL_USAGES, names_one_of

MAX_POOL: Final = 100  # as many certificates as a SignedData may hold
MAX_CHECKS: Final = 200
MAX_PATHS: Final = 16


class PathFinder:
    """Anchors and known intermediates, and what is known of who signed whom."""

    def __init__(
        self,
        anchors: Sequence[x509.Certificate],
        intermediates: Sequence[x509.Certificate],
        *,
        longest: int,
        purposes: Sequence[x509.ObjectIdentifier] = MAIL_USAGES,
    ) -> None:
        self._anchors = [loaded(entry) for entry in anchors]
        self._marks = frozenset(entry.fingerprint for entry in self._anchors)
        self._intermediates = [loaded(entry) for entry in intermediates]
        self._longest = longest
        self._policies = _policies(purposes)

    def path(
        self, leaf: Loaded, pool: Sequence[x509.Certificate], at: datetime
    ) -> list[x509.Certificate]:
        """Give the shortest good path, leaf first and anchor last; raises `CertificateError`.

        The error is that of the last path that was tried, so that a reason other than "no path"
        is told where there is one.
        """
        if leaf.fingerprint not in self._marks:
            # Said here, because nobody can follow a signature whose hash is not even worked out.
            require_strong_hash(leaf.certificate, at)
        refusal: CertificateError = CertificateUntrustedError(
            "no path to an anchor" if self._anchors else "no anchors"
        )
        for path in self._paths(leaf, pool):
            try:
                require_strong_path(path, at)
                self._require_rfc5280(path, at)
            except CertificateError as error:
                error.path = tuple(path)
                refusal = error
                continue
            return path
        raise refusal

    def _paths(
        self, leaf: Loaded, pool: Sequence[x509.Certificate]
    ) -> Iterator[list[x509.Certificate]]:
        if leaf.fingerprint in self._marks:
            yield [leaf.certificate]
        search = _Search(
            [*self._anchors, *self._intermediates, *(loaded(one) for one in pool[:MAX_POOL])]
        )
        found = 0
        waiting: deque[tuple[Loaded, ...]] = deque([(leaf,)])
        while waiting and found < MAX_PATHS:
            path = waiting.popleft()
            for issuer in search.issuers_of(path):
                if issuer.fingerprint in self._marks:
                    found += 1
                    yield [entry.certificate for entry in (*path, issuer)]
                elif len(path) <= self._longest:
                    waiting.append((*path, issuer))

    def _require_rfc5280(self, path: Sequence[x509.Certificate], at: datetime) -> None:
        ca_policy, leaf_policy = self._policies
        verifier = (
            PolicyBuilder()
            .store(Store([path[-1]]))
            .time(at.astimezone(UTC))
            .max_chain_depth(self._longest)
            .extension_policies(ca_policy=ca_policy, ee_policy=leaf_policy)
            .build_client_verifier()
        )
        try:
            verifier.verify(path[0], list(path[1:-1]))
        except VerificationError as error:
            raise CertificateUntrustedError(_path_fault(str(error))) from error
        except ValueError as error:
            raise CertificateUntrustedError("malformed certificate in the path") from error
        require_constrained_names(path)


class _Search:
    """Who may have issued whom: by name first, then by signature, within a budget."""

    def __init__(self, candidates: Sequence[Loaded]) -> None:
        self._by_subject: dict[bytes, list[Loaded]] = {}
        for entry in {entry.fingerprint: entry for entry in candidates}.values():
            try:
                name = entry.certificate.subject.public_bytes()
            except MALFORMED:
                continue  # it came along broken, and is no way to anywhere
            self._by_subject.setdefault(name, []).append(entry)
        self._checks = 0

    def issuers_of(self, path: tuple[Loaded, ...]) -> Iterator[Loaded]:
        """Yield those that issued the path's end and are not in it yet, by name and key."""
        last = path[-1]
        passed = {_identity(entry) for entry in path}
        for candidate in self._by_subject.get(last.certificate.issuer.public_bytes(), ()):
            if self._checks >= MAX_CHECKS:
                return
            if _identity(candidate) in passed:
                continue
            self._checks += 1
            if issued(candidate.certificate, last.certificate):
                yield candidate


def issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Say whether the issuer's name and key are those that the certificate was signed by."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def require_strong_path(path: Sequence[x509.Certificate], at: datetime) -> datetime:
    """Judge all keys of the path, and all signatures but the anchor's own.

    Gives the time until which the table allows them; raises `CertificateWeakError`.
    """
    until = [require_strong_key(loaded(entry).public_key, at) for entry in path]
    until.extend(require_strong_hash(entry, at) for entry in path[:-1])
    return min(until)


def _identity(entry: Loaded) -> tuple[bytes, bytes]:
    """Name and key: a path that passes the same twice is a loop, whatever the certificates."""
    key = entry.public_key
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) if key else entry.der
    return entry.certificate.subject.public_bytes(), spki


def _path_fault(words: str) -> str:
    """Say why there is no path, without the names that the library's words may hold."""
    if "validation time" in words:
        return "a certificate of the path is not valid at this time"
    if "name constraint" in words.lower():
        return "name constraints forbid the certificate's names"
    if "extension" in words:
        return "an extension in the path forbids this use, or is not known"
    return "no path to an anchor"


def _signs_certificates(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("key usage excludes signing certificates")


def _policies(
    purposes: Sequence[x509.ObjectIdentifier],
) -> tuple[ExtensionPolicy, ExtensionPolicy]:
    def for_purpose(_: Policy, __: x509.Certificate, usage: x509.ExtendedKeyUsage | None) -> None:
        if usage is not None and not names_one_of(usage, purposes):
            raise ValueError("extended key usage excludes mail")

    authority = (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _signs_certificates)
        .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, for_purpose)
    )
    leaf = (
        ExtensionPolicy.permit_all()
        .may_be_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, None)
        .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, for_purpose)
    )
    return authority, leaf
