"""The signed head over all cases: one small file a day that shows a lost tail.

A chain shows what was removed from its middle, and nothing in it can show that its end is gone. So
every day the newest link of each case, and of the journal, is listed in a head, signed like
evidence, and mailed to an address outside the machine. Heads are a chain themselves.

Not here: when it is made and to whom it goes (`clock`).
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, TypedDict

from sqlalchemy import select

from gateway.outbound.compose import Piece
from gateway.outbound.evidence import SIGNATURE_MEDIA_TYPE, Issuer, Last, moment
from gateway.store import tables as t
from gateway.store.unit import Unit
from parsers.canonical import canonical

HEAD_FILE_NAME: Final = "head.json"
HEAD_SIGNATURE_FILE_NAME: Final = "head.json.p7s"
HEAD_MEDIA_TYPE: Final = "application/vnd.sagspost.head+json"


class JournalEnd(TypedDict):
    """The newest row of the whole journal."""

    sequence: int
    digest: str


class CaseEnd(TypedDict):
    """The newest evidence of one case."""

    number: str
    sequence: int
    digest: str


class Head(TypedDict):
    """The end of every chain at one moment; `cases` is sorted by number."""

    sagspost_head: str
    issued_at: str
    issuer: Issuer
    sequence: int
    previous: str | None
    journal: JournalEnd
    cases: list[CaseEnd]
    digest: str


def compose_head(
    *,
    issued_at: datetime,
    issuer: Issuer,
    last: Last | None,
    journal: JournalEnd,
    cases: Iterable[CaseEnd],
) -> Head:
    """Return the head that follows `last`; sign it with `evidence.issue`."""
    head: Head = {
        "sagspost_head": "1",
        "issued_at": moment(issued_at),
        "issuer": issuer,
        "sequence": 1 if last is None else last.sequence + 1,
        "previous": None if last is None else last.digest,
        "journal": journal,
        "cases": sorted(cases, key=lambda end: end["number"]),
        "digest": "",
    }
    head["digest"] = head_digest(head)
    return head


def head_digest(head: Mapping[str, object]) -> str:
    """Return the SHA-256, in hex, of the canonical head without its `digest`."""
    rest = {name: value for name, value in head.items() if name != "digest"}
    return hashlib.sha256(canonical(rest)).hexdigest()


def head_pieces(unit: Unit, sequence: int) -> tuple[Piece, ...]:
    """Return a head that was kept and its signature, as parts of a mail."""
    row = unit.connection.execute(
        select(t.heads.c.body, t.heads.c.signature).where(t.heads.c.sequence == sequence)
    ).one()
    return (
        Piece(HEAD_FILE_NAME, "application/json", row.body),
        Piece(HEAD_SIGNATURE_FILE_NAME, SIGNATURE_MEDIA_TYPE, row.signature),
    )
