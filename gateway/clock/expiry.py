"""Warn in time of certificates that end: 60, 30 and 7 days before, once each.

To operations, at the authority's inbox, for our own, for partners', facilities' and anchors; and to
the partner itself, sealed and in its language, because only it can renew its own. Nobody is warned
of a certificate that has a successor already. What was told is a row, so that a restart or a second
clock tells nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, get_args

from sqlalchemy import select

from gateway.logs import logger
from gateway.pipeline.plans import Plan
from gateway.pipeline.posting import Outgoing, post
from gateway.pipeline.recipients import Recipient, Recipients
from gateway.settings import Settings
from gateway.store import tables as t
from gateway.store.certificates import Certificate, span_of
from gateway.store.journal import Note
from gateway.store.openpgp import RegisteredKey
from gateway.store.registry import Directory
from gateway.store.unit import Unit
from keys.certificates import load, loaded, read_certificates
from keys.errors import KeysError
from keys.own import Keyring, OwnKey
from keys.usage import Usage
from workflows.wording import SHARED

WARN_DAYS: Final = (7, 30, 60)
_log = logger("clock")


@dataclass(frozen=True, slots=True)
class Ending:
    """A certificate that ends soon, and whose it is."""

    kind: str
    """own, partner, facility, anchor, file (one that the settings name), or openpgp (a key)."""
    owner: str
    fingerprint: str
    ends: datetime

    def left(self, now: datetime) -> timedelta:
        """The time that is left; less than nothing where it has ended."""
        return self.ends - now

    def tier(self, now: datetime) -> int | None:
        """Which warning it is time for: 7, 30 or 60."""
        return next((days for days in WARN_DAYS if self.left(now) <= timedelta(days=days)), None)

    def words(self, language: str, now: datetime) -> str:
        """One sentence for operations."""
        state = "ended" if self.left(now) < timedelta(0) else "ends"
        values = {
            "owner": self.owner,
            "fingerprint": self.fingerprint[:16],
            "date": f"{self.ends:%Y-%m-%d}",
        }
        what = SHARED.text(f"expiry.{self.kind}", language, values)
        return f"{what} {SHARED.text(f'expiry.{state}', language, values)}"


def ending(settings: Settings, ring: Keyring, directory: Directory, now: datetime) -> list[Ending]:
    """All certificates that end within 60 days and have no successor; the first to end first."""
    found = [
        *_own(ring, now),
        *_files(settings),
        *_partners(directory, now),
        *_anchors(directory),
        *_openpgp(directory.openpgp, now),
    ]
    return sorted(
        (one for one in found if one.tier(now) is not None), key=lambda one: (one.ends, one.owner)
    )


def warn(
    unit: Unit,
    found: Sequence[Ending],
    recipients: Recipients,
    now: datetime,
) -> int:
    """Tell what has not been told yet of what ends; gives how many warnings it was."""
    w = t.expiry_warnings.c
    told = {
        (row.fingerprint, row.days)
        for row in unit.connection.execute(select(w.fingerprint, w.days))
    }
    new = []
    for one in found:
        tier = one.tier(now)
        if tier is None or (one.fingerprint, tier) in told:
            continue
        # One that is found late is told of once, not three times in a row.
        for days in WARN_DAYS:
            if days >= tier and (one.fingerprint, days) not in told:
                told.add((one.fingerprint, days))
                unit.stage(t.expiry_warnings, fingerprint=one.fingerprint, days=days, at=now)
        new.append(one)
        facts = {"kind": one.kind, "owner": one.owner, "certificate": one.fingerprint, "days": tier}
        unit.note(Note(now, "certificate_ends", "clock", facts=facts))
        _log.warning("certificate ends", kind=one.kind, owner=one.owner, days=one.left(now).days)
    if new:
        _tell_operations(unit, new, recipients, now)
    for one in new:
        if one.kind == "partner":
            _tell_partner(unit, one, recipients, now)
    return len(new)


def _tell_operations(
    unit: Unit, new: Sequence[Ending], recipients: Recipients, now: datetime
) -> None:
    inbox = recipients.inbox()
    words = "\n".join(one.words(inbox.language, now) for one in new)
    plan = Plan("alert", inbox.language, values={"what": words}, personal=False)
    post(unit, Outgoing("alert", inbox, plan), inbox, now)


def _tell_partner(unit: Unit, one: Ending, recipients: Recipients, now: datetime) -> None:
    recipient: Recipient | None = recipients.partner(one.owner, "notice")
    if recipient is None or recipient.certificate is None:
        return  # nothing can be sealed to it any more: operations know, and have to call
    plan = Plan(
        "certificate_ends",
        recipient.language,
        values={"fingerprint": one.fingerprint, "date": f"{one.ends:%Y-%m-%d}"},
    )
    outgoing = Outgoing("certificate_ends", recipient, plan, automatic=True)
    post(unit, outgoing, recipients.inbox(), now)


def _own(ring: Keyring, now: datetime) -> Iterator[Ending]:
    active = [own for own in ring.keys if not own.is_retired(now)]
    for own in active:
        if not _own_succeeded(own, active):
            ends = own.certificate.not_valid_after_utc
            yield Ending("own", own.key_id, own.loaded.fingerprint, ends)


def _own_succeeded(own: OwnKey, active: Sequence[OwnKey]) -> bool:
    later = [o for o in active if _outlives(o.certificate.not_valid_after_utc, own)]
    signs = not own.can_sign or any(o.can_sign for o in later)
    return signs and (not own.can_open or any(o.can_open for o in later))


def _outlives(ends: datetime, own: OwnKey) -> bool:
    return ends > own.certificate.not_valid_after_utc


def _files(settings: Settings) -> Iterator[Ending]:
    """The certificates of the door and of the authority's inbox; one file may hold a chain too."""
    for name in (settings.smtp.tls_certificate, settings.authority.inbox_certificate):
        try:
            data = settings.path(name).read_bytes() if name else b""
            certificates = read_certificates(data)[:1] if data else ()
        except (OSError, KeysError):
            continue  # `check` and the start of `serve` say so
        for one in certificates:
            yield Ending("file", str(name), loaded(one).fingerprint, one.not_valid_after_utc)


def _partners(directory: Directory, now: datetime) -> Iterator[Ending]:
    for partner in directory.partners.values():
        if not partner.retired:
            yield from _of("partner", partner.key, partner.certificates, now)
    for facility in directory.facilities.values():
        if not facility.retired:
            yield from _of("facility", facility.key, facility.certificates, now)


def _of(
    kind: str, owner: str, certificates: Iterable[Certificate], now: datetime
) -> Iterator[Ending]:
    active = [(one, span_of(one.der)) for one in certificates if not one.retired]
    for one, span in active:
        later = [
            other for _, other in active if other.ends > span.ends and other.begins <= span.ends
        ]
        covered: set[Usage] = {
            usage for usage in get_args(Usage) if any(usage in other.uses for other in later)
        }
        if not span.uses <= covered and span.ends > now - timedelta(days=365):
            yield Ending(kind, owner, one.fingerprint, span.ends)


def _openpgp(keys: Sequence[RegisteredKey], now: datetime) -> Iterator[Ending]:
    """Registered OpenPGP keys whose owner has no other one that stays longer."""
    ends = [(k, k.expires_at) for k in keys if not k.retired and k.expires_at is not None]
    for key, end in ends:
        others = [o for o in keys if o.owner == key.owner and not o.retired and o is not key]
        stays = any(o.expires_at is None or o.expires_at > end for o in others)
        if not stays and end > now - timedelta(days=365):
            yield Ending("openpgp", key.owner, key.fingerprint, end)


def _anchors(directory: Directory) -> Iterator[Ending]:
    for der in directory.anchors:
        mark = load(der).fingerprint
        yield Ending("anchor", mark[:16], mark, span_of(der).ends)
