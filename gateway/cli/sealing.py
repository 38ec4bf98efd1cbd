"""A submission as a partner seals it: the mail around what is signed and encrypted."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from gateway.cli.trust import read_certificates
from gateway.errors import Refused
from keys import smime
from keys.errors import KeysError
from keys.identity import addresses_of
from keys.keyring import OwnKey
from keys.openpgp import OpenPgp, OwnOpenPgpKey, read_public_key
from keys.openpgp.material import addresses_of_secret

Dress = Callable[[bytes, datetime], bytes]


@dataclass(frozen=True)
class Ends:
    """Who writes to whom, and how an entity is dressed between them."""

    sender: str
    recipient: str
    dress: Dress


def smime_ends(own: OwnKey, recipient: Path) -> Ends:
    """Both ends by their certificates. Raises Refused where one names no address."""
    gateway = read_certificates(recipient)[0]

    def dress(entity: bytes, at: datetime) -> bytes:
        # What opens the receipt is not this program: it promises nothing about that.
        return smime.encrypt_entity(smime.sign_entity(entity, own, at, announce=False), gateway)

    return _ends(addresses_of(own.certificate), addresses_of(gateway), dress)


def openpgp_ends(sender: Path, recipient: Path) -> Ends:
    """Both ends by their OpenPGP keys; the sender's has no passphrase. Raises Refused."""
    now = datetime.now(UTC)
    own = OwnOpenPgpKey(sender.stem, _octets(sender))
    try:
        gateway = read_public_key(_octets(recipient), now)
        names = addresses_of_secret(own, now)
    except KeysError as error:
        raise Refused(f"{sender}, {recipient}: {error} ({error.detail})") from None

    def dress(entity: bytes, at: datetime) -> bytes:
        openpgp = OpenPgp([own], [(gateway.fingerprint, gateway.data)])
        try:
            return openpgp.seal_entity(entity, gateway.fingerprint, at)
        except KeysError as error:
            raise Refused(f"{sender}: {error} ({error.detail})") from None
        finally:
            openpgp.close()

    return _ends(names, gateway.addresses, dress)


def sealed(file: Path, ends: Ends) -> bytes:
    """The whole mail around the submission in a file. Raises Refused for what is no text."""
    now = datetime.now(UTC)
    inner = EmailMessage()
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Refused(f"{file} is neither JSON nor labelled text in UTF-8.") from None
    if text.lstrip().startswith("{"):
        inner.set_content("Sagspost\n")
        inner.add_attachment(
            text.encode(), maintype="application", subtype="json", filename=file.name
        )
    else:
        inner.set_content(text)
    inner["From"], inner["To"], inner["Subject"] = ends.sender, ends.recipient, "Sagspost"
    entity = inner.as_bytes(policy=inner.policy.clone(linesep="\r\n", max_line_length=76))
    headers = (
        f"From: {ends.sender}\r\nTo: {ends.recipient}\r\nSubject: Sagspost\r\n"
        f"Date: {format_datetime(now)}\r\n"
        f"Message-ID: <{secrets.token_hex(12)}@{ends.sender.rpartition('@')[2]}>\r\n"
        "MIME-Version: 1.0\r\n"
    )
    return headers.encode() + ends.dress(entity, now)


def _ends(senders: tuple[str, ...], recipients: tuple[str, ...], dress: Dress) -> Ends:
    if not senders or not recipients:
        raise Refused("Both certificates, or keys, must name a mail address.")
    return Ends(senders[0], recipients[0], dress)


def _octets(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
