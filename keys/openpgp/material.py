"""OpenPGP keys as material: reading a partner's key from a file, and making our own.

A partner's key is read by GnuPG in a home of its own, cut down to what binds it together, and only
then kept. One file is one key: a bundle would register keys that nobody looked at.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from keys.errors import OpenPgpKeyError
from keys.openpgp import status
from keys.openpgp.home import Home, Ran

OpenPgpKind = Literal["ed25519", "rsa3072"]

LARGEST: Final = 256 * 1024
"""A key with its photographs; larger files are refused unread."""
_RSA: Final = ("1", "2", "3")
_ELLIPTIC: Final = ("18", "19", "22", "25", "26", "27", "28")
_SHORTEST_RSA: Final = 2048
_ADDRESS: Final = re.compile(r"<([^<>\s]{1,254}@[^<>\s]{1,254})>")
_UNUSABLE: Final = frozenset("erid")  # validity: expired, revoked, invalid, disabled

_PARAMETERS: Final = {
    "ed25519": (
        "Key-Type: eddsa\nKey-Curve: ed25519\nKey-Usage: sign,cert\n"
        "Subkey-Type: ecdh\nSubkey-Curve: cv25519\nSubkey-Usage: encrypt\n"
    ),
    "rsa3072": (
        "Key-Type: RSA\nKey-Length: 3072\nKey-Usage: sign,cert\n"
        "Subkey-Type: RSA\nSubkey-Length: 3072\nSubkey-Usage: encrypt\n"
    ),
}


@dataclass(frozen=True, slots=True)
class OpenPgpKey:
    """A public key as it is registered: its fingerprint, and the key cut down to its bindings."""

    fingerprint: str
    data: bytes
    addresses: tuple[str, ...]
    expires: datetime | None
    encrypts: bool
    """Whether mail can be encrypted to it."""


@dataclass(frozen=True, slots=True)
class OwnOpenPgpKey:
    """A key of ours: the secret key as it stands in its file."""

    key_id: str
    secret: bytes
    decrypt_only: bool = False


def read_public_key(data: bytes, at: datetime) -> OpenPgpKey:
    """Read the one public key in a file, armoured or not, as of `at`.

    Raises `OpenPgpKeyError` for anything but one key that can sign and is strong enough.
    """
    if len(data) > LARGEST:
        raise OpenPgpKeyError("larger than any key")
    home = Home(agent=False)
    try:
        kinds = [r[0] for r in _records(home.run(*_LIST, "--show-keys", data=data, at=at))]
        if "sec" in kinds:
            raise OpenPgpKeyError("a secret key: only the public one may leave its owner")
        if kinds.count("pub") != 1:
            raise OpenPgpKeyError(f"{kinds.count('pub')} public keys in the file, not one")
        taken = home.run("--import-options=import-minimal", "--import", data=data, at=at)
        marks = status.imported(taken.status)
        if len(marks) != 1:
            raise OpenPgpKeyError("no name on the key is signed by the key itself")
        records = _records(home.run(*_LIST, "--list-keys", marks[0], at=at))
        _require_usable(records)
        exported = home.run("--export-options=export-minimal", "--export", marks[0])
        return OpenPgpKey(
            marks[0],
            exported.output,
            addresses=_addresses(records),
            expires=_expiry(records[0]),
            encrypts="E" in records[0][_ABLE],
        )
    finally:
        home.close()


def addresses_of_secret(own: OwnOpenPgpKey, at: datetime) -> tuple[str, ...]:
    """Give the addresses in a secret key; raises `OpenPgpKeyError` when it is none."""
    home = Home(agent=False)
    try:
        records = _records(home.run(*_LIST, "--show-keys", data=own.secret, at=at))
        if [record[0] for record in records].count("sec") != 1:
            raise OpenPgpKeyError("not one secret key in the file")
        return _addresses(records)
    finally:
        home.close()


def create(
    name: str, address: str, now: datetime, kind: OpenPgpKind = "ed25519"
) -> tuple[bytes, bytes, str]:
    """Make a key of ours: secret key and public key, both armoured, and the fingerprint.

    It signs and certifies, with a subkey to encrypt to, has no passphrase (its file's mode guards
    it, as for our other keys) and no end: it is retired by hand. Raises `OpenPgpKeyError`.
    """
    for text in (name, address):
        if not text or not text.isprintable() or set(text) & set("<>%"):
            raise OpenPgpKeyError("a name or an address that no key can bear")
    wanted = (
        f"%no-protection\n{_PARAMETERS[kind]}"
        f"Name-Real: {name}\nName-Email: {address}\nExpire-Date: 0\n%commit\n"
    )
    home = Home(agent=True)
    try:
        made = home.run("--full-generate-key", data=wanted.encode("utf-8"), at=now)
        mark = status.created(made.status)
        secret = home.run("--armor", "--export-secret-keys", mark)
        public = home.run("--armor", "--export-options=export-minimal", "--export", mark)
        if not secret.output or not public.output:
            raise OpenPgpKeyError("the new key could not be exported")
        return secret.output, public.output, mark
    finally:
        home.close()


def created_at(home: Home, fingerprint: str, at: datetime | None) -> int | None:
    """Give when a secret key of the home was made, in seconds; None when it is not there."""
    ran = home.run(*_LIST, "--list-secret-keys", fingerprint, at=at)
    found = [r[_CREATED] for r in _records(ran) if r[0] == "sec" and r[_CREATED].isdigit()]
    return int(found[0]) if found else None


# A listing asks for a trust database where a key has expired, and only this model makes one.
_LIST: Final = ("--trust-model=pgp", "--with-colons")
Record = list[str]
# Places in a record of GnuPG's listing (its doc/DETAILS).
_VALIDITY, _LENGTH, _ALGORITHM, _CREATED, _EXPIRES, _USER_ID, _ABLE = 1, 2, 3, 5, 6, 9, 11
_FIELDS: Final = 12


def _records(ran: Ran) -> list[Record]:
    """Give keys, subkeys and user ids of a listing; the primary key comes first."""
    lines = ran.output.decode("utf-8", "replace").split("\n")
    found = [line.split(":") for line in lines]
    wanted = ("pub", "sec", "sub", "uid")
    return [record for record in found if record[0] in wanted and len(record) >= _FIELDS]


def _require_usable(records: list[Record]) -> None:
    """Raise `OpenPgpKeyError` unless the key is alive, signs, and is strong in all its parts."""
    primary = records[0]
    if primary[_VALIDITY] in _UNUSABLE:
        raise OpenPgpKeyError("the key is expired, revoked or disabled")
    if "S" not in primary[_ABLE]:
        raise OpenPgpKeyError("the key cannot sign")
    for record in records:
        if record[0] == "uid" or record[_VALIDITY] in _UNUSABLE:
            continue
        if record[_ALGORITHM] in _ELLIPTIC:
            continue
        if record[_ALGORITHM] not in _RSA or int(record[_LENGTH]) < _SHORTEST_RSA:
            raise OpenPgpKeyError("RSA of 2048 bits or more, or an elliptic curve: no DSA, no less")


def _addresses(records: list[Record]) -> tuple[str, ...]:
    found = (_ADDRESS.search(r[_USER_ID]) for r in records if r[0] == "uid")
    return tuple(dict.fromkeys(one[1].lower() for one in found if one))


def _expiry(primary: Record) -> datetime | None:
    text = primary[_EXPIRES]
    return datetime.fromtimestamp(int(text), UTC) if text.isdigit() else None
