"""What is said of a certificate's revocation, and what follows from it at a time.

Lists (`keys.crl`) and answers (`keys.ocsp`) both come to `Said`. Any of them that names the
certificate as revoked from a time on refuses it from then on; else the freshest of them decides,
and one that is out of date is relied on for a while longer, with a note.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from cryptography import x509

from keys.errors import CertificateRevokedError, RevocationStaleError

RevocationState = Literal["good", "unknown", "stale-accepted"]

# After these the key may have been in other hands long before anybody noticed, so that no earlier
# signature is safe either, unless the issuer says since when (RFC 5280 5.3.1, 5.3.2). Every other
# reason is an orderly end: what was done before stays good.
_COMPROMISE: Final = frozenset(
    (
        x509.ReasonFlags.key_compromise,
        x509.ReasonFlags.ca_compromise,
        x509.ReasonFlags.aa_compromise,
    )
)
_ALWAYS: Final = datetime(1950, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ended:
    """A revocation: when it was made, why, and since when the issuer holds the key unsafe."""

    date: datetime
    reason: x509.ReasonFlags | None = None
    invalid_since: datetime | None = None

    @property
    def counts_from(self) -> datetime:
        """The time from which the certificate may not be relied on."""
        if self.reason in _COMPROMISE:
            return self.invalid_since or _ALWAYS
        return min(self.date, self.invalid_since or self.date)

    @property
    def in_words(self) -> str:
        """The reason as RFC 5280 names it."""
        return "no reason given" if self.reason is None else self.reason.value


@dataclass(frozen=True, slots=True)
class Said:
    """What a list (with its delta) or an answer says of one certificate.

    `digests` are the SHA-256 of the bytes that say it, `fresh_until` is their nextUpdate. One
    without nextUpdate promises nothing; its grace runs from the time when it was made.
    """

    source: Literal["crl", "ocsp"]
    digests: tuple[str, ...]
    fresh_until: datetime
    ended: Ended | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Revocation:
    """What follows for one certificate, and the span of time for which that holds."""

    state: RevocationState
    notes: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


def judge_said(said: Sequence[Said], at: datetime, grace: timedelta) -> Revocation:
    """Judge by everything that is said, as of `at`.

    Raises `CertificateRevokedError`, and `RevocationStaleError` when all of it is past its
    nextUpdate by more than `grace`.
    """
    if not said:
        return Revocation("unknown")
    ends = [one.ended for one in said if one.ended is not None]
    for ended in ends:
        if ended.counts_from <= at:
            raise CertificateRevokedError(
                f"revoked {ended.date:%Y-%m-%dT%H:%M:%SZ}: {ended.in_words}"
            )
    later = [ended.counts_from for ended in ends]
    best = max(said, key=lambda one: one.fresh_until)
    notes = tuple(dict.fromkeys(note for one in said for note in one.notes))
    if at <= best.fresh_until:
        return Revocation("good", notes, until=min([best.fresh_until, *later]))
    limit = best.fresh_until + grace
    if at > limit:
        raise RevocationStaleError(
            f"past nextUpdate ({best.fresh_until:%Y-%m-%dT%H:%M:%SZ}) and past the grace period"
        )
    return Revocation(
        "stale-accepted",
        (f"{best.source}.stale", *notes),
        since=best.fresh_until,
        until=min([limit, *later]),
    )
