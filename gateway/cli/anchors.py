"""`anchor`: the CAs that are trusted, and their lists of revoked certificates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import insert, select

from gateway.cli.home import Home, opened
from gateway.cli.show import AsJson, done, listing
from gateway.cli.trust import judge_anew, read_certificates
from gateway.errors import Refused
from gateway.store import revocations, sources
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.sources import source_url
from gateway.store.unit import Unit
from keys.crl import List, read_lists, require_list
from keys.errors import KeyFileError, RevocationSourceError
from keys.identity import fingerprint

anchor = typer.Typer(no_args_is_help=True)


@anchor.command("add")
def anchor_add(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The CA's certificate, PEM or DER.")],
    crl: Annotated[
        list[str] | None,
        typer.Option("--crl", help="Its revocation list: a file, PEM or DER, or a URL to fetch."),
    ] = None,
) -> None:
    """Trust a CA for partner certificates; again with --crl to renew its revocation list."""
    home = opened(ctx)
    certificates = read_certificates(file)
    urls = [source_url(c) for c in crl or () if "://" in c]
    lists = [entry for c in crl or () if "://" not in c for entry in _read_crl(Path(c))]
    with home.store.write() as unit:
        for certificate in certificates:
            _keep_anchor(unit, certificate, home)
        for url in urls:
            sources.add_list(unit, url, certificates[0], home.now())
        for entry in lists:
            _keep_crl(unit, entry, home)
        again = judge_anew(unit, home, "anchor added")
    for certificate in certificates:
        done(f"Trusted: {certificate.subject.rfc4514_string()} ({fingerprint(certificate)[:16]})")
    for url in urls:
        done(f"{url} is fetched in the background, every so often, while `serve` runs.")
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


def _read_crl(file: Path) -> tuple[List, ...]:
    try:
        return read_lists(file.read_bytes())
    except (OSError, KeyFileError) as error:
        raise Refused(f"{file} holds no revocation list in PEM or DER: {error}") from None


def _keep_crl(unit: Unit, entry: List, home: Home) -> None:
    """Keep a list from a file; where its issuer is an anchor, it must be the one that signed."""
    now = home.now()
    anchors = unit.connection.execute(select(t.anchors.c.der)).scalars()
    issuers = [
        one
        for one in map(x509.load_der_x509_certificate, anchors)
        if one.subject == entry.crl.issuer
    ]
    faults = []
    for issuer in issuers:
        try:
            require_list(entry, issuer, now)
            break
        except RevocationSourceError as error:
            faults.append(error.detail)
    if issuers and len(faults) == len(issuers):
        raise Refused(f"The revocation list is not used: {faults[0]}.")
    kept = revocations.keep_list(unit, entry, now)
    if kept == "older":
        raise Refused(
            "The revocation list is older than the one that is known already "
            f"(number {entry.number}, of {entry.crl.last_update_utc:%Y-%m-%d %H:%M} UTC): "
            "take the newest one of the CA."
        )
    facts = {"list": entry.digest, "number": entry.number, "revoked": len(entry.crl)}
    unit.note(Note(now, "crl_added", home.person, facts=facts))


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


@anchor.command("sources")
def anchor_sources(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Where revocation lists and answers are fetched from, and what came of it last."""
    with opened(ctx).store.read() as unit:
        shown = sources.shown(unit)
    listing(shown, as_json=as_json, title="revocation sources")


@anchor.command("fetch")
def anchor_fetch(ctx: typer.Context) -> None:
    """Fetch now what is due, as the clock of `serve` does by itself."""
    from gateway.clock.fetching import Fetching

    home = opened(ctx)
    tried, new = Fetching(home.store, home.settings.trust, home.now, actor=home.person).fetch_due()
    done(f"{tried} source(s) were asked; {new} gave something new.")
