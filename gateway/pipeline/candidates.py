"""Judge a certificate before it is registered for somebody: by whom, for what, until when.

The same judgement stands before a certificate that an operator adds, one that a directory offers,
and one that a partner sends in a sealed mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from cryptography import x509

from gateway.store.certificates import Certificate, span_of
from gateway.store.registry import Directory
from keys.certificates import der_of, loaded
from keys.errors import (
    CertificateError,
    CertificateExpiredError,
    CertificateRevokedError,
    CertificateUntrustedError,
    CertificateWeakError,
    RevocationStaleError,
)
from keys.identity import addresses_of, organisation_of, subject_in_words
from keys.trust import Judge, TrustMaterial
from keys.usage import Usage, is_authority

ORGANISATION = "certificate.organisation"
UNTRUSTED = "certificate.untrusted"
UNFIT = "certificate.unfit"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A certificate with what was found; `fault` is a code, and None where it may be registered."""

    der: bytes
    fingerprint: str
    subject: str
    begins: datetime
    ends: datetime
    uses: frozenset[Usage]
    """What it may be used for."""
    organisation: str | None
    addresses: tuple[str, ...]
    fault: str | None = None
    why: str = ""
    """The fault in words."""

    @property
    def kept(self) -> Certificate:
        """As the registry keeps it."""
        return Certificate(self.fingerprint, self.der, False)

    def row(self) -> dict[str, Any]:
        """As a listing shows it."""
        return {
            "fingerprint": self.fingerprint,
            "subject": self.subject,
            "valid_from": self.begins,
            "valid_to": self.ends,
            "uses": sorted(self.uses),
            "organisation": self.organisation,
            "fault": self.fault,
        }


class Candidates:
    """Judges with the anchors and lists of one moment."""

    def __init__(self, directory: Directory, at: datetime) -> None:
        # By the default policy: no list of a new certificate's issuer may have been fetched yet.
        self._judge = Judge(
            TrustMaterial(anchors=directory.anchors, crls=directory.crls, answers=directory.answers)
        )
        self._at = at
        self._holders = dict(directory.by_fingerprint)

    def judged(
        self, offered: Sequence[x509.Certificate], number: str | None, owner: str
    ) -> tuple[Candidate, ...]:
        """Judge those of the certificates that are no authority's; the others help to the path.

        `number` is the organisation that they must not contradict, `owner` the key of whoever they
        are to be registered for: nobody takes a certificate over that another one has.
        """
        leaves = [one for one in offered if not _is_authority(one)] or list(offered)
        return tuple(self._one(leaf, offered, number, owner) for leaf in leaves)

    def _one(
        self,
        leaf: x509.Certificate,
        pool: Sequence[x509.Certificate],
        number: str | None,
        owner: str,
    ) -> Candidate:
        known, span = loaded(leaf), span_of(der_of(leaf))
        uses, fault, why = self._uses(leaf, pool)
        named = organisation_of(leaf)
        if named is not None and number is not None and named.number != number:
            fault, why = ORGANISATION, f"it names {named.number}, not {number}"
        if (other := self._holders.get(known.fingerprint, owner)) != owner:
            fault, why = ORGANISATION, f"it is registered for {other}"
        return Candidate(
            der=known.der,
            fingerprint=known.fingerprint,
            subject=subject_in_words(leaf),
            begins=span.begins,
            ends=span.ends,
            uses=uses,
            organisation=named.number if named else None,
            addresses=tuple(address.lower() for address in addresses_of(leaf)),
            fault=fault,
            why=why,
        )

    def _uses(
        self, leaf: x509.Certificate, pool: Sequence[x509.Certificate]
    ) -> tuple[frozenset[Usage], str | None, str]:
        """What it is trusted for; one that begins later is judged as of its first day."""
        at = max(self._at, leaf.not_valid_before_utc)
        uses: set[Usage] = set()
        fault, why = UNFIT, "it may neither sign nor be encrypted to"
        for usage in get_args(Usage):
            try:
                self._judge.judge(leaf, pool, at, usage)
                uses.add(usage)
            except CertificateUntrustedError:
                fault, why = UNTRUSTED, "no anchor is reached from what is in the file"
            except CertificateExpiredError:
                fault, why = UNFIT, "it has ended"
            except CertificateRevokedError:
                fault, why = UNFIT, "it is revoked"
            except CertificateWeakError:
                fault, why = UNFIT, "its key or a signature of its path is too weak"
            except RevocationStaleError:
                fault, why = UNFIT, "its revocation list is too old; `anchor fetch` gets a new one"
            except CertificateError:
                continue
        if uses:
            return frozenset(uses), None, ""
        return span_of(der_of(leaf)).uses if fault == UNTRUSTED else frozenset(), fault, why


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return is_authority(certificate)
    except (ValueError, x509.DuplicateExtension):
        return False
