"""`partner`: the authorities that write to us."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography import x509
from sqlalchemy import insert, update

from gateway.cli.certificates import certificate
from gateway.cli.ciphers import Use, cipher_row, set_cipher
from gateway.cli.contents import read_tree
from gateway.cli.home import Home, opened
from gateway.cli.openpgp import keys_from, openpgp, register, tell
from gateway.cli.show import AsJson, details, done, listing
from gateway.cli.trust import judge_anew, kept_from, read_certificates
from gateway.cli.tunnels import keep_tunnel, tunnel_out
from gateway.cli.values import (
    LANGUAGES,
    address_of,
    key_of,
    municipality_of,
    number_of,
    one_of,
    rights_of,
)
from gateway.errors import Refused
from gateway.store import capabilities, registry
from gateway.store import tables as t
from gateway.store.certificates import Certificate
from gateway.store.journal import Note
from gateway.store.openpgp import registered_keys
from gateway.store.registry import Partner
from gateway.store.unit import Unit
from keys.identity import addresses_of, fingerprint, organisation_of

partner = typer.Typer(no_args_is_help=True)
approver = typer.Typer(help="Who may approve for a partner.", no_args_is_help=True)
tunnel = typer.Typer(
    help="TLS tunnels that a partner's mail may come through.", no_args_is_help=True
)
partner.add_typer(approver, name="approver")
partner.add_typer(tunnel, name="tunnel")
partner.add_typer(certificate, name="certificate")
partner.add_typer(openpgp, name="openpgp")

Key = Annotated[str, typer.Argument(help="The partner's short name.")]


@partner.command("add")
def partner_add(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="A short name, such as aarhus.")],
    name: Annotated[str, typer.Option(help="The full name, such as Aarhus Kommune.")],
    cvr: Annotated[
        str, typer.Option("--cvr", "--orgnr", help="Its CVR (8 digits) or organisation number.")
    ],
    address: Annotated[list[str], typer.Option(help="An address it writes from; repeatable.")],
    certificate: Annotated[
        list[Path] | None, typer.Option(help="Its certificate, PEM or DER; repeatable.")
    ] = None,
    municipality: Annotated[str | None, typer.Option(help="Its code, such as 0751.")] = None,
    language: Annotated[str, typer.Option(help="da, sv or en.")] = "da",
    may: Annotated[str, typer.Option(help="request, approve or both.")] = "request,approve",
    receipt_form: Annotated[str, typer.Option(help="mixed, or mdn for machines.")] = "mixed",
    openpgp_key: Annotated[
        list[Path] | None, typer.Option(help="Its public OpenPGP key; repeatable.")
    ] = None,
) -> None:
    """Register a partner: an authority that may send us requests."""
    added = _partner(
        key=key,
        name=name,
        cvr=cvr,
        address=address,
        certificate=certificate or (),
        municipality=municipality,
        language=language,
        may=may,
        receipt_form=receipt_form,
    )
    home = opened(ctx)
    keys = keys_from(openpgp_key or (), home)
    with home.store.write() as unit:
        _register(unit, home, added)
        register(unit, home, "partner", added.key, keys)
        judge_anew(unit, home, "partner added")
    done(f"Partner {added.key}: {added.name}")
    _warn_about(added)
    tell(added.key, added.addresses, keys)


@partner.command("import")
def partner_import(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help=r"TOML with a \[\[partner]] for each.")],
) -> None:
    """Register many partners from a file with the names of `add`'s options; all or none."""
    home = opened(ctx)
    added = []
    for table in _tables(file):
        named = table.pop("openpgp_key", [])
        if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
            raise Refused(f"{file}: openpgp_key must be a list of files.")
        keys = keys_from([file.parent / one for one in named], home)
        added.append((_from_table(table, file), keys))
    with home.store.write() as unit:
        for one, keys in added:
            _register(unit, home, one)
            register(unit, home, "partner", one.key, keys)
        judge_anew(unit, home, "partners imported")
    for one, keys in added:
        done(f"Partner {one.key}: {one.name}")
        _warn_about(one)
        tell(one.key, one.addresses, keys)


def _tables(file: Path) -> list[dict[str, Any]]:
    tree = read_tree(file, "TOML")
    found = tree.get("partner")
    if set(tree) != {"partner"} or not isinstance(found, list):
        raise Refused(f"{file} must hold [[partner]] tables, and nothing else.")
    return found


_WORDS = ("name", "cvr", "municipality", "language", "may", "receipt_form")
_LISTS = ("address", "certificate", "approver")


def _from_table(table: dict[str, Any], file: Path) -> Partner:
    """One [[partner]]; certificates are found beside the file."""
    key = str(table.pop("key", ""))
    where = f"{file}: partner {key or '?'}"
    for name, value in table.items():
        if name in _LISTS:
            good = isinstance(value, list) and all(isinstance(one, str) for one in value)
        else:
            good = isinstance(value, str)
        if name not in (*_WORDS, *_LISTS) or not good:
            raise Refused(f"{where}: {name} must be one of {', '.join((*_WORDS, *_LISTS))}.")
    missing = [name for name in ("name", "cvr", "address") if not table.get(name)]
    if missing:
        raise Refused(f"{where}: {', '.join(missing)} is missing.")
    try:
        values = table | {"certificate": [file.parent / c for c in table.get("certificate", ())]}
        return _partner(key=key, **values)
    except Refused as error:
        raise Refused(f"{where}: {error}") from None


def _partner(
    *,
    key: str,
    name: str,
    cvr: str,
    address: list[str],
    certificate: Any = (),
    municipality: str | None = None,
    language: str = "da",
    may: str = "request,approve",
    receipt_form: str = "mixed",
    approver: Any = (),
) -> Partner:
    return Partner(
        key=key_of(key),
        name=name.strip(),
        cvr=number_of(cvr),
        municipality=municipality_of(municipality),
        language=one_of("--language", language, LANGUAGES),
        may=rights_of(may),
        receipt_form=one_of("--receipt-form", receipt_form, ("mixed", "mdn")),
        addresses=tuple(dict.fromkeys(address_of("--address", a) for a in address)),
        certificates=kept_from(certificate),
        approvers=tuple(dict.fromkeys(approver)),
        tunnels=frozenset(),
        retired=False,
    )


def _register(unit: Unit, home: Home, added: Partner) -> None:
    registry.add_partner(unit.connection, added, at=home.now())
    facts = {"partner": added.key, "certificates": [c.fingerprint for c in added.certificates]}
    unit.note(Note(home.now(), "partner_added", home.person, facts=facts))


def _warn_about(added: Partner) -> None:
    for one in added.certificates:
        certificate = x509.load_der_x509_certificate(one.der)
        named = organisation_of(certificate)
        if named is not None and named.number != added.cvr:
            done(f"Note: the certificate names {named.number}, not {added.cvr}: no mail passes.")
        addresses = {a.lower() for a in addresses_of(certificate)}
        if addresses and not addresses & set(added.addresses):
            done("Note: the certificate's address is none of the partner's; its mail is flagged.")


def _partner_row(found: Partner) -> dict[str, Any]:
    return {
        "key": found.key,
        "name": found.name,
        "cvr": found.cvr,
        "municipality": found.municipality,
        "language": found.language,
        "may": sorted(found.may),
        "addresses": list(found.addresses),
        "retired": found.retired,
    }


@partner.command("list")
def partner_list(ctx: typer.Context, as_json: AsJson = False) -> None:
    """All partners."""
    with opened(ctx).store.read() as unit:
        known = registry.directory(unit.connection)
    rows = [_partner_row(p) for p in known.partners.values()]
    listing(
        rows,
        as_json=as_json,
        title="partners",
        columns=("key", "name", "cvr", "municipality", "addresses", "retired"),
    )


@partner.command("show")
def partner_show(ctx: typer.Context, key: Key, as_json: AsJson = False) -> None:
    """One partner with its certificates, approvers and tunnels."""
    with opened(ctx).store.read() as unit:
        found = _existing(unit, key)
        known = capabilities.known_of(unit.connection, ("partner", found.key))
        pgp = [
            k
            for k in registered_keys(unit.connection)
            if (k.owner_kind, k.owner) == ("partner", found.key)
        ]
    row = _partner_row(found) | {
        "receipt_form": found.receipt_form,
        "approvers": list(found.approvers),
        "tunnels": sorted(found.tunnels),
        "tunnel_relay": found.way_out.url if found.way_out else None,
        "certificates": [_certificate_row(c) for c in found.certificates],
        "sealing": cipher_row(known),
        "openpgp": [k.fingerprint for k in pgp if not k.retired],
    }
    details(row, as_json=as_json)


def _certificate_row(found: Certificate) -> dict[str, Any]:
    certificate = x509.load_der_x509_certificate(found.der)
    return {
        "fingerprint": found.fingerprint,
        "subject": certificate.subject.rfc4514_string(),
        "valid_to": certificate.not_valid_after_utc,
        "retired": found.retired,
    }


def _existing(unit: Unit, key: str) -> Partner:
    found = registry.directory(unit.connection).partners.get(key.casefold())
    if found is None:
        raise Refused(f"There is no partner {key}; `partner list` shows all.")
    return found


@partner.command("retire")
def partner_retire(ctx: typer.Context, key: Key) -> None:
    """Accept nothing more from a partner; its cases and evidence stay."""
    home = opened(ctx)
    with home.store.write() as unit:
        found = _existing(unit, key)
        if found.retired:
            raise Refused(f"Partner {key} is retired already.")
        unit.connection.execute(
            update(t.partners).where(t.partners.c.key == found.key).values(retired_at=home.now())
        )
        unit.note(Note(home.now(), "partner_retired", home.person, facts={"partner": found.key}))
        registry.changed(unit.connection)
    done(f"Partner {found.key} is retired.")


@partner.command("cipher")
def partner_cipher(ctx: typer.Context, key: Key, use: Use = "auto") -> None:
    """Set what mail to a partner is sealed with; `partner show` tells what is used and why."""
    home = opened(ctx)
    with home.store.write() as unit:
        set_cipher(unit, home, ("partner", _existing(unit, key).key), use)


@approver.command("add")
def approver_add(
    ctx: typer.Context,
    key: Key,
    name: Annotated[str, typer.Argument(help="The person, as approvals name them.")],
) -> None:
    """List a person who may approve for a partner; where any is listed, only they may."""
    home = opened(ctx)
    with home.store.write() as unit:
        found = _existing(unit, key)
        if name in found.approvers:
            raise Refused(f"{name} is an approver of {found.key} already.")
        unit.connection.execute(
            insert(t.approvers).values(partner=found.key, name=name, added_at=home.now())
        )
        unit.note(Note(home.now(), "approver_added", home.person, facts={"partner": found.key}))
        registry.changed(unit.connection)
    done(f"{name} may approve for {found.key}.")


@tunnel.command("add")
def tunnel_add(
    ctx: typer.Context,
    key: Key,
    certificate: Annotated[Path, typer.Argument(help="The client certificate of its relay.")],
    relay: Annotated[
        str | None,
        typer.Option(
            help="Where mail to a partner without a certificate goes: smtp+starttls://HOST:PORT or"
            " smtps://HOST:PORT. We show it the certificate of our door."
        ),
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option(help="PEM that the relay's certificate must lead to; else the system's CAs."),
    ] = None,
) -> None:
    """Accept a partner's unsigned mail from a relay that shows this certificate.

    With --relay also the other way: what cannot be sealed goes there, signed.
    """
    home = opened(ctx)
    shown = read_certificates(certificate)[0]
    way_out = tunnel_out(relay, ca)
    mark = fingerprint(shown)
    with home.store.write() as unit:
        found = _existing(unit, key)
        if mark in found.tunnels and way_out is None:
            raise Refused(f"{found.key} has this tunnel already.")
        keep_tunnel(unit, found, shown, way_out, home.now())
        facts = {"partner": found.key, "tunnel": mark, "relay": relay}
        unit.note(Note(home.now(), "tunnel_added", home.person, facts=facts))
        judge_anew(unit, home, "tunnel added")
    done(f"Mail through the tunnel {mark[:16]} counts as {found.key}'s.")
    if way_out is not None:
        held = "; what is held for it: `outbox list --state held`, `outbox retry ID`"
        done(f"Mail to {found.key} that cannot be sealed goes to {relay}{held}")
