"""Learn from a signed mail what its sender can read, so that answers are sealed as well as may be.

Only the certificate that we seal to tells it, or, where that is for encryption alone, its twin for
signing under the same name: what a colleague's mail program can read says nothing about the one
that opens our mail.
"""

from __future__ import annotations

from datetime import datetime

from gateway.pipeline.opened import Opened
from gateway.pipeline.sender import Sender
from gateway.store import capabilities, registry
from gateway.store.certificates import span_of
from gateway.store.journal import Note
from gateway.store.registry import Directory
from gateway.store.unit import Unit
from keys.certificates import load

ACTOR = "gateway"


def learn(unit: Unit, directory: Directory, sender: Sender, opened: Opened, now: datetime) -> None:
    """Keep what an authenticated sender's signature told, where it is news."""
    told, mark = opened.capabilities, opened.signer_fingerprint
    if told is None or mark is None or not _reads_our_mail(directory, sender, opened, now):
        return
    # A clock that runs ahead must not shut out what its owner tells later.
    at = min(opened.signed_at or now, now)
    owner: capabilities.Owner = (sender.kind, sender.key)
    known = directory.capabilities.get(owner, capabilities.NOTHING)
    if not known.is_told_anew(told, mark, at):
        return
    # The directory is as old as the batch: another mail of it may have told as much.
    if not capabilities.known_of(unit.connection, owner).is_told_anew(told, mark, at):
        return
    capabilities.keep_learnt(unit.connection, owner, told, fingerprint=mark, at=at)
    registry.changed(unit.connection)
    facts = {sender.kind: sender.key, "certificate": mark, **told.to_json()}
    unit.note(Note(now, "capabilities_learnt", ACTOR, facts=facts))


def _reads_our_mail(directory: Directory, sender: Sender, opened: Opened, now: datetime) -> bool:
    owners = directory.partners if sender.kind == "partner" else directory.facilities
    owner = owners.get(sender.key)
    current = owner.certificate_at(now) if owner else None
    if current is None or opened.signer is None:
        return False
    if current.der == opened.signer:
        return True
    if "sign" in span_of(current.der).uses:
        return False
    sealed_to, signed_by = load(current.der).certificate, load(opened.signer).certificate
    return (sealed_to.subject, sealed_to.issuer) == (signed_by.subject, signed_by.issuer)
