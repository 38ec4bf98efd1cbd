"""What a person would see of an opened mail: subject, text, attachments.

The subject is taken only from a header that the signature covers and that says so (see
``parsers.protection``): an outer subject is not content. What repeats such a header for old mail
programs is not read either, neither as text nor in answers.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from parsers.charsets import decode
from parsers.markup import text_of_html
from parsers.mime import Part
from parsers.protection import Protected, legacy_display, read_protected

_SIGNATURES: Final = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
)
_TEXTS: Final = ("text/plain", "text/html")
_SEALED: Final = frozenset(
    {"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"}
)
_FIELD_LINE: Final = re.compile(r"[!-9;-~]+:|[ \t]+\S")
_UNFIT: Final = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')
_QUOTE: Final = re.compile(r">*")


@dataclass(frozen=True)
class Attachment:
    """A file that came with the mail; the name is safe to show, and is never a path."""

    name: str
    media_type: str
    data: bytes

    @cached_property
    def sha256(self) -> str:
        """The digest of the bytes, 64 hex digits."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Content:
    """The content of one mail. ``text`` has LF line ends; ``html`` is kept for the archive.

    ``closed`` counts parts that are sealed in themselves: they stay so, and are only attachments.
    """

    subject: str | None
    text: str
    html: str | None
    attachments: tuple[Attachment, ...]
    closed: int = 0


def read_content(entity: Part) -> Content:
    """Collect text and attachments of ``entity``, in order. Raises MalformedMail."""
    return content_of(read_protected(entity))


def content_of(protected: Protected) -> Content:
    """Collect text and attachments of what a header was protected with. Raises MalformedMail."""
    skipped = legacy_display(protected.payload, protected.form)
    legacy = protected.form.startswith("hp-")
    plain: list[str] = []
    pages: list[str] = []
    attachments: list[Attachment] = []
    closed = 0
    # The flag: plain text stands beside it.
    waiting: list[tuple[Part, bool]] = [(protected.payload, False)]
    while waiting:
        part, beside_plain = waiting.pop()
        closed += part.media_type in _SEALED
        if part is skipped:
            continue
        if part.children:
            waiting.extend(_children(part, beside_plain))
        elif part.media_type in _TEXTS and part.disposition != "attachment" and not part.filename:
            text = _text_of(part)
            repeats = legacy and part.parameters.get("hp-legacy-display") == "1"
            if part.media_type == "text/plain":
                plain.append(_without_legacy_display(text) if repeats else text)
            else:
                pages.append(text)
                plain.extend([] if beside_plain else [text_of_html(text, legacy_display=repeats)])
        else:
            attachments.append(_attachment(part, len(attachments) + 1))
    text = "\n\n".join(piece.strip("\n") for piece in plain if piece.strip())
    page = "\n".join(pages) or None
    return Content(protected.subject, text, page, tuple(attachments), closed)


def _children(part: Part, beside_plain: bool) -> list[tuple[Part, bool]]:
    """List a multipart's children, last first; a signature is no content."""
    children = part.children
    if part.media_type == "multipart/signed":
        return [(child, beside_plain) for child in children[::-1] if not _is_signature(child)]
    if part.media_type == "multipart/alternative":
        has_plain = any(_holds_plain(child) for child in children)
        return [(child, beside_plain or has_plain) for child in children[::-1]]
    return [(child, beside_plain) for child in children[::-1]]


def _is_signature(part: Part) -> bool:
    return part.media_type in _SIGNATURES


def _holds_plain(part: Part) -> bool:
    waiting = [part]
    while waiting:
        one = waiting.pop()
        if one.media_type == "text/plain" and one.disposition != "attachment":
            return True
        waiting.extend(one.children)
    return False


def _text_of(part: Part) -> str:
    text = decode(part.decoded(), part.parameters.get("charset"))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if part.parameters.get("format", "").lower() == "flowed" and part.media_type == "text/plain":
        return _unflow(text, part.parameters.get("delsp", "").lower() == "yes")
    return text


def _unflow(text: str, delete_space: bool) -> str:
    """RFC 3676: join soft-broken lines of the same quote depth, and take off the stuffing."""
    out: list[str] = []
    soft_depth = -1
    for line in text.split("\n"):
        match = _QUOTE.match(line)
        depth = match.end() if match else 0
        words = line[depth:].removeprefix(" ")
        prefix = ">" * depth + (" " if depth else "")
        if soft_depth == depth and words != "-- ":
            out[-1] += words
        else:
            out.append(prefix + words)
        soft_depth = -1
        if words.endswith(" ") and words != "-- ":
            soft_depth = depth
            out[-1] = out[-1][:-1] if delete_space else out[-1]
    return "\n".join(out)


def _without_legacy_display(text: str) -> str:
    """Take off the copy of protected fields at the head of a text (RFC 9788 section 4.10.2)."""
    head, _, rest = text.partition("\n\n")
    return rest if all(map(_FIELD_LINE.match, head.split("\n"))) else text


def _attachment(part: Part, number: int) -> Attachment:
    name = safe_name(part.filename) or f"attachment-{number}"
    # Passed on under its own type, a mail program would open what is sealed as if we had sent it.
    kind = "application/octet-stream" if part.media_type in _SEALED else part.media_type
    return Attachment(name, kind, _data(part))


def _data(part: Part) -> bytes:
    return part.decoded()


def safe_name(name: str | None) -> str:
    """Return the last part of the name, fit to be shown and stored, at most 150 characters."""
    last = unicodedata.normalize("NFC", name or "").replace("\\", "/").rpartition("/")[2]
    clean = _UNFIT.sub("_", last).strip(" .")
    return clean.encode("utf-8", "replace").decode("utf-8")[-150:]
