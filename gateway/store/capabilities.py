"""What partners and facilities can read: learnt from their signed mail, or set by an operator.

A row belongs to a partner or a facility. `learnt` is what the holder of `fingerprint` told by its
signature at `learnt_at`; `chosen` is what an operator set, and goes before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, cast

from sqlalchemy import JSON, Column, Connection, String, Table, insert, select, update

from gateway.store.tables import metadata
from gateway.store.times import Time
from keys.capabilities import Capabilities, Choice, Sealing, choose

Owner = tuple[Literal["partner", "facility"], str]
"""Whose row: the kind and the key."""

partner_capabilities = Table(
    "partner_capabilities",
    metadata,
    Column("owner_kind", String(10), primary_key=True),  # partner, facility
    Column("owner", String(80), primary_key=True),
    Column("fingerprint", String(64)),
    Column("learnt", JSON),
    Column("learnt_at", Time),
    Column("chosen", String(20)),
)
_T: Final = partner_capabilities.c


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one reader."""

    learnt: Capabilities | None = None
    learnt_at: datetime | None = None
    fingerprint: str | None = None
    chosen: Choice = "auto"

    @property
    def sealing(self) -> Sealing:
        """How mail to it is sealed."""
        return choose(self.learnt, self.chosen)

    def is_told_anew(self, capabilities: Capabilities, fingerprint: str, at: datetime) -> bool:
        """Whether a signature of that time tells what is not known; an older one never does."""
        if self.learnt_at is not None and at <= self.learnt_at:
            return False
        return (capabilities, fingerprint) != (self.learnt, self.fingerprint)


NOTHING: Final = Known()


def all_known(connection: Connection) -> dict[Owner, Known]:
    """Everything that is known, of all readers."""
    rows = connection.execute(select(partner_capabilities))
    return {cast("Owner", (row.owner_kind, row.owner)): _known(row) for row in rows}


def known_of(connection: Connection, owner: Owner) -> Known:
    """What is known of one reader, as of now."""
    kind, key = owner
    query = select(partner_capabilities).where(_T.owner_kind == kind, _T.owner == key)
    row = connection.execute(query).first()
    return NOTHING if row is None else _known(row)


def _known(row: Any) -> Known:
    return Known(
        learnt=None if row.learnt is None else Capabilities.from_json(row.learnt),
        learnt_at=row.learnt_at,
        fingerprint=row.fingerprint,
        chosen=row.chosen or "auto",
    )


def keep_learnt(
    connection: Connection,
    owner: Owner,
    capabilities: Capabilities,
    *,
    fingerprint: str,
    at: datetime,
) -> None:
    """Keep what a signature told."""
    values = {"learnt": capabilities.to_json(), "fingerprint": fingerprint, "learnt_at": at}
    _keep(connection, owner, values)


def keep_choice(connection: Connection, owner: Owner, choice: Choice) -> None:
    """Keep what an operator set; `auto` leaves it to what was learnt."""
    _keep(connection, owner, {"chosen": None if choice == "auto" else choice})


def _keep(connection: Connection, owner: Owner, values: dict[str, Any]) -> None:
    kind, key = owner
    same = (_T.owner_kind == kind, _T.owner == key)
    if connection.execute(select(_T.owner).where(*same)).first():
        connection.execute(update(partner_capabilities).where(*same).values(**values))
    else:
        row = {"owner_kind": kind, "owner": key, **values}
        connection.execute(insert(partner_capabilities).values(**row))
