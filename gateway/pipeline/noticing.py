"""What is noticed about an opened mail and is no reason to refuse it, as codes (`flag.*`).

None of it decides anything: that a mail is flagged means that somebody may want to look, and that
the evidence says so. The words for people stand in `gateway/store/words`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from gateway.pipeline.opened import Opened
from parsers.content import Content
from parsers.mime import Part
from parsers.protection import Protected

_SIGNED = frozenset(
    {"multipart/signed", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)
_SEALED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"})


_LATE: Final = timedelta(days=14)
_EARLY: Final = timedelta(days=1)


def noticed(
    opened: Opened, protected: Protected, content: Content, at: datetime
) -> tuple[str, ...]:
    """Compare what stands inside and outside the signature of a mail that was received `at`."""
    if not opened.is_signed:
        return ()
    outer, named = opened.envelope.from_addresses, protected.from_addresses
    notes = []
    if named is None:
        notes.append("flag.from.outside_only")
    elif outer != named and outer != protected.outer_addresses():
        notes.append("flag.from.differs")
    if protected.form == "hp-clear" and opened.encrypted:
        notes.append("flag.encryption.added")
    if protected.form == "hp-cipher" and not opened.encrypted:
        notes.append("flag.encryption.lost")
    if opened.signed_at is not None and at - opened.signed_at > _LATE:
        notes.append("flag.signed.long_ago")
    if opened.signed_at is not None and opened.signed_at - at > _EARLY:
        notes.append("flag.signed.ahead")
    if content.closed:
        notes.append("flag.sealed_part")
    return tuple(notes)


def signed_or_sealed_within(entity: Part) -> str:
    """Say in words what stands below the top of a mail and counts for nothing there."""
    kinds = set()
    waiting = list(entity.children)
    while waiting:
        part = waiting.pop()
        kinds.add(part.media_type)
        waiting.extend(part.children)
    words = ""
    if kinds & _SIGNED:
        words += "; a signature inside covers only a part of what is shown, and does not count"
    if kinds & _SEALED:
        words += "; a sealed part inside is not the whole mail, and stays closed"
    if "message/rfc822" in kinds:
        words += "; a mail is attached, whose seals say nothing about this one"
    return words
