"""LDAP filters (RFC 4515) as the settings write them, with the address put in after reading.

The template is read first, and only then is `{address}` replaced, in values alone. So nothing in an
address can add a condition, whatever characters are in it. Known: `&`, `|`, `!`, equality and
presence; that is all a look-up of a person's entry needs.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.errors import Refused
from keys import asn1

PLACE: Final = "{address}"
DEFAULT: Final = "(mail={address})"
_ATTRIBUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}(?:;[A-Za-z0-9-]{1,32}){0,4}", re.ASCII)
_DEEPEST: Final = 8
_EQUAL, _PRESENT = 0xA3, 0x87
_SETS: Final = {"&": 0xA0, "|": 0xA1, "!": 0xA2}


def filter_of(template: str, address: str) -> bytes:
    """Write a filter for the wire. Raises Refused for a template that is none."""
    written, rest = _read(template.strip(), address, 0)
    if rest:
        raise _wrong(template)
    return written


def _read(text: str, address: str, depth: int) -> tuple[bytes, str]:
    if not text.startswith("(") or depth > _DEEPEST:
        raise _wrong(text)
    kind = text[1:2]
    if kind in _SETS:
        parts, rest = [], text[2:]
        while rest.startswith("("):
            part, rest = _read(rest, address, depth + 1)
            parts.append(part)
        if not parts or not rest.startswith(")") or (kind == "!" and len(parts) > 1):
            raise _wrong(text)
        return asn1.tlv(_SETS[kind], b"".join(parts)), rest[1:]
    inside, closed, rest = text[1:].partition(")")
    name, equal, value = inside.partition("=")
    if not closed or not equal or not _ATTRIBUTE.fullmatch(name):
        raise _wrong(text)
    if value == "*":
        return asn1.tlv(_PRESENT, name.encode("ascii")), rest
    if not value or any(mark in value for mark in "*\\("):
        raise _wrong(text)
    told = value.replace(PLACE, address).encode()
    return asn1.tlv(_EQUAL, asn1.octet_string(name.encode("ascii")) + asn1.octet_string(told)), rest


def _wrong(text: str) -> Refused:
    return Refused(
        f"lookup.filter: {text}: must be as {DEFAULT} or (&(objectClass=person){DEFAULT})"
    )
