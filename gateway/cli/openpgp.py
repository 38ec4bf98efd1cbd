"""`partner openpgp`: the OpenPGP keys of those who write to us, and mail that they get."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.home import Home, opened
from gateway.cli.show import AsJson, done, listing
from gateway.cli.trust import judge_anew
from gateway.errors import Refused
from gateway.store import openpgp as store
from gateway.store import registry
from gateway.store.journal import Note
from gateway.store.unit import Unit
from keys.errors import KeysError
from keys.openpgp import OpenPgpKey, read_public_key

openpgp = typer.Typer(help="OpenPGP keys of partners and facilities.", no_args_is_help=True)

Owner = Annotated[str, typer.Argument(help="The partner's or facility's short name.")]


def keys_from(files: Iterable[Path], home: Home) -> list[OpenPgpKey]:
    """The one public key of each file. Raises Refused, which says what is wrong with it."""
    found = []
    for file in files:
        try:
            found.append(read_public_key(file.read_bytes(), home.now()))
        except OSError as error:
            raise Refused(f"{file}: {error.strerror}") from None
        except KeysError as error:
            raise Refused(f"{file}: {error} ({error.detail})") from None
    return found


def register(unit: Unit, home: Home, kind: str, owner: str, keys: Iterable[OpenPgpKey]) -> None:
    """Keep the keys of an owner, and note it."""
    for key in keys:
        store.add_key(unit.connection, kind, owner, key, at=home.now())
        facts = {kind: owner, "openpgp": key.fingerprint}
        unit.note(Note(home.now(), "openpgp_key_added", home.person, facts=facts))


def tell(owner: str, addresses: Iterable[str], keys: Iterable[OpenPgpKey]) -> None:
    """Say what was registered, and what is odd about it."""
    for key in keys:
        done(f"OpenPGP key {key.fingerprint} is {owner}'s.")
        if not key.encrypts:
            done("Note: nothing can be encrypted to it; it only signs.")
        if not set(key.addresses) & set(addresses):
            done("Note: the key names none of the registered addresses. The fingerprint counts.")


@openpgp.command("add")
def openpgp_add(
    ctx: typer.Context,
    owner: Owner,
    file: Annotated[Path, typer.Argument(help="One public key, armoured or binary.")],
) -> None:
    """Register an OpenPGP key, or renew it when its owner has changed it.

    Compare the fingerprint with its owner on another way first.
    """
    home = opened(ctx)
    keys = keys_from([file], home)
    with home.store.write() as unit:
        kind, key, addresses = _owner(unit, owner)
        register(unit, home, kind, key, keys)
        again = judge_anew(unit, home, "OpenPGP key added")
    tell(key, addresses, keys)
    if again:
        done(f"{again} mail(s) in quarantine are judged again.")


@openpgp.command("retire")
def openpgp_retire(
    ctx: typer.Context,
    owner: Owner,
    fingerprint: Annotated[str, typer.Argument(help="As `partner openpgp list` shows it.")],
) -> None:
    """Accept no more mail that is signed with a key, and seal none to it."""
    home = opened(ctx)
    mark = fingerprint.replace(" ", "").upper()
    with home.store.write() as unit:
        kind, key, _ = _owner(unit, owner)
        if not store.retire_key(unit.connection, kind, key, mark, at=home.now()):
            raise Refused(f"{key} has no OpenPGP key {mark} in use; `partner openpgp list`.")
        facts = {kind: key, "openpgp": mark}
        unit.note(Note(home.now(), "openpgp_key_retired", home.person, facts=facts))
        registry.changed(unit.connection)
    done(f"The OpenPGP key {mark} is retired.")


@openpgp.command("list")
def openpgp_list(ctx: typer.Context, as_json: AsJson = False) -> None:
    """All registered OpenPGP keys."""
    with opened(ctx).store.read() as unit:
        found = store.registered_keys(unit.connection)
    listing([_row(key) for key in found], as_json=as_json, title="OpenPGP keys")


def _row(key: store.RegisteredKey) -> dict[str, Any]:
    return {
        "owner": key.owner,
        "kind": key.owner_kind,
        "fingerprint": key.fingerprint,
        "encrypts": key.encrypts,
        "expires_at": key.expires_at,
        "retired": key.retired,
    }


def _owner(unit: Unit, name: str) -> tuple[str, str, tuple[str, ...]]:
    """Kind, key and addresses of an owner. Raises Refused when there is none."""
    known = registry.directory(unit.connection)
    partner = known.partners.get(name.casefold())
    if partner is not None:
        return "partner", partner.key, partner.addresses
    facility = known.facilities.get(name.casefold())
    if facility is not None:
        return "facility", facility.key, (facility.address,)
    raise Refused(f"There is no partner or facility {name}; `partner list`, `facility list`.")
