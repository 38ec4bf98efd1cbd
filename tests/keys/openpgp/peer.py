"""The other side: GnuPG as a partner runs it, in a home of its own, without a line of our code."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path


class Refused(AssertionError):
    """The peer's gpg ended with an error; its words are the text."""


@dataclass(frozen=True)
class Heard:
    """What the peer's gpg wrote and told."""

    output: bytes
    told: str


@dataclass
class Peer:
    """One partner with one key. `close` it: its agent ends with it."""

    name: str
    address: str
    kind: tuple[str, str] = ("ed25519", "cv25519")
    signing_subkey: str | None = None
    expires: str = "never"
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="peer", dir="/tmp")))
    fingerprint: str = ""

    def __post_init__(self) -> None:
        user, primary = f"{self.name} <{self.address}>", self.kind[0]
        self.gpg("--quick-generate-key", user, primary, "sign,cert", self.expires)
        listed = self.gpg("--with-colons", "--list-secret-keys").output.decode()
        marks = [line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr")]
        self.fingerprint = marks[0]
        self.gpg("--quick-add-key", self.fingerprint, self.kind[1], "encr", self.expires)
        if self.signing_subkey:
            self.gpg("--quick-add-key", self.fingerprint, self.signing_subkey, "sign", "never")

    def close(self) -> None:
        subprocess.run(("gpgconf", "--homedir", self.folder, "--kill", "all"), check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def gpg(self, *arguments: str, data: bytes = b"") -> Heard:
        """Run gpg, without a passphrase unless it is to ask; raises Refused with what it said."""
        silent = () if "--command-fd" in arguments else ("--passphrase", "")
        ran = subprocess.run(
            (
                *("gpg", "--homedir", self.folder, "--batch", "--yes", "--no-options", "--quiet"),
                *("--pinentry-mode", "loopback", *silent, "--trust-model", "always"),
                *("--status-fd", "2", *arguments),
            ),
            input=data,
            capture_output=True,
            check=False,
        )
        told = ran.stderr.decode("utf-8", "replace")
        if ran.returncode != 0:
            raise Refused(told)
        return Heard(ran.stdout, told)

    @property
    def public(self) -> bytes:
        """The public key, armoured."""
        return self.gpg("--armor", "--export", self.fingerprint).output

    @property
    def secret(self) -> bytes:
        """The secret key, armoured, without a passphrase."""
        return self.gpg("--armor", "--export-secret-keys", self.fingerprint).output

    def meet(self, public: bytes) -> None:
        """Take a key over from somebody."""
        self.gpg("--import", data=public)

    def revoke(self) -> None:
        """Use the revocation certificate that gpg made with the key."""
        kept = self.folder / "openpgp-revocs.d" / f"{self.fingerprint}.rev"
        self.gpg("--import", data=kept.read_bytes().replace(b":-----BEGIN", b"-----BEGIN"))

    def seal(self, data: bytes, to: str, *options: str) -> bytes:
        """Sign and encrypt in one, as `gpg -se` does."""
        return self.gpg(*options, "--armor", "-r", to, "--sign", "--encrypt", data=data).output

    def encrypt(self, data: bytes, to: str, *options: str) -> bytes:
        """Encrypt only."""
        return self.gpg(*options, "--armor", "-r", to, "--encrypt", data=data).output

    def sign(self, data: bytes, *options: str) -> bytes:
        """A signed message, not encrypted."""
        return self.gpg(*options, "--sign", data=data).output

    def sign_detached(self, data: bytes, *options: str) -> bytes:
        """A detached signature, armoured."""
        return self.gpg(*options, "--armor", "--detach-sign", data=data).output

    def dearmored(self, data: bytes) -> bytes:
        return self.gpg("--dearmor", data=data).output

    def decrypt(self, data: bytes) -> Heard:
        """Open what was sent to the peer."""
        return self.gpg("--decrypt", data=data)
