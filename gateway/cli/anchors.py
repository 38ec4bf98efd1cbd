"""`anchor`: the CAs that are trusted, and their lists of revoked certificates."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import delete, insert, select

from gateway.cli.home import Home, opened
from gateway.cli.show import AsJson, done, listing
from gateway.cli.trust import judge_anew, read_certificates
from gateway.errors import Refused
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.unit import Unit
from keys.identity import fingerprint

anchor = typer.Typer(no_args_is_help=True)


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
