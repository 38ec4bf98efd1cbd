"""What the commands of `key` do to the folder and to the token; the journal is theirs."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

import typer
from cryptography.hazmat.primitives.serialization import Encoding

from gateway import ownkeys
from gateway.cli.home import Home
from gateway.cli.trust import read_certificates
from gateway.cli.values import address_of
from gateway.errors import Refused
from gateway.settings import key_password
from keys import issuing, keyring
from keys.errors import KeyFileError
from keys.issuing import KeyKind, KeyUse, SigningKey
from keys.own import OwnKey
from keys.token import TokenAt


def create(
    home: Home,
    ident: str,
    kind: KeyKind,
    use: KeyUse,
    request: Path | None,
    address: str | None,
    begins: datetime,
    label: str | None,
) -> None:
    """Make a key in the folder or in the token, with a certificate or a request for one."""
    folder, settings = home.settings.keys, home.settings
    keyring.require_free(folder, ident)
    if request is not None and request.exists():
        raise Refused(f"{request} exists already; a request never overwrites.")
    made: SigningKey
    made = token(home).generate(label, kind) if label else issuing.generate_key(kind)
    mailbox = address_of("--address", address) if address else settings.mailbox[0].address
    who = (settings.authority.name, settings.authority.cvr, mailbox)
    asked = None if request is None else issuing.certificate_request(made, *who, use)
    signed = None if asked else issuing.self_signed(made, *who, _apart(home, begins), use)
    if label:
        keyring.write_token_key(folder, ident, label, signed, asked)
    else:
        keyring.write_own_key(folder, ident, issuing.pem_of(made), signed, asked)
    if request is not None and asked is not None:
        request.write_bytes(asked)


def _apart(home: Home, begins: datetime) -> datetime:
    """The next second in which no other key begins: of two of one age none would be the newest."""
    taken = {
        own.certificate.not_valid_before_utc for own in ownkeys.open_keyring(home.settings).keys
    }
    while issuing.valid_from(begins) in taken:
        begins += timedelta(seconds=1)
    return begins


def import_file(
    home: Home, ident: str, file: Path, certificate: Path | None, password_file: Path | None
) -> None:
    """Take a key and its chain from PKCS#12 or PEM."""
    keyring.require_free(home.settings.keys, ident)
    try:
        password = _password(password_file)
    except OSError as error:
        raise Refused(f"{error.filename} cannot be read: {error.strerror}") from None
    try:
        own = _read(file, certificate, password)
    except KeyFileError as error:
        # A file with a password, and none given: ask for it, where somebody is there to answer.
        if password is not None or not file.exists() or not sys.stdin.isatty():
            raise Refused(f"{file}: {error.detail}; is its password right?") from None
        asked = typer.prompt(f"Password of {file.name}", hide_input=True, err=True).encode()
        own = _read(file, certificate, asked)
    entries = (own.certificate, *own.chain)
    pem = b"".join(entry.public_bytes(Encoding.PEM) for entry in entries)
    keyring.write_own_key(home.settings.keys, ident, issuing.pem_of(own.key), pem)


def _read(file: Path, certificate: Path | None, password: bytes | None) -> OwnKey:
    """Read a key file; one that has no password is read although one was given."""
    try:
        return keyring.read_own_key(file, password=password, certificate=certificate)
    except KeyFileError:
        if password is None:
            raise
        return keyring.read_own_key(file, certificate=certificate)


def import_certificate(home: Home, ident: str | None, file: Path) -> str:
    """Give the certificate that a CA issued to the key that it is of; gives that key's id."""
    folder, entries = home.settings.keys, read_certificates(file)
    where = ownkeys.token_of(home.settings)
    waiting = keyring.key_ids(folder, waiting=True)
    for tried in (ident,) if ident else (*waiting, *keyring.key_ids(folder)):
        try:
            return keyring.add_certificate(folder, tried, entries, where)
        except KeyFileError as error:
            fault = error
    raise Refused(f"{file}: {fault.detail}.")


def free_name(home: Home, day: datetime) -> str:
    """A name for a key that begins on a day, such as gateway-20270115."""
    first = f"gateway-{day:%Y%m%d}"
    for name in (first, *(f"{first}-{number}" for number in range(2, 100))):
        try:
            keyring.require_free(home.settings.keys, name)
        except KeyFileError:
            continue
        return name
    raise Refused("There are a hundred keys of this day: give the key a name.")


def import_label(home: Home, ident: str, label: str, certificate: Path | None) -> None:
    """Take up a key that lies in the token, with its certificate."""
    folder, token_at = home.settings.keys, token(home)
    keyring.require_free(folder, ident)
    entries = tuple(read_certificates(certificate)) if certificate else token_at.certificates(label)
    if not entries:
        raise Refused(f"The token has no certificate {label}: name a file with --certificate.")
    ordered = keyring.order_chain(token_at.key(label).public_key(), entries)
    pem = b"".join(entry.public_bytes(Encoding.PEM) for entry in ordered)
    keyring.write_token_key(folder, ident, label, pem)


def _password(file: Path | None) -> bytes | None:
    return key_password() if file is None else file.read_bytes().rstrip(b"\r\n")


def existing(home: Home, ident: str) -> OwnKey:
    """The key of this name. Raises Refused when there is none with a certificate."""
    ring = ownkeys.open_keyring(home.settings)
    found = next((own for own in ring.keys if own.key_id == ident), None)
    if found is None:
        names = ", ".join(own.key_id for own in ring.keys)
        raise Refused(f"There is no key {ident} with a certificate; there are: {names}.")
    return found


def twins(home: Home, ident: str) -> list[str]:
    """The other names under which the same private key lies here."""
    ring = ownkeys.open_keyring(home.settings)
    own = next((one for one in ring.keys if one.key_id == ident), None)
    return [
        one.key_id
        for one in ring.keys
        if own is not None and one is not own and one.public_key == own.public_key
    ]


def require_another(home: Home, own: OwnKey, at: datetime) -> None:
    """Refuse to take the only key away that signs, or that partners encrypt to."""
    rest = [o for o in ownkeys.open_keyring(home.settings).keys if o.key_id != own.key_id]
    rest = [o for o in rest if not o.is_retired(at) and o.is_valid(at)]
    if own.is_retired(home.now()):
        return
    if own.can_sign and not any(o.can_sign for o in rest):
        raise Refused(f"{own.key_id} is the only key that signs: `key renew {own.key_id}` first.")
    if own.can_open and not any(o.can_open for o in rest):
        raise Refused(f"{own.key_id} is the only key to encrypt to: `key renew {own.key_id}`.")


def token(home: Home) -> TokenAt:
    """The token of the settings. Raises Refused when they name none."""
    found = ownkeys.token_of(home.settings)
    if found is None:
        raise Refused("The settings name no token: [hsm] module, token and pin_file.")
    return found
