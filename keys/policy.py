"""What keys, signatures and ciphers must be, in one table, and the limits of trust.

A row holds from `since` until `until`; what no row allows is refused. Rows whose end has passed say
since when something is refused and who says so; what was never fit for mail (odd curves, DSA) has
no row at all. `docs/trust.md` shows the table, and a test holds the two together.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509 import ocsp

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
_SP800_131A: Final = "NIST SP 800-131A Rev. 2, 9"
_SP800_186: Final = "NIST SP 800-186, 3.2.1; RFC 5753"


def _end_of(year: int) -> datetime:
    return datetime(year + 1, 1, 1, tzinfo=UTC)


KEY_RULES: Final = (
    Rule("RSA", "NIST SP 800-131A Rev. 2, 3", least=1024, most=2047, until=_end_of(2013)),
    Rule("RSA", _SP800_57, least=2048, most=3071, until=_end_of(2030)),
    Rule("RSA", _SP800_57, least=3072, most=8192),
    Rule("P-256", "RFC 8551, 2.2; NIST SP 800-186"),
    Rule("P-384", _SP800_186),
    Rule("P-521", _SP800_186),
    Rule("Ed25519", "RFC 8551, 2.2; RFC 8410"),
    Rule("X25519", "RFC 8551, 2.3; RFC 8418"),
)
HASH_RULES: Final = (
    Rule("md5", "RFC 6151, 2 (collisions in a certificate: December 2008)", until=_end_of(2008)),
    Rule("sha1", _SP800_131A, until=_end_of(2013)),
    Rule("sha256", f"RFC 8551, 2.1; {_SP800_131A}"),
    Rule("sha384", _SP800_131A),
    Rule("sha512", f"RFC 8551, 2.1; {_SP800_131A}"),
)
# Ciphers of content that is read. After its end 3DES is read where `read_3des` says so: mail that
# was under way for years can then be opened, and nothing is ever written with it.
CIPHER_RULES: Final = (
    Rule("3DES", "NIST SP 800-131A Rev. 2, 2 (decryption only since)", until=_end_of(2023)),
    Rule("AES-128", "RFC 8551, 2.7"),
    Rule("AES-192", "RFC 8551, 2.7"),
    Rule("AES-256", "RFC 8551, 2.7"),
)
MissingRevocation = Literal["accept", "quarantine"]


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """The limits that an operator may set.

    `revocation_grace`: how long a revocation list or an OCSP response is still relied on after its
    nextUpdate, since an authority's web server may be down over a weekend; after that its
    certificates are refused. `missing_revocation`: what becomes of a certificate about whose
    revocation nothing is known. `longest_path`: the most intermediates between a certificate and an
    anchor. `read_3des`: whether content in 3DES is still read.
    """

    revocation_grace: timedelta = timedelta(days=7)
    missing_revocation: MissingRevocation = "accept"
    longest_path: int = 5
    read_3des: bool = False


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
    signed: x509.Certificate | x509.CertificateRevocationList | ocsp.OCSPResponse, at: datetime
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


def cipher_is_read(name: str, at: datetime, policy: TrustPolicy) -> bool:
    """Say whether content in this cipher is read: `AES-256`, `3DES`, without its mode."""
    if name == "3DES" and policy.read_3des:
        return True
    return any(rule.name == name and rule.since <= at < rule.until for rule in CIPHER_RULES)


def _allowed_until(rules: tuple[Rule, ...], name: str, size: int, at: datetime) -> datetime:
    for rule in rules:
        if (
            rule.name == name
            and rule.since <= at < rule.until
            and (not rule.most or rule.least <= size <= rule.most)
        ):
            return rule.until
    raise CertificateWeakError(f"{name} {size or ''}".strip() + " is not allowed")
