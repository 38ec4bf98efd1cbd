"""What we and GnuPG make of each other's mail, over kinds of keys, ciphers and hashes.

    .venv/bin/python -m tests.keys.openpgp.interop    writes it into docs/interop-openpgp.md

What a peer can do is found out: where GnuPG itself does not make something, the cell says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from keys.errors import KeysError
from keys.openpgp import OpenPgp, OwnOpenPgpKey, read_public_key
from tests.keys.openpgp.peer import Peer, Refused

PAGE = Path(__file__).resolve().parents[3] / "docs" / "interop-openpgp.md"
ENTITY = b"Content-Type: text/plain; charset=utf-8\r\n\r\nCPR-nummer: 670765-4005\r\n"
KINDS = {
    "RSA-2048": ("rsa2048", "rsa2048"),
    "RSA-3072": ("rsa3072", "rsa3072"),
    "Ed25519, X25519": ("ed25519", "cv25519"),
    "P-256": ("nistp256", "nistp256"),
    "P-384": ("nistp384", "nistp384"),
    "P-521": ("nistp521", "nistp521"),
    "brainpoolP256r1": ("brainpoolP256r1", "brainpoolP256r1"),
}
CIPHERS = ("AES128", "AES192", "AES256", "CAMELLIA256", "TWOFISH", "3DES")
DIGESTS = ("SHA256", "SHA384", "SHA512", "SHA1")
GOOD = "good"
NOT_MADE = "GnuPG does not make it"


class Pair:
    """A partner and we, both with keys of one kind."""

    def __init__(self, kind: str) -> None:
        self.peer = Peer("Partner", "post@partner.example", kind=KINDS[kind])
        self.own = Peer("Vi", "post@rm.example", kind=KINDS[kind])
        self.peer.meet(self.own.public)
        known = read_public_key(self.peer.public, datetime.now(UTC))
        ours = OwnOpenPgpKey("gateway", self.own.secret)
        self.pgp = OpenPgp([ours], [(known.fingerprint, known.data)])

    def close(self) -> None:
        self.pgp.close()
        self.peer.close()
        self.own.close()

    def cell(self, make: Callable[[], bytes], read: Callable[[bytes], object]) -> str:
        """Let one side make and the other read; says what came of it."""
        try:
            made = make()
        except Refused:
            return NOT_MADE
        try:
            read(made)
        except KeysError as error:
            return f"refused: `{error.code}`"
        return GOOD

    def opened(self, sealed: bytes) -> None:
        clear = self.pgp.decrypt(sealed, datetime.now(UTC))
        assert clear.content == ENTITY
        assert [one.primary for one in clear.found.signatures] == [self.peer.fingerprint]

    def combined(self, *options: str) -> str:
        """GnuPG signs and encrypts in one; we open."""
        return self.cell(
            lambda: self.peer.seal(ENTITY, self.own.fingerprint, *options), self.opened
        )

    def detached(self, *options: str) -> str:
        """GnuPG signs beside the content; we check."""
        return self.cell(
            lambda: self.peer.sign_detached(ENTITY, *options),
            lambda signature: self.pgp.verify(ENTITY, signature, datetime.now(UTC)),
        )

    def sealed_by_us(self) -> str:
        """We seal; GnuPG opens and knows our key."""
        dressed = self.pgp.seal_entity(ENTITY, self.peer.fingerprint, datetime.now(UTC))
        heard = self.peer.decrypt(dressed[dressed.index(b"-----BEGIN") : dressed.rindex(b"--=_")])
        good = heard.output == ENTITY and f"VALIDSIG {self.own.fingerprint}" in heard.told
        return GOOD if good and "GOODMDC" in heard.told else "GnuPG does not read it"


def measured() -> list[list[str]]:
    """All cells: a row for each kind of key."""
    rows = []
    for kind in KINDS:
        pair = Pair(kind)
        try:
            rows.append(
                [
                    kind,
                    *(pair.combined("--cipher-algo", cipher) for cipher in CIPHERS),
                    *(pair.combined("--digest-algo", digest) for digest in DIGESTS),
                    *(pair.detached("--digest-algo", digest) for digest in DIGESTS),
                    pair.sealed_by_us(),
                ]
            )
        finally:
            pair.close()
    return rows


def tables(rows: Sequence[Sequence[str]]) -> str:
    """The cells as three tables of the page."""
    ciphers, digests = len(CIPHERS), len(DIGESTS)
    first = [[*row[: 1 + ciphers]] for row in rows]
    second = [[row[0], *row[1 + ciphers : 1 + ciphers + digests]] for row in rows]
    third = [[row[0], *row[1 + ciphers + digests : -1]] for row in rows]
    fourth = [[row[0], row[-1]] for row in rows]
    heads = (
        ("GnuPG signs and encrypts in one, by cipher", CIPHERS, first),
        ("The same, by the hash of the signature", DIGESTS, second),
        ("GnuPG signs beside the content (multipart/signed), by hash", DIGESTS, third),
        ("We sign and encrypt in one; GnuPG reads", ("AES256, SHA512",), fourth),
    )
    return "\n".join(_table(title, names, body) for title, names, body in heads)


def _table(title: str, names: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [f"**{title}**", "", f"| key | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    lines += [f"| {' | '.join(row)} |" for row in body]
    return "\n".join(lines) + "\n"


def between(page: str, name: str) -> str:
    """What stands between two marks of the page."""
    return page.partition(f"<!-- {name} -->\n")[2].partition(f"<!-- end of {name} -->")[0]


def put(page: str, name: str, text: str) -> str:
    """The page with other text between the two marks."""
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    return f"{page.partition(start)[0]}{start}{text}{end}{page.partition(end)[2]}"


if __name__ == "__main__":
    from tests.keys.openpgp import vectors

    page = PAGE.read_text("utf-8")
    page = put(page, "matrix", tables(measured()))
    page = put(page, "vectors", vectors.table(vectors.results()))
    PAGE.write_text(page, "utf-8")
