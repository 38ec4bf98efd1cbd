"""One commit for many, and nobody pays for another's failure."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from gateway.inbound.delivery import Delivery
from gateway.inbound.errors import NotKept, Overloaded
from gateway.inbound.intake import Intake
from tests.gateway.inbound.doors import MAILBOX, NOON


def delivery(raw: bytes) -> Delivery:
    return Delivery(
        raw=raw,
        door="smtp",
        mailbox=MAILBOX,
        envelope_from=None,
        envelope_to=MAILBOX,
        peer="192.0.2.1:25",
        tls=None,
        received_at=NOON,
    )


class Disk:
    """A store whose commit takes a while."""

    def __init__(self, seconds: float = 0.02) -> None:
        self.batches: list[list[bytes]] = []
        self.threads: set[int] = set()
        self.seconds = seconds

    def __call__(self, deliveries: list[Delivery]) -> list[str | Exception]:
        time.sleep(self.seconds)
        self.threads.add(threading.get_ident())
        self.batches.append([one.raw for one in deliveries])
        if any(one.raw == b"bomb" for one in deliveries):
            raise OSError("the transaction failed")
        return [
            ValueError("poison") if one.raw == b"poison" else one.raw.decode() for one in deliveries
        ]


def test_concurrent_mails_share_a_commit_and_each_gets_its_own_ids() -> None:
    disk = Disk()

    async def run() -> list[list[str]]:
        async with Intake(disk) as intake:
            return await asyncio.gather(
                *(intake.accept([delivery(b"%d" % n), delivery(b"%da" % n)]) for n in range(100))
            )

    assert asyncio.run(run()) == [[f"{n}", f"{n}a"] for n in range(100)]
    assert len(disk.batches) < 10
    assert max(map(len, disk.batches)) <= 65
    assert len(disk.threads) == 1
    assert threading.get_ident() not in disk.threads


@pytest.mark.parametrize("bad", [b"poison", b"bomb"])
def test_a_failing_mail_fails_alone(bad: bytes) -> None:
    async def run() -> list[list[str] | BaseException]:
        async with Intake(Disk()) as intake:
            first = asyncio.ensure_future(intake.accept([delivery(b"warm")]))
            await asyncio.sleep(0)
            mails = [b"1", bad, b"2", b"3"]
            answers = await asyncio.gather(
                *(intake.accept([delivery(raw)]) for raw in mails), return_exceptions=True
            )
            await first
            return answers

    answers = asyncio.run(run())
    assert [answers[0], *answers[2:]] == [["1"], ["2"], ["3"]]
    assert isinstance(answers[1], NotKept)


def test_a_store_that_is_down_is_not_asked_for_each_mail() -> None:
    disk = Disk(0.0)

    async def run() -> list[list[str] | BaseException]:
        async with Intake(disk) as intake:
            return await asyncio.gather(
                *(intake.accept([delivery(b"bomb")]) for _ in range(50)), return_exceptions=True
            )

    assert all(isinstance(answer, NotKept) for answer in asyncio.run(run()))
    assert len(disk.batches) < 50


def test_a_full_queue_is_overload_and_drains_again() -> None:
    async def run() -> None:
        async with Intake(Disk(), waiting_mails=2) as intake:
            waiting = [asyncio.ensure_future(intake.accept([delivery(b"x")])) for _ in range(2)]
            await asyncio.sleep(0)
            assert intake.is_full()
            with pytest.raises(Overloaded):
                await intake.accept([delivery(b"y")])
            await asyncio.gather(*waiting)
            assert not intake.is_full()
            assert await intake.accept([delivery(b"z")]) == ["z"]

    asyncio.run(run())


def test_closing_writes_what_waits_and_takes_nothing_more() -> None:
    async def run() -> None:
        intake = Intake(Disk())
        waiting = [asyncio.ensure_future(intake.accept([delivery(b"x")])) for _ in range(5)]
        await asyncio.sleep(0)
        await intake.close()
        assert await asyncio.gather(*waiting) == [["x"]] * 5
        with pytest.raises(Overloaded):
            await intake.accept([delivery(b"late")])

    asyncio.run(run())


def test_a_client_that_left_does_not_disturb_the_others() -> None:
    async def run() -> None:
        async with Intake(Disk()) as intake:
            gone = asyncio.ensure_future(intake.accept([delivery(b"gone")]))
            stays = asyncio.ensure_future(intake.accept([delivery(b"stays")]))
            await asyncio.sleep(0)
            gone.cancel()
            assert await stays == ["stays"]
            assert not intake.is_full()

    asyncio.run(run())
