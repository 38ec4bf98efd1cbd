"""Runs the rota as an arq worker, for ever: with Redis, and without it until it is back.

arq's worker ends at the first error of its connection, so it is made anew with back-off; while
there is no Redis, the sweeps are done from here. redis-py retries a refused connection only if
OSError is among the errors that its Retry knows: retry_on_error alone does not help.
"""

from __future__ import annotations

import asyncio
import contextlib
from zoneinfo import ZoneInfo

from arq.connections import RedisSettings
from arq.worker import Worker
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from gateway.clock.rota import Rota, from_json, jobs_of, to_json
from gateway.logs import logger

QUEUE = "sagspost:clock"
_CONNECTION_ERRORS = (RedisConnectionError, RedisTimeoutError, OSError)
_RETRIES = 4  # with the back-off below about 1.5 seconds: a restart; what lasts longer is ours
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 5.0
_log = logger("clock")


def redis_settings(url: str) -> RedisSettings:
    """Connect to `url` and survive a short outage. Raises RuntimeError for another kind of URL."""
    settings = RedisSettings.from_dsn(url)
    settings.conn_timeout = 2
    settings.conn_retries = 0
    settings.retry_on_timeout = True
    settings.retry_on_error = list(_CONNECTION_ERRORS)
    settings.retry = Retry(
        ExponentialBackoff(cap=1.0, base=0.1),
        _RETRIES,
        supported_errors=_CONNECTION_ERRORS,  # type: ignore[arg-type]  # any exception will do
    )
    return settings


class ClockWorker:
    """The one loop of the clock in this process. `run` until `stop`."""

    def __init__(self, rota: Rota, *, redis_url: str, zone: ZoneInfo) -> None:
        self._rota = rota
        self._settings = redis_settings(redis_url)
        self._zone = zone
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End `run` after the duties that are being done."""
        self._stopping.set()

    async def run(self) -> None:
        """Keep the rota going. Ends after `stop`; errors of Redis never end it."""
        wait = _FIRST_WAIT
        while not self._stopping.is_set():
            began = asyncio.get_running_loop().time()
            error = await self._run_worker()
            if self._stopping.is_set():
                return
            if asyncio.get_running_loop().time() - began > _LONGEST_WAIT * 4:
                wait = _FIRST_WAIT
            _log.warning("no redis, sweeping without it", error=type(error).__name__, again_in=wait)
            await self._rota.sweep()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    async def _run_worker(self) -> BaseException | None:
        """Run one worker until it breaks or we stop, and clean up behind it."""
        worker = Worker(
            cron_jobs=jobs_of(self._rota),
            ctx={"rota": self._rota},
            redis_settings=self._settings,
            queue_name=QUEUE,
            job_serializer=to_json,
            job_deserializer=from_json,
            timezone=self._zone,  # type: ignore[arg-type]  # any tzinfo will do
            handle_signals=False,
            max_tries=1,
            keep_result=0,
            job_timeout=60,
            poll_delay=0.5,
            log_results=False,
        )
        running = asyncio.ensure_future(worker.async_run())
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not running.done():
            worker.allow_pick_jobs = False
            await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
            running.cancel()
        await asyncio.gather(running, *worker.tasks.values(), return_exceptions=True)
        if worker._pool is not None:  # its close() deletes a key first, which needs a Redis
            with contextlib.suppress(*_CONNECTION_ERRORS):
                await worker._pool.aclose(close_connection_pool=True)
        return None if running.cancelled() else running.exception()
