"""Which of somebody's certificates mail is sealed to: several may be registered at once.

A partner has one that ends and one that began, or one to sign with and one to encrypt to. An ended
one beside a valid one must not stop any mail.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, get_args

from keys.certificates import load
from keys.errors import CertificateError, StructureError
from keys.policy import require_strong_key
from keys.usage import Usage, require_usage

_NEVER: Final = datetime(1950, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A registered certificate: its SHA-256 fingerprint (hex) and its DER bytes."""

    fingerprint: str
    der: bytes
    retired: bool


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when a certificate is valid, and what it may be used for."""

    begins: datetime
    ends: datetime
    uses: frozenset[Usage]


def newest_to_encrypt(certificates: Iterable[Certificate], at: datetime) -> Certificate | None:
    """The newest that is valid, may be encrypted to and is not retired; of equals the last added.

    Whether it leads to an anchor was judged when it was registered, and is not judged here: mail
    to a partner must not stop because an anchor of ours ended.
    """
    able = [one for one in certificates if not one.retired and fits(one.der, "encrypt", at)]
    newest = None
    for one in able:
        if newest is None or span_of(one.der).begins >= span_of(newest.der).begins:
            newest = one
    return newest


def fits(der: bytes, usage: Usage, at: datetime) -> bool:
    """Whether a certificate is valid at a time, strong enough, and may be used so."""
    span = span_of(der)
    if usage not in span.uses or not span.begins <= at <= span.ends:
        return False
    try:
        require_strong_key(load(der).public_key, at)
    except CertificateError:
        return False
    return True


@lru_cache(maxsize=4096)
def span_of(der: bytes) -> Span:
    """Read a certificate's times and uses, once; an unreadable one is good for nothing."""
    try:
        known = load(der)
    except StructureError:
        return Span(_NEVER, _NEVER, frozenset())
    uses: set[Usage] = set()
    for usage in get_args(Usage):
        try:
            require_usage(known, usage, pinned=True)
        except CertificateError:
            continue
        uses.add(usage)
    certificate = known.certificate
    return Span(certificate.not_valid_before_utc, certificate.not_valid_after_utc, frozenset(uses))
