"""Who may write to us: partners, facilities and the certificates that we trust.

`directory` reads it all into one frozen value, because it is small, changes rarely, and every mail
needs it; `version` tells cheaply whether it changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, delete, insert, select, update

from gateway.errors import Refused
from gateway.store import capabilities, openpgp, revocations
from gateway.store import tables as t
from gateway.store.certificates import Certificate, newest_to_encrypt
from gateway.store.openpgp import RegisteredKey
from keys.capabilities import Sealing
from keys.certificates import load
from keys.identity import issued_as
from keys.trust import TrustMaterial
from parsers.organisations import titled

VERSION = "registry"
_VERSION = select(t.counters.c.value).where(t.counters.c.name == VERSION)


@dataclass(frozen=True, slots=True)
class TunnelOut:
    """The relay at the far end of a partner's tunnel, and the PEM that its certificate leads to."""

    url: str
    ca: bytes | None


@dataclass(frozen=True, slots=True)
class Partner:
    """An authority that writes to us (da: kommune)."""

    key: str
    name: str
    cvr: str
    municipality: str | None
    language: str
    may: frozenset[str]
    receipt_form: str
    addresses: tuple[str, ...]
    certificates: tuple[Certificate, ...]
    approvers: tuple[str, ...]
    tunnels: frozenset[str]
    retired: bool
    way_out: TunnelOut | None = None
    """Where mail that cannot be sealed to the partner may go, signed."""

    def certificate_at(self, at: datetime) -> Certificate | None:
        """The certificate that mail to the partner is sealed to."""
        return newest_to_encrypt(self.certificates, at)


@dataclass(frozen=True, slots=True)
class Facility:
    """A place that citizens are offered (da: tilbud)."""

    key: str
    name: str
    address: str
    language: str
    certificates: tuple[Certificate, ...]
    persons: Mapping[str, str]
    """Staff who act by signed mail: address to name."""
    person_certificates: Mapping[str, str]
    """Fingerprint of a person's certificate to the person's address."""
    retired: bool

    def certificate_at(self, at: datetime) -> Certificate | None:
        """The certificate that mail to the facility is sealed to."""
        return newest_to_encrypt(self.certificates, at)


@dataclass(frozen=True, slots=True)
class Directory:
    """All of it at one moment."""

    version: int
    partners: Mapping[str, Partner]
    facilities: Mapping[str, Facility]
    anchors: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    answers: tuple[bytes, ...] = ()
    by_address: Mapping[str, str] = field(default_factory=dict)
    by_cvr: Mapping[str, str] = field(default_factory=dict)
    by_fingerprint: Mapping[str, str] = field(default_factory=dict)
    by_municipality: Mapping[str, str] = field(default_factory=dict)
    retired_certificates: frozenset[str] = frozenset()
    """Certificates that nobody may sign with any more, by what their issuers signed."""
    capabilities: Mapping[capabilities.Owner, capabilities.Known] = field(default_factory=dict)

    openpgp: tuple[RegisteredKey, ...] = ()
    """The OpenPGP keys of everybody who is not retired."""

    def sealing_to(self, key: str) -> Sealing:
        """How to seal to a partner or a facility; the usual way where nothing is known."""
        kind: Literal["partner", "facility"] = "partner" if key in self.partners else "facility"
        return self.capabilities.get((kind, key), capabilities.NOTHING).sealing

    def partner_of_domain(self, address: str) -> Partner | None:
        """The partner that has an address in the same domain: for content-free notices only."""
        domain = address.rpartition("@")[2]
        for known, key in self.by_address.items():
            if known.rpartition("@")[2] == domain:
                return self.partners[key]
        return None


def version(connection: Connection) -> int:
    """A number that grows with every change of the registry."""
    return int(connection.execute(_VERSION).scalar() or 0)


def changed(connection: Connection) -> None:
    """Count a change, so that every process reads the directory anew."""
    next_value(connection, VERSION)


def next_value(connection: Connection, name: str) -> int:
    """The next value of a counter, from 1."""
    row = connection.execute(select(t.counters.c.value).where(t.counters.c.name == name)).scalar()
    value = int(row or 0) + 1
    if row is None:
        connection.execute(insert(t.counters).values(name=name, value=value))
    else:
        connection.execute(update(t.counters).where(t.counters.c.name == name).values(value=value))
    return value


def directory(connection: Connection) -> Directory:
    """Read the whole registry."""
    owned = _certificates(connection)
    partners = _partners(connection, owned)
    facilities = _facilities(connection, owned)
    crls, answers = revocations.current(connection)
    alive = [p for p in partners.values() if not p.retired]
    return Directory(
        version=version(connection),
        partners=partners,
        facilities=facilities,
        anchors=tuple(connection.execute(select(t.anchors.c.der)).scalars()),
        crls=crls,
        answers=answers,
        by_address={a: p.key for p in alive for a in p.addresses},
        by_cvr={p.cvr: p.key for p in alive},
        by_fingerprint={c.fingerprint: p.key for p in alive for c in p.certificates},
        by_municipality={p.municipality: p.key for p in alive if p.municipality},
        retired_certificates=_retired(owned),
        capabilities=capabilities.all_known(connection),
        openpgp=openpgp.keys_of(
            connection,
            partner=[p.key for p in alive],
            facility=[f.key for f in facilities.values() if not f.retired],
        ),
    )


def _retired(owned: Mapping[tuple[str, str], Sequence[Certificate]]) -> frozenset[str]:
    every = [one for several in owned.values() for one in several]
    current = {_issued_as(one) for one in every if not one.retired}
    return frozenset(_issued_as(one) for one in every if one.retired) - current


def _issued_as(kept: Certificate) -> str:
    return issued_as(load(kept.der).certificate)


def trust_material(connection: Connection) -> TrustMaterial:
    """What certificates are judged by, as of now."""
    crls, answers = revocations.current(connection)
    anchors = tuple(connection.execute(select(t.anchors.c.der)).scalars())
    return TrustMaterial(anchors=anchors, crls=crls, answers=answers)


def tunnel_certificates(connection: Connection) -> list[bytes]:
    """The client certificates (DER) that relays of partners may show at the door."""
    return list(connection.execute(select(t.tunnels.c.der)).scalars())


def _certificates(connection: Connection) -> dict[tuple[str, str], list[Certificate]]:
    owned: dict[tuple[str, str], list[Certificate]] = {}
    for row in connection.execute(select(t.certificates).order_by(t.certificates.c.id)):
        found = Certificate(row.fingerprint, row.der, row.retired_at is not None)
        owned.setdefault((row.owner_kind, row.owner), []).append(found)
    return owned


def _partners(
    connection: Connection, owned: Mapping[tuple[str, str], Sequence[Certificate]]
) -> dict[str, Partner]:
    addresses = _grouped(connection, t.partner_addresses, "partner", "address", "position")
    approvers = _grouped(connection, t.approvers, "partner", "name", "name")
    tunnels = _grouped(connection, t.tunnels, "partner", "fingerprint", "fingerprint")
    ways_out = {
        row.partner: TunnelOut(row.relay, row.ca)
        for row in connection.execute(
            select(t.tunnels).where(t.tunnels.c.relay.is_not(None)).order_by(t.tunnels.c.added_at)
        )
    }
    return {
        row.key: Partner(
            key=row.key,
            name=row.name,
            cvr=row.cvr,
            municipality=row.municipality,
            language=row.language,
            may=frozenset(row.may),
            receipt_form=row.receipt_form,
            addresses=tuple(addresses.get(row.key, ())),
            certificates=tuple(owned.get(("partner", row.key), ())),
            approvers=tuple(approvers.get(row.key, ())),
            tunnels=frozenset(tunnels.get(row.key, ())),
            retired=row.retired_at is not None,
            way_out=ways_out.get(row.key),
        )
        for row in connection.execute(select(t.partners).order_by(t.partners.c.key))
    }


def _facilities(
    connection: Connection, owned: Mapping[tuple[str, str], Sequence[Certificate]]
) -> dict[str, Facility]:
    persons: dict[str, dict[str, str]] = {}
    held: dict[str, dict[str, str]] = {}
    for row in connection.execute(select(t.persons)):
        persons.setdefault(row.facility, {})[row.address] = row.name
        for certificate in owned.get(("person", row.address), ()):
            held.setdefault(row.facility, {})[certificate.fingerprint] = row.address
    return {
        row.key: Facility(
            key=row.key,
            name=row.name,
            address=row.address,
            language=row.language,
            certificates=tuple(owned.get(("facility", row.key), ())),
            persons=persons.get(row.key, {}),
            person_certificates=held.get(row.key, {}),
            retired=row.retired_at is not None,
        )
        for row in connection.execute(select(t.facilities).order_by(t.facilities.c.key))
    }


def _grouped(
    connection: Connection, table: Any, owner: str, value: str, order: str
) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for row in connection.execute(select(table).order_by(table.c[order])).mappings():
        groups.setdefault(row[owner], []).append(row[value])
    return groups


def add_partner(connection: Connection, partner: Partner, *, at: datetime) -> None:
    """Register a partner with its addresses and certificates.

    Raises Refused when the key, an address or the organisation's number is taken.
    """
    known = directory(connection)
    if partner.key in known.partners:
        raise Refused(f"There is a partner {partner.key} already; `partner show {partner.key}`.")
    if partner.cvr in known.by_cvr:
        raise Refused(f"Partner {known.by_cvr[partner.cvr]} has the {titled(partner.cvr)} already.")
    for address in partner.addresses:
        if address in known.by_address:
            raise Refused(f"Partner {known.by_address[address]} has the address {address} already.")
    # An address of a partner that was retired is free for the one that took its place.
    connection.execute(
        delete(t.partner_addresses).where(t.partner_addresses.c.address.in_(partner.addresses))
    )
    connection.execute(
        insert(t.partners).values(
            key=partner.key,
            name=partner.name,
            cvr=partner.cvr,
            municipality=partner.municipality,
            language=partner.language,
            may=sorted(partner.may),
            receipt_form=partner.receipt_form,
            added_at=at,
        )
    )
    for position, address in enumerate(partner.addresses):
        connection.execute(
            insert(t.partner_addresses).values(
                address=address, partner=partner.key, position=position
            )
        )
    for certificate in partner.certificates:
        add_certificate(connection, "partner", partner.key, certificate, at=at)
    for name in partner.approvers:
        connection.execute(insert(t.approvers).values(partner=partner.key, name=name, added_at=at))
    changed(connection)


def add_certificate(
    connection: Connection, kind: str, owner: str, certificate: Certificate, *, at: datetime
) -> None:
    """Register a certificate of a partner, a facility or a person, unless it is registered."""
    c = t.certificates.c
    same = (c.owner_kind == kind, c.owner == owner, c.fingerprint == certificate.fingerprint)
    if connection.execute(select(c.id).where(*same)).first():
        # One that was retired and is added again counts again.
        connection.execute(update(t.certificates).where(*same).values(retired_at=None))
        return
    connection.execute(
        insert(t.certificates).values(
            owner_kind=kind,
            owner=owner,
            fingerprint=certificate.fingerprint,
            der=certificate.der,
            added_at=at,
        )
    )


def certificates_of(connection: Connection, kind: str, owner: str) -> dict[str, bool]:
    """The fingerprints that somebody has, and whether each still counts."""
    c = t.certificates.c
    query = select(c.fingerprint, c.retired_at).where(c.owner_kind == kind, c.owner == owner)
    return {row.fingerprint: row.retired_at is None for row in connection.execute(query)}


def add_facility(connection: Connection, facility: Facility, *, at: datetime) -> None:
    """Register a facility. Raises Refused when the key is taken."""
    if connection.execute(
        select(t.facilities.c.key).where(t.facilities.c.key == facility.key)
    ).first():
        raise Refused(f"There is a facility {facility.key} already.")
    connection.execute(
        insert(t.facilities).values(
            key=facility.key,
            name=facility.name,
            address=facility.address,
            language=facility.language,
            added_at=at,
        )
    )
    for certificate in facility.certificates:
        add_certificate(connection, "facility", facility.key, certificate, at=at)
    changed(connection)
