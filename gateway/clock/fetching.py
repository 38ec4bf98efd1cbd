"""Fetch revocation lists and OCSP answers that are due; always in the background, never for a mail.

What comes is held to its issuer before it is kept, and an older one never replaces a newer one.
Network and database never wait for each other: ask first, then write it down, for some at a time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509

from gateway.clock.asking import AskError, ask
from gateway.logs import logger
from gateway.settings import TrustSettings
from gateway.store import grounds, registry, rejudging, revocations, sources
from gateway.store.journal import Note
from gateway.store.registry import Facility, Partner
from gateway.store.sources import Source
from gateway.store.unit import Store, Unit
from keys.certificates import MALFORMED
from keys.crl import List, read_lists, require_list
from keys.errors import KeysError, RevocationSourceError
from keys.identity import fingerprint
from keys.ocsp import MAX_ANSWER, NONCE_OCTETS, Answer, read_answer, require_answer
from keys.ocsp import ask as question_about
from keys.paths import issued

AT_ONCE: Final = 16
ASKING: Final = 8
MOST_LIST: Final = 32 * 1024 * 1024
SECONDS: Final = 12.0
MOST_SECONDS: Final = 60.0  # of one round of the clock; what is left is due at the next
_log = logger("clock")


@dataclass(frozen=True, slots=True)
class _Got:
    """What a source gave: a list or an answer, or why it gave neither."""

    source: Source
    entry: List | None = None
    answer: Answer | None = None
    fault: str = ""


class Fetching:
    """Asks the sources that are due. Any number of clocks may do it; each source has its time."""

    def __init__(
        self,
        store: Store,
        settings: TrustSettings,
        now: Callable[[], datetime],
        *,
        actor: str = "clock",
    ) -> None:
        self._store = store
        self._every = timedelta(minutes=settings.fetch_every_minutes)
        self._fetch = settings.fetch
        self._now = now
        self._actor = actor
        self._learned: datetime | None = None
        self._looked: datetime | None = None

    def fetch_due(self) -> tuple[int, int]:
        """Ask all that is due; gives how many were asked, and how many gave something new."""
        if not self._fetch:
            return 0, 0
        self._learn()
        tried = new = 0
        until = time.monotonic() + MOST_SECONDS
        while time.monotonic() < until:
            with self._store.read() as unit:
                waiting = sources.due(unit, self._now(), AT_ONCE)
            if not waiting:
                break
            with ThreadPoolExecutor(ASKING) as pool:  # they wait for others, and compute little
                got = list(pool.map(self._ask, waiting))
            tried += len(got)
            new += self._keep(got)
        return tried, new

    def _learn(self) -> None:
        """Look at the certificates that were seen since the last time, and at those of partners."""
        now = self._now()
        with self._store.read() as unit:
            paths = sources.seen_paths(unit, self._learned)
            registered: list[tuple[x509.Certificate, x509.Certificate]] = []
            if self._looked is None or now - self._looked >= self._every:
                registered, self._looked = _registered(unit), now
        if paths or registered:
            with self._store.write() as unit:
                for path, seen_at in paths:
                    sources.learn(unit, path, seen_at)
                for pair in registered:
                    sources.learn_from(unit, *pair, now)
        # From the newest that was seen on: a transaction that was slower than ours is not missed.
        self._learned = max((seen_at for _, seen_at in paths), default=self._learned)

    def _ask(self, source: Source) -> _Got:
        try:
            if source.kind == "crl":
                data = ask(source.url, most=MOST_LIST, seconds=SECONDS)
                (entry,) = read_lists(data)
                require_list(entry, source.issuer, self._now())
                return _Got(source, entry=entry)
            assert source.certificate is not None
            nonce = os.urandom(NONCE_OCTETS)
            data = ask(
                source.url,
                most=MAX_ANSWER,
                seconds=SECONDS,
                body=question_about(source.certificate, source.issuer, nonce),
                media_type="application/ocsp-request",
            )
            answer = read_answer(data)
            require_answer(answer, source.certificate, source.issuer, nonce=nonce, at=self._now())
            return _Got(source, answer=answer)
        except AskError as error:
            return _Got(source, fault=str(error))
        except RevocationSourceError as error:
            return _Got(source, fault=error.detail)
        except (KeysError, *MALFORMED):
            return _Got(source, fault="what came is no revocation list or answer")

    def _keep(self, got: Sequence[_Got]) -> int:
        """Write down what came; gives how many of it were new."""
        now = self._now()
        new: set[str] = set()
        count = 0
        with self._store.write() as unit:
            for one in got:
                if self._keep_one(unit, one, now):
                    count += 1
                    new.add(fingerprint(one.source.issuer))
            if new:
                registry.changed(unit.connection)
                again = rejudging.judge_anew_below(
                    unit, new, now, "revocation data fetched", self._actor
                )
                _log.info("revocation data fetched", new=count, judged_again=again)
        return count

    def _keep_one(self, unit: Unit, got: _Got, now: datetime) -> bool:
        source, next_update, digest = got.source, None, ""
        kept = "same"
        if got.entry is not None:
            kept = revocations.keep_list(unit, got.entry, now)
            next_update, digest = got.entry.crl.next_update_utc, got.entry.digest
        elif got.answer is not None:
            assert source.certificate is not None
            kept = revocations.keep_answer(unit, source.certificate, source.issuer, got.answer, now)
            single = got.answer.status_of(source.certificate, source.issuer)
            next_update = single.next_update_utc if single else None
            digest = got.answer.digest
        fault = got.fault or ("older than what is known already" if kept == "older" else "")
        if fault:
            sources.failed(unit, source, now, fault)
            _log.warning("source failed", kind=source.kind, source=source.id, fault=fault)
            return False
        sources.asked(unit, source, now, self._every, sha256=digest, next_update=next_update)
        if kept == "new" and got.entry is not None:
            facts = {
                "list": digest,
                "number": got.entry.number,
                "revoked": len(got.entry.crl),
                "source": source.id,
            }
            unit.note(Note(now, "crl_added", self._actor, facts=facts))
        return kept == "new"

    def let_go(self) -> None:
        """Delete bytes that no verdict rests on and sources that nobody was seen with."""
        with self._store.write() as unit:
            sources.let_go(unit, self._now())
            gone = grounds.let_go(unit, self._now())
        if gone:
            _log.info("grounds let go", count=gone)


def _registered(unit: Unit) -> list[tuple[x509.Certificate, x509.Certificate]]:
    """Certificates of partners and facilities that an anchor issued, with that anchor."""
    known = registry.directory(unit.connection)
    anchors = [x509.load_der_x509_certificate(der) for der in known.anchors]
    owners: tuple[Partner | Facility, ...] = (*known.partners.values(), *known.facilities.values())
    found = []
    for owner in owners:
        for kept in owner.certificates if not owner.retired else ():
            certificate = x509.load_der_x509_certificate(kept.der)
            issuer = next((a for a in anchors if issued(a, certificate)), None)
            if not kept.retired and issuer is not None and issuer != certificate:
                found.append((certificate, issuer))
    return found
