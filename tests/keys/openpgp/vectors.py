"""The public OpenPGP vectors, each read by our runner; the keys in them are published examples.

Their passphrases are taken off first, because our own keys have none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from keys.errors import KeysError
from keys.openpgp import OpenPgp, OwnOpenPgpKey
from tests.keys.openpgp.peer import Peer, Refused
from tests.material import TESTDATA

FOLDER = TESTDATA / "openpgp-vectors"
READ, SIGNED = "read", "read, signature good"
NO_KEY = "not tried: its key is not part of the material"


@dataclass(frozen=True)
class Vector:
    """One message with the keys that it takes and what it says."""

    name: str
    message: bytes
    secret: bytes | None
    public: bytes | None
    passphrase: str
    text: str


@dataclass(frozen=True)
class Result:
    """What came of a vector: for us, and, where we do not read it, for GnuPG alone."""

    name: str
    ours: str
    gnupg_reads: bool


def vectors() -> Iterator[Vector]:
    """All of them, in a fixed order."""
    for one in json.loads((FOLDER / "go-crypto-v2.json").read_text("utf-8")):
        keys = (one["privateKey"].encode(), one["publicKey"].encode())
        message = one["encryptedSignedMessage"].encode()
        yield Vector(f"go-crypto {one['name']}", message, *keys, one["password"], one["message"])
    messages = FOLDER / "interop" / "testcases" / "messages"
    for path in sorted(messages.glob("*.json")):
        told = json.loads(path.read_text("utf-8"))
        secret, public = messages / told["decryptKey"], messages / told.get("verifyKey", "-")
        yield Vector(
            f"rpgp {path.stem}",
            path.with_suffix(".asc").read_bytes(),
            _octets(secret),
            _octets(public),
            told["passphrase"],
            told["textcontent"],
        )


def _octets(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


class Desk:
    """A peer that holds all keys of the vectors, and our side with the same, free to use."""

    def __init__(self, every: Sequence[Vector]) -> None:
        self.peer = Peer("Ingen", "nobody@vectors.example")
        self.secrets: dict[bytes, str | None] = {}
        registered: dict[str, bytes] = {}
        for one in every:
            if one.secret is not None and one.secret not in self.secrets:
                self.secrets[one.secret] = self._freed(one.secret, one.passphrase)
            for mark in self._imported(one.public) if one.public else ():
                registered[mark] = self.peer.gpg("--export", mark).output
        own = {mark: self._exported(mark) for mark in self.secrets.values() if mark}
        keys = [OwnOpenPgpKey(mark, secret) for mark, secret in own.items()]
        self.pgp = OpenPgp(keys, registered.items())

    def close(self) -> None:
        self.pgp.close()
        self.peer.close()

    def _imported(self, key: bytes, passphrase: str = "") -> list[str]:
        try:
            told = self.peer.gpg("--passphrase", passphrase, "--import", data=key).told
        except Refused:
            return []
        lines = [line.split() for line in told.splitlines() if "IMPORT_OK" in line]
        return list(dict.fromkeys(line[3] for line in lines))

    def _freed(self, secret: bytes, passphrase: str) -> str | None:
        """Import a key and take its passphrase off; None where GnuPG cannot read it."""
        marks = self._imported(secret, passphrase)
        if not marks:
            return None
        if passphrase and marks[0] not in self.secrets.values():
            answers = f"{passphrase}\n" + "\n" * 6
            self.peer.gpg(
                "--command-fd", "0", "--change-passphrase", marks[0], data=answers.encode()
            )
        return marks[0]

    def _exported(self, mark: str) -> bytes:
        return self.peer.gpg("--export-secret-keys", mark).output

    def result(self, one: Vector) -> Result:
        if one.secret is None:
            return Result(one.name, NO_KEY, gnupg_reads=False)
        ours = self._ours(one)
        return Result(one.name, ours, ours in (READ, SIGNED) or self._gnupg_reads(one))

    def _ours(self, one: Vector) -> str:
        try:
            clear = self.pgp.decrypt(self.peer.dearmored(one.message), datetime.now(UTC))
        except KeysError as error:
            return f"unsupported: `{error.code}`"
        if _lines(clear.content) != _lines(one.text.encode("utf-8")):
            return "read wrongly"
        if one.public is None:
            return READ
        return SIGNED if clear.found.signatures else "read, without its signature"

    def _gnupg_reads(self, one: Vector) -> bool:
        try:
            heard = self.peer.decrypt(one.message)
        except Refused:
            return False
        return _lines(heard.output) == _lines(one.text.encode("utf-8"))


def _lines(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").strip()


def results() -> list[Result]:
    """What came of every vector."""
    every = list(vectors())
    desk = Desk(every)
    try:
        return [desk.result(one) for one in every]
    finally:
        desk.close()


def table(found: Sequence[Result]) -> str:
    """The results as the page has them: how many were read, and every other one by its name."""
    read = [one for one in found if one.ours in (READ, SIGNED)]
    signed = sum(one.ours == SIGNED for one in read)
    rows = [f"| {one.name} | {one.ours} |" for one in found if one not in read]
    head = f"{len(read)} of {len(found)} are read, {signed} of them with a good signature.\n"
    return "\n".join((head, "| vector | result |", "|---|---|", *rows)) + "\n"
