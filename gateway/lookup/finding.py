"""Look a partner's certificates up where the settings say, and judge what is found.

A directory may hold anything, and so may a folder: what is offered for a partner leads to an
anchor, is valid, may be encrypted to, and names the partner's organisation or one of its addresses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cryptography import x509

from gateway.errors import Refused
from gateway.lookup import ldap
from gateway.lookup.filters import filter_of
from gateway.pipeline.candidates import ORGANISATION, UNFIT, Candidate, Candidates
from gateway.settings import Settings
from gateway.store.registry import Directory, Partner
from keys.certificates import MAX_CERTIFICATE_SIZE, read_certificates
from keys.errors import KeysError
from keys.files import read_file
from keys.identity import addresses_of, organisation_of

MOST_FILES = 10_000
_ENDS = (".pem", ".crt", ".cer", ".der", ".p7b", ".p7c")


def look_up(
    settings: Settings, partner: Partner, url: str | None, base: str | None, folder: Path | None
) -> tuple[x509.Certificate, ...]:
    """What the places have that were named, else those of `[lookup]`. Raises Refused, TryLater."""
    lookup = settings.lookup
    if url is None and folder is None:
        url = lookup.ldap
        folder = settings.path(lookup.folder) if lookup.folder else None
    if url is None and folder is None:
        raise Refused("Name --ldap URL or --folder DIR, or write them into [lookup].")
    found = in_folder(partner, folder) if folder is not None else ()
    if url is None:
        return found
    place = ldap.Directory(
        url=url,
        base=lookup.base if base is None else base,
        ca_file=settings.path(lookup.ca_file) if lookup.ca_file else None,
    )
    if url == lookup.ldap and lookup.password_file:  # ours is told to no other directory
        password = read_file(settings.path(lookup.password_file), private=True).strip()
        place = replace(place, bind_dn=lookup.bind_dn, password=password)
    return (*found, *in_directory(partner, place, lookup.filter))


def in_directory(
    partner: Partner, directory: ldap.Directory, template: str
) -> tuple[x509.Certificate, ...]:
    """What a directory has for the partner's addresses. Raises Refused and TryLater."""
    found: dict[x509.Certificate, None] = {}
    for address in partner.addresses:
        for value in ldap.search(directory, filter_of(template, address)):
            found |= dict.fromkeys(_readable(value))
    return tuple(found)


def in_folder(partner: Partner, folder: Path) -> tuple[x509.Certificate, ...]:
    """What a folder has that may be the partner's, with whatever else lies in the same file."""
    if not folder.is_dir():
        raise Refused(f"{folder} is no folder.")
    found: dict[x509.Certificate, None] = {}
    for path in sorted(folder.iterdir())[:MOST_FILES]:
        if path.suffix.lower() not in _ENDS or not path.is_file():
            continue
        if path.stat().st_size <= 8 * MAX_CERTIFICATE_SIZE:
            entries = _readable(path.read_bytes())
            if any(_may_be_of(partner, one) for one in entries):
                found |= dict.fromkeys(entries)
    return tuple(found)


def offered(
    partner: Partner, found: Sequence[x509.Certificate], directory: Directory, at: datetime
) -> tuple[Candidate, ...]:
    """Judge what was found; those without a fault may be registered."""
    if not found:
        return ()
    judged = Candidates(directory, at).judged(found, partner.cvr, partner.key)
    return tuple(_stricter(partner, one) for one in judged)


def _stricter(partner: Partner, one: Candidate) -> Candidate:
    if one.fault is not None:
        return one
    if one.organisation is None and not set(one.addresses) & set(partner.addresses):
        why = "it names neither the organisation nor a registered address"
        return replace(one, fault=ORGANISATION, why=why)
    if "encrypt" not in one.uses:
        return replace(one, fault=UNFIT, why="it may not be encrypted to")
    return one


def _may_be_of(partner: Partner, one: x509.Certificate) -> bool:
    named = organisation_of(one)
    if named is not None:
        return named.number == partner.cvr
    return bool({address.lower() for address in addresses_of(one)} & set(partner.addresses))


def _readable(data: bytes) -> tuple[x509.Certificate, ...]:
    try:
        return read_certificates(data)
    except KeysError:
        return ()
