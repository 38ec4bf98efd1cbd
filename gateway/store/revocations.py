"""The revocation lists and OCSP answers that count now; an older one never replaces a newer one."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from sqlalchemy import Connection, delete, insert, select

from gateway.store import grounds
from gateway.store import tables as t
from gateway.store.unit import Unit
from keys.crl import List, read_lists
from keys.identity import fingerprint
from keys.ocsp import Answer, read_answer

Kept = Literal["new", "same", "older"]


def keep_list(unit: Unit, entry: List, now: datetime) -> Kept:
    """Let a list count from now on, unless a newer one of the same place does already."""
    der = entry.crl.public_bytes(Encoding.DER)
    before = _of_place(unit, entry.place)
    if before is not None:
        kept = read_lists(before)[0]
        if kept.digest == entry.digest:
            return "same"
        made, made_before = entry.crl.last_update_utc, kept.crl.last_update_utc
        if entry.order <= kept.order or made < made_before:
            return "older"
    _replace(unit, "crl", entry.place, der, entry.crl.next_update_utc, now)
    return "new"


def keep_answer(
    unit: Unit,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    answer: Answer,
    now: datetime,
) -> Kept:
    """Let an answer count from now on, unless a newer one about the certificate does already."""
    place = answer_place(certificate, issuer)
    single = answer.status_of(certificate, issuer)
    assert single is not None
    before = _of_place(unit, place)
    if before is not None:
        kept = read_answer(before)
        if kept.digest == answer.digest:
            return "same"
        known = kept.status_of(certificate, issuer)
        if known is not None and single.this_update_utc < known.this_update_utc:
            return "older"
        if known is not None and _says_the_same(single, known):
            return "same"
    der = answer.response.public_bytes(Encoding.DER)
    _replace(unit, "ocsp", place, der, single.next_update_utc, now)
    return "new"


def answer_place(certificate: x509.Certificate, issuer: x509.Certificate) -> str:
    """What an answer would replace: the one about the same certificate of the same issuer."""
    marks = f"ocsp {fingerprint(issuer)} {fingerprint(certificate)}"
    return hashlib.sha256(marks.encode()).hexdigest()


def current(connection: Connection) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The lists and the answers that count now."""
    r, g = t.revocations.c, t.grounds.c
    query = (
        select(r.kind, g.content)
        .join_from(t.revocations, t.grounds, r.sha256 == g.sha256)
        .order_by(r.place)
    )
    rows = connection.execute(query).all()
    return (
        tuple(row.content for row in rows if row.kind == "crl"),
        tuple(row.content for row in rows if row.kind == "ocsp"),
    )


def _says_the_same(one: ocsp.OCSPSingleResponse, other: ocsp.OCSPSingleResponse) -> bool:
    """Say whether two answers differ in nothing but when they were signed."""
    return (one.certificate_status, one.this_update_utc, one.next_update_utc) == (
        other.certificate_status,
        other.this_update_utc,
        other.next_update_utc,
    )


def _of_place(unit: Unit, place: str) -> bytes | None:
    r, g = t.revocations.c, t.grounds.c
    found: bytes | None = unit.connection.execute(
        select(g.content)
        .join_from(t.revocations, t.grounds, r.sha256 == g.sha256)
        .where(r.place == place)
    ).scalar()
    return found


def _replace(
    unit: Unit, kind: str, place: str, der: bytes, next_update: datetime | None, now: datetime
) -> None:
    (name,) = grounds.put(unit, "revocation", [der], now)
    unit.connection.execute(delete(t.revocations).where(t.revocations.c.place == place))
    unit.connection.execute(
        insert(t.revocations).values(
            place=place, kind=kind, sha256=name, next_update=next_update, added_at=now
        )
    )
