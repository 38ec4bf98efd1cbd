"""Who sent a mail, by certificate and never by From, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography import x509

from gateway.pipeline.opened import Opened
from gateway.store.registry import Directory, Facility, Partner
from keys.certificates import load
from keys.identity import addresses_of, organisation_of

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
    """What was noticed and is no reason to refuse, in words."""


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
    if opened.signer is None:
        return _through_tunnel(opened, tls, directory)
    certificate = load(opened.signer).certificate
    mark = str(opened.signer_fingerprint)
    assurance: Assurance = "sealed" if opened.encrypted else "signed"
    if assurance == "signed" and not tls:
        return Unknown("sender.assurance", "Signed, but neither encrypted nor received over TLS")
    partner = _partner_of(certificate, mark, directory)
    if partner is not None:
        return _from_partner(opened, certificate, mark, assurance, partner)
    for facility in directory.facilities.values():
        found = _from_facility(opened, certificate, mark, assurance, facility)
        if found is not None:
            return found
    return Unknown("sender.unknown", "The certificate names no registered partner or facility")


def _partner_of(certificate: x509.Certificate, mark: str, directory: Directory) -> Partner | None:
    organisation = organisation_of(certificate)
    if organisation is not None:
        key = directory.by_cvr.get(organisation.number)
        # A certificate that names an organisation is that organisation's, whoever has it pinned.
        return directory.partners[key] if key else None
    key = directory.by_fingerprint.get(mark)
    return directory.partners[key] if key else None


def _from_partner(
    opened: Opened,
    certificate: x509.Certificate,
    mark: str,
    assurance: Assurance,
    partner: Partner,
) -> Sender | Unknown:
    address = _only(opened.from_addresses)
    if address is None or address not in partner.addresses:
        words = f"From is none of the registered addresses of partner {partner.key}"
        return Unknown("sender.from", words)
    named = {a.lower() for a in addresses_of(certificate)}
    notes = () if not named or address in named else ("The certificate names another address",)
    if not named:
        notes = ("The certificate names no mail address",)
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
        notes=notes,
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
    address = _only(opened.from_addresses)
    allowed = {person_address} if person_address else {facility.address, *facility.persons}
    if address is None or address not in allowed:
        words = f"From is none of the registered addresses of facility {facility.key}"
        return Unknown("sender.from", words)
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
    )


def _through_tunnel(
    opened: Opened, tls: Mapping[str, str] | None, directory: Directory
) -> Sender | Unknown:
    client = (tls or {}).get("certificate_sha256")
    address = _only(opened.from_addresses)
    for partner in directory.partners.values():
        if client and client in partner.tunnels and not partner.retired:
            if address not in partner.addresses:
                words = f"From is none of the registered addresses of partner {partner.key}"
                return Unknown("sender.from", words)
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


def _only(addresses: tuple[str, ...]) -> str | None:
    """The one address, or None: two Froms, or none, name nobody."""
    return addresses[0] if len(addresses) == 1 and addresses[0] else None
