"""Header fields: split without copying more than they are, decoded only when asked for.

RFC 5322 (fields and folding), RFC 2047 (encoded words), RFC 2231 (parameters), RFC 6532 (UTF-8).
"""

import binascii
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final
from urllib.parse import unquote_to_bytes

from parsers.charsets import decode
from parsers.errors import MalformedMail

_MOST_FIELDS: Final = 1000  # in one part; ordinary mail has fewer than 100
_FIELD: Final = re.compile(rb"([!-9;-~]+)[ \t]*:")
_ENCODED_WORD: Final = re.compile(r"=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?\s]*)\?=")
_FOLD: Final = re.compile(r"\r?\n(?=[ \t])")
_TOKEN: Final = re.compile(r"[^\s;=\"()]+")
_PIECE: Final = re.compile(r"(.+?)(?:\*(\d{1,3}))?(\*)?")


class Headers:
    """The fields of one entity, in order; names are matched in any letter case."""

    __slots__ = ("_fields", "_first")

    def __init__(self, block: bytes) -> None:
        self._fields = tuple(islice(_split_fields(block), _MOST_FIELDS + 1))
        if len(self._fields) > _MOST_FIELDS:
            raise MalformedMail("mime.header_too_large", "a header has too many fields")
        self._first = dict(reversed(self._fields))

    def raw(self, name: str) -> bytes | None:
        """Return the first field's value as it stands, folding included, or None."""
        return self._first.get(name.lower().encode())

    def count(self, name: str) -> int:
        """Say how many fields have that name."""
        wanted = name.lower().encode()
        return sum(key == wanted for key, _ in self._fields) if wanted in self._first else 0

    def get(self, name: str) -> str | None:
        """Return the first field's value, unfolded and with its encoded words decoded."""
        value = self.raw(name)
        return None if value is None else decode_words(unfold(value))

    def all(self, name: str) -> list[str]:
        """Return the values of all fields of that name, decoded."""
        wanted = name.lower().encode()
        return [decode_words(unfold(value)) for key, value in self._fields if key == wanted]

    def raw_all(self, name: str) -> list[bytes]:
        """Return the values of all fields of that name as they stand."""
        wanted = name.lower().encode()
        return [value for key, value in self._fields if key == wanted]

    def names(self) -> tuple[str, ...]:
        """Return the names of all fields in order, in lower case."""
        return tuple(key.decode("ascii") for key, _ in self._fields)


def _split_fields(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    name: bytes | None = None
    start = at = 0
    size = len(block)
    while at < size:
        end = block.find(b"\n", at)
        end = size if end < 0 else end + 1
        if block[at] not in b" \t":
            if name is not None:
                yield name, block[start:at].strip(b" \t\r\n")
            match = _FIELD.match(block, at, end)
            if match is None:
                raise MalformedMail("mime.malformed", "a header line is neither field nor folding")
            name, start = match[1].lower(), match.end()
        elif name is None:
            raise MalformedMail("mime.malformed", "the header begins with a folded line")
        at = end
    if name is not None:
        yield name, block[start:].strip(b" \t\r\n")


def unfold(value: bytes) -> str:
    """Return the field as one line of text: UTF-8 where it is that, else Latin-1."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return _FOLD.sub("", text)


def decode_words(text: str) -> str:
    """Decode RFC 2047 encoded words.

    Words of one charset that follow each other are joined before they are decoded, since many
    senders cut a character in two.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    pending, charset, at = b"", "", 0
    for match in _ENCODED_WORD.finditer(text):
        between = text[at : match.start()]
        if pending and (between.strip() or match[1].lower() != charset):
            out.append(decode(pending, charset))
            pending = b""
        if between.strip() or not at:
            out.append(between)
        charset = match[1].lower()
        pending += _word_bytes(match[2], match[3])
        at = match.end()
    if pending:
        out.append(decode(pending, charset))
    return "".join(out) + text[at:]


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data, header=True)
    try:
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return data


def parse_parameterised(text: str) -> tuple[str, dict[str, str]]:
    """Split ``text/plain; charset=utf-8`` into its value (lower case) and its parameters.

    Continuations and charsets of RFC 2231 are put together; comments are skipped. A parameter
    that is given twice is refused, since two readers would choose differently.

    Raises MalformedMail (mime.malformed).
    """
    head, _, rest = text.partition(";")
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for name, value in _parameters(rest):
        match = _PIECE.fullmatch(name)
        if match is None or not (match[2] or match[3]):
            if name in plain:
                raise MalformedMail("mime.malformed", "a header parameter stands twice")
            plain[name] = decode_words(value)
        else:
            pieces.setdefault(match[1], {})[int(match[2] or 0)] = (bool(match[3]), value)
    plain.update({name: _join_pieces(found) for name, found in pieces.items()})
    return head.partition("(")[0].strip().lower(), plain


def _parameters(rest: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(rest):
        if rest[at] == "(":
            closing = rest.find(")", at)
            at = len(rest) if closing < 0 else closing + 1
            continue
        match = _TOKEN.match(rest, at)
        if match is None:
            at += 1
            continue
        name, at = match[0].lower(), _skip_blank(rest, match.end())
        if rest[at : at + 1] != "=":
            continue
        at = _skip_blank(rest, at + 1)
        value, at = _quoted(rest, at + 1) if rest[at : at + 1] == '"' else _bare(rest, at)
        yield name, value


def _skip_blank(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _bare(text: str, at: int) -> tuple[str, int]:
    end = text.find(";", at)
    end = len(text) if end < 0 else end
    return text[at:end].partition(" ")[0].strip(), end


def _quoted(text: str, at: int) -> tuple[str, int]:
    closing = text.find('"', at)
    if closing >= 0 and "\\" not in text[at:closing]:  # nearly always: nothing is escaped
        return text[at:closing], closing + 1
    out: list[str] = []
    while at < len(text) and text[at] != '"':
        if text[at] == "\\":
            at += 1
        out.append(text[at : at + 1])
        at += 1
    return "".join(out), at + 1


def _join_pieces(found: dict[int, tuple[bool, str]]) -> str:
    data, charset = b"", "utf-8"
    for number in sorted(found):
        encoded, value = found[number]
        if encoded and number == min(found) and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        data += unquote_to_bytes(value) if encoded else value.encode("utf-8", "replace")
    return decode(data, charset)
