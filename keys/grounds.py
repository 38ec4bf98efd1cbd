"""What a verdict on a certificate rested on, so that it can be repeated without us, years later.

Certificates and revocation data are kept once, each under its SHA-256; the grounds name them. From
those bytes alone `repeat` judges again as of the same time, by the table of `keys.policy` whose
rows have dates. A verdict on an OpenPGP key rested on that key as it was registered at the time.

Not here: whether the anchor deserves trust. The grounds say which it was; whoever repeats the
verdict decides.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from keys.errors import GroundsError
from keys.policy import POLICY_VERSION, MissingRevocation, TrustPolicy
from keys.usage import Usage

VERSION: Final = "1"


@dataclass(frozen=True, slots=True)
class Grounds:
    """The bytes and limits that one verdict rested on.

    `certificates` are DER, leaf first; the last is the anchor where `anchored`, and else the
    issuer whose revocation data counted, if any. `revocation` are the SHA-256 of lists and answers.
    """

    certificates: tuple[bytes, ...]
    revocation: tuple[str, ...]
    anchored: bool
    pinned: bool
    usage: Usage
    policy: TrustPolicy
    policy_version: str = POLICY_VERSION

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross from a worker process in few parts, none of them an object: with every mail."""
        policy = self.policy
        return _restored, (
            self.certificates,
            self.revocation,
            self.anchored,
            self.pinned,
            self.usage,
            policy.revocation_grace.total_seconds(),
            policy.missing_revocation,
            policy.longest_path,
            policy.read_3des,
            self.policy_version,
        )

    @property
    def blobs(self) -> dict[str, bytes]:
        """The certificates by their SHA-256."""
        return {hashlib.sha256(der).hexdigest(): der for der in self.certificates}

    def to_json(self) -> dict[str, Any]:
        """Give the grounds as JSON values, certificates by their SHA-256."""
        return {
            "sagspost_grounds": VERSION,
            "policy": {
                "version": self.policy_version,
                "revocation_grace_days": self.policy.revocation_grace / timedelta(days=1),
                "missing_revocation": self.policy.missing_revocation,
                "longest_path": self.policy.longest_path,
            },
            "usage": self.usage,
            "anchored": self.anchored,
            "pinned": self.pinned,
            "certificates": [hashlib.sha256(der).hexdigest() for der in self.certificates],
            "revocation": list(self.revocation),
        }


@lru_cache(maxsize=256)
def _restored(
    certificates: tuple[bytes, ...],
    revocation: tuple[str, ...],
    anchored: bool,
    pinned: bool,
    usage: Usage,
    grace: float,
    missing: MissingRevocation,
    longest: int,
    read_3des: bool,
    version: str,
) -> Grounds:
    policy = TrustPolicy(timedelta(seconds=grace), missing, longest, read_3des)
    return Grounds(certificates, revocation, anchored, pinned, usage, policy, version)


@dataclass(frozen=True, slots=True)
class KeyGrounds:
    """The registered OpenPGP key that one verdict rested on, in the bytes that it had then."""

    fingerprint: str
    key: bytes
    policy_version: str = POLICY_VERSION

    @property
    def blobs(self) -> dict[str, bytes]:
        """The key by its SHA-256."""
        return {hashlib.sha256(self.key).hexdigest(): self.key}

    def to_json(self) -> dict[str, Any]:
        """Give the grounds as JSON values, the key by its SHA-256."""
        return {
            "sagspost_grounds": VERSION,
            "policy": {"version": self.policy_version},
            "openpgp": {"fingerprint": self.fingerprint, "key": next(iter(self.blobs))},
        }


def names_in(document: Mapping[str, Any]) -> list[str]:
    """Give the SHA-256 of all bytes that written grounds name."""
    key = (document["openpgp"]["key"],) if "openpgp" in document else ()
    return [*document.get("certificates", ()), *document.get("revocation", ()), *key]


def read_key_grounds(document: Mapping[str, Any], blobs: Mapping[str, bytes]) -> KeyGrounds:
    """Give the grounds of an OpenPGP verdict back; raises `GroundsError` as `read_grounds` does."""
    try:
        named = document["openpgp"]
        key = blobs[named["key"]]
        if hashlib.sha256(key).hexdigest() != named["key"]:
            raise GroundsError(f"{named['key']} was changed")
        return KeyGrounds(named["fingerprint"], key, document["policy"]["version"])
    except KeyError as error:
        raise GroundsError(f"{error.args[0]} is missing") from None
    except (TypeError, ValueError) as error:
        raise GroundsError("the grounds cannot be read") from error


def read_grounds(document: Mapping[str, Any], blobs: Mapping[str, bytes]) -> Grounds:
    """Give the grounds back; raises `GroundsError` for what is missing, changed or unreadable.

    `blobs` are the bytes by their SHA-256; whether each fits its name is checked for what is used.
    """
    try:
        if document["sagspost_grounds"] != VERSION:
            raise GroundsError("grounds of another version")
        policy = document["policy"]
        names = [*document["certificates"], *document["revocation"]]
        for name in names:
            if hashlib.sha256(blobs[name]).hexdigest() != name:
                raise GroundsError(f"{name} was changed")
        return Grounds(
            certificates=tuple(blobs[name] for name in document["certificates"]),
            revocation=tuple(document["revocation"]),
            anchored=document["anchored"],
            pinned=document["pinned"],
            usage=document["usage"],
            policy=TrustPolicy(
                revocation_grace=timedelta(days=policy["revocation_grace_days"]),
                missing_revocation=policy["missing_revocation"],
                longest_path=policy["longest_path"],
            ),
            policy_version=policy["version"],
        )
    except KeyError as error:
        raise GroundsError(f"{error.args[0]} is missing") from None
    except (TypeError, ValueError) as error:
        raise GroundsError("the grounds cannot be read") from error
