"""Finds cases by what they are filed under: a citizen, a facility, a round.

Only a keyed digest of the value is kept, so that the table tells nobody about anybody.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from sqlalchemy import select

from gateway.store import tables as t
from gateway.store.unit import Unit


def file_under(unit: Unit, number: str, procedure: str, kind: str, value: str) -> None:
    """Let a case be found; filing it twice under the same value changes nothing."""
    found = find(unit, kind, value, (procedure,))
    if number not in found:
        unit.stage(
            t.case_links,
            number=number,
            procedure=procedure,
            kind=kind,
            digest=_digest(unit, kind, value),
        )
        unit.flush()  # the next event of the same batch has to see it


def find(unit: Unit, kind: str, value: str, procedures: Sequence[str]) -> list[str]:
    """The numbers of the cases of some procedures that are filed under a value."""
    c = t.case_links.c
    query = (
        select(c.number)
        .where(c.digest == _digest(unit, kind, value), c.procedure.in_(procedures))
        .order_by(c.number)
    )
    return list(unit.connection.execute(query).scalars())


def _digest(unit: Unit, kind: str, value: str) -> str:
    """Case and spaces do not tell two values apart: people write them."""
    plain = " ".join(value.casefold().split())
    text = f"link {kind} {plain}".encode()
    return hmac.new(unit.chain_key, text, hashlib.sha256).hexdigest()
