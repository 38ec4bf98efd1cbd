"""What the clock looks after, and how often. Each duty does whatever is due, or nothing.

A duty that is called twice, or late, or after a gap, must do the right thing from the rows of the
database alone: ticks are missed while Redis is away, and arq runs a job at least once, not exactly.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from arq import cron
from arq.cron import CronJob

from gateway.clock.pulse import Pulse
from gateway.logs import logger

Duty = Callable[[], Awaitable[object]]
Context = dict[Any, Any]
"""What arq hands to each job; `rota` is in it."""

_log = logger("clock")


@dataclass(frozen=True, kw_only=True)
class Rota:
    """The duties, and the times of those that have one. Local times are of the worker's zone."""

    sweep_deadlines: Duty
    """Every `sweep_every` seconds: claim the deadlines that have passed, hand each on."""
    retry_outbox: Duty
    """Every `sweep_every` seconds: send what is due again."""
    mail_head: Duty
    """From `head_hour` each hour, and at the start: mail today's signed head unless it is out."""
    check_keys: Duty
    """The same, from `keys_hour`: warn of keys and certificates that expire soon."""
    mail_watchlist: Duty
    """Each hour, and at the start: mail what waits for our own caseworkers, where it is due."""
    fetch_revocation: Duty
    """Every minute: fetch the revocation lists and answers that are due."""
    pulse: Pulse
    sweep_every: int = 5
    head_hour: int = 5
    keys_hour: int = 6
    _busy: dict[str, asyncio.Lock] = field(default_factory=dict, init=False, repr=False)

    async def do(self, name: str, duty: Duty) -> bool:
        """Do one duty, unless it is still being done. True if it was done to its end.

        An error is logged; the next tick is the retry.
        """
        lock = self._busy.setdefault(name, asyncio.Lock())
        if lock.locked():
            return False
        async with lock:
            try:
                await duty()
            except Exception as error:
                _log.error("duty failed", duty=name, error=type(error).__name__)
                return False
        return True

    async def sweep(self) -> None:
        """Do the frequent duties, and note the pulse when the deadlines have been looked at."""
        if await self.do("sweep_deadlines", self.sweep_deadlines):
            self.pulse.beat()
        await self.do("retry_outbox", self.retry_outbox)


async def sweep_deadlines(ctx: Context, *_: Any, **__: Any) -> None:
    """Wake the deadlines."""
    rota: Rota = ctx["rota"]
    if await rota.do("sweep_deadlines", rota.sweep_deadlines):
        rota.pulse.beat()


async def retry_outbox(ctx: Context, *_: Any, **__: Any) -> None:
    """Wake the outbox."""
    rota: Rota = ctx["rota"]
    await rota.do("retry_outbox", rota.retry_outbox)


async def mail_head(ctx: Context, *_: Any, **__: Any) -> None:
    """Have today's head mailed."""
    rota: Rota = ctx["rota"]
    await rota.do("mail_head", rota.mail_head)


async def check_keys(ctx: Context, *_: Any, **__: Any) -> None:
    """Have the keys looked at."""
    rota: Rota = ctx["rota"]
    await rota.do("check_keys", rota.check_keys)


async def mail_watchlist(ctx: Context, *_: Any, **__: Any) -> None:
    """Have the watch list mailed."""
    rota: Rota = ctx["rota"]
    await rota.do("mail_watchlist", rota.mail_watchlist)


async def fetch_revocation(ctx: Context, *_: Any, **__: Any) -> None:
    """Have fetched what is due."""
    rota: Rota = ctx["rota"]
    await rota.do("fetch_revocation", rota.fetch_revocation)


def jobs_of(rota: Rota) -> Sequence[CronJob]:
    """Write the rota as arq's cron jobs.

    Each has a short timeout: for so long arq holds back the job of a worker that was killed.
    Raises ValueError where `sweep_every` does not divide a minute.
    """
    if not 0 < rota.sweep_every <= 30 or 60 % rota.sweep_every:
        raise ValueError("sweep_every must divide 60")
    often = set(range(0, 60, rota.sweep_every))
    head, keys = set(range(rota.head_hour, 24)), set(range(rota.keys_hour, 24))
    return [
        cron(sweep_deadlines, second=often, timeout=60, run_at_startup=True),
        cron(retry_outbox, second=often, timeout=60, run_at_startup=True),
        cron(mail_head, hour=head, minute=5, timeout=120, run_at_startup=True),
        cron(mail_watchlist, minute=1, timeout=120, run_at_startup=True),
        cron(fetch_revocation, second=30, timeout=120, run_at_startup=True),
        cron(check_keys, hour=keys, minute=15, timeout=120, run_at_startup=True),
    ]


def to_json(job: dict[str, Any]) -> bytes:
    """Write a job for Redis. arq's own way is pickle, which would run what it reads."""
    return json.dumps(job, default=str).encode("utf-8")


def from_json(job: bytes) -> dict[str, Any]:
    """Read a job from Redis. Raises ValueError."""
    read: dict[str, Any] = json.loads(job)
    return read
