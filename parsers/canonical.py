"""Canonical JSON (RFC 8785), the form that every digest is taken over.

The house's additions: text in NFC, money (Decimal) as a string with two decimals, dates as
ISO 8601, no floating-point numbers at all. What JSON cannot carry is refused, never guessed.

Most values are written by ``orjson``, which gives the same bytes wherever sorting by UTF-8 and by
UTF-16 agree (no character from U+E000 on) and all integers are exact in a double; the rest goes
through the ``rfc8785`` package.
"""

import hashlib
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final, TypeAlias

import orjson
import rfc8785

from parsers.errors import NotCanonical

JsonValue: TypeAlias = "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"

_LARGEST: Final = 2**53 - 1
_DEPTH: Final = 64
_CENT: Final = Decimal("0.01")
# In UTF-8 the characters whose place differs between the two orders begin with one of these.
_FROM_E000: Final = bytes(range(0xEE, 0xF8))


def canonical(value: object) -> bytes:
    """Return the RFC 8785 bytes of ``value``. Raises NotCanonical."""
    return canonical_of_plain(plain_json(value))


def digest_of_plain(plain: JsonValue) -> str:
    """Return the digest of what `plain_json` gave, without going through it again."""
    return hashlib.sha256(canonical_of_plain(plain)).hexdigest()


def canonical_of_plain(plain: JsonValue) -> bytes:
    """Return the bytes of what `plain_json` gave, without going through it again."""
    try:
        written = orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)
        if len(written.translate(None, _FROM_E000)) == len(written):
            return written
        return rfc8785.dumps(plain)
    except (TypeError, UnicodeEncodeError, rfc8785.CanonicalizationError):
        raise NotCanonical("text with a lone surrogate has no canonical form") from None


def digest(value: object) -> str:
    """SHA-256 over the canonical form, as 64 lower-case hex digits. Raises NotCanonical."""
    return hashlib.sha256(canonical(value)).hexdigest()


def plain_json(value: object, depth: int = 0) -> JsonValue:
    """Return the value in JSON's own types, text in NFC, money and dates as strings."""
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > _LARGEST:
            raise NotCanonical("an integer is not exact in every reader of JSON")
        return int(value)
    if depth >= _DEPTH:
        raise NotCanonical("the value is nested too deeply")
    if isinstance(value, dict | Mapping):  # asked of a dict first: an ABC answers slowly
        return _plain_object(value, depth)
    if isinstance(value, list | tuple):
        return [plain_json(item, depth + 1) for item in value]
    return _plain_scalar(value)


def _text(value: str) -> str:
    """Plain text in NFC; what is composed already, and most is, stays the same object."""
    plain = value if type(value) is str else str(value)
    return plain if plain.isascii() else unicodedata.normalize("NFC", plain)


def _plain_object(value: Mapping[object, object], depth: int) -> JsonValue:
    out: dict[str, JsonValue] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise NotCanonical("a key is no text")
        out[_text(key)] = _text(item) if isinstance(item, str) else plain_json(item, depth + 1)
    if len(out) != len(value):
        raise NotCanonical("two keys are the same text")
    return out


def _plain_scalar(value: object) -> JsonValue:
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value) >= 10**15 or value != value.quantize(_CENT):
            raise NotCanonical("money has at most two decimals")
        return f"{value:.2f}" if value else "0.00"
    if isinstance(value, datetime):
        raise NotCanonical("a point in time is written as text by who knows its form")
    if isinstance(value, date):
        return value.isoformat()
    raise NotCanonical(f"{type(value).__name__} has no canonical form")
