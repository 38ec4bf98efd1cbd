"""Judge certificates: a path to an anchor (or a pin), validity, strength, usage, revocation.

`keys.paths` finds the path, `keys.policy` says what is strong enough, `keys.usage` what the leaf is
for, `keys.crl` and `keys.ocsp` what is known of revocation and `keys.revocation` what follows.

Everything is judged at a time that the caller gives, and nothing is fetched. A verdict is kept with
the span of time for which it holds, so that the next mail of the same partner costs a look-up, and
with its grounds, so that it can be repeated years later.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography import x509

from keys.certificates import MALFORMED, Loaded, load, loaded
from keys.crl import RevocationLists
from keys.errors import (
    CertificateError,
    CertificateExpiredError,
    CertificateNotYetValidError,
    CertificateUntrustedError,
    RevocationMissingError,
)
from keys.grounds import Grounds
from keys.identity import address_source
from keys.ocsp import Answers, is_answer
from keys.paths import PathFinder, issued, require_strong_path
from keys.policy import TrustPolicy, require_strong_key
from keys.revocation import Revocation, RevocationState, judge_said
from keys.usage import MAIL_USAGES, Usage, require_usage

MAX_VERDICTS: Final = 4096


@dataclass(frozen=True)
class TrustMaterial:
    """All that trust rests on, as DER, so that it can be handed to worker processes.

    `anchors` are CAs (or single certificates) that are trusted as such, `intermediates` help to
    build paths and are not trusted by themselves, `crls` are revocation lists, `answers` OCSP
    responses, and `pinned` are SHA-256 fingerprints in hex of certificates that are trusted without
    any path.
    """

    anchors: tuple[bytes, ...] = ()
    intermediates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    answers: tuple[bytes, ...] = ()
    pinned: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Trusted:
    """Why a certificate was trusted: SHA-256 fingerprints from leaf to anchor, and notes."""

    chain: tuple[str, ...]
    revocation: RevocationState
    notes: tuple[str, ...] = ()
    grounds: Grounds | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class _Kept:
    trusted: Trusted
    since: datetime
    until: datetime


@dataclass
class _Inquiry:
    """One certificate being judged: what the verdict rests on so far, and the span it holds for."""

    leaf: Loaded
    at: datetime
    usage: Usage
    pinned: bool
    since: datetime
    until: datetime
    chain: list[x509.Certificate] = field(default_factory=list)
    anchored: bool = False
    revocation: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    issuer: x509.Certificate | None = None
    """Whose word on revocation counts for a certificate without a path."""

    def narrow(self, found: Revocation) -> None:
        """Let the verdict hold no longer than what is known of revocation."""
        self.since = max(self.since, found.since or self.since)
        self.until = min(self.until, found.until or self.until)

    def grounds(self, policy: TrustPolicy) -> Grounds:
        """What the verdict rests on."""
        chain = self.chain or [self.leaf.certificate]
        more = [] if self.issuer is None or self.issuer in chain else [self.issuer]
        return Grounds(
            certificates=tuple(loaded(entry).der for entry in (*chain, *more)),
            revocation=tuple(dict.fromkeys(self.revocation)),
            anchored=self.anchored,
            pinned=self.pinned,
            usage=self.usage,
            policy=policy,
        )


class Judge:
    """Judges certificates by one set of material and one policy; keeps what it found."""

    def __init__(
        self,
        material: TrustMaterial,
        policy: TrustPolicy | None = None,
        purposes: Sequence[x509.ObjectIdentifier] = MAIL_USAGES,
    ) -> None:
        """Load the material; raises `StructureError` or `KeyFileError` for what is unreadable.

        `purposes` are the extended key usages that count; nothing but mail is judged here.
        """
        self._policy = policy or TrustPolicy()
        self._pinned = material.pinned
        self._purposes = purposes
        anchors = [load(der).certificate for der in material.anchors]
        intermediates = [load(der).certificate for der in material.intermediates]
        self._finder = PathFinder(
            anchors, intermediates, longest=self._policy.longest_path, purposes=purposes
        )
        self._issuers = [*anchors, *intermediates]
        self._lists = RevocationLists(material.crls)
        self._answers = Answers(material.answers)
        self._kept: OrderedDict[tuple[str, Usage], _Kept] = OrderedDict()

    @property
    def policy(self) -> TrustPolicy:
        """The limits that this judge goes by."""
        return self._policy

    def judge(
        self,
        certificate: x509.Certificate,
        pool: Sequence[x509.Certificate],
        at: datetime,
        usage: Usage = "sign",
    ) -> Trusted:
        """Judge a certificate for signing or encrypting mail, as of `at` (aware).

        `pool` are certificates that came along and may help to build the path. Raises a
        `CertificateError` with its grounds. Where nothing is known of revocation the policy
        decides; the verdict says `unknown`.
        """
        known = loaded(certificate)
        place = (known.fingerprint, usage)
        kept = self._kept.get(place)
        if kept is not None and kept.since <= at < kept.until:
            self._kept.move_to_end(place)
            return kept.trusted
        inquiry = _Inquiry(
            leaf=known,
            at=at,
            usage=usage,
            pinned=known.fingerprint in self._pinned,
            since=certificate.not_valid_before_utc,
            until=certificate.not_valid_after_utc,
        )
        try:
            trusted = self._judge_whole(inquiry, pool)
        except CertificateError as error:
            if error.path:
                inquiry.chain, inquiry.anchored = list(error.path), True
            error.grounds = inquiry.grounds(self._policy)
            raise
        self._kept[place] = _Kept(trusted, inquiry.since, inquiry.until)
        self._kept.move_to_end(place)
        if len(self._kept) > MAX_VERDICTS:
            self._kept.popitem(last=False)
        return trusted

    def _judge_whole(self, inquiry: _Inquiry, pool: Sequence[x509.Certificate]) -> Trusted:
        """Judge; what shows only when it is looked at closely may still be malformed."""
        try:
            return self._judge(inquiry, pool)
        except MALFORMED as error:
            raise CertificateUntrustedError("malformed certificate in the path") from error

    def _judge(self, inquiry: _Inquiry, pool: Sequence[x509.Certificate]) -> Trusted:
        leaf, at = inquiry.leaf, inquiry.at
        _require_valid(leaf.certificate, at)
        inquiry.until = min(inquiry.until, require_strong_key(leaf.public_key, at))
        require_usage(leaf, inquiry.usage, pinned=inquiry.pinned, purposes=self._purposes)
        if inquiry.pinned:
            inquiry.chain = [leaf.certificate]
            inquiry.notes.append("pinned")
        else:
            inquiry.chain = self._finder.path(leaf, pool, at)
            inquiry.anchored = True
        chain = inquiry.chain
        inquiry.since = max(entry.not_valid_before_utc for entry in chain)
        ends = [entry.not_valid_after_utc for entry in chain]
        inquiry.until = min([inquiry.until, *ends, require_strong_path(chain, at)])
        state = self._revocation(inquiry)
        source = address_source(leaf.certificate)
        if source != "certificate":
            inquiry.notes.append(f"address.{source}")
        return Trusted(
            chain=tuple(loaded(entry).fingerprint for entry in chain),
            revocation=state,
            notes=tuple(dict.fromkeys(inquiry.notes)),
            grounds=inquiry.grounds(self._policy),
        )

    def _revocation(self, inquiry: _Inquiry) -> RevocationState:
        """Ask about each certificate below the anchor; the leaf's answer is the state."""
        state: RevocationState = "unknown"
        chain = inquiry.chain
        if len(chain) == 1:
            inquiry.issuer = self._issuer_of(chain[0])
        issuers: list[x509.Certificate | None] = [*chain[1:]] or [inquiry.issuer]
        for place, (certificate, issuer) in enumerate(zip(chain, issuers, strict=False)):
            found = self._ask(inquiry, certificate, issuer)
            inquiry.narrow(found)
            inquiry.notes.extend(found.notes)
            if place == 0:
                state = found.state
            elif found.state == "stale-accepted" and state == "good":
                state = "stale-accepted"
            elif found.state == "unknown":
                inquiry.notes.append("crl.unknown_for_issuer")
        return state

    def _ask(
        self, inquiry: _Inquiry, certificate: x509.Certificate, issuer: x509.Certificate | None
    ) -> Revocation:
        by_list, about_lists = self._lists.say(certificate, issuer, inquiry.at)
        by_answer, about_answers = self._answers.say(certificate, issuer, self._lists)
        said = [one for one in (by_list, by_answer) if one is not None]
        inquiry.revocation.extend(digest for one in said for digest in one.digests)
        found = judge_said(said, inquiry.at, self._policy.revocation_grace)
        if found.state != "unknown":
            return found
        if issuer is not None and self._policy.missing_revocation == "quarantine":
            raise RevocationMissingError("neither a list nor an answer is known")
        return Revocation("unknown", (*about_lists, *about_answers))

    def _issuer_of(self, certificate: x509.Certificate) -> x509.Certificate | None:
        """Find the issuer of a pinned certificate, whose revocation counts as well."""
        for candidate in self._issuers:
            if candidate.subject == certificate.issuer and issued(candidate, certificate):
                return candidate
        return None


def repeat(grounds: Grounds, blobs: Mapping[str, bytes], at: datetime) -> Trusted:
    """Judge again from the grounds alone, as of `at`; raises the `CertificateError` of then.

    Raises `KeysError` also where a list or an answer among the grounds cannot be read.
    """
    leaf, *above = grounds.certificates
    anchors = above[-1:] or [leaf]
    data = [blobs[name] for name in grounds.revocation]
    lists = tuple(der for der in data if not is_answer(der))
    material = TrustMaterial(
        anchors=tuple(anchors) if grounds.anchored else (),
        intermediates=tuple(above[:-1] if grounds.anchored else above),
        crls=lists,
        answers=tuple(der for der in data if is_answer(der)),
        pinned=frozenset((load(leaf).fingerprint,) if grounds.pinned else ()),
    )
    return Judge(material, grounds.policy).judge(load(leaf).certificate, (), at, grounds.usage)


def _require_valid(certificate: x509.Certificate, at: datetime) -> None:
    if at < certificate.not_valid_before_utc:
        raise CertificateNotYetValidError("before notBefore")
    if at > certificate.not_valid_after_utc:
        raise CertificateExpiredError("after notAfter")
