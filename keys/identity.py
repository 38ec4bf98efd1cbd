"""Who a certificate names: the organisation by its number, and the mail addresses.

The sender of a mail is whom the certificate names, never what a header says. Danish certificates
carry the CVR in `organizationIdentifier` (OCES3: `NTRDK-<CVR>`, ETSI EN 319 412-1 5.1.4) or in
`serialNumber` (OCES2: `CVR:<CVR>-...`), Swedish ones `NTRSE-<orgnr>`.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from cryptography import x509
from cryptography.x509.oid import NameOID

from keys import asn1
from keys.certificates import MALFORMED, loaded
from keys.errors import StructureError

AddressSource = Literal["certificate", "distinguished-name", "none"]

_NTR: Final = re.compile(r"NTR(?:DK-(?P<cvr>\d{8})|SE-(?P<orgnr>\d{10}|\d{6}-\d{4}))", re.ASCII)
_OCES2: Final = re.compile(r"CVR:(?P<cvr>\d{8})-(?:UID|FID|RID):.+", re.ASCII)
_SMTP_UTF8_MAILBOX: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")  # RFC 9598
_UTF8_STRING: Final = 0x0C
_KNOWN: Final = 256  # certificates whose names are remembered: the same partners write every day


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation by its national number (da: CVR-nummer, sv: organisationsnummer)."""

    scheme: Literal["cvr", "orgnr"]
    number: str


@lru_cache(maxsize=_KNOWN)
def organisations_of(certificate: x509.Certificate) -> frozenset[Organisation]:
    """Give every organisation that the subject names; more than one contradict each other."""
    found: set[Organisation] = set()
    for oid, pattern in ((NameOID.ORGANIZATION_IDENTIFIER, _NTR), (NameOID.SERIAL_NUMBER, _OCES2)):
        for attribute in certificate.subject.get_attributes_for_oid(oid):
            match = pattern.fullmatch(str(attribute.value).strip())
            if match is None:
                continue
            groups = match.groupdict()
            if groups.get("cvr"):
                found.add(Organisation("cvr", groups["cvr"]))
            elif groups.get("orgnr"):
                found.add(Organisation("orgnr", groups["orgnr"].replace("-", "")))
    return frozenset(found)


def organisation_of(certificate: x509.Certificate) -> Organisation | None:
    """Give the organisation that the subject names; None for none, and for two that differ."""
    found = organisations_of(certificate)
    return next(iter(found)) if len(found) == 1 else None


@lru_cache(maxsize=_KNOWN)
def addresses_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """Give the mail addresses of the subject's alternative names, else those of the subject itself.

    Those of the subject are not under the name constraints of the chain; `address_source` tells.
    """
    return _alternative_addresses(certificate) or _subject_addresses(certificate)


def address_source(certificate: x509.Certificate) -> AddressSource:
    """Tell where `addresses_of` finds its addresses; all but `certificate` is to be flagged."""
    if _alternative_addresses(certificate):
        return "certificate"
    return "distinguished-name" if _subject_addresses(certificate) else "none"


def fingerprint(certificate: x509.Certificate) -> str:
    """Give the SHA-256 of the certificate's DER, in lower-case hex."""
    return loaded(certificate).fingerprint


@lru_cache(maxsize=_KNOWN)
def issued_as(certificate: x509.Certificate) -> str:
    """Give the SHA-256 of what the issuer signed, in lower-case hex.

    To refuse by: an ECDSA signature has a second form that is as good, which anybody can work out,
    so that the same certificate can be shown under another fingerprint.
    """
    return hashlib.sha256(certificate.tbs_certificate_bytes).hexdigest()


@lru_cache(maxsize=_KNOWN)
def subject_in_words(certificate: x509.Certificate) -> str:
    """Name the subject for people: common name and organisation, else the whole subject."""
    return _in_words(certificate.subject)


@lru_cache(maxsize=_KNOWN)
def issuer_in_words(certificate: x509.Certificate) -> str:
    """Name the issuer for people, in the same way."""
    return _in_words(certificate.issuer)


def _in_words(name: x509.Name) -> str:
    parts: list[str] = []
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(oid)[:1]:
            value = str(attribute.value)
            if value not in parts:
                parts.append(value)
    return ", ".join(parts) or name.rfc4514_string() or "no name"


def _subject_addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    attributes = certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
    return tuple(str(attribute.value) for attribute in attributes)


def _alternative_addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, *MALFORMED):
        return ()
    found: list[str] = []
    for name in extension.value:
        if isinstance(name, x509.RFC822Name):
            found.append(name.value)
        elif isinstance(name, x509.OtherName) and name.type_id == _SMTP_UTF8_MAILBOX:
            mailbox = _utf8_mailbox(name.value)
            if mailbox is not None:
                found.append(mailbox)
    return tuple(dict.fromkeys(found))


def _utf8_mailbox(value: bytes) -> str | None:
    try:
        element = asn1.read(value)
        return str(element.content, "utf-8") if element.tag == _UTF8_STRING else None
    except (StructureError, UnicodeDecodeError):
        return None
