"""Who sent a mail, by certificate and never by From, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography import x509

from gateway.pipeline.opened import Opened
from gateway.store.registry import Directory, Facility, Partner
from keys.certificates import load
from keys.identity import (
    address_source,
    addresses_of,
    issued_as,
    organisation_of,
    organisations_of,
)
from parsers.addresses import comparable

Assurance = Literal["sealed", "signed", "tunnel", "none"]
# Strongest first; a type's minimum is met by everything before it too.
ORDER: tuple[Assurance, ...] = ("sealed", "signed", "tunnel", "none")


@dataclass(frozen=True, slots=True)
class Sender:
    """An authenticated sender: a partner, or a facility with one of its people."""

    kind: Literal["partner", "facility"]
    key: str
    name: str
    cvr: str
    language: str
    address: str
    """The registered address that From names."""
    assurance: Assurance
    certificate_sha256: str | None
    signed_at: datetime | None
    revocation: str | None
    may: frozenset[str] = frozenset()
    approvers: tuple[str, ...] = ()
    municipality: str | None = None
    person: str | None = None
    notes: tuple[str, ...] = ()
    """What was noticed and is no reason to refuse; codes, `flag.*` in the wording."""
    openpgp_fingerprint: str | None = None
    """The registered OpenPGP key that signed, where no certificate did."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody that we can name: the mail goes to quarantine with this code."""

    code: str
    words: str


def meets(assurance: str, minimum: str) -> bool:
    """Whether an assurance is at least the minimum."""
    return ORDER.index(assurance) <= ORDER.index(minimum)


def identify(
    opened: Opened, tls: Mapping[str, str] | None, directory: Directory
) -> Sender | Unknown:
    """Name the sender of an opened mail, or say why nobody can be named."""
    if not opened.is_signed:
        return _through_tunnel(opened, tls, directory)
    assurance: Assurance = "sealed" if opened.encrypted else "signed"
    if assurance == "signed" and not tls:
        return Unknown("sender.assurance", "Signed, but neither encrypted nor received over TLS")
    if opened.signer is None:
        return _by_openpgp_key(opened, assurance, directory)
    return _by_certificate(opened, opened.signer, assurance, directory)


def _by_certificate(
    opened: Opened, signer: bytes, assurance: Assurance, directory: Directory
) -> Sender | Unknown:
    certificate = load(signer).certificate
    if issued_as(certificate) in directory.retired_certificates:
        return Unknown("sender.retired", "The certificate was retired here")
    mark = str(opened.signer_fingerprint)
    partner = _partner_of(opened, certificate, mark, directory)
    if isinstance(partner, Unknown):
        return partner
    found = _from_partner(opened, certificate, mark, assurance, partner) if partner else None
    if isinstance(found, Sender):
        return found
    # A facility's certificate may name the partner that runs it: it is known by its fingerprint.
    facilities = directory.facilities.values()
    tried = (_from_facility(opened, certificate, mark, assurance, one) for one in facilities)
    facility = next((one for one in tried if one is not None), None)
    words = "The certificate names no registered partner or facility"
    return facility or found or Unknown("sender.unknown", words)


def _by_openpgp_key(opened: Opened, assurance: Assurance, directory: Directory) -> Sender | Unknown:
    """Whoever the key is registered for; what is written in the key says nothing."""
    mark = opened.openpgp
    key = next((k for k in directory.openpgp if k.fingerprint == mark and not k.retired), None)
    if key is None:
        return Unknown("sender.unknown", "The OpenPGP key is not registered for anybody")
    facility = directory.facilities.get(key.owner) if key.owner_kind == "facility" else None
    owner = directory.partners[key.owner] if facility is None else facility
    allowed = owner.addresses if isinstance(owner, Partner) else (owner.address,)
    address = _registered(opened, allowed)
    if address is None:
        return _not_from(opened, f"{key.owner_kind} {owner.key}")
    partner = owner if isinstance(owner, Partner) else None
    return Sender(
        kind="partner" if partner else "facility",
        key=owner.key,
        name=owner.name,
        cvr=partner.cvr if partner else "",
        language=owner.language,
        address=address,
        assurance=assurance,
        certificate_sha256=None,
        signed_at=opened.signed_at,
        revocation=None,
        may=partner.may if partner else frozenset(),
        approvers=partner.approvers if partner else (),
        municipality=partner.municipality if partner else None,
        notes=opened.notes,
        openpgp_fingerprint=mark,
    )


def _partner_of(
    opened: Opened, certificate: x509.Certificate, mark: str, directory: Directory
) -> Partner | Unknown | None:
    """The partner by the number that an authority vouches for, else by the certificate itself.

    A number and a registration that contradict each other name nobody: one of the two is wrong, and
    a machine cannot tell which.
    """
    named = organisations_of(certificate)
    if len(named) > 1:
        return Unknown("sender.organisation", "The certificate names two organisations")
    owner = directory.by_fingerprint.get(mark)
    number = next((one.number for one in named), None)
    if number is None or (owner is None and _is_only_pinned(opened)):
        # What a certificate that nobody issued says about itself is no word of anybody else.
        return directory.partners[owner] if owner else None
    key = directory.by_cvr.get(number)
    if owner is not None and owner != key:
        words = f"The certificate is registered with partner {owner} and names {number}"
        return Unknown("sender.organisation", f"{words}, which is another organisation")
    return directory.partners[key] if key else None


def _is_only_pinned(opened: Opened) -> bool:
    return opened.trust is not None and "pinned" in opened.trust.notes


def _from_partner(
    opened: Opened,
    certificate: x509.Certificate,
    mark: str,
    assurance: Assurance,
    partner: Partner,
) -> Sender | Unknown:
    address = _registered(opened, partner.addresses)
    if address is None:
        return _not_from(opened, f"partner {partner.key}")
    return Sender(
        kind="partner",
        key=partner.key,
        name=partner.name,
        cvr=partner.cvr,
        language=partner.language,
        address=address,
        assurance=assurance,
        certificate_sha256=mark,
        signed_at=opened.signed_at,
        revocation=opened.trust.revocation if opened.trust else None,
        may=partner.may,
        approvers=partner.approvers,
        municipality=partner.municipality,
        notes=(*_address_notes(certificate, address), *opened.notes),
    )


def _from_facility(
    opened: Opened,
    certificate: x509.Certificate,
    mark: str,
    assurance: Assurance,
    facility: Facility,
) -> Sender | Unknown | None:
    person_address = facility.person_certificates.get(mark)
    own = any(c.fingerprint == mark for c in facility.certificates)
    if facility.retired or not (own or person_address):
        return None
    allowed = [person_address] if person_address else [facility.address, *facility.persons]
    address = _registered(opened, allowed)
    if address is None:
        return _not_from(opened, f"facility {facility.key}")
    organisation = organisation_of(certificate)
    return Sender(
        kind="facility",
        key=facility.key,
        name=facility.name,
        cvr=organisation.number if organisation else "",
        language=facility.language,
        address=address,
        assurance=assurance,
        certificate_sha256=mark,
        signed_at=opened.signed_at,
        revocation=opened.trust.revocation if opened.trust else None,
        person=facility.persons.get(address),
        notes=(*_address_notes(certificate, address), *opened.notes),
    )


def _through_tunnel(
    opened: Opened, tls: Mapping[str, str] | None, directory: Directory
) -> Sender | Unknown:
    client = (tls or {}).get("certificate_sha256")
    for partner in directory.partners.values():
        if client and client in partner.tunnels and not partner.retired:
            address = _registered(opened, partner.addresses)
            if address is None:
                return _not_from(opened, f"partner {partner.key}")
            return Sender(
                kind="partner",
                key=partner.key,
                name=partner.name,
                cvr=partner.cvr,
                language=partner.language,
                address=address,
                assurance="tunnel",
                certificate_sha256=None,
                signed_at=None,
                revocation=None,
                may=partner.may,
                approvers=partner.approvers,
                municipality=partner.municipality,
            )
    return Unknown("keys.signature.missing", "Not signed, and not through a known tunnel")


def _registered(opened: Opened, registered: Iterable[str]) -> str | None:
    """The registered address that From names, as it is registered; None for none, or two Froms."""
    if len(opened.from_addresses) != 1:
        return None
    known = {comparable(address): address for address in registered}
    return known.get(opened.from_addresses[0])


def _not_from(opened: Opened, whose: str) -> Unknown:
    found = len(opened.from_addresses)
    if found == 1:
        return Unknown("sender.from", f"From is none of the registered addresses of {whose}")
    words = "From names more than one address" if found else "From is missing, double or unclear"
    return Unknown("sender.from", f"{words}; the certificate is that of {whose}")


def _address_notes(certificate: x509.Certificate, address: str) -> tuple[str, ...]:
    """What the certificate says about the address that From names."""
    named = addresses_of(certificate)
    if not named:
        return ("flag.address.none",)
    if comparable(address) not in map(comparable, named):
        return ("flag.address.other",)
    if address_source(certificate) != "certificate":
        return ("flag.address.subject_only",)
    if address not in named:
        return ("flag.address.spelling",)
    return ()
