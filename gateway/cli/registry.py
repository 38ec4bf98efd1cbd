"""`anchor`, `partner` and `facility`: who may write to us."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import delete, insert, select, update

from gateway.cli.home import Home, opened
from gateway.cli.show import AsJson, details, done, listing
from gateway.errors import Refused
from gateway.store import mails, registry
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.registry import Certificate, Facility, Partner
from gateway.store.unit import Unit
from keys.identity import addresses_of, fingerprint, organisation_of

anchor = typer.Typer(no_args_is_help=True)
partner = typer.Typer(no_args_is_help=True)
approver = typer.Typer(help="Who may approve for a partner.", no_args_is_help=True)
tunnel = typer.Typer(
    help="TLS tunnels that a partner's mail may come through.", no_args_is_help=True
)
facility = typer.Typer(no_args_is_help=True)
person = typer.Typer(help="Staff of a facility who act by signed mail.", no_args_is_help=True)
partner.add_typer(approver, name="approver")
partner.add_typer(tunnel, name="tunnel")
facility.add_typer(person, name="person")

# Quarantine for these reasons may end when an anchor, a list, a partner or a key arrives.
CURABLE = (
    "keys.certificate.untrusted",
    "keys.certificate.revocation_stale",
    "keys.open.no_key",
    "sender.unknown",
    "sender.from",
)
RIGHTS = frozenset({"request", "approve"})


def read_certificates(file: Path) -> list[x509.Certificate]:
    """The certificates in a PEM or DER file. Raises Refused when there is none."""
    try:
        data = file.read_bytes()
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except (OSError, ValueError) as error:
        raise Refused(f"{file} holds no certificate in PEM or DER: {error}") from None


def kept(certificate: x509.Certificate) -> Certificate:
    """A certificate as the registry keeps it."""
    return Certificate(fingerprint(certificate), certificate.public_bytes(Encoding.DER), False)


def judge_anew(unit: Unit, home: Home, why: str) -> int:
    """Let the quarantine be judged again after a change; gives the number of mails."""
    registry.changed(unit.connection)
    ids = mails.judge_again(unit, ("quarantined",), CURABLE)
    for mail in ids:
        unit.note(Note(home.now(), "judged_again", home.person, mail=mail, facts={"why": why}))
    return len(ids)


@anchor.command("add")
def anchor_add(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The CA's certificate, PEM or DER.")],
    crl: Annotated[
        list[Path] | None, typer.Option("--crl", help="Its revocation list, PEM or DER.")
    ] = None,
) -> None:
    """Trust a CA for partner certificates; again with --crl to renew its revocation list."""
    home = opened(ctx)
    certificates = read_certificates(file)
    lists = [_read_crl(c) for c in crl or ()]
    with home.store.write() as unit:
        for certificate in certificates:
            _keep_anchor(unit, certificate, home)
        for revoked in lists:
            _keep_crl(unit, revoked, home)
        again = judge_anew(unit, home, "anchor added")
    for certificate in certificates:
        done(f"Trusted: {certificate.subject.rfc4514_string()} ({fingerprint(certificate)[:16]})")
    if again:
        done(f"{again} mail(s) in quarantine are judged again.")


def _keep_anchor(unit: Unit, certificate: x509.Certificate, home: Home) -> None:
    mark = fingerprint(certificate)
    a = t.anchors.c
    if unit.connection.execute(select(a.subject).where(a.fingerprint == mark)).first() is None:
        unit.connection.execute(
            insert(t.anchors).values(
                fingerprint=mark,
                subject=certificate.subject.rfc4514_string(),
                der=certificate.public_bytes(Encoding.DER),
                added_at=home.now(),
            )
        )
        facts = {"certificate": mark}
        unit.note(Note(home.now(), "anchor_added", home.person, facts=facts))


def _read_crl(file: Path) -> x509.CertificateRevocationList:
    try:
        data = file.read_bytes()
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_crl(data)
        return x509.load_der_x509_crl(data)
    except (OSError, ValueError) as error:
        raise Refused(f"{file} holds no revocation list in PEM or DER: {error}") from None


def _keep_crl(unit: Unit, crl: x509.CertificateRevocationList, home: Home) -> None:
    issuer = hashlib.sha256(crl.issuer.public_bytes()).hexdigest()
    unit.connection.execute(delete(t.crls).where(t.crls.c.issuer == issuer))
    unit.connection.execute(
        insert(t.crls).values(
            issuer=issuer,
            der=crl.public_bytes(Encoding.DER),
            next_update=crl.next_update_utc,
            added_at=home.now(),
        )
    )
    facts = {"issuer": issuer, "revoked": len(crl)}
    unit.note(Note(home.now(), "crl_added", home.person, facts=facts))


@anchor.command("list")
def anchor_list(ctx: typer.Context, as_json: AsJson = False) -> None:
    """The trusted CAs."""
    with opened(ctx).store.read() as unit:
        rows = unit.connection.execute(select(t.anchors).order_by(t.anchors.c.added_at))
        shown = [
            {"fingerprint": r.fingerprint, "subject": r.subject, "added_at": r.added_at}
            for r in rows
        ]
    listing(shown, as_json=as_json, title="anchors")


@partner.command("add")
def partner_add(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="A short name, such as aarhus.")],
    name: Annotated[str, typer.Option(help="The full name, such as Aarhus Kommune.")],
    cvr: Annotated[str, typer.Option(help="Its CVR (8 digits) or organisation number.")],
    address: Annotated[list[str], typer.Option(help="An address it writes from; repeatable.")],
    certificate: Annotated[
        list[Path] | None, typer.Option(help="Its certificate, PEM or DER; repeatable.")
    ] = None,
    municipality: Annotated[str | None, typer.Option(help="Its code, such as 0751.")] = None,
    language: Annotated[str, typer.Option(help="da, sv or en.")] = "da",
    may: Annotated[str, typer.Option(help="request, approve or both.")] = "request,approve",
    receipt_form: Annotated[str, typer.Option(help="mixed, or mdn for machines.")] = "mixed",
) -> None:
    """Register a partner: an authority that may send us requests."""
    home = opened(ctx)
    added = Partner(
        key=key,
        name=name,
        cvr=_number(cvr),
        municipality=_municipality(municipality),
        language=_one_of("--language", language, ("da", "sv", "en")),
        may=_rights(may),
        receipt_form=_one_of("--receipt-form", receipt_form, ("mixed", "mdn")),
        addresses=tuple(a.strip().lower() for a in address),
        certificates=tuple(kept(c) for f in certificate or () for c in read_certificates(f)[:1]),
        approvers=(),
        tunnels=frozenset(),
        retired=False,
    )
    with home.store.write() as unit:
        registry.add_partner(unit.connection, added, at=home.now())
        facts = {"partner": key, "certificates": [c.fingerprint for c in added.certificates]}
        unit.note(Note(home.now(), "partner_added", home.person, facts=facts))
        judge_anew(unit, home, "partner added")
    done(f"Partner {key}: {name}")
    for file in certificate or ():
        for found in read_certificates(file)[:1]:
            _warn_about(found, added)


def _warn_about(certificate: x509.Certificate, owner: Partner) -> None:
    named = organisation_of(certificate)
    if named is not None and named.number != owner.cvr:
        done(
            f"Note: the certificate names {named.number}, not {owner.cvr}: its mail will not pass."
        )
    addresses = {a.lower() for a in addresses_of(certificate)}
    if addresses and not addresses & set(owner.addresses):
        done("Note: the certificate's address is none of the partner's; its mail is flagged.")


def _number(text: str) -> str:
    digits = text.replace("-", "").replace(" ", "")
    if not digits.isdigit() or len(digits) not in {8, 10}:
        raise Refused(f"--cvr {text}: must be 8 digits (CVR) or 10 (Swedish organisation number).")
    return digits


def _municipality(text: str | None) -> str | None:
    if text is None:
        return None
    if not text.isdigit() or len(text) > 4:
        raise Refused(f"--municipality {text}: must be the code of four digits, such as 0751.")
    return text.zfill(4)


def _rights(text: str) -> frozenset[str]:
    rights = frozenset(word.strip() for word in text.split(",") if word.strip())
    if rights - RIGHTS:
        raise Refused(f"--may {text}: allowed are {', '.join(sorted(RIGHTS))}.")
    return rights


def _one_of(option: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise Refused(f"{option} {value}: allowed are {', '.join(allowed)}.")
    return value


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
    listing(rows, as_json=as_json, title="partners")


@partner.command("show")
def partner_show(ctx: typer.Context, key: str, as_json: AsJson = False) -> None:
    """One partner with its certificates and approvers."""
    with opened(ctx).store.read() as unit:
        known = registry.directory(unit.connection)
    found = _existing(known, key)
    row = _partner_row(found) | {
        "receipt_form": found.receipt_form,
        "approvers": list(found.approvers),
        "certificates": [_certificate_row(c) for c in found.certificates],
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


def _existing(known: registry.Directory, key: str) -> Partner:
    if key not in known.partners:
        raise Refused(f"There is no partner {key}; `partner list` shows all.")
    return known.partners[key]


@partner.command("retire")
def partner_retire(ctx: typer.Context, key: str) -> None:
    """Accept nothing more from a partner; its cases and evidence stay."""
    home = opened(ctx)
    with home.store.write() as unit:
        _existing(registry.directory(unit.connection), key)
        unit.connection.execute(
            update(t.partners).where(t.partners.c.key == key).values(retired_at=home.now())
        )
        unit.note(Note(home.now(), "partner_retired", home.person, facts={"partner": key}))
        registry.changed(unit.connection)
    done(f"Partner {key} is retired.")


@approver.command("add")
def approver_add(ctx: typer.Context, key: str, name: str) -> None:
    """List a person who may approve for a partner; where any is listed, only they may."""
    home = opened(ctx)
    with home.store.write() as unit:
        if name in _existing(registry.directory(unit.connection), key).approvers:
            raise Refused(f"{name} is an approver of {key} already.")
        unit.connection.execute(
            insert(t.approvers).values(partner=key, name=name, added_at=home.now())
        )
        unit.note(Note(home.now(), "approver_added", home.person, facts={"partner": key}))
        registry.changed(unit.connection)
    done(f"{name} may approve for {key}.")


@tunnel.command("add")
def tunnel_add(
    ctx: typer.Context,
    key: str,
    certificate: Annotated[Path, typer.Argument(help="The client certificate of its relay.")],
) -> None:
    """Accept a partner's unsigned mail when its relay shows this client certificate."""
    home = opened(ctx)
    mark = fingerprint(read_certificates(certificate)[0])
    with home.store.write() as unit:
        _existing(registry.directory(unit.connection), key)
        unit.connection.execute(
            insert(t.tunnels).values(partner=key, fingerprint=mark, added_at=home.now())
        )
        unit.note(Note(home.now(), "tunnel_added", home.person, facts={"partner": key}))
        registry.changed(unit.connection)
    done(f"Mail through the tunnel {mark[:16]} counts as {key}'s.")


@facility.command("add")
def facility_add(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="A short name, such as granbo.")],
    name: Annotated[str, typer.Option(help="Its full name.")],
    address: Annotated[str, typer.Option(help="Where its notices go.")],
    certificate: Annotated[Path | None, typer.Option(help="Its certificate, PEM or DER.")] = None,
    language: Annotated[str, typer.Option(help="da, sv or en.")] = "da",
) -> None:
    """Register a facility (da: tilbud) and where its notices go."""
    home = opened(ctx)
    added = Facility(
        key=key,
        name=name,
        address=address.strip().lower(),
        language=_one_of("--language", language, ("da", "sv", "en")),
        certificates=tuple(kept(c) for c in read_certificates(certificate)[:1])
        if certificate
        else (),
        persons={},
        person_certificates={},
        retired=False,
    )
    with home.store.write() as unit:
        registry.add_facility(unit.connection, added, at=home.now())
        unit.note(Note(home.now(), "facility_added", home.person, facts={"facility": key}))
    done(f"Facility {key}: {name}")


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
    at = address.strip().lower()
    with home.store.write() as unit:
        if key not in registry.directory(unit.connection).facilities:
            raise Refused(f"There is no facility {key}; `facility list` shows all.")
        unit.connection.execute(
            insert(t.persons).values(facility=key, address=at, name=name, added_at=home.now())
        )
        for found in read_certificates(certificate)[:1]:
            registry.add_certificate(unit.connection, "person", at, kept(found), at=home.now())
        unit.note(Note(home.now(), "person_added", home.person, facts={"facility": key}))
        registry.changed(unit.connection)
    done(f"{name} may act for {key}.")
