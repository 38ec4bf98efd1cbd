"""Signatures as GnuPG tells of them: NEWSIG, GOODSIG, VALIDSIG; every one good, or none counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from keys.errors import (
    KeysError,
    OpenPgpKeyExpiredError,
    OpenPgpKeyRevokedError,
    OpenPgpSignerUnknownError,
    SignatureInvalidError,
    SignatureWeakError,
)
from keys.openpgp.lines import Line

MOST_SIGNATURES: Final = 16
_FINGERPRINT: Final = frozenset("0123456789ABCDEF")

DIGESTS: Final[Mapping[str, str]] = {
    "8": "SHA-256",
    "9": "SHA-384",
    "10": "SHA-512",
    "11": "SHA-224",
    "12": "SHA3-256",
    "14": "SHA3-512",
}
"""Hash algorithms (RFC 9580 9.5) that a signature may rest on: no MD5, SHA-1 or RIPEMD-160."""
_KEYS: Final[Mapping[str, str]] = {
    "1": "RSA",
    "3": "RSA",
    "17": "DSA",
    "19": "ECDSA",
    "22": "EdDSA",
    "27": "Ed25519",
    "28": "Ed448",
}
# What GnuPG says of a signature that is not good. ERRSIG is read for its reason.
_BAD_SIGNATURE: Final[Mapping[str, type[KeysError]]] = {
    "BADSIG": SignatureInvalidError,
    "EXPSIG": SignatureInvalidError,
    "EXPKEYSIG": OpenPgpKeyExpiredError,
    "REVKEYSIG": OpenPgpKeyRevokedError,
}
_NO_PUBLIC_KEY: Final = "9"


@dataclass(frozen=True, slots=True)
class Signature:
    """A good signature. Whether its key is somebody's is another question."""

    fingerprint: str
    """Of the key or subkey that signed."""
    primary: str
    """Of the primary key that it belongs to: what is registered for a partner."""
    signed_at: datetime
    key_algorithm: str
    digest: str


@dataclass
class Signatures:
    """The signatures of one story: NEWSIG opens one, VALIDSIG ends it, anything else spoils it."""

    good: list[Signature] = field(default_factory=list)
    fault: KeysError | None = None
    begun: int = 0
    named_good: int = 0

    def take(self, line: Line) -> bool:
        """Read a line of a signature; false when it is none."""
        keyword = line.keyword
        if keyword == "NEWSIG":
            self.begun += 1
            if self.begun > MOST_SIGNATURES:
                self.spoil(SignatureInvalidError("too many signatures"))
        elif keyword == "GOODSIG":
            self.named_good += 1
        elif keyword == "VALIDSIG":
            self._valid(line)
        elif keyword == "ERRSIG":
            self.spoil(_unchecked(line))
        elif keyword in _BAD_SIGNATURE:
            self.spoil(_BAD_SIGNATURE[keyword](keyword))
        elif keyword == "NO_PUBKEY":
            # It comes behind ERRSIG, which has said so; alone it is no story of a good signature.
            self.spoil(OpenPgpSignerUnknownError("NO_PUBKEY"))
        else:
            return False
        return True

    def spoil(self, error: KeysError) -> None:
        """Let the first thing that is wrong be the reason."""
        self.fault = self.fault or error

    def _valid(self, line: Line) -> None:
        try:
            self.good.append(_signature(line))
        except KeysError as error:
            self.spoil(error)

    def end(self) -> tuple[Signature, ...]:
        """Give all signatures; raises for the first that is not good."""
        if self.fault is not None:
            raise self.fault
        if not self.begun == self.named_good == len(self.good):
            raise SignatureInvalidError("a signature without its end")
        return tuple(self.good)


def _signature(line: Line) -> Signature:
    """Read VALIDSIG; raises `SignatureWeakError` and `SignatureInvalidError`."""
    words = line.arguments
    if len(words) < 10:
        raise SignatureInvalidError("VALIDSIG of an unknown form")
    fingerprint, moment, kind, digest, meaning, primary = (words[at] for at in (0, 2, 6, 7, 8, 9))
    for mark in (fingerprint, primary):
        if len(mark) not in (40, 64) or not set(mark) <= _FINGERPRINT:
            raise SignatureInvalidError("VALIDSIG without a fingerprint")
    if meaning not in ("00", "01"):
        # A binary or a text document. A certification of a key says nothing about a mail.
        raise SignatureInvalidError("signature of another kind")
    if digest not in DIGESTS:
        raise SignatureWeakError(f"hash {digest[:4]}")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 10):
        raise SignatureInvalidError("VALIDSIG without a time")
    return Signature(
        fingerprint=fingerprint,
        primary=primary,
        signed_at=datetime.fromtimestamp(int(moment), UTC),
        key_algorithm=_KEYS.get(kind, f"algorithm {kind[:4]}"),
        digest=DIGESTS[digest],
    )


def _unchecked(line: Line) -> KeysError:
    """Say why a signature could not be checked: its key is not here, or it is of another kind."""
    words = line.arguments
    if len(words) > 5 and words[5] == _NO_PUBLIC_KEY:
        return OpenPgpSignerUnknownError("NO_PUBKEY")
    if len(words) > 2 and words[2] not in DIGESTS:
        return SignatureWeakError(f"ERRSIG, hash {words[2][:4]}")
    return SignatureInvalidError("ERRSIG")
