"""`key`: our own keys, from the first to the last: made, imported, renewed, retired, destroyed.

A running `serve` takes up what changes in the folder by itself. Files come first and the journal
after them: a key that is there and not in the journal shows in `key list`, and harms nobody.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from cryptography.hazmat.primitives.serialization import Encoding

from gateway import ownkeys
from gateway.cli import ceremonies, ownpgp
from gateway.cli.home import AsPerson, Home, opened
from gateway.cli.show import AsJson, done, listing
from gateway.cli.trust import judge_anew
from gateway.cli.values import one_of
from gateway.errors import Refused
from gateway.store.journal import Note
from keys import issuing, keyring
from keys.identity import addresses_of
from keys.issuing import KeyKind, KeyUse
from keys.openpgp.folder import retire_openpgp_key
from keys.own import OwnKey

key = typer.Typer(no_args_is_help=True)

Ident = Annotated[str, typer.Argument(help="The key's name, such as gateway-2027.")]
Name = Annotated[
    str | None, typer.Argument(help="Its name, such as gateway-2027; else by the day.")
]
Kind = Annotated[
    str, typer.Option(help="rsa3072, rsa4096, p256, p384; openpgp or openpgp-rsa3072.")
]
Use = Annotated[str, typer.Option(help="both, sign or encrypt.")]
Request = Annotated[
    Path | None, typer.Option(help="Write a request for a CA here; the key waits for its answer.")
]
Starts = Annotated[
    str | None, typer.Option(help="A day, such as 2027-01-15: the new key is used from then on.")
]
InToken = Annotated[
    str | None, typer.Option("--pkcs11", help="The key's label in the token of [hsm].")
]


@key.command("list")
def key_list(ctx: typer.Context, as_json: AsJson = False) -> None:
    """All own keys: what each is for, and until when."""
    home = opened(ctx)
    now, ring = home.now(), ownkeys.open_keyring(home.settings)
    signing, encrypting = ring.signing_at(now), ring.encrypting_at(now)
    rows: list[dict[str, Any]] = [
        {
            "id": own.key_id,
            "kind": own.algorithm,
            "in": "token" if keyring.token_label(home.settings.keys, own.key_id) else "file",
            "state": _state(own, now),
            "signs": own is signing,
            "partners_encrypt": own is encrypting,
            "valid_from": own.certificate.not_valid_before_utc,
            "valid_to": own.certificate.not_valid_after_utc,
            "fingerprint": own.loaded.fingerprint,
        }
        for own in ring.keys
    ]
    empty = dict.fromkeys(("kind", "in", "state", "signs", "partners_encrypt"))
    empty |= dict.fromkeys(("valid_from", "valid_to", "fingerprint"))
    rows += [
        {"id": ident} | empty | {"state": "waiting"}
        for ident in keyring.key_ids(home.settings.keys, waiting=True)
    ]
    rows += ownpgp.rows(home)
    listing(
        rows,
        as_json=as_json,
        title="keys",
        columns=("id", "kind", "in", "state", "signs", "partners_encrypt", "valid_to"),
    )


def _state(own: OwnKey, now: datetime) -> str:
    if own.is_retired(now):
        return "retired"
    if own.is_valid(now):
        return "active"
    return "ended" if own.certificate.not_valid_after_utc < now else "coming"


@key.command("create")
def key_create(
    ctx: typer.Context,
    name: Name = None,
    kind: Kind = "rsa3072",
    use: Use = "both",
    request: Request = None,
    address: Annotated[
        str | None, typer.Option(help="The mailbox in the certificate; else the first one.")
    ] = None,
    starts: Starts = None,
    pkcs11: InToken = None,
    person: AsPerson = None,
) -> None:
    """Make a key: with a certificate signed by itself, or with a request for a CA."""
    home = opened(ctx)
    if kind in ownpgp.KINDS:
        if request or starts or pkcs11 or use != "both":
            raise Refused(f"--kind {kind}: without --request, --starts, --pkcs11 and --use.")
        ident = name or f"pgp-{home.now():%Y%m%d}"
        mark = ownpgp.make(home, ident, kind, address or home.settings.mailbox[0].address)
        _tell(home, person, "key_created", ident, kind=kind, openpgp=mark)
        done(f"{ident}: OpenPGP key {mark}")
        done(f"Send it to partners, and the fingerprint by another way: keys/{ident}.pgp.asc")
        return
    if request is not None and starts is not None:
        raise Refused("--starts: with --request the CA says from when the certificate is valid.")
    begins = _day("--starts", starts) or home.now()
    ident = name or ceremonies.free_name(home, begins)
    ceremonies.create(home, ident, _kind(kind), _use(use), request, address, begins, pkcs11)
    _tell(home, person, "key_created", ident, kind=kind, use=use, request=request is not None)
    if request is None:
        _announce(home, ident)
    else:
        done(f"Wrote {request}; the key {ident} waits. Send it to the CA, then:")
        done("key import --certificate FILE")


@key.command("import")
def key_import(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="PKCS#12, or PEM: the private key, with its chain.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="The certificate and its chain, where they lie apart.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--id", help="The key's name; else by the day.")
    ] = None,
    pkcs11: InToken = None,
    password_file: Annotated[
        Path | None, typer.Option(help="Has the file's password; or SAGSPOST_KEY_PASSWORD.")
    ] = None,
    person: AsPerson = None,
) -> None:
    """Take a key from a file or a token; or, without one, the certificate that a CA issued."""
    home = opened(ctx)
    ident = name or ceremonies.free_name(home, home.now())
    if file is not None and pkcs11 is None:
        ceremonies.import_file(home, ident, file, certificate, password_file)
    elif pkcs11 is not None and file is None:
        ceremonies.import_label(home, ident, pkcs11, certificate)
    elif certificate is not None and file is None:
        ident = ceremonies.import_certificate(home, name, certificate)
    else:
        raise Refused("Name one of: a FILE, --pkcs11 LABEL, or --certificate FILE alone.")
    _tell(home, person, "key_imported", ident, token=pkcs11 is not None)
    _announce(home, ident)


@key.command("renew")
def key_renew(
    ctx: typer.Context,
    ident: Ident,
    new: Annotated[str | None, typer.Option("--to", help="The new key's name.")] = None,
    starts: Starts = None,
    request: Request = None,
    retire: Annotated[
        str | None, typer.Option(help="The day from which the old key only opens; else at once.")
    ] = None,
    person: AsPerson = None,
) -> None:
    """Make the next key of the same kind and use; the old one goes on opening what comes."""
    home = opened(ctx)
    own = ceremonies.existing(home, ident)
    kind = issuing.kind_of(own.public_key)
    if kind is None:
        raise Refused(f"{ident} is {own.algorithm}: make its successor with `key create`.")
    from_ca = own.certificate.issuer != own.certificate.subject
    if from_ca and request is None:
        raise Refused(f"{ident} has its certificate from a CA: name a --request FILE for the next.")
    begins = _day("--starts", starts) or home.now()
    ends = _day("--retire", retire) or begins
    if ends < begins:
        raise Refused("--retire: the old key must not retire before the new one starts.")
    use: KeyUse = "both" if own.can_sign and own.can_open else "sign" if own.can_sign else "encrypt"
    name = new or ceremonies.free_name(home, begins)
    label = name if keyring.token_label(home.settings.keys, ident) else None
    address = next(iter(addresses_of(own.certificate)), None)
    ceremonies.create(home, name, kind, use, request, address, begins, label)
    if request is not None:
        _tell(home, person, "key_renewed", name, before=ident, retires=None)
        done(f"Wrote {request}. When the CA has answered: key import --certificate FILE,")
        done(f"then key retire {ident}.")
        return
    keyring.retire(home.settings.keys, ident, ends)
    _tell(home, person, "key_renewed", name, before=ident, retires=ends.isoformat())
    done(f"{ident} only opens from {ends:%Y-%m-%d %H:%M} UTC on.")
    _announce(home, name)


@key.command("retire")
def key_retire(
    ctx: typer.Context,
    ident: Ident,
    on: Annotated[str | None, typer.Option("--on", help="A day; else at once.")] = None,
    person: AsPerson = None,
) -> None:
    """Keep a key for opening only: it signs nothing more, and partners get another one."""
    home = opened(ctx)
    if ownpgp.is_openpgp(home, ident):
        if on is not None:
            raise Refused("--on: an OpenPGP key is retired at once.")
        retire_openpgp_key(home.settings.keys, ident)
        _tell(home, person, "key_retired", ident, since=None)
        done(f"{ident} only opens.")
        return
    own, since = ceremonies.existing(home, ident), _day("--on", on)
    ceremonies.require_another(home, own, since or home.now())
    keyring.retire(home.settings.keys, ident, since)
    _tell(home, person, "key_retired", ident, since=since.isoformat() if since else None)
    done(f"{ident} only opens" + (f" from {since:%Y-%m-%d} on." if since else "."))


@key.command("destroy")
def key_destroy(
    ctx: typer.Context,
    ident: Ident,
    yes: Annotated[bool, typer.Option("--yes", help="Mail sealed to it is lost for ever.")] = False,
    person: AsPerson = None,
) -> None:
    """Destroy a private key. What only it opens can never be read again."""
    home = opened(ctx)
    folder = home.settings.keys
    if ownpgp.is_openpgp(home, ident):
        ownpgp.destroy(home, ident, sure=yes)
        _tell(home, person, "key_destroyed", ident, token=False)
        done(f"{ident} is destroyed. Backups may still hold it: destroy it there too.")
        return
    waits = ident in keyring.key_ids(folder, waiting=True)
    if not waits:
        ceremonies.require_another(home, ceremonies.existing(home, ident), home.now())
    if not yes:
        raise Refused(f"{ident} and all that only it opens would be lost: say so with --yes.")
    label, same = keyring.token_label(folder, ident), ceremonies.twins(home, ident)
    keyring.destroy(folder, ident)
    shared = [o for o in keyring.key_ids(folder) if keyring.token_label(folder, o) == label]
    if label is not None and not shared:
        ceremonies.token(home).destroy(label)
    _tell(home, person, "key_destroyed", ident, token=label is not None)
    done(f"{ident} is destroyed. Backups may still hold it: destroy it there too.")
    for other in same:
        done(f"Note: {other} holds the same private key, under another certificate.")


@key.command("export-certificate")
def key_export(
    ctx: typer.Context,
    ident: Annotated[
        str | None, typer.Argument(help="A key; else the one partners should encrypt to.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Write it here instead of printing it.")] = None,
    chain: Annotated[bool, typer.Option("--chain", help="With the chain of its CA.")] = False,
    der: Annotated[bool, typer.Option("--der", help="As DER instead of PEM.")] = False,
) -> None:
    """Write the certificate that partners encrypt to, or that of a key."""
    home = opened(ctx)
    if ident is not None and ownpgp.is_openpgp(home, ident):
        _write(ownpgp.exported(home, ident), to, f"{ident}, OpenPGP")
        return
    ring = ownkeys.open_keyring(home.settings)
    own = ceremonies.existing(home, ident) if ident else ring.encrypting_at(home.now())
    if der and chain:
        raise Refused("--der holds one certificate: leave out --chain.")
    entries = (own.certificate, *(own.chain if chain else ()))
    written = b"".join(e.public_bytes(Encoding.DER if der else Encoding.PEM) for e in entries)
    _write(written, to, f"{own.key_id}, SHA-256 {own.loaded.fingerprint}")


def _write(written: bytes, to: Path | None, what: str) -> None:
    """Print it, or write it where it is to stand."""
    if to is None:
        sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()
        return
    to.write_bytes(written)
    done(f"Wrote {to}: {what}")


def _tell(home: Home, person: str | None, what: str, ident: str, **facts: Any) -> None:
    """Write it into the journal, and let what waited for a key be judged again."""
    with home.store.write() as unit:
        told = {"key": ident} | facts
        unit.note(Note(home.now(), what, person or home.person, facts=told))
        judge_anew(unit, home, what.replace("_", " "))


def _announce(home: Home, ident: str) -> None:
    own = ceremonies.existing(home, ident)
    certificate = own.certificate
    done(f"{ident}: {own.algorithm}, valid to {certificate.not_valid_after_utc:%Y-%m-%d}")
    done(f"SHA-256 {own.loaded.fingerprint}")
    if own.can_open:
        done(f"Send it to partners: key export-certificate {ident}")
    signing = ownkeys.open_keyring(home.settings).signing_at(home.now())
    if signing.key_id != ident and own.can_sign:
        began = signing.certificate.not_valid_before_utc
        done(
            f"{signing.key_id} signs: valid since {began:%Y-%m-%d}, the newest that is not retired."
        )


def _kind(text: str) -> KeyKind:
    one_of("--kind", text, issuing.KINDS)
    return next(kind for kind in issuing.KINDS if kind == text)


def _use(text: str) -> KeyUse:
    one_of("--use", text, get_args(KeyUse))
    return next(use for use in issuing.USES if use == text)


def _day(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{option} {text}: must be a day, such as 2027-01-15.") from None
    return day if day.tzinfo else day.replace(tzinfo=UTC)
