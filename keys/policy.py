"""What a certificate's key and signature must be, in one table, and the limits of trust.

A row holds from `since` until `until`; what no row allows is refused. So RSA below 2048 bits, odd
curves, MD5 and SHA-1 have no row at all.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from keys.algorithms import describe_key
from keys.errors import CertificateWeakError

POLICY_VERSION: Final = "2026-11"  # kept with each verdict, so that it can be repeated years later

_ALWAYS: Final = datetime(1950, 1, 1, tzinfo=UTC)
_OPEN_END: Final = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is allowed: a kind of key with bounds of its size, or a hash by name."""

    name: str
    source: str
    least: int = 0
    most: int = 0
    since: datetime = _ALWAYS
    until: datetime = _OPEN_END


_SP800_57: Final = (
    "NIST SP 800-57 Part 1 Rev. 5, 5.6.1 and table 4 (112 bits until the end of 2030)"
)
_SP800_186: Final = "NIST SP 800-186, 3.2.1; RFC 5753"
KEY_RULES: Final = (
    Rule("RSA", _SP800_57, least=2048, most=3071, until=datetime(2031, 1, 1, tzinfo=UTC)),
    Rule("RSA", _SP800_57, least=3072, most=8192),
    Rule("P-256", "RFC 8551, 2.2; NIST SP 800-186"),
    Rule("P-384", _SP800_186),
    Rule("P-521", _SP800_186),
    Rule("Ed25519", "RFC 8551, 2.2; RFC 8410"),
)
HASH_RULES: Final = (
    Rule("sha256", "RFC 8551, 2.1; NIST SP 800-131A Rev. 2, 9"),
    Rule("sha384", "NIST SP 800-131A Rev. 2, 9"),
    Rule("sha512", "RFC 8551, 2.1; NIST SP 800-131A Rev. 2, 9"),
)


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """The limits that an operator may set.

    `revocation_grace`: how long a revocation list is still relied on after its nextUpdate, since an
    authority's web server may be down over a weekend; after that its certificates are refused.
    `longest_path`: the most intermediates between a certificate and an anchor.
    """

    revocation_grace: timedelta = timedelta(days=7)
    longest_path: int = 5


def require_strong_key(key: CertificatePublicKeyTypes | None, at: datetime) -> datetime:
    """Give the time until which this key is allowed; raises `CertificateWeakError`."""
    if key is None:
        raise CertificateWeakError("key of an unknown kind")
    if isinstance(key, rsa.RSAPublicKey):
        if key.public_numbers().e < 65537:  # NIST SP 800-56B Rev. 2, 6.2
            raise CertificateWeakError("RSA exponent below 65537")
        return _allowed_until(KEY_RULES, "RSA", key.key_size, at)
    return _allowed_until(KEY_RULES, describe_key(key), 0, at)


def require_strong_hash(
    signed: x509.Certificate | x509.CertificateRevocationList, at: datetime
) -> datetime:
    """Give the time until which the hash of a signed object is allowed, or raise.

    Raises `CertificateWeakError`. Ed25519 has no hash of its own to judge.
    """
    try:
        algorithm = signed.signature_hash_algorithm
    except (UnsupportedAlgorithm, ValueError) as error:
        raise CertificateWeakError("signature of an unknown kind") from error
    if algorithm is None:
        return _OPEN_END
    return _allowed_until(HASH_RULES, algorithm.name, 0, at)


def _allowed_until(rules: tuple[Rule, ...], name: str, size: int, at: datetime) -> datetime:
    for rule in rules:
        if (
            rule.name == name
            and rule.since <= at < rule.until
            and (not rule.most or rule.least <= size <= rule.most)
        ):
            return rule.until
    raise CertificateWeakError(f"{name} {size or ''}".strip() + " is not allowed")
