"""Finds cases by what they are filed under: a citizen, a facility, a round.

Only a keyed digest of the value is kept, so that the table tells nobody about anybody.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select

from gateway.store import tables as t
from gateway.store.unit import Unit

_C: Final = t.case_links.c
_FOUND = select(_C.number, _C.procedure).where(_C.digest == bindparam("digest"))


class Links:
    """What cases are filed under, for one batch: what it staged is found before it is written."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._staged: dict[str, dict[str, str]] = {}

    def file_under(
        self, number: str, procedure: str, kind: str, value: str, *, is_new: bool = False
    ) -> None:
        """Let a case be found; filing it twice under the same value changes nothing.

        `is_new`: nothing of the case is written yet, and so the database need not be asked.
        """
        digest = _digest(self._unit, kind, value)
        known = self._staged.setdefault(digest, {})
        if number in known or (not is_new and number in self._written(digest)):
            return
        known[number] = procedure
        self._unit.stage(t.case_links, number=number, procedure=procedure, kind=kind, digest=digest)

    def find(self, kind: str, value: str, procedures: Sequence[str]) -> list[str]:
        """The numbers of the cases of some procedures that are filed under a value, in order."""
        digest = _digest(self._unit, kind, value)
        found = self._written(digest) | self._staged.get(digest, {})
        return sorted(number for number, procedure in found.items() if procedure in procedures)

    def forget(self) -> None:
        """Trust the database alone: a part was taken back, and what stayed is written."""
        self._staged.clear()

    def _written(self, digest: str) -> dict[str, str]:
        rows = self._unit.connection.execute(_FOUND, {"digest": digest})
        return {row.number: row.procedure for row in rows}


def _digest(unit: Unit, kind: str, value: str) -> str:
    """Case and spaces do not tell two values apart: people write them."""
    plain = " ".join(value.casefold().split())
    text = f"link {kind} {plain}".encode()
    return hmac.new(unit.chain_key, text, hashlib.sha256).hexdigest()
