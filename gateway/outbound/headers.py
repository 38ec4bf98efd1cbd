"""Header fields of outgoing mail as bytes: RFC 5322 folding, RFC 2047 words, RFC 2231 parameters.

Whatever text comes in, one field comes out: control characters and line breaks become a space, so
that no value can add a field. ASCII words stay as they are, so that a case token can be read in the
raw mail; only words that need it are encoded.

Written by hand because each answer costs three mails, and the email package takes milliseconds for
what takes microseconds here.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from gateway.outbound.errors import AddressError

LINE: Final = 76
"""Longest line that is aimed at (RFC 2047 section 2 for encoded words, RFC 5322 asks for 78)."""

RESERVED: Final = len("HP-Outer: ")
"""Room left on a first line, as the same field stands behind `HP-Outer:` too (RFC 9788)."""

_WORD_OVERHEAD: Final = len("=?utf-8?B??=")
_LONGEST_ASCII_WORD: Final = 60
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]{1,300}>")
_QUOTED_SAFE: Final = re.compile(r"[ !#-\[\]-~]{0,60}")
_ATTRIBUTE_CHARACTERS: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`{|}~"
)
_PERCENT: Final = tuple(
    chr(octet) if octet in _ATTRIBUTE_CHARACTERS else f"%{octet:02X}" for octet in range(256)
)
_SEGMENT: Final = 48
_KEPT_REFERENCES: Final = 20


def one_line(text: str) -> str:
    """Return the text without line breaks and control characters, spaces collapsed."""
    return " ".join(_CONTROL.sub(" ", text).split())


def text_field(name: str, text: str) -> bytes:
    """Return an unstructured field, such as Subject, folded, with its CRLF."""
    return _folded(name, _words(one_line(text), len(name) + 2 + RESERVED))


def mailbox_field(name: str, address: str, display: str = "") -> bytes:
    """Return From or To with one mailbox. Raises AddressError."""
    plain = checked_address(address)
    shown = one_line(display)
    if not shown:
        return _folded(name, [plain])
    angle = f"<{plain}>"
    if shown.isascii() and "=?" not in shown and len(shown) <= _LONGEST_ASCII_WORD:
        escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
        return _folded(name, [f'"{escaped}"', angle])
    return _folded(name, [*_encoded(shown, len(name) + 2 + RESERVED), angle])


def identifiers_field(name: str, identifiers: Sequence[str]) -> bytes:
    """Return In-Reply-To or References; what is no message identifier is left out.

    Of a long list the first and the newest are kept. Empty when none is left.
    """
    kept = [one for one in identifiers if _MESSAGE_ID.fullmatch(one)]
    if len(kept) > _KEPT_REFERENCES:
        kept = [kept[0], *kept[1 - _KEPT_REFERENCES :]]
    return _folded(name, kept) if kept else b""


def date_field(name: str, at: datetime) -> bytes:
    """Return an RFC 5322 date in UTC."""
    return f"{name}: {format_datetime(at.astimezone(UTC))}\r\n".encode("ascii")


def checked_address(address: str) -> str:
    """Return the address with its domain in ASCII. Raises AddressError, without the address."""
    local, _, domain = address.rpartition("@")
    try:
        plain = address if domain.isascii() else f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise AddressError("outbound.address") from None
    if not _ADDRESS.fullmatch(plain):
        raise AddressError("outbound.address")
    return plain


def parameter(name: str, value: str) -> str:
    """Return `; name=value`, each on a line of its own, by RFC 2231 where the value needs it."""
    value = one_line(value)
    if _QUOTED_SAFE.fullmatch(value) and "=?" not in value:
        return f';\r\n {name}="{value}"'
    pieces = list(_segments("".join(_PERCENT[octet] for octet in value.encode("utf-8", "replace"))))
    if len(pieces) == 1:
        return f";\r\n {name}*=utf-8''{pieces[0]}"
    pieces[0] = f"utf-8''{pieces[0]}"
    return "".join(f";\r\n {name}*{at}*={piece}" for at, piece in enumerate(pieces))


def _segments(percent: str) -> Iterator[str]:
    """Cut percent-encoded text into segments, never inside one octet."""
    start = 0
    while start < len(percent):
        end = start + _SEGMENT
        for back in (1, 2):
            if percent[end - back : end - back + 1] == "%":
                end -= back
                break
        yield percent[start:end]
        start = end


def _words(text: str, used: int) -> list[str]:
    """Split into plain words and encoded words; neighbours to be encoded share one run.

    Space between two encoded words is dropped by readers (RFC 2047 section 6.2), so it is encoded.
    """
    words: list[str] = []
    run: list[str] = []
    for word in text.split(" "):
        if not word.isascii() or "=?" in word or len(word) > _LONGEST_ASCII_WORD:
            run.append(word)
            continue
        if run:
            words.extend(_encoded(" ".join(run), used))
            run = []
        words.append(word)
    if run:
        words.extend(_encoded(" ".join(run), used))
    return words


def _encoded(text: str, used: int) -> list[str]:
    """Encode as words that each fit a line after `used` characters; no character is cut in two."""
    room = (LINE - used - _WORD_OVERHEAD) // 4 * 3
    words: list[str] = []
    piece = b""
    for character in text:
        octets = character.encode("utf-8", "replace")
        if len(piece) + len(octets) > room:
            words.append(f"=?utf-8?B?{b64encode(piece).decode('ascii')}?=")
            piece = b""
        piece += octets
    words.append(f"=?utf-8?B?{b64encode(piece).decode('ascii')}?=")
    return words


def _folded(name: str, words: Sequence[str]) -> bytes:
    line = f"{name}:"
    limit = LINE - RESERVED
    lines: list[str] = []
    for at, word in enumerate(words):
        if at and len(line) + 1 + len(word) > limit:
            lines.append(line)
            line, limit = f" {word}", LINE
        else:
            line = f"{line} {word}"
    lines.append(line)
    return ("\r\n".join(lines) + "\r\n").encode("ascii")
