"""The MIME bytes of outgoing mail, written by hand: canonical CRLF, lines of at most 76 characters.

One letter becomes header fields, an inner entity that is signed, and, after sealing, the whole
mail. The inner entity repeats the header fields (RFC 9788 header protection): `hp="cipher"` inside
encryption, with `HP-Outer` fields that say what stood outside, `hp="clear"` where a mail is only
signed. Outer and protected Subject are equal on purpose, so nothing has to be hidden.

Boundaries hold `=_`, which neither base64 nor quoted-printable can produce (RFC 2045 section 6.7),
and come from the Message-ID: the same letter is the same bytes on each try.

Not here: the words (`workflows`), signing and sealing (`keys.smime`).
"""

import hashlib
from binascii import b2a_qp
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from gateway.outbound import headers
from gateway.outbound.evidence import (
    FILE_NAME,
    MEDIA_TYPE,
    SIGNATURE_FILE_NAME,
    SIGNATURE_MEDIA_TYPE,
    Issued,
)
from keys.smime import base64_lines

AutoSubmitted = Literal["auto-replied", "auto-generated"]
Protection = Literal["cipher", "clear"]

_UNSAFE_IN_NAMES: Final = str.maketrans(dict.fromkeys('/\\:*?"<>|', "_"))


@dataclass(frozen=True, slots=True)
class Letter:
    """What stands in the header: one mail, one recipient."""

    sender: str
    sender_name: str
    recipient: str
    subject: str
    date: datetime
    message_id: str
    auto_submitted: AutoSubmitted = "auto-replied"
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    reply_to: str | None = None
    """Where an answer belongs, where that is not the sender."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One part beside the text, carried as base64."""

    name: str
    media_type: str
    data: bytes
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Disposition:
    """What a machine-readable receipt says (RFC 8098; the MIC by RFC 3335 section 7.4.3).

    `mic` as in the evidence: base64, comma, `sha-256`. `error` is one sentence, for refusals.
    """

    reporting_ua: str
    final_recipient: str
    original_message_id: str | None
    mic: str | None = None
    error: str | None = None


def evidence_pieces(issued: Issued) -> tuple[Piece, Piece]:
    """Return `evidence.json` and its detached signature as parts, in that order."""
    return (
        Piece(FILE_NAME, MEDIA_TYPE, issued.data),
        Piece(SIGNATURE_FILE_NAME, SIGNATURE_MEDIA_TYPE, issued.signature),
    )


def header_fields(letter: Letter) -> bytes:
    """Return the fields that stand outside and, protected, inside. Raises AddressError."""
    replies = (letter.in_reply_to,) if letter.in_reply_to else ()
    elsewhere = letter.reply_to
    return b"".join(
        (
            headers.mailbox_field("From", letter.sender, letter.sender_name),
            headers.mailbox_field("Reply-To", elsewhere) if elsewhere else b"",
            headers.mailbox_field("To", letter.recipient),
            headers.text_field("Subject", letter.subject),
            headers.date_field("Date", letter.date),
            headers.identifiers_field("Message-ID", (letter.message_id,)),
            headers.identifiers_field("In-Reply-To", replies),
            headers.identifiers_field("References", letter.references or replies),
            f"Auto-Submitted: {letter.auto_submitted}\r\n".encode("ascii"),
        )
    )


def entity(fields: bytes, text: str, pieces: Sequence[Piece], protection: Protection) -> bytes:
    """Return the inner entity, ready to be signed: `multipart/mixed` of the text and the pieces."""
    boundary = _boundary(fields, "mixed")
    return b"".join(
        (
            _protected(fields, protection),
            _content_type("multipart/mixed", {"boundary": boundary, "hp": protection}),
            b"\r\n",
            _multipart([_text(text), *map(_piece, pieces)], boundary),
        )
    )


def report_entity(
    fields: bytes,
    text: str,
    disposition: Disposition,
    pieces: Sequence[Piece],
    protection: Protection,
) -> bytes:
    """Return the receipt as `multipart/report`, for partners whose machines want it.

    RFC 6522 knows three parts: for people, for machines, and a further one. The further one is a
    `multipart/mixed` of the pieces, evidence first.
    """
    boundary, inner = _boundary(fields, "report"), _boundary(fields, "parts")
    further = b"".join(
        (
            _content_type("multipart/mixed", {"boundary": inner}),
            b"\r\n",
            _multipart([_piece(piece) for piece in pieces], inner),
        )
    )
    parameters = {
        "report-type": "disposition-notification",
        "boundary": boundary,
        "hp": protection,
    }
    return b"".join(
        (
            _protected(fields, protection),
            _content_type("multipart/report", parameters),
            b"\r\n",
            _multipart([_text(text), _notification(disposition), further], boundary),
        )
    )


def whole(fields: bytes, dressed: bytes) -> bytes:
    """Return the mail as it is sent: `dressed` is what keys.smime made of the entity."""
    return b"".join((fields, b"MIME-Version: 1.0\r\n", dressed))


def _protected(fields: bytes, protection: Protection) -> bytes:
    """Return the inner copy of the fields (RFC 9788 sections 2.1 and 2.2)."""
    if protection == "clear":
        return fields
    unfolded = fields.replace(b"\r\n ", b"\x00")
    outer = b"".join(b"HP-Outer: " + line for line in unfolded.splitlines(keepends=True))
    return fields + outer.replace(b"\x00", b"\r\n ")


def _boundary(fields: bytes, purpose: str) -> str:
    return f"=_{purpose}_{hashlib.sha256(fields).hexdigest()[:24]}"


def _content_type(media_type: str, parameters: Mapping[str, str]) -> bytes:
    rest = "".join(headers.parameter(name, value) for name, value in parameters.items())
    return f"Content-Type: {media_type}{rest}\r\n".encode("ascii")


def _multipart(parts: Sequence[bytes], boundary: str) -> bytes:
    line = b"--" + boundary.encode("ascii")
    opened = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts)
    return opened + line + b"--\r\n"


def _text(text: str) -> bytes:
    """Return the text part; base64 where a line begins with `From `, which old stores change."""
    lines = "\n".join(text.splitlines())
    octets = lines.encode("utf-8", "replace")
    if octets.startswith(b"From ") or b"\nFrom " in octets:
        encoding, body = b"base64", base64_lines(octets.replace(b"\n", b"\r\n"))
    else:
        encoding = b"quoted-printable"
        body = b2a_qp(octets, istext=True).replace(b"\n", b"\r\n")
    return b"".join(
        (
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ",
            encoding,
            b"\r\n\r\n",
            body,
        )
    )


def _piece(piece: Piece) -> bytes:
    name = headers.parameter("filename", piece.name.translate(_UNSAFE_IN_NAMES))
    return b"".join(
        (
            _content_type(piece.media_type, piece.parameters),
            f"Content-Disposition: attachment{name}\r\n".encode("ascii"),
            b"Content-Transfer-Encoding: base64\r\n\r\n",
            base64_lines(piece.data),
        )
    )


def _notification(disposition: Disposition) -> bytes:
    address = headers.checked_address(disposition.final_recipient)
    outcome = "processed/error" if disposition.error else "processed"
    original = (disposition.original_message_id,) if disposition.original_message_id else ()
    fields = [
        b"Content-Type: message/disposition-notification\r\n\r\n",
        headers.text_field("Reporting-UA", disposition.reporting_ua),
        f"Final-Recipient: rfc822;{address}\r\n".encode("ascii"),
        headers.identifiers_field("Original-Message-ID", original),
        f"Disposition: automatic-action/MDN-sent-automatically; {outcome}\r\n".encode("ascii"),
    ]
    if disposition.error:
        fields.append(headers.text_field("Error", disposition.error))
    if disposition.mic:
        fields.append(headers.text_field("Received-content-MIC", disposition.mic))
    return b"".join(fields)
