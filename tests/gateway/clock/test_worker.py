"""The clock with a real server that is emptied and killed under it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis

from gateway.clock.pulse import Pulse
from gateway.clock.rota import Rota, from_json, jobs_of, to_json
from gateway.clock.worker import ClockWorker
from gateway.embedded_redis import EmbeddedRedis, prepare

ZONE = ZoneInfo("Europe/Copenhagen")


class Server:
    """A real server that a test may kill and start again."""

    def __init__(self, home: Path) -> None:
        self.place: EmbeddedRedis = prepare(home)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.place.argv)
        while not self.place.answers():
            time.sleep(0.01)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="clock") as home:
        started = Server(Path(home))
        yield started
        started.kill()


class Book:
    """Counts what was done."""

    def __init__(self, folder: Path) -> None:
        self.done = {"sweep": 0, "outbox": 0, "head": 0, "keys": 0, "watchlist": 0}
        self.fails = False
        self.rota = Rota(
            sweep_deadlines=self.duty("sweep"),
            retry_outbox=self.duty("outbox"),
            mail_head=self.duty("head"),
            check_keys=self.duty("keys"),
            mail_watchlist=self.duty("watchlist"),
            fetch_revocation=self.duty("revocation"),
            pulse=Pulse(folder / "run" / "clock.pulse"),
            sweep_every=1,
        )

    def duty(self, name: str) -> Callable[[], Awaitable[None]]:
        async def do() -> None:
            self.done[name] += 1
            if self.fails:
                raise ValueError("a row that nobody foresaw")

        return do

    async def until(self, name: str, count: int, seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while self.done[name] < count:  # noqa: ASYNC110  # as an outsider would look
                await asyncio.sleep(0.02)


@asynccontextmanager
async def working(book: Book, url: str) -> AsyncIterator[ClockWorker]:
    worker = ClockWorker(book.rota, redis_url=url, zone=ZONE)
    task = asyncio.ensure_future(worker.run())
    yield worker
    worker.stop()
    async with asyncio.timeout(5):
        await task


def test_every_duty_is_done_at_the_start_and_the_sweep_again_and_again(
    server: Server, tmp_path: Path
) -> None:
    async def run() -> None:
        book = Book(tmp_path)
        assert book.rota.pulse.age() is None
        async with working(book, server.place.url):
            await book.until("sweep", 4)
            assert book.done["outbox"] >= 3
            assert (book.done["head"], book.done["keys"], book.done["watchlist"]) == (1, 1, 1)
            age = book.rota.pulse.age()
            assert age is not None
            assert age < 3

    asyncio.run(run())


def test_emptying_redis_stops_nothing(server: Server, tmp_path: Path) -> None:
    async def run() -> None:
        book = Book(tmp_path)
        async with working(book, server.place.url), Redis.from_url(server.place.url) as redis:
            await book.until("sweep", 2)
            for _ in range(30):
                await redis.flushall()
                await asyncio.sleep(0.02)
            await book.until("sweep", book.done["sweep"] + 3)

    asyncio.run(run())


def test_the_sweep_goes_on_while_redis_is_dead_and_with_it_when_it_is_back(
    server: Server, tmp_path: Path
) -> None:
    async def run() -> None:
        book = Book(tmp_path)
        async with working(book, server.place.url):
            await book.until("sweep", 2)
            server.kill()
            await book.until("sweep", book.done["sweep"] + 2, seconds=15)
            assert (book.rota.pulse.age() or 0) < 8
            server.start()
            heads = book.done["head"]
            await book.until("head", heads + 1, seconds=15)
            await book.until("sweep", book.done["sweep"] + 3)

    asyncio.run(run())


@pytest.mark.long
def test_redis_dead_for_a_minute_loses_nothing_but_time(server: Server, tmp_path: Path) -> None:
    async def run() -> None:
        book = Book(tmp_path)
        async with working(book, server.place.url):
            await book.until("sweep", 2)
            server.kill()
            before = book.done["sweep"]
            await asyncio.sleep(60)
            assert book.done["sweep"] >= before + 6
            server.start()
            heads = book.done["head"]
            await book.until("head", heads + 1, seconds=15)

    asyncio.run(run())


def test_a_short_restart_of_redis_is_bridged(server: Server, tmp_path: Path) -> None:
    async def run() -> None:
        book = Book(tmp_path)
        async with working(book, server.place.url):
            await book.until("sweep", 2)
            server.kill()
            await asyncio.sleep(0.3)
            server.start()
            await book.until("sweep", book.done["sweep"] + 3)
            assert book.done["head"] == 1  # the same worker as before

    asyncio.run(run())


def test_a_failing_duty_fails_alone_and_shows_in_the_pulse(server: Server, tmp_path: Path) -> None:
    async def run() -> None:
        book = Book(tmp_path)
        book.fails = True
        async with working(book, server.place.url):
            await book.until("sweep", 3)
            assert book.done["outbox"] >= 2
            assert book.rota.pulse.age() is None
            book.fails = False
            await book.until("sweep", book.done["sweep"] + 2)
            assert book.rota.pulse.age() is not None

    asyncio.run(run())


def test_a_duty_that_is_still_being_done_is_not_begun_again(tmp_path: Path) -> None:
    async def run() -> None:
        book = Book(tmp_path)
        gate = asyncio.Event()

        async def slow() -> None:
            book.done["sweep"] += 1
            await gate.wait()

        first = asyncio.ensure_future(book.rota.do("sweep", slow))
        await asyncio.sleep(0)
        assert not await book.rota.do("sweep", slow)
        gate.set()
        assert await first
        assert book.done["sweep"] == 1

    asyncio.run(run())


def test_jobs_carry_a_short_timeout_and_a_wrong_interval_is_refused(tmp_path: Path) -> None:
    book = Book(tmp_path)
    assert all((job.timeout_s or 999) <= 120 for job in jobs_of(book.rota))
    for wrong in (0, 7, 60):
        object.__setattr__(book.rota, "sweep_every", wrong)
        with pytest.raises(ValueError, match="divide 60"):
            jobs_of(book.rota)


def test_jobs_are_written_as_json_never_as_pickle() -> None:
    job = {"t": 1, "f": "cron:sweep_deadlines", "a": [], "k": {}, "et": 5}
    assert from_json(to_json(job)) == job
    assert json.loads(to_json({"r": ValueError("x")}))
