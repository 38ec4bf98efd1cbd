"""The other side: programs that seal, open, sign and verify, each in its own way or not at all.

A peer gives None for what it cannot do, whatever it says about that.
"""

import re
import shutil
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes

from tests.keys.interop.circle import Circle, Member

CIPHERS = (
    *("AES-128-CBC", "AES-192-CBC", "AES-256-CBC"),
    *("AES-128-GCM", "AES-192-GCM", "AES-256-GCM"),
    "3DES-CBC",
)
DIGESTS = ("SHA-256", "SHA-384", "SHA-512")


class Peer(ABC):
    """A program that knows the circle."""

    name: str
    version: str
    """As far as what it can do depends on it: `3.0`."""

    @abstractmethod
    def ways(self, member: Member) -> Sequence[str]:
        """How it can be asked to give a content key to this kind of key; `` is its own way."""

    @abstractmethod
    def seal(self, member: Member, cipher: str, way: str, content: bytes) -> bytes | None: ...

    @abstractmethod
    def open(self, member: Member, sealed: bytes) -> bytes | None: ...

    @abstractmethod
    def sign(
        self, member: Member, digest: str, scheme: str, content: bytes, *, detached: bool
    ) -> bytes | None: ...

    @abstractmethod
    def verify(self, signed: bytes, content: bytes, *, detached: bool) -> bool: ...


def run(*command: str | Path, stdin: bytes = b"") -> bytes | None:
    done = subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=60)
    return done.stdout if done.returncode == 0 else None


class OpenSsl(Peer):
    """`openssl cms`."""

    name = "OpenSSL"
    _RSA: Final[dict[str, tuple[str, ...]]] = {
        "PKCS#1 v1.5": (),
        "OAEP SHA-1": ("-keyopt", "rsa_padding_mode:oaep"),
        "OAEP SHA-256": ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"),
        "OAEP SHA-512": ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha512"),
    }
    _EC: Final[dict[str, tuple[str, ...]]] = {
        f"ECDH SHA-{size}": ("-keyopt", f"ecdh_kdf_md:sha{size}")
        for size in (1, 224, 256, 384, 512)
    }

    def __init__(self, circle: Circle, folder: Path) -> None:
        self._circle, self._folder = circle, folder
        said = (run("openssl", "version") or b"").decode()
        self.version = ".".join(said.split()[1].split(".")[:2])

    def ways(self, member: Member) -> Sequence[str]:
        if member.kind.startswith("rsa"):
            return tuple(self._RSA)
        return tuple(self._EC) if member.kind.startswith("p") else ("",)

    def seal(self, member: Member, cipher: str, way: str, content: bytes) -> bytes | None:
        options = (self._RSA | self._EC).get(way, ())
        name = "des-ede3-cbc" if cipher == "3DES-CBC" else cipher.lower()
        command = ("openssl", "cms", "-encrypt", "-binary", "-outform", "DER", f"-{name}")
        return run(*command, "-recip", member.pem, *options, stdin=content)

    def open(self, member: Member, sealed: bytes) -> bytes | None:
        return run(
            *("openssl", "cms", "-decrypt", "-binary", "-inform", "DER"),
            *("-recip", member.pem, "-inkey", member.key_file),
            stdin=sealed,
        )

    def sign(
        self, member: Member, digest: str, scheme: str, content: bytes, *, detached: bool
    ) -> bytes | None:
        options = ("-keyopt", "rsa_padding_mode:pss") if scheme == "RSA-PSS" else ()
        return run(
            *("openssl", "cms", "-sign", "-binary", "-outform", "DER"),
            *("-md", digest.replace("-", "").lower(), "-signer", member.pem),
            *("-inkey", member.key_file, *(() if detached else ("-nodetach",)), *options),
            stdin=content,
        )

    def verify(self, signed: bytes, content: bytes, *, detached: bool) -> bool:
        path = self._folder / "content"
        path.write_bytes(content)
        beside = ("-content", path) if detached else ()
        verified = run(
            *("openssl", "cms", "-verify", "-binary", "-inform", "DER"),
            *("-CAfile", self._circle.root_pem, *beside),
            stdin=signed,
        )
        return verified == content


class Nss(Peer):
    """`cmsutil`: the library that Thunderbird opens and verifies mail with."""

    name = "NSS (cmsutil)"

    def __init__(self, circle: Circle, folder: Path) -> None:
        self._folder, self._store = folder, f"sql:{folder}"
        said = (run("pkg-config", "--modversion", "nss") or b"").decode().strip()
        self.version = ".".join((said or _packaged("libnss3")).split(".")[:2])
        self._take("certutil", "-N", "--empty-password")
        self._take("certutil", "-A", "-n", "root", "-t", "C,C,C", "-a", "-i", circle.root_pem)
        self.holds = {kind for kind, member in circle.members.items() if self._import(member)}

    def ways(self, member: Member) -> Sequence[str]:  # noqa: ARG002  (it has one for each key)
        return ("",)

    def seal(
        self,
        member: Member,
        cipher: str,  # noqa: ARG002  (it chooses by itself)
        way: str,  # noqa: ARG002
        content: bytes,
    ) -> bytes | None:
        return self._cms("-E", "-r", member.address, stdin=content)

    def open(self, member: Member, sealed: bytes) -> bytes | None:
        return self._cms("-D", stdin=sealed) if member.kind in self.holds else None

    def sign(
        self, member: Member, digest: str, scheme: str, content: bytes, *, detached: bool
    ) -> bytes | None:
        if member.kind not in self.holds or scheme == "RSA-PSS":  # it has no option for that
            return None
        form = ("-T",) if detached else ()
        named = ("-N", member.kind, "-H", digest.replace("-", ""))
        return self._cms("-S", "-G", "-P", *named, *form, stdin=content)

    def verify(self, signed: bytes, content: bytes, *, detached: bool) -> bool:
        beside = self._folder / "content"
        beside.write_bytes(content)
        return self._cms("-D", *(("-c", beside) if detached else ()), stdin=signed) == content

    def _import(self, member: Member) -> bool:
        bundle = self._folder / "bundle.p12"
        made = run(
            *("openssl", "pkcs12", "-export", "-passout", "pass:x", "-name", member.kind),
            *("-inkey", member.key_file, "-in", member.pem, "-out", bundle),
        )
        return made is not None and self._take("pk12util", "-W", "x", "-i", bundle)

    def _take(self, *command: str | Path) -> bool:
        return run(command[0], "-d", self._store, *command[1:]) is not None

    def _cms(self, *arguments: str | Path, stdin: bytes) -> bytes | None:
        source, made = self._folder / "in", self._folder / "out"
        source.write_bytes(stdin)
        made.unlink(missing_ok=True)
        files: tuple[str | Path, ...] = ("-i", source, "-o", made)
        done = run("cmsutil", arguments[0], "-d", self._store, *arguments[1:], *files)
        return made.read_bytes() if done is not None and made.exists() else None


def _packaged(package: str) -> str:
    """The version of a package, without its epoch."""
    said = (run("dpkg-query", "-W", "-f", "${Version}", package) or b"0").decode()
    return said.rpartition(":")[2]


class GnuPg(Peer):
    """`gpgsm`, in a home of its own under a short path, with its agent."""

    name = "GnuPG (gpgsm)"
    _OPTIONS: Final[tuple[str, ...]] = (
        *("--batch", "--no-tty", "--disable-dirmngr", "--disable-crl-checks"),
        *("--pinentry-mode", "loopback", "--passphrase-fd", "0"),
    )
    _CIPHERS: Final = {
        "AES-128-CBC": "AES",
        "AES-192-CBC": "AES192",
        "AES-256-CBC": "AES256",
        "AES-128-GCM": "AES128-GCM",
        "AES-192-GCM": "AES192-GCM",
        "AES-256-GCM": "AES256-GCM",
        "3DES-CBC": "3DES",
    }

    def __init__(self, circle: Circle, home: Path) -> None:
        self._circle, self._home = circle, home
        said = (run("gpgsm", "--version") or b"").decode()
        self.version = ".".join((re.findall(r"\d+\.\d+", said) or ["0"])[0].split(".")[:2])
        digest = circle.root.fingerprint(hashes.SHA1()).hex().upper()
        (home / "trustlist.txt").write_text(f"{digest} S relax\n")
        # Else each use of a key takes as long as somebody who guesses passwords should wait.
        (home / "gpg-agent.conf").write_text("s2k-count 65536\n")
        self._run("--import", stdin=circle.root_pem.read_bytes())
        self.holds = {kind for kind, member in circle.members.items() if self._import(member)}

    @classmethod
    @contextmanager
    def started(cls, circle: Circle) -> Iterator["GnuPg"]:
        home = Path(tempfile.mkdtemp(prefix="gi", dir="/tmp"))
        try:
            yield cls(circle, home)
        finally:
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)
            shutil.rmtree(home, ignore_errors=True)

    def ways(self, member: Member) -> Sequence[str]:  # noqa: ARG002  (it has one for each key)
        return ("",)

    def seal(
        self,
        member: Member,
        cipher: str,
        way: str,  # noqa: ARG002  (the same)
        content: bytes,
    ) -> bytes | None:
        named = ("--cipher-algo", self._CIPHERS[cipher], "--recipient", member.address)
        return self._run(*named, "--encrypt", stdin=content)

    def open(self, member: Member, sealed: bytes) -> bytes | None:
        return self._run("--decrypt", stdin=sealed) if member.kind in self.holds else None

    def sign(
        self, member: Member, digest: str, scheme: str, content: bytes, *, detached: bool
    ) -> bytes | None:
        if member.kind not in self.holds or scheme == "RSA-PSS":  # it has no option for that
            return None
        how = "--detach-sign" if detached else "--sign"
        named = ("--local-user", member.address, "--digest-algo", digest.replace("-", ""))
        return self._run(*named, how, stdin=content)

    def verify(self, signed: bytes, content: bytes, *, detached: bool) -> bool:
        if not detached:
            return self._run("--output", "-", "--verify", stdin=signed) == content
        beside = self._home / "content"
        beside.write_bytes(content)
        return self._run("--verify", stdin=signed, beside=beside) is not None

    def _import(self, member: Member) -> bool:
        """Give it certificate and key; whether it took the key."""
        self._run("--import", stdin=member.pem.read_bytes())
        bundle = run(
            *("openssl", "pkcs12", "-export", "-legacy", "-passout", "pass:x"),
            *("-inkey", member.key_file, "-in", member.pem),
        )
        taken = bundle is not None and self._run("--import", stdin=bundle) is not None
        return taken and member.address in (self._run("--list-secret-keys") or b"").decode()

    def _run(self, *arguments: str, stdin: bytes = b"", beside: Path | None = None) -> bytes | None:
        source = self._home / "in"
        source.write_bytes(stdin)
        files: tuple[Path, ...] = () if arguments[0].startswith("--list") else (source,)
        files += (beside,) if beside else ()
        options: tuple[str | Path, ...] = ("--homedir", self._home, *self._OPTIONS)
        return run("gpgsm", *options, *arguments, *files, stdin=b"x\n")
