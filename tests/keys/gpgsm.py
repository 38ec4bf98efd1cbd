"""GnuPG's S/MIME side, in a home of its own under a short path, with its agent."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.keys.other_side import Authority, Party, openssl

_OPTIONS = (
    *("--batch", "--no-tty", "--disable-dirmngr", "--disable-crl-checks"),
    *("--pinentry-mode", "loopback", "--passphrase-fd", "0"),
)


class Gpgsm:
    """One running home, holding the key of one party."""

    def __init__(self, home: Path, party: Party) -> None:
        self.home = home
        self.party = party

    @classmethod
    @contextmanager
    def started(cls, party: Party, authority: Authority) -> Iterator["Gpgsm"]:
        # pytest's folders are too long for the agent's socket.
        home = Path(tempfile.mkdtemp(prefix="gs", dir="/tmp"))
        # Else each use of a key takes as long as somebody who guesses passwords should wait.
        (home / "gpg-agent.conf").write_text("s2k-count 65536\n")
        running = cls(home, party)
        try:
            running._import(authority)
            yield running
        finally:
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)
            shutil.rmtree(home, ignore_errors=True)

    def run(self, *arguments: str | Path, stdin: bytes = b"", passphrase: str = "x") -> bytes:
        source = self.home / "in"
        source.write_bytes(stdin)
        done = subprocess.run(
            ["gpgsm", "--homedir", self.home, *_OPTIONS, *arguments, source],
            input=passphrase.encode() + b"\n",
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def trust(self, certificate: x509.Certificate) -> None:
        digest = certificate.fingerprint(hashes.SHA1()).hex().upper()
        with (self.home / "trustlist.txt").open("a") as file:
            file.write(f"{digest} S relax\n")
        subprocess.run(
            ["gpg-connect-agent", "--homedir", self.home, "RELOADAGENT", "/bye"],
            check=False,
            capture_output=True,
        )

    def import_certificate(self, pem: bytes) -> None:
        self.run("--import", stdin=pem)

    def _import(self, authority: Authority) -> None:
        for party in (authority.root, authority.issuing):
            self.import_certificate(party.pem.read_bytes())
        bundle = openssl(
            *("pkcs12", "-export", "-legacy", "-passout", "pass:x"),
            *("-inkey", self.party.key, "-in", self.party.pem),
        )
        self.run("--import", stdin=bundle)
        self.trust(authority.root.certificate)
