"""The verbs of OpenPGP mail, done by GnuPG in one home: decrypt, verify, seal.

The home is made at first use, because most gateways and most mails need none, and holds our own
keys and those that are registered for partners. A key in a mail is never imported. Whether a good
signature is somebody's is decided by the caller's list of fingerprints, never by a user id.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from keys.errors import (
    KeyFileError,
    NoKeyError,
    OpenPgpSignerUnknownError,
    SignatureInvalidError,
)
from keys.openpgp import status
from keys.openpgp.home import Home
from keys.openpgp.mail import encrypted_entity
from keys.openpgp.material import OwnOpenPgpKey, created_at
from keys.openpgp.status import Decryption, Signature
from keys.smime import require_crlf

_LARGEST_SIGNATURE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Clear:
    """What an encrypted message held, and what was found about it."""

    content: bytes
    found: Decryption


class OpenPgp:
    """OpenPGP for one process. `close` it; it makes itself anew when it is used again."""

    def __init__(
        self, own: Sequence[OwnOpenPgpKey], registered: Iterable[tuple[str, bytes]]
    ) -> None:
        """`registered` are public keys by their primary fingerprint."""
        self._own = tuple(own)
        self._registered = dict(registered)
        self._home: Home | None = None
        self._ours: str | None = None

    def decrypt(self, data: bytes | memoryview, at: datetime) -> Clear:
        """Open a message whole, as of `at`, with its signatures checked where it has any.

        Raises `NoKeyError`, `OpenError`, and what is wrong with a signature inside. Nothing of the
        plaintext is given away before all that is judged.
        """
        if not self._own:
            raise NoKeyError("no OpenPGP key of ours")
        ran = self._ready(at).run("--decrypt", data=data, at=at)
        found = status.judge_decryption(ran.status, ran.exit_status)
        return Clear(ran.output, replace(found, signatures=self._listed(found.signatures)))

    def verify(
        self, content: bytes | memoryview, signature: bytes, at: datetime
    ) -> tuple[Signature, ...]:
        """Check a detached signature over exact octets, as of `at`; the registered signer first.

        Raises a `SignatureError` or an `OpenPgpError`.
        """
        if len(signature) > _LARGEST_SIGNATURE:
            raise SignatureInvalidError("a signature larger than any")
        if not self._registered:
            raise OpenPgpSignerUnknownError("no OpenPGP key is registered")
        ran = self._ready(at).run(
            "--verify", "--", "{0}", "-", data=content, beside=(signature,), at=at
        )
        found = self._listed(status.judge_verification(ran.status, ran.exit_status))
        assert found
        return found

    def seal_entity(self, entity: bytes, recipient: str, at: datetime) -> bytes:
        """Sign an entity and encrypt it to a registered key, in one: content headers and body.

        Raises `RecipientError`, `OpenPgpKeyError`, and `ValueError` for line ends other than CRLF.
        """
        require_crlf(entity)
        home = self._ready(at)
        ours = self._signing()
        ran = home.run(
            *("--sign", "--encrypt", "--armor", "--local-user", f"{ours}!"),
            *("--recipient", recipient, "--no-encrypt-to", "--no-throw-keyids"),
            # SHA-512, because ECDSA over P-521 takes no shorter hash, and everybody reads it.
            *("--cipher-algo=AES256", "--digest-algo=SHA512", "--compress-algo=none"),
            *("--no-emit-version", "--no-comments", "--set-filename", ""),
            data=entity,
            at=at,
        )
        status.judge_sealing(ran.status, ran.exit_status)
        return encrypted_entity(ran.output)

    def registered(self, primary: str) -> bytes | None:
        """The public key that is registered under a primary fingerprint."""
        return self._registered.get(primary)

    @property
    def can_seal(self) -> bool:
        """Whether there is a key of ours to sign with."""
        return any(not own.decrypt_only for own in self._own)

    def close(self) -> None:
        """End the agent and take the home away."""
        if self._home is not None:
            self._home.close()
            self._home = None

    def _listed(self, signatures: tuple[Signature, ...]) -> tuple[Signature, ...]:
        """Put the registered signer first; raises when good signatures are all by others."""
        if not signatures:
            return ()
        listed = [one for one in signatures if one.primary in self._registered]
        if not listed:
            raise OpenPgpSignerUnknownError("not on the list")
        if len({one.primary for one in listed}) > 1:
            raise SignatureInvalidError("signed by several who are registered")
        return (*listed, *(one for one in signatures if one not in listed))

    def _signing(self) -> str:
        if self._ours is None:
            raise KeyFileError("no OpenPGP key to sign with")
        return self._ours

    def _ready(self, at: datetime) -> Home:
        """The home with all keys in it, made as of `at`: a shifted clock makes keys of its day."""
        if self._home is None:
            home = Home(agent=bool(self._own))
            try:
                held = [(_import_secret(home, own, at), own) for own in self._own]
                able = [made for made, own in held if not own.decrypt_only]
                self._ours = max(able)[1] if able else None
                if self._registered:
                    _import_public(home, self._registered, at)
            except BaseException:
                home.close()
                raise
            self._home = home
        return self._home


def _import_secret(home: Home, own: OwnOpenPgpKey, at: datetime) -> tuple[int, str]:
    """Import a key of ours; gives when it was made, and its fingerprint.

    Mail that is judged again may have come before the newest key was made, which GnuPG does not
    take as of that day: then as of today.
    """
    for when in (at, None):
        ran = home.run("--import", data=own.secret, at=when)
        marks = status.imported(ran.status)
        if len(marks) == 1 and ran.exit_status == 0:
            made = created_at(home, marks[0], when)
            if made is not None:
                return made, marks[0]
    raise KeyFileError(f"{own.key_id}.pgp-secret.asc: not one secret key without a passphrase")


def _import_public(home: Home, registered: dict[str, bytes], at: datetime) -> None:
    """Import what is registered. A key that GnuPG does not take signs for nobody, and no more.

    As of the mail's time, and then as of now, as for our own keys: a key may be newer than a mail
    that is judged again.
    """
    missing = dict(registered)
    for when in (at, None):
        for data in (b"".join(missing.values()), *missing.values()):
            if not missing:
                return
            for mark in status.imported(home.run("--import", data=data, at=when).status):
                missing.pop(mark, None)
