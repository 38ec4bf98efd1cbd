"""Canonical JSON (RFC 8785), the form that every digest is taken over.

The house's additions: text in NFC, money (Decimal) as a string with two decimals, dates as
ISO 8601, no floating-point numbers at all. What JSON cannot carry is refused, never guessed.

Most values are written by the standard library, which gives the same bytes wherever all keys are
ASCII and all integers are exact in a double; the rest goes through the ``rfc8785`` package.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final, TypeAlias

import rfc8785

from parsers.errors import NotCanonical

JsonValue: TypeAlias = "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"

_LARGEST: Final = 2**53 - 1
_DEPTH: Final = 64
_CENT: Final = Decimal("0.01")
_ENCODE: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
).encode


def canonical(value: object) -> bytes:
    """Return the RFC 8785 bytes of ``value``. Raises NotCanonical."""
    return _canonical(plain_json(value))


def digest_of_plain(plain: JsonValue) -> str:
    """Return the digest of what `plain_json` gave, without going through it again."""
    return hashlib.sha256(_canonical(plain)).hexdigest()


def _canonical(plain: JsonValue) -> bytes:
    try:
        text = _ENCODE(plain)
        if text.isascii() or _ascii_keys(plain):
            return text.encode("utf-8")
        return rfc8785.dumps(plain)
    except (UnicodeEncodeError, rfc8785.CanonicalizationError):
        raise NotCanonical("text with a lone surrogate has no canonical form") from None


def digest(value: object) -> str:
    """SHA-256 over the canonical form, as 64 lower-case hex digits. Raises NotCanonical."""
    return hashlib.sha256(canonical(value)).hexdigest()


def plain_json(value: object, depth: int = 0) -> JsonValue:
    """Return the value in JSON's own types, text in NFC, money and dates as strings."""
    if isinstance(value, str):
        return str(value) if value.isascii() else unicodedata.normalize("NFC", value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > _LARGEST:
            raise NotCanonical("an integer is not exact in every reader of JSON")
        return int(value)
    if depth >= _DEPTH:
        raise NotCanonical("the value is nested too deeply")
    if isinstance(value, Mapping):
        return _plain_object(value, depth)
    if isinstance(value, list | tuple):
        return [plain_json(item, depth + 1) for item in value]
    return _plain_scalar(value)


def _plain_object(value: Mapping[object, object], depth: int) -> JsonValue:
    out: dict[str, JsonValue] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise NotCanonical("a key is no text")
        out[key if key.isascii() else unicodedata.normalize("NFC", key)] = plain_json(
            item, depth + 1
        )
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


def _ascii_keys(value: JsonValue) -> bool:
    if isinstance(value, dict):
        return all(key.isascii() and _ascii_keys(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_ascii_keys, value))
    return True
