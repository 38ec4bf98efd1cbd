"""What verdicts rested on: each certificate, list, answer and set of grounds once, by its SHA-256.

A list is kept here before it counts anywhere, so that a verdict never names one that is not here.
Bytes that no judgement names are let go after `UNUSED_DAYS`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import orjson
import rfc8785
from sqlalchemy import bindparam, delete, insert, select, update

from gateway.store import tables as t
from gateway.store.unit import Unit
from keys.grounds import Grounds, KeyGrounds, names_in

UNUSED_DAYS: Final = 30
_SEEN_AGAIN: Final = timedelta(hours=1)
_AT_ONCE: Final = 500
_KNOWN = select(t.grounds.c.sha256).where(
    t.grounds.c.sha256.in_(bindparam("names", expanding=True))
)


@lru_cache(maxsize=256)  # the same partners write every day
def verdict_of(grounds: Grounds | KeyGrounds) -> tuple[str, bytes]:
    """The document that a verdict's grounds are kept as, and its SHA-256."""
    content = rfc8785.dumps(grounds.to_json())
    return hashlib.sha256(content).hexdigest(), content


def mark_of(rested: Sequence[Mapping[str, Any]]) -> str:
    """The SHA-256 of what a judgement rested on, for the journal."""
    return hashlib.sha256(rfc8785.dumps([dict(judged) for judged in rested])).hexdigest()


def put(unit: Unit, kind: str, contents: Iterable[bytes], now: datetime) -> list[str]:
    """Keep contents, each once; gives their names in order."""
    named = {hashlib.sha256(content).hexdigest(): content for content in contents}
    _insert(unit, {name: (kind, content) for name, content in named.items()}, now)
    return list(named)


def read(unit: Unit, names: Iterable[str]) -> dict[str, bytes]:
    """The contents of these names, as far as they are there."""
    g = t.grounds.c
    wanted = list(dict.fromkeys(names))
    found: dict[str, bytes] = {}
    for at in range(0, len(wanted), _AT_ONCE):
        query = select(g.sha256, g.content).where(g.sha256.in_(wanted[at : at + _AT_ONCE]))
        found |= {row.sha256: row.content for row in unit.connection.execute(query)}
    return found


def verdicts(unit: Unit, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The documents of verdicts, by name."""
    return {name: orjson.loads(content) for name, content in read(unit, names).items()}


class Shelf:
    """Keeps the grounds of a process's verdicts; what is known to be there costs no query."""

    def __init__(self) -> None:
        self._there: set[str] = set()
        self._seen: dict[str, datetime] = {}

    def keep(self, unit: Unit, found: Sequence[Grounds | KeyGrounds], now: datetime) -> None:
        """Keep grounds before the judgements that name them; not in a part of a unit."""
        wanted: dict[str, tuple[str, bytes]] = {}
        for grounds in dict.fromkeys(found):
            name, content = verdict_of(grounds)
            if name not in self._there:
                wanted[name] = ("verdict", content)
                kind = "certificate" if isinstance(grounds, Grounds) else "key"
                for mark, content in grounds.blobs.items():
                    wanted[mark] = (kind, content)
        if wanted:
            # Only what is found is remembered: what is inserted now may still be rolled back.
            self._there |= _insert(unit, wanted, now)
        for grounds in dict.fromkeys(found):
            if isinstance(grounds, Grounds) and grounds.anchored and len(grounds.certificates) > 1:
                self._see(unit, list(grounds.blobs), now)

    def _see(self, unit: Unit, path: list[str], now: datetime) -> None:
        """Remember who wrote, so that what is known of them is kept fresh."""
        last = self._seen.get(path[0])
        if last is not None and now - last < _SEEN_AGAIN:
            return
        self._seen[path[0]] = now
        s = t.seen_paths.c
        there = unit.connection.execute(select(s.leaf).where(s.leaf == path[0])).first()
        values = {"path": path, "seen_at": now}
        if there is None:
            unit.connection.execute(insert(t.seen_paths).values(leaf=path[0], **values))
        else:
            unit.connection.execute(update(t.seen_paths).where(s.leaf == path[0]).values(**values))


def _insert(unit: Unit, wanted: Mapping[str, tuple[str, bytes]], now: datetime) -> set[str]:
    """Insert what is missing; gives the names that were there before."""
    there = set(unit.connection.execute(_KNOWN, {"names": list(wanted)}).scalars())
    missing = [
        {"sha256": name, "kind": kind, "content": content, "kept_at": now}
        for name, (kind, content) in wanted.items()
        if name not in there
    ]
    if missing:
        unit.connection.execute(insert(t.grounds), missing)
    return there


def let_go(unit: Unit, now: datetime) -> int:
    """Delete what no judgement names and nothing uses any more; gives how much."""
    g = t.grounds.c
    named: set[str] = set()
    for row in unit.connection.execute(
        select(t.judgements.c.grounds).where(t.judgements.c.grounds.is_not(None))
    ):
        named.update(judged["grounds"] for judged in row.grounds)
    used = set(named)
    for document in verdicts(unit, named).values():
        used.update(names_in(document))
    used.update(unit.connection.execute(select(t.revocations.c.sha256)).scalars())
    for row in unit.connection.execute(select(t.seen_paths.c.path)):
        used.update(row.path)
    for row in unit.connection.execute(select(t.sources.c.issuer, t.sources.c.subject)):
        used.update(row)
    old = select(g.sha256).where(g.kept_at < now - timedelta(days=UNUSED_DAYS))
    gone = [name for name in unit.connection.execute(old).scalars() if name not in used]
    for at in range(0, len(gone), _AT_ONCE):
        unit.connection.execute(delete(t.grounds).where(g.sha256.in_(gone[at : at + _AT_ONCE])))
    return len(gone)
