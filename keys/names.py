"""Names of issuers, compared as people read them, whatever string type and case they have.

A mail names a certificate by issuer and serial number, and programs do not always copy the name:
they write it anew, as UTF8String what was PrintableString, or with a length of another form. Such a
name finds the same certificate (RFC 5280 7.1). It decides only which key is tried.
"""

from typing import Final

from keys import asn1
from keys.errors import StructureError

MAX_SIZE: Final = 4096  # octets of a name with its serial number

Comparable = tuple[tuple[tuple[tuple[bytes, str | bytes], ...], ...], int]

_ENCODINGS: Final = {
    0x0C: "utf-8",  # UTF8String
    0x13: "ascii",  # PrintableString
    0x14: "latin-1",  # TeletexString, as everybody writes it
    0x16: "ascii",  # IA5String
    0x1A: "ascii",  # VisibleString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}


def comparable(issuer_and_serial: bytes) -> Comparable | None:
    """Give IssuerAndSerialNumber in a form that compares; None for what is none."""
    if len(issuer_and_serial) > MAX_SIZE:
        return None
    try:
        reader = asn1.read(issuer_and_serial).children()
        names = reader.enter(asn1.SEQUENCE)
        serial = reader.take(asn1.INTEGER).integer()
        reader.finish()
        parts = []
        while names.more():
            parts.append(_relative_name(names.enter(asn1.SET)))
    except StructureError:
        return None
    return tuple(parts), serial


def _relative_name(reader: asn1.Reader) -> tuple[tuple[bytes, str | bytes], ...]:
    found: list[tuple[bytes, str | bytes]] = []
    while reader.more():
        attribute = reader.enter(asn1.SEQUENCE)
        kind, value = attribute.oid(), attribute.take()
        attribute.finish()
        found.append((kind, _text(value.tag, bytes(value.content))))
    return tuple(sorted(found, key=lambda pair: (pair[0], str(pair[1]))))


def _text(tag: int, octets: bytes) -> str | bytes:
    encoding = _ENCODINGS.get(tag)
    try:
        return octets if encoding is None else " ".join(octets.decode(encoding).casefold().split())
    except UnicodeDecodeError:
        return octets
