"""Registered OpenPGP keys: whose they are, by the fingerprint of the primary key.

A key belongs to one owner. What is registered is what counts: no mail, no server and no user id
adds a key or changes whose it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from gateway.errors import Refused
from gateway.store import tables as t
from keys.openpgp import OpenPgpKey


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """One key with its owner, oldest first in every list."""

    fingerprint: str
    owner_kind: str
    owner: str
    data: bytes
    encrypts: bool
    expires_at: datetime | None
    retired: bool


def registered_keys(connection: Connection) -> tuple[RegisteredKey, ...]:
    """All keys, in the order in which they were added."""
    c = t.openpgp_keys.c
    rows = connection.execute(select(t.openpgp_keys).order_by(c.added_at, c.fingerprint))
    return tuple(
        RegisteredKey(
            fingerprint=row.fingerprint,
            owner_kind=row.owner_kind,
            owner=row.owner,
            data=row.data,
            encrypts=row.encrypts,
            expires_at=row.expires_at,
            retired=row.retired_at is not None,
        )
        for row in rows
    )


def keys_of(connection: Connection, **owners: Sequence[str]) -> tuple[RegisteredKey, ...]:
    """The keys of these owners, by their kinds: `partner`, `facility`."""
    found = registered_keys(connection)
    return tuple(key for key in found if key.owner in owners[key.owner_kind])


def in_use(keys: Sequence[RegisteredKey]) -> tuple[tuple[str, bytes], ...]:
    """What signatures count by: the keys that are not retired, by their fingerprints."""
    return tuple((key.fingerprint, key.data) for key in keys if not key.retired)


def current_key(keys: Sequence[RegisteredKey], kind: str, owner: str) -> RegisteredKey | None:
    """The newest key of an owner that mail can be encrypted to."""
    theirs = (k for k in reversed(keys) if (k.owner_kind, k.owner) == (kind, owner))
    return next((k for k in theirs if k.encrypts and not k.retired), None)


def add_key(
    connection: Connection, kind: str, owner: str, key: OpenPgpKey, *, at: datetime
) -> None:
    """Register a key, or take over what its owner changed in it (a later end, a revocation).

    Raises Refused when somebody else has it.
    """
    c = t.openpgp_keys.c
    known = connection.execute(
        select(c.owner_kind, c.owner).where(c.fingerprint == key.fingerprint)
    ).first()
    values = {"data": key.data, "encrypts": key.encrypts, "expires_at": key.expires}
    if known is None:
        connection.execute(
            insert(t.openpgp_keys).values(
                fingerprint=key.fingerprint, owner_kind=kind, owner=owner, added_at=at, **values
            )
        )
        return
    if (known.owner_kind, known.owner) != (kind, owner):
        raise Refused(f"The key {key.fingerprint} is that of {known.owner_kind} {known.owner}.")
    connection.execute(
        update(t.openpgp_keys)
        .where(c.fingerprint == key.fingerprint)
        .values(retired_at=None, **values)
    )
    # A later end has the same fingerprint: it will be warned of anew.
    warned = t.expiry_warnings.c.fingerprint == key.fingerprint
    connection.execute(delete(t.expiry_warnings).where(warned))


def retire_key(
    connection: Connection, kind: str, owner: str, fingerprint: str, *, at: datetime
) -> bool:
    """Accept and use a key no more; false when the owner has no such key in use."""
    c = t.openpgp_keys.c
    changed = connection.execute(
        update(t.openpgp_keys)
        .where(
            c.owner_kind == kind,
            c.owner == owner,
            c.fingerprint == fingerprint,
            c.retired_at.is_(None),
        )
        .values(retired_at=at)
    )
    return changed.rowcount == 1
