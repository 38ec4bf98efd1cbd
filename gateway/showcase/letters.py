"""What a partner writes and reads: MIME entities made and taken apart with the standard library.

The entity that gets signed carries From, To and Subject of its own (RFC 9788, header protection
with `hp="cipher"`); the outer headers are for transport and may say less.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from typing import Any

_OUTER_SUBJECT = "Sikker mail"


@dataclass(frozen=True)
class Outer:
    """The headers outside the sealing; what is not given is made when the mail is made."""

    sender: str
    recipient: str
    subject: str = _OUTER_SUBJECT
    message_id: str = field(default_factory=lambda: make_msgid(domain="partner.example"))
    in_reply_to: str | None = None
    date: str = field(default_factory=lambda: formatdate(usegmt=True))
    extra: Sequence[tuple[str, str]] = ()

    @classmethod
    def for_entity(cls, entity: bytes, fallback_sender: str) -> "Outer":
        """Take From and To from an entity's protected headers, and hide its subject."""
        return cls(
            sender=header_of(entity, "From") or fallback_sender,
            recipient=header_of(entity, "To") or "undisclosed-recipients:;",
        )

    def fields(self) -> list[tuple[str, str]]:
        """Give the fields in the order in which they are written."""
        given = [
            ("From", self.sender),
            ("To", self.recipient),
            ("Subject", self.subject),
            ("Message-ID", self.message_id),
            ("Date", self.date),
        ]
        if self.in_reply_to:
            given += [("In-Reply-To", self.in_reply_to), ("References", self.in_reply_to)]
        return [*given, *self.extra, ("MIME-Version", "1.0")]

    def names(self) -> frozenset[bytes]:
        """Give the names of the fields, in lower case."""
        return frozenset(name.lower().encode() for name, _ in self.fields())

    def lines(self) -> bytes:
        """Write the fields, CRLF after each."""
        written = EmailMessage(policy=SMTP)
        for name, value in self.fields():
            written[name] = value
        return written.as_bytes().partition(b"\r\n\r\n")[0] + b"\r\n"


@dataclass(frozen=True)
class Letter:
    """An opened entity as a person sees it."""

    subject: str
    text: str
    attachments: Mapping[str, bytes]

    def json(self, name: str) -> Any:
        """Read an attachment that holds JSON; raises KeyError where there is none."""
        return json.loads(self.attachments[name])


def header_of(mail: bytes, name: str) -> str:
    """Give one field of a mail or entity, decoded; empty when it is not there."""
    head = mail.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    return str(message_from_bytes(head + b"\r\n\r\n", policy=SMTP)[name] or "")


def read_letter(entity: bytes) -> Letter:
    """Take an entity apart into its subject, its text and its attachments by name."""
    message = message_from_bytes(entity, policy=SMTP)
    text, attachments = "", {}
    for part in message.walk():
        if part.is_multipart():
            continue
        name = part.get_filename()
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
        if name:
            attachments[name] = data
        elif part.get_content_type() == "text/plain" and not text:
            text = data.decode(part.get_content_charset() or "utf-8", "replace")
    return Letter(str(message["Subject"] or ""), text, attachments)


def json_entity(
    submission: Mapping[str, Any],
    *,
    sender: str,
    recipient: str,
    subject: str,
    attachments: Mapping[str, bytes] | None = None,
) -> bytes:
    """Write a submission as application/json, the only part of the mail but for other files."""
    return file_entity(
        json.dumps(submission, ensure_ascii=False, indent=1).encode(),
        "application/json",
        "sagspost.json",
        sender=sender,
        recipient=recipient,
        subject=subject,
        attachments=attachments,
    )


def file_entity(
    data: bytes,
    media_type: str,
    name: str,
    *,
    sender: str,
    recipient: str,
    subject: str,
    attachments: Mapping[str, bytes] | None = None,
) -> bytes:
    """Write a file as the only part of the mail but for other files."""
    message = _entity(sender, recipient, subject)
    kind, _, subtype = media_type.partition("/")
    message.set_content(data, maintype=kind, subtype=subtype, filename=name)
    _attach(message, attachments)
    return _protected(message)


def text_entity(
    text: str,
    *,
    sender: str,
    recipient: str,
    subject: str,
    attachments: Mapping[str, bytes] | None = None,
) -> bytes:
    """Write a mail as a person does: text, and files where there are any."""
    message = _entity(sender, recipient, subject)
    message.set_content(text, cte="quoted-printable")
    _attach(message, attachments)
    return _protected(message)


def delivery_report(
    recipient: str, failed: str, message_id: str, *, action: str = "failed", status: str = "5.1.1"
) -> bytes:
    """Write a delivery status notification (RFC 3464) about a mail that went to `failed`."""
    return (
        f"From: mailer-daemon@relay.example\r\nTo: <{recipient}>\r\nSubject: Undelivered\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;"
        ' boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; relay.example\r\n\r\n"
        f"Final-Recipient: rfc822; {failed}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n"
        "\r\n--b--\r\n"
    ).encode()


def _attach(message: EmailMessage, attachments: Mapping[str, bytes] | None) -> None:
    """Add files."""
    for name, data in (attachments or {}).items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)


def _entity(sender: str, recipient: str, subject: str) -> EmailMessage:
    """Begin an entity with the headers that the signature protects."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(addr_spec=sender)
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = subject
    return message


def _protected(message: EmailMessage) -> bytes:
    """Mark the entity's headers as protected (RFC 9788 section 2.1.1) and write it."""
    del message["MIME-Version"]
    message.set_param("hp", "cipher")
    return message.as_bytes()
