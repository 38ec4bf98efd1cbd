"""`partner certificate` and `facility certificate`: several at once, added, looked up, retired."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from sqlalchemy import update

from gateway.cli.home import AsPerson, Home, opened
from gateway.cli.show import AsJson, done, listing
from gateway.cli.trust import judge_anew, read_certificates
from gateway.errors import Refused
from gateway.pipeline.candidates import UNTRUSTED, Candidate, Candidates
from gateway.store import outgoing, registry
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.registry import Facility, Partner
from gateway.store.unit import Unit

certificate = typer.Typer(help="The certificates of a partner.", no_args_is_help=True)
of_facility = typer.Typer(help="The certificates of a facility.", no_args_is_help=True)

Key = Annotated[str, typer.Argument(help="The partner's short name.")]
File = Annotated[Path, typer.Argument(help="The certificate, PEM, DER or PKCS#7; its chain too.")]
_FEWEST_DIGITS = 8


@certificate.command("add")
def certificate_add(
    ctx: typer.Context,
    key: Key,
    file: Annotated[
        Path | None, typer.Argument(help="The certificate, PEM, DER or PKCS#7; its chain too.")
    ] = None,
    from_mail: Annotated[
        str | None, typer.Option(help="Take it from a signed mail, such as m17.")
    ] = None,
    person: AsPerson = None,
) -> None:
    """Register a further certificate; those before stay. Held mail goes out by itself."""
    home = opened(ctx)
    if (file is None) == (from_mail is None):
        raise Refused("Name one of: a FILE, or --from-mail ID.")
    offered = read_certificates(file) if file else _signers(home, str(from_mail))
    with home.store.write() as unit:
        found = partner_of(unit, key)
        register(unit, home, "partner", found, offered, person)


def _signers(home: Home, ident: str) -> list[x509.Certificate]:
    """The certificate that a mail is signed with, after it has been opened and judged anew."""
    from gateway.cli.mail import number_of
    from gateway.store import mails
    from gateway.wiring import Gateway

    with home.store.read() as unit:
        mail = mails.kept(unit, number_of(ident, "m"))
    if mail is None:
        raise Refused(f"There is no message {ident}; `message list` shows all.")
    gateway = Gateway(home.settings, workers=1)
    try:
        (read,) = gateway.workers.read([mail])
    finally:
        gateway.close()
    signer = None if isinstance(read, Exception) else read.opened.signer
    if signer is None:
        raise Refused(f"{ident} has no signature that is trusted: `message trace {ident}`.")
    return [x509.load_der_x509_certificate(signer)]


@of_facility.command("add")
def facility_certificate_add(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="The facility's short name.")],
    file: File,
    person: AsPerson = None,
) -> None:
    """Register a further certificate of a facility; those before stay."""
    home = opened(ctx)
    with home.store.write() as unit:
        found = registry.directory(unit.connection).facilities.get(key.casefold())
        if found is None:
            raise Refused(f"There is no facility {key}; `facility list` shows all.")
        register(unit, home, "facility", found, read_certificates(file), person)


@certificate.command("list")
def certificate_list(ctx: typer.Context, key: Key, as_json: AsJson = False) -> None:
    """All certificates of a partner: what each is for, and which one mail is sealed to."""
    home = opened(ctx)
    now = home.now()
    with home.store.read() as unit:
        found = partner_of(unit, key)
        judge = Candidates(registry.directory(unit.connection), now)
    current = found.certificate_at(now)
    rows = []
    for one in found.certificates:
        (told,) = judge.judged([x509.load_der_x509_certificate(one.der)], found.cvr, found.key)
        sealed = current is not None and current.fingerprint == one.fingerprint
        # Mail brings the chain along that is not kept here: that one is missing says nothing.
        fault = None if told.fault == UNTRUSTED else told.fault
        row = told.row() | {"fault": fault, "retired": one.retired, "sealed_to": sealed}
        rows.append(row)
    listing(rows, as_json=as_json, title="certificates")


@certificate.command("find")
def certificate_find(
    ctx: typer.Context,
    key: Key,
    ldap: Annotated[str | None, typer.Option(help="ldaps://HOST; else as [lookup] says.")] = None,
    base: Annotated[str | None, typer.Option(help="Where the search begins, such as c=DK.")] = None,
    folder: Annotated[Path | None, typer.Option("--folder", help="A folder of files.")] = None,
    add: Annotated[bool, typer.Option("--add", help="Register those that are good.")] = False,
    as_json: AsJson = False,
    person: AsPerson = None,
) -> None:
    """Look for a partner's certificates in a directory (LDAP) or a folder, and judge them."""
    from gateway.lookup import finding

    home = opened(ctx)
    with home.store.read() as unit:
        known = registry.directory(unit.connection)
        found = partner_of(unit, key)
    everything = finding.look_up(home.settings, found, ldap, base, folder)
    offered = finding.offered(found, everything, known, home.now())
    held = {one.fingerprint for one in found.certificates}
    rows = [one.row() | {"why": one.why, "known": one.fingerprint in held} for one in offered]
    if not (as_json and add):
        listing(rows, as_json=as_json, title="certificates")
    new = [one for one in offered if one.fault is None and one.fingerprint not in held]
    if not add:
        return
    if not new:
        raise Refused(f"Nothing new was found for {found.key} that is good.")
    with home.store.write() as unit:
        keep(unit, home, "partner", found, new, person)


@certificate.command("retire")
def certificate_retire(
    ctx: typer.Context,
    key: Key,
    fingerprint: Annotated[str, typer.Argument(help="Its SHA-256, or the first 8 digits or more.")],
    person: AsPerson = None,
) -> None:
    """Neither accept nor seal to a certificate any more, although it may still be valid."""
    home = opened(ctx)
    start = fingerprint.replace(":", "").lower()
    with home.store.write() as unit:
        found = partner_of(unit, key)
        chosen = [c for c in found.certificates if c.fingerprint.startswith(start)]
        if len(start) < _FEWEST_DIGITS or len(chosen) != 1:
            raise Refused(f"{found.key} has no single certificate {fingerprint}: see the list.")
        if chosen[0].retired:
            raise Refused(f"The certificate {fingerprint} is retired already.")
        c = t.certificates.c
        unit.connection.execute(
            update(t.certificates)
            .where(c.owner_kind == "partner", c.owner == found.key)
            .where(c.fingerprint == chosen[0].fingerprint)
            .values(retired_at=home.now())
        )
        registry.changed(unit.connection)
        facts = {"partner": found.key, "certificate": chosen[0].fingerprint}
        actor = person or home.person
        unit.note(Note(home.now(), "certificate_retired", actor, facts=facts))
        left = partner_of(unit, key).certificate_at(home.now())
    done(f"The certificate {chosen[0].fingerprint[:16]} of {found.key} is retired.")
    if left is None:
        done(f"Note: mail to {found.key} is held from now on, until a certificate is added.")


def register(
    unit: Unit,
    home: Home,
    kind: str,
    owner: Partner | Facility,
    offered: Sequence[x509.Certificate],
    person: str | None,
) -> None:
    """Judge certificates and keep them all, or none. Raises Refused."""
    number = owner.cvr if isinstance(owner, Partner) else None
    judge = Candidates(registry.directory(unit.connection), home.now())
    known = {one.fingerprint for one in owner.certificates if not one.retired}
    judged = judge.judged(offered, number, owner.key)
    for one in judged:
        if one.fault not in {None, UNTRUSTED}:
            raise Refused(f"The certificate {one.fingerprint[:16]} of {one.subject}: {one.why}.")
        if one.fingerprint in known:
            raise Refused(f"{owner.key} has the certificate {one.fingerprint[:16]} already.")
    keep(unit, home, kind, owner, judged, person)


def keep(
    unit: Unit,
    home: Home,
    kind: str,
    owner: Partner | Facility,
    judged: Sequence[Candidate],
    person: str | None,
) -> None:
    """Register certificates that were judged, and let go what waited for them."""
    actor = person or home.person
    for one in judged:
        registry.add_certificate(unit.connection, kind, owner.key, one.kept, at=home.now())
        facts = {kind: owner.key, "certificate": one.fingerprint}
        unit.note(Note(home.now(), "certificate_added", actor, facts=facts))
        _tell(owner, one)
    again = judge_anew(unit, home, "certificate added")
    released = outgoing.release_held(unit, owner.key, home.now())
    for number in released:
        facts = {"outgoing": f"o{number}", "why": "certificate added"}
        unit.note(Note(home.now(), "mail_released", actor, facts=facts))
    if again:
        done(f"{again} mail(s) in quarantine are judged again.")
    if released:
        done(f"{len(released)} mail(s) that were held go out.")


def _tell(owner: Partner | Facility, one: Candidate) -> None:
    done(f"{owner.key}: {one.subject}, valid to {one.ends:%Y-%m-%d} ({one.fingerprint[:16]})")
    if one.fault is not None:
        done(f"Note: {one.why}. Its mail passes if it brings the chain along, else `anchor add`.")
    ours = owner.addresses if isinstance(owner, Partner) else (owner.address,)
    if one.addresses and not set(one.addresses) & set(ours):
        done(f"Note: it names {', '.join(one.addresses)}, none of the registered addresses.")


def partner_of(unit: Unit, key: str) -> Partner:
    """The partner of that name. Raises Refused."""
    found = registry.directory(unit.connection).partners.get(key.casefold())
    if found is None:
        raise Refused(f"There is no partner {key}; `partner list` shows all.")
    return found
