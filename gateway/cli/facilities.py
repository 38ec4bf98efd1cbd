"""`facility`: the places that citizens are offered, and their staff."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import insert

from gateway.cli.certificates import of_facility
from gateway.cli.ciphers import Use, set_cipher
from gateway.cli.home import opened
from gateway.cli.openpgp import keys_from, register, tell
from gateway.cli.show import AsJson, done, listing
from gateway.cli.trust import judge_anew, kept_from
from gateway.cli.values import LANGUAGES, address_of, key_of, one_of
from gateway.errors import Refused
from gateway.store import registry
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.registry import Facility

facility = typer.Typer(no_args_is_help=True)
person = typer.Typer(help="Staff of a facility who act by signed mail.", no_args_is_help=True)
facility.add_typer(person, name="person")
facility.add_typer(of_facility, name="certificate")


@facility.command("add")
def facility_add(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="A short name, such as granbo.")],
    name: Annotated[str, typer.Option(help="Its full name.")],
    address: Annotated[str, typer.Option(help="Where its notices go.")],
    certificate: Annotated[Path | None, typer.Option(help="Its certificate, PEM or DER.")] = None,
    language: Annotated[str, typer.Option(help="da, sv or en.")] = "da",
    openpgp_key: Annotated[Path | None, typer.Option(help="Its public OpenPGP key.")] = None,
) -> None:
    """Register a facility (da: tilbud) and where its notices go."""
    home = opened(ctx)
    added = Facility(
        key=key_of(key),
        name=name.strip(),
        address=address_of("--address", address),
        language=one_of("--language", language, LANGUAGES),
        certificates=kept_from([certificate] if certificate else []),
        persons={},
        person_certificates={},
        retired=False,
    )
    keys = keys_from([openpgp_key] if openpgp_key else (), home)
    with home.store.write() as unit:
        registry.add_facility(unit.connection, added, at=home.now())
        register(unit, home, "facility", added.key, keys)
        facts = {"facility": added.key, "certificates": [c.fingerprint for c in added.certificates]}
        unit.note(Note(home.now(), "facility_added", home.person, facts=facts))
        judge_anew(unit, home, "facility added")
    done(f"Facility {added.key}: {added.name}")
    tell(added.key, (added.address,), keys)


@facility.command("cipher")
def facility_cipher(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="The facility's short name.")],
    use: Use = "auto",
) -> None:
    """Set what mail to a facility is sealed with."""
    home = opened(ctx)
    with home.store.write() as unit:
        if key.casefold() not in registry.directory(unit.connection).facilities:
            raise Refused(f"There is no facility {key}; `facility list` shows all.")
        set_cipher(unit, home, ("facility", key.casefold()), use)


@facility.command("list")
def facility_list(ctx: typer.Context, as_json: AsJson = False) -> None:
    """All facilities."""
    with opened(ctx).store.read() as unit:
        known = registry.directory(unit.connection)
    rows = [
        {"key": f.key, "name": f.name, "address": f.address, "sealed": bool(f.certificates)}
        for f in known.facilities.values()
    ]
    listing(rows, as_json=as_json, title="facilities")


@person.command("add")
def person_add(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="The facility.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    address: Annotated[str, typer.Option(help="The address the person writes from.")],
    certificate: Annotated[Path, typer.Option(help="The person's certificate.")],
) -> None:
    """Let a person at a facility act by signed mail."""
    home = opened(ctx)
    at = address_of("--address", address)
    held = kept_from([certificate])
    with home.store.write() as unit:
        found = registry.directory(unit.connection).facilities.get(key.casefold())
        if found is None:
            raise Refused(f"There is no facility {key}; `facility list` shows all.")
        if at in found.persons:
            raise Refused(f"{found.persons[at]} acts for {found.key} from {at} already.")
        unit.connection.execute(
            insert(t.persons).values(facility=found.key, address=at, name=name, added_at=home.now())
        )
        for one in held:
            registry.add_certificate(unit.connection, "person", at, one, at=home.now())
        unit.note(Note(home.now(), "person_added", home.person, facts={"facility": found.key}))
        judge_anew(unit, home, "person added")
    done(f"{name} may act for {found.key}.")
