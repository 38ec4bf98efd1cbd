"""Whom a mail of a step goes to: a role of the case turned into an address and a certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.pipeline.sender import Sender
from gateway.settings import Settings
from gateway.store.openpgp import current_key
from gateway.store.registry import Directory
from keys.openpgp.folder import can_sign_openpgp
from workflows.engine import INBOX, SENDER
from workflows.events import Party


@dataclass(frozen=True, slots=True)
class Recipient:
    """One reader of one mail; `certificate` is DER, or None where nothing can be sealed to it."""

    role: str
    key: str | None
    address: str
    language: str
    certificate: bytes | None
    report: bool = False
    """Whether its receipts are `multipart/report`."""
    tunnel: bool = False
    """Whether mail that cannot be sealed may go through an enforced tunnel, signed."""
    openpgp: bool = False
    """Whether mail can be sealed to an OpenPGP key."""

    @property
    def can_be_sealed_to(self) -> bool:
        """Whether anything can be sealed to the reader, in whatever format."""
        return self.certificate is not None or self.openpgp


class Recipients:
    """Finds the reader behind a role."""

    def __init__(
        self,
        settings: Settings,
        directory: Directory,
        inbox_certificate: bytes | None,
        now: datetime,
    ) -> None:
        self._settings = settings
        self._directory = directory
        self._inbox_certificate = inbox_certificate
        self._now = now
        self._can_seal_openpgp = can_seal_openpgp(settings, directory)

    def _has_openpgp(self, kind: str, key: str) -> bool:
        if not self._can_seal_openpgp:
            return False
        return current_key(self._directory.openpgp, kind, key) is not None

    def inbox(self) -> Recipient:
        """The authority's own inbox."""
        authority = self._settings.authority
        return Recipient(INBOX, None, authority.inbox, authority.language, self._inbox_certificate)

    def sender(self, sender: Sender) -> Recipient:
        """Back to an authenticated sender, at the address that it wrote from where that can be."""
        if sender.kind == "facility":
            facility = self._directory.facilities[sender.key]
            certificate = facility.certificate_at(self._now)
            # A person's own certificate cannot open what is sealed to the facility's.
            has_own = sender.certificate_sha256 in facility.person_certificates
            return Recipient(
                SENDER,
                sender.key,
                facility.address if has_own else sender.address,
                sender.language,
                certificate.der if certificate else None,
                openpgp=self._has_openpgp("facility", facility.key),
            )
        partner = self._directory.partners[sender.key]
        current = partner.certificate_at(self._now)
        return Recipient(
            SENDER,
            partner.key,
            _reachable((sender.address, *partner.addresses)),
            partner.language,
            current.der if current else None,
            report=partner.receipt_form == "mdn",
            tunnel=partner.way_out is not None,
            openpgp=self._has_openpgp("partner", partner.key),
        )

    def party(self, party: Party) -> Recipient | None:
        """A party of a case, or None when it is not registered any more."""
        if party.role == "authority":
            return self.inbox()
        if party.role == "facility" or (not party.cvr and party.key in self._directory.facilities):
            facility = self._directory.facilities.get(party.key)
            if facility is None:
                return None
            certificate = facility.certificate_at(self._now)
            return Recipient(
                party.role,
                facility.key,
                facility.address,
                facility.language,
                certificate.der if certificate else None,
                openpgp=self._has_openpgp("facility", facility.key),
            )
        return self.partner(party.key, party.role)

    def known(self, key: str) -> Recipient | None:
        """A partner or a facility by its key, as the sender of a mail that came before."""
        facility = self._directory.facilities.get(key)
        if facility is None:
            return self.partner(key, SENDER)
        party = Party("facility", key, facility.name, "", facility.language)
        return self.party(party)

    def partner(self, key: str, role: str) -> Recipient | None:
        """A partner at its first registered address."""
        partner = self._directory.partners.get(key)
        if partner is None or not partner.addresses:
            return None
        certificate = partner.certificate_at(self._now)
        return Recipient(
            role,
            partner.key,
            _reachable(partner.addresses),
            partner.language,
            certificate.der if certificate else None,
            report=partner.receipt_form == "mdn",
            tunnel=partner.way_out is not None,
            openpgp=self._has_openpgp("partner", partner.key),
        )


def _reachable(addresses: Sequence[str]) -> str:
    """The first address that every relay can take: not all of them have SMTPUTF8."""
    return next((address for address in addresses if address.isascii()), addresses[0])


def can_seal_openpgp(settings: Settings, directory: Directory) -> bool:
    """Whether OpenPGP mail can go out: somebody has a key, and we have one to sign with."""
    return bool(directory.openpgp) and can_sign_openpgp(settings.keys)
