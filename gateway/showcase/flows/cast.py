"""The people of a flow: keys and certificates for them, and how the gateway is told of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from gateway.showcase.authority import Authority, Identity, KeyKind, layout_of
from gateway.showcase.flows.language import Facility, Flow, Partner, Person

INBOX = "inbox"
INBOX_ADDRESS = "betalingsaftaler@rm.example"
MAILBOX = "sikkermail@rm.example"
CASEWORKER = "Karen Holm"
Command: TypeAlias = tuple[str, ...]
"""A command of `sagspost`, word by word."""


@dataclass
class Agency:
    """Makes identities, each once: the same name, number and address get the same certificate."""

    folder: Path
    key: KeyKind = "p256"
    _made: dict[tuple[str, ...], Identity] = field(default_factory=dict)
    _authorities: dict[str, Authority] = field(default_factory=dict)

    @property
    def trusted(self) -> Authority:
        """The authority that the gateway is told to trust."""
        return self._authority("trusted", "Prøvecertifikater")

    def partner(self, partner: Partner) -> Identity:
        """Give a partner's identity; a forger's comes from an authority that nobody knows."""
        forged = partner.trust == "forger"
        office = self._authority("strange", "Fremmede certifikater") if forged else self.trusted
        known = (str(forged), partner.name, partner.number, partner.address)
        if known not in self._made:
            self._made[known] = office.kommune(
                partner.name,
                partner.number,
                partner.address,
                key=self.key,
                layout=layout_of(partner.number),
            )
        return self._made[known]

    def local(self, one: Facility | Person) -> Identity:
        """Give the identity of a facility or of a person at one."""
        known = ("local", one.name, one.address)
        if known not in self._made:
            self._made[known] = self.trusted.facility(one.name, one.address, key=self.key)
        return self._made[known]

    def inbox(self, authority: tuple[str, str]) -> Identity:
        """Give the identity of the authority's own inbox."""
        known = (INBOX, *authority)
        if known not in self._made:
            self._made[known] = self.trusted.inbox(*authority, INBOX_ADDRESS, key=self.key)
        return self._made[known]

    def _authority(self, name: str, title: str) -> Authority:
        if name not in self._authorities:
            self._authorities[name] = Authority(
                self.folder / name, issuing=True, key=self.key, name=title, validity="always"
            )
        return self._authorities[name]


@dataclass(frozen=True)
class Cast:
    """Everybody in a flow, by the short name that the flow has for them."""

    flow: Flow
    identities: dict[str, Identity]

    def identity(self, key: str) -> Identity:
        """Give somebody's identity."""
        return self.identities[key]

    def name_of(self, address: str) -> str | None:
        """Give the short name of who reads at an address: of whom the gateway knows, first."""
        known = {one.key for one in self.flow.partners if one.trust == "registered"}
        others = {one.key for one in self.flow.partners} - known
        found = [key for key, one in self.identities.items() if one.address == address.lower()]
        return next(iter(sorted(found, key=lambda key: key in others)), None)


def cast_of(flow: Flow, agency: Agency) -> Cast:
    """Make everybody that a flow names."""
    identities = {INBOX: agency.inbox(flow.authority)}
    for partner in flow.partners:
        identities[partner.key] = agency.partner(partner)
    places: list[Facility | Person] = [*flow.facilities, *flow.persons]
    for local in places:
        identities[local.key] = agency.local(local)
    return Cast(flow, identities)


def registrations(cast: Cast) -> tuple[list[Command], list[Command]]:
    """Give the commands that tell a gateway of everybody: first who there is, then what they may.

    Those of one list may be run in any order.
    """
    first: list[Command] = []
    then: list[Command] = []
    for partner in cast.flow.partners:
        if partner.trust == "registered":
            certificate = str(cast.identity(partner.key).certificate)
            first.append(_partner(partner, certificate))
            person = ("partner", "approver", "add", partner.key)
            then += [(*person, name) for name in partner.approvers]
            if partner.tunnel:
                then.append(("partner", "tunnel", "add", partner.key, certificate))
    for facility in cast.flow.facilities:
        command: Command = ("facility", "add", facility.key, "--name", facility.name)
        command += ("--address", facility.address, "--language", facility.language)
        if facility.sealed:
            command += ("--certificate", str(cast.identity(facility.key).certificate))
        first.append(command)
    for one in cast.flow.persons:
        command = ("facility", "person", "add", one.facility, "--name", one.name)
        certificate = str(cast.identity(one.key).certificate)
        then.append((*command, "--address", one.address, "--certificate", certificate))
    return first, then


def _partner(partner: Partner, certificate: str) -> Command:
    command = ["partner", "add", partner.key, "--name", partner.name, "--cvr", partner.number]
    command += ["--address", partner.address, "--certificate", certificate]
    command += ["--language", partner.language, "--may", partner.may]
    if partner.municipality:
        command += ["--municipality", partner.municipality]
    return tuple(command)


def settings_of(flow: Flow, text: str) -> str:
    """Give `sagspost.toml` with the settings that a flow's head asks for."""
    said = [("calendar", f'"{flow.calendar}"'), *((one.name, one.value) for one in flow.settings)]
    return text + "\n[policy]\n" + "".join(f"{name} = {value}\n" for name, value in said)
