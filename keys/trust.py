"""Judge certificates: a path to an anchor (or a pin), validity, strength, usage, revocation.

Path building is `cryptography.x509.verification` with policies made for mail: its own are for TLS
and refuse what CAs for S/MIME rightly have (RFC 8550). Key strength, usage of the leaf and
revocation it does not judge at all; that is done here and in `keys.policy` and `keys.revocation`.

Everything is judged at a time that the caller gives, and nothing is fetched. A verdict is kept with
the span of time for which it holds, so that the next mail of the same partner costs a look-up.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from keys.certificates import Loaded, load, loaded
from keys.errors import (
    CertificateExpiredError,
    CertificateNotYetValidError,
    CertificateUntrustedError,
)
from keys.identity import address_source
from keys.policy import TrustPolicy, require_strong_hash, require_strong_key
from keys.revocation import RevocationLists, RevocationState
from keys.usage import Usage, names_mail, require_usage

MAX_POOL: Final = 32
MAX_VERDICTS: Final = 4096


@dataclass(frozen=True)
class TrustMaterial:
    """All that trust rests on, as DER, so that it can be handed to worker processes.

    `anchors` are CAs (or single certificates) that are trusted as such, `intermediates` help to
    build paths and are not trusted by themselves, `crls` are revocation lists, and `pinned` are
    SHA-256 fingerprints in hex of certificates that are trusted without any path.
    """

    anchors: tuple[bytes, ...] = ()
    intermediates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    pinned: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Trusted:
    """Why a certificate was trusted: SHA-256 fingerprints from leaf to anchor, and notes."""

    chain: tuple[str, ...]
    revocation: RevocationState
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    trusted: Trusted
    since: datetime
    until: datetime


class Judge:
    """Judges certificates by one set of material and one policy; keeps what it found."""

    def __init__(self, material: TrustMaterial, policy: TrustPolicy | None = None) -> None:
        """Load the material; raises `StructureError` or `KeyFileError` for what is unreadable."""
        self._policy = policy or TrustPolicy()
        self._pinned = material.pinned
        anchors = [load(der).certificate for der in material.anchors]
        self._store = Store(anchors) if anchors else None
        self._intermediates = [load(der).certificate for der in material.intermediates]
        self._issuers = [*anchors, *self._intermediates]
        self._lists = RevocationLists(material.crls)
        self._kept: OrderedDict[tuple[str, Usage], _Kept] = OrderedDict()

    def judge(
        self,
        certificate: x509.Certificate,
        pool: Sequence[x509.Certificate],
        at: datetime,
        usage: Usage = "sign",
    ) -> Trusted:
        """Judge a certificate for signing or encrypting mail, as of `at` (aware).

        `pool` are certificates that came along and may help to build the path. Raises a
        `CertificateError`. A list of the issuer that is not there is no reason to refuse: the
        verdict says `unknown`.
        """
        known = loaded(certificate)
        place = (known.fingerprint, usage)
        kept = self._kept.get(place)
        if kept is not None and kept.since <= at < kept.until:
            self._kept.move_to_end(place)
            return kept.trusted
        kept = self._judge(known, pool, at, usage)
        self._kept[place] = kept
        self._kept.move_to_end(place)
        if len(self._kept) > MAX_VERDICTS:
            self._kept.popitem(last=False)
        return kept.trusted

    def _judge(
        self, leaf: Loaded, pool: Sequence[x509.Certificate], at: datetime, usage: Usage
    ) -> _Kept:
        _require_valid(leaf.certificate, at)
        pinned = leaf.fingerprint in self._pinned
        until = require_strong_key(leaf.public_key, at)
        require_usage(leaf, usage, pinned=pinned)
        if pinned:
            chain = [leaf.certificate]
            notes = ["pinned"]
        else:
            chain = self._path(leaf.certificate, pool, at)
            notes = []
        since = max(entry.not_valid_before_utc for entry in chain)
        until = min(until, *(entry.not_valid_after_utc for entry in chain))
        until = min(until, _require_strong_path(chain, at))
        state, since, until = self._revocation(chain, at, since, until, notes)
        source = address_source(leaf.certificate)
        if source != "certificate":
            notes.append(f"address.{source}")
        trusted = Trusted(
            chain=tuple(loaded(entry).fingerprint for entry in chain),
            revocation=state,
            notes=tuple(dict.fromkeys(notes)),
        )
        return _Kept(trusted, since, until)

    def _path(
        self, leaf: x509.Certificate, pool: Sequence[x509.Certificate], at: datetime
    ) -> list[x509.Certificate]:
        if self._store is None:
            raise CertificateUntrustedError("no anchors")
        candidates = [entry for entry in pool if entry != leaf][:MAX_POOL]
        verifier = (
            PolicyBuilder()
            .store(self._store)
            .time(at.astimezone(UTC))
            .max_chain_depth(self._policy.longest_path)
            .extension_policies(ca_policy=_CA_POLICY, ee_policy=_LEAF_POLICY)
            .build_client_verifier()
        )
        try:
            return verifier.verify(leaf, [*self._intermediates, *candidates]).chain
        except VerificationError as error:
            raise CertificateUntrustedError(_path_fault(str(error))) from error
        except ValueError as error:
            raise CertificateUntrustedError("malformed certificate in the path") from error

    def _revocation(
        self,
        chain: list[x509.Certificate],
        at: datetime,
        since: datetime,
        until: datetime,
        notes: list[str],
    ) -> tuple[RevocationState, datetime, datetime]:
        """Ask the lists about each certificate below the anchor; the leaf's answer is the state."""
        state: RevocationState = "unknown"
        below_anchor = chain if len(chain) == 1 else chain[:-1]
        for place, certificate in enumerate(below_anchor):
            issuer = chain[place + 1] if place + 1 < len(chain) else self._issuer_of(certificate)
            answer = self._lists.judge(certificate, issuer, at, self._policy.revocation_grace)
            notes.extend(answer.notes)
            since = max(since, answer.since or since)
            until = min(until, answer.until or until)
            if place == 0:
                state = answer.state
            elif answer.state == "stale-accepted" and state == "good":
                state = "stale-accepted"
            elif answer.state == "unknown":
                notes.append("crl.unknown_for_issuer")
        return state, since, until

    def _issuer_of(self, certificate: x509.Certificate) -> x509.Certificate | None:
        """Find the issuer of a pinned certificate, whose revocation counts as well."""
        for candidate in self._issuers:
            if candidate.subject == certificate.issuer and _issued(candidate, certificate):
                return candidate
        return None


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _require_valid(certificate: x509.Certificate, at: datetime) -> None:
    if at < certificate.not_valid_before_utc:
        raise CertificateNotYetValidError("before notBefore")
    if at > certificate.not_valid_after_utc:
        raise CertificateExpiredError("after notAfter")


def _require_strong_path(chain: list[x509.Certificate], at: datetime) -> datetime:
    """Judge all keys of the path, and all signatures but the anchor's own."""
    until = [require_strong_key(loaded(entry).public_key, at) for entry in chain]
    until.extend(require_strong_hash(entry, at) for entry in chain[:-1])
    return min(until)


def _path_fault(words: str) -> str:
    """Say why there is no path, without the names that the library's words may hold."""
    if "validation time" in words:
        return "a certificate of the path is not valid at this time"
    if "name constraint" in words.lower():
        return "name constraints forbid the certificate's names"
    if "extension" in words:
        return "an extension in the path forbids this use, or is not known"
    return "no path to an anchor"


def _mail_or_any(_: Policy, __: x509.Certificate, usage: x509.ExtendedKeyUsage | None) -> None:
    if usage is not None and not names_mail(usage):
        raise ValueError("extended key usage excludes mail")


def _signs_certificates(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("key usage excludes signing certificates")


_CA_POLICY: Final = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _signs_certificates)
    .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _mail_or_any)
)
_LEAF_POLICY: Final = (
    ExtensionPolicy.permit_all()
    .may_be_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, None)
    .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _mail_or_any)
)
