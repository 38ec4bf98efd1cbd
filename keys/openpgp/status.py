"""What GnuPG says on its status pipe, read strictly; pure, total and bounded.

GnuPG tells what it found by lines `[GNUPG:] KEYWORD arguments`, and its exit status alone does not
say enough: it is 0 for a signed mail that was never encrypted, and for the first of two messages
that were put together. So the lines must tell one whole story, in order, and nothing beside it:

    a decryption   BEGIN_DECRYPTION, DECRYPTION_INFO with MDC or AEAD, one PLAINTEXT, signatures,
                   DECRYPTION_OKAY, GOODMDC where it is MDC, END_DECRYPTION, exit 0
    a signature    NEWSIG, GOODSIG, VALIDSIG; each one good, or none counts
    a sealing      BEGIN_SIGNING, SIG_CREATED, BEGIN_ENCRYPTION, END_ENCRYPTION, exit 0

A keyword that is not known here is a refusal too: a newer GnuPG may have a new way to say no.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from keys.errors import (
    NoKeyError,
    OpenError,
    OpenPgpKeyError,
    RecipientError,
    SignatureInvalidError,
    SignatureMissingError,
)
from keys.openpgp.lines import ASIDE, MOST_STATUS, Line, lines_of, named
from keys.openpgp.signatures import MOST_SIGNATURES, Signature, Signatures

__all__ = [
    "MOST_SIGNATURES",
    "MOST_STATUS",
    "Decryption",
    "Signature",
    "created",
    "imported",
    "judge_decryption",
    "judge_sealing",
    "judge_verification",
]


_CIPHERS: Final[Mapping[str, str]] = {
    "1": "IDEA",
    "2": "3DES",
    "3": "CAST5",
    "4": "Blowfish",
    "7": "AES-128",
    "8": "AES-192",
    "9": "AES-256",
    "10": "Twofish",
    "11": "Camellia-128",
    "12": "Camellia-192",
    "13": "Camellia-256",
}
_AEAD: Final[Mapping[str, str]] = {"1": "EAX", "2": "OCB", "3": "GCM"}


@dataclass(frozen=True, slots=True)
class Decryption:
    """A message that was opened whole, and the signatures inside it."""

    cipher: str
    integrity: str
    """`MDC`, or the AEAD mode."""
    key: str
    """Fingerprint of our primary key that opened it."""
    signatures: tuple[Signature, ...]


def judge_decryption(status: bytes, exit_status: int) -> Decryption:
    """Read the story of `gpg --decrypt`.

    Raises `NoKeyError`; `OpenError` for every other reason not to open; and when it was opened
    whole, what is wrong with its signatures.
    """
    story = _Decrypting()
    for line in lines_of(status):
        story.take(line)
    return story.end(exit_status)


def judge_verification(status: bytes, exit_status: int) -> tuple[Signature, ...]:
    """Read the story of `gpg --verify`: at least one signature, and every one good.

    Raises a `SignatureError` or an `OpenPgpError`.
    """
    signatures = Signatures()
    strange: str | None = None
    for line in lines_of(status):
        if not signatures.take(line) and line.keyword not in ASIDE:
            strange = strange or named(line)
    found = signatures.end()
    if strange:
        raise SignatureInvalidError(strange)
    if not found:
        raise SignatureMissingError("no signature")
    if exit_status != 0:
        raise SignatureInvalidError(f"exit status {exit_status}")
    return found


def judge_sealing(status: bytes, exit_status: int) -> None:
    """Read the story of `gpg --sign --encrypt`: one signature of ours, and one encryption.

    Raises `RecipientError` for a key that nothing can be encrypted to, else `OpenPgpKeyError`.
    """
    told = [line for line in lines_of(status) if line.keyword not in ASIDE]
    for line in told:
        if line.keyword in ("INV_RECP", "NO_RECP"):
            raise RecipientError(named(line))
    words = [line.keyword for line in told]
    story = ["BEGIN_SIGNING", "SIG_CREATED", "BEGIN_ENCRYPTION", "END_ENCRYPTION"]
    if sorted(words) != sorted(story) or words[-1] != "END_ENCRYPTION" or exit_status != 0:
        raise OpenPgpKeyError(f"not sealed: {' '.join(words)[:120]}; exit status {exit_status}")


def imported(status: bytes) -> tuple[str, ...]:
    """Give the fingerprints of the keys that `gpg --import` took."""
    found = [
        line.arguments[1]
        for line in lines_of(status)
        if line.keyword == "IMPORT_OK" and len(line.arguments) == 2
    ]
    return tuple(dict.fromkeys(found))


def created(status: bytes) -> str:
    """Give the fingerprint of the key that was made; raises `OpenPgpKeyError`."""
    for line in lines_of(status):
        if line.keyword == "KEY_CREATED" and len(line.arguments) >= 2:
            return line.arguments[1]
    raise OpenPgpKeyError("no key was made")


class _Decrypting:
    """The story of one decryption: `step` is how far it has come."""

    def __init__(self) -> None:
        self.step = "before"
        self.fault: str | None = None
        self.complaint: str | None = None
        self.no_key = False
        self.key = ""
        self.info: tuple[str, ...] = ()
        self.okay = self.mdc = False
        self.signatures = Signatures()

    def take(self, line: Line) -> None:
        keyword = line.keyword
        if keyword in ASIDE:
            return
        if keyword == "NO_SECKEY":
            self.no_key = True
        elif keyword == "DECRYPTION_KEY":
            self.key = line.arguments[1] if len(line.arguments) > 1 else ""
        elif self.signatures.take(line):
            if self.step != "plaintext":
                self.refuse("a signature outside the encryption")
        else:
            self._move(line)

    def _move(self, line: Line) -> None:
        """Take one step of the table; what is not in it, or not now, is a refusal."""
        if line.keyword == "FAILURE" and self.step == "ended":
            # The reason for the exit status, told before by a line of its own.
            self.complaint = "FAILURE"
            return
        wanted, after = _STEPS.get(line.keyword, ("", ""))
        if self.step not in wanted.split("|"):
            self.refuse(f"{named(line)} {self.step}")
            return
        self.step = after
        if line.keyword == "DECRYPTION_INFO":
            self.info = line.arguments
        elif line.keyword == "GOODMDC":
            self.mdc = True

    def refuse(self, why: str) -> None:
        self.fault = self.fault or why

    def end(self, exit_status: int) -> Decryption:
        """Give what was opened, when the story is whole."""
        if self.no_key and not self.key and self.step in ("before", "begun", "failed"):
            raise NoKeyError("NO_SECKEY")
        if self.fault is None and self.step != "ended":
            self.fault = f"ended {self.step}"
        if self.fault is not None:
            # At a bad signature gpg stops, before it has seen the end of what it decrypts.
            why = self.signatures.fault
            raise OpenError(self.fault if why is None else f"{why.detail}, {self.fault}")
        if not self.key:
            raise OpenError("opened by no key of ours")
        cipher, integrity = self._protection()
        signatures = self.signatures.end()
        if exit_status != 0 or self.complaint:
            raise OpenError(f"exit status {exit_status}")
        return Decryption(cipher, integrity, self.key, signatures)

    def _protection(self) -> tuple[str, str]:
        """Give cipher and integrity; without integrity nothing was opened (EFAIL)."""
        method, cipher, aead = (*self.info, "", "", "")[:3]
        name = _CIPHERS.get(cipher, f"cipher {cipher[:4]}")
        if aead in _AEAD:
            return name, _AEAD[aead]
        if method in ("", "0") or not self.mdc:
            raise OpenError("no integrity protection")
        return name, "MDC"


# Each keyword, when it may come, and what comes after. GOODMDC stands after DECRYPTION_OKAY.
_STEPS: Final[Mapping[str, tuple[str, str]]] = {
    "BEGIN_DECRYPTION": ("before", "begun"),
    "DECRYPTION_FAILED": ("begun", "failed"),
    "DECRYPTION_INFO": ("begun", "informed"),
    "PLAINTEXT": ("informed", "plaintext"),
    "DECRYPTION_OKAY": ("plaintext", "okay"),
    "GOODMDC": ("okay", "intact"),
    "END_DECRYPTION": ("okay|intact", "ended"),
}
