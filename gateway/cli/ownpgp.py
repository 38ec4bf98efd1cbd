"""Our own OpenPGP keys, as the commands of `key` handle them; the journal is theirs."""

from __future__ import annotations

from typing import Any, Final

from gateway.cli.home import Home
from gateway.errors import Refused
from keys import keyring
from keys.errors import OpenPgpError
from keys.openpgp import create, missing_programs, read_public_key
from keys.openpgp.folder import (
    destroy_openpgp_key,
    load_openpgp_keys,
    openpgp_key_ids,
    public_openpgp_keys,
    write_openpgp_key,
)
from keys.openpgp.material import OpenPgpKind

KINDS: Final[dict[str, OpenPgpKind]] = {"openpgp": "ed25519", "openpgp-rsa3072": "rsa3072"}


def make(home: Home, ident: str, kind: str, mailbox: str) -> str:
    """Make an OpenPGP key in the folder; gives its fingerprint."""
    folder = home.settings.keys
    taken = (*keyring.key_ids(folder), *keyring.key_ids(folder, waiting=True))
    if ident in (*taken, *openpgp_key_ids(folder)):
        raise Refused(f"There is a key {ident} already: name the new one otherwise, such as pgp.")
    if missing := missing_programs():
        raise Refused(f"{', '.join(missing)} is missing: install GnuPG (package gnupg).")
    name = home.settings.authority.name
    try:
        secret, public, mark = create(name, mailbox, home.now(), KINDS[kind])
    except OpenPgpError as error:
        raise Refused(f"{error} ({error.detail})") from None
    write_openpgp_key(folder, ident, secret, public)
    return mark


def is_openpgp(home: Home, ident: str) -> bool:
    """Whether an own key of this name is one of OpenPGP."""
    return ident in openpgp_key_ids(home.settings.keys)


def destroy(home: Home, ident: str, *, sure: bool) -> None:
    """Destroy an own OpenPGP key. Raises Refused for the only one in use, and when not sure."""
    used = [own.key_id for own in load_openpgp_keys(home.settings.keys) if not own.decrypt_only]
    if used == [ident]:
        raise Refused(f"{ident} is the only OpenPGP key in use: make another, or retire it first.")
    if not sure:
        raise Refused(f"{ident} and all that only it opens would be lost: say so with --yes.")
    destroy_openpgp_key(home.settings.keys, ident)


def exported(home: Home, ident: str) -> bytes:
    """The public key of an own OpenPGP key, armoured. Raises Refused when its file is gone."""
    found = public_openpgp_keys(home.settings.keys).get(f"{ident}.pgp.asc")
    if found is None:
        raise Refused(f"keys/{ident}.pgp.asc is missing.")
    return found


def rows(home: Home) -> list[dict[str, Any]]:
    """The own OpenPGP keys as `key list` shows them; the fingerprint where GnuPG can tell it."""
    found = []
    for own in load_openpgp_keys(home.settings.keys):
        mark = None
        if not missing_programs():
            mark = read_public_key(exported(home, own.key_id), home.now()).fingerprint
        found.append(
            {
                "id": own.key_id,
                "kind": "OpenPGP",
                "in": "file",
                "state": "retired" if own.decrypt_only else "active",
                "signs": not own.decrypt_only,
                "partners_encrypt": not own.decrypt_only,
                "valid_from": None,
                "valid_to": None,
                "fingerprint": mark,
            }
        )
    return found
