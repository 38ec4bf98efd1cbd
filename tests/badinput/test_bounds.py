"""What waits is taken in batches of so many bytes, so that many large mails are no larger."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway import settings
from gateway.inbound.delivery import Delivery
from gateway.inbound.intake import Intake
from gateway.inbound.keeping import keep_batch
from gateway.pipeline.plans import Plan
from gateway.store import mails, outgoing
from gateway.store import tables as t
from gateway.wiring import Gateway
from tests.crash.rig import Template

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def gateway(template: Template, tmp_path: Path) -> Iterator[Gateway]:
    shutil.copytree(template.home, tmp_path / "home")
    one = Gateway(settings.load(tmp_path / "home"), workers=1)
    yield one
    one.close()


def delivery(raw: bytes) -> Delivery:
    return Delivery(
        raw=raw,
        door="smtp",
        mailbox="sikkermail@rm.example",
        envelope_from=None,
        envelope_to="sikkermail@rm.example",
        peer="192.0.2.1:25",
        tls=None,
        received_at=NOW,
    )


@pytest.mark.parametrize(
    ("sizes", "most", "taken"),
    [
        ([], 10, []),
        ([99], 10, [0]),
        ([5, 5, 1], 10, [0, 1]),
        ([5, 99, 1], 10, [0]),
        ([99, 1, 1], 10, [0]),
        ([0, 0, 0], 0, [0, 1, 2]),
    ],
)
def test_a_batch_ends_before_its_bytes_do_but_holds_one(
    sizes: list[int], most: int, taken: list[int]
) -> None:
    assert mails.within(enumerate(sizes), most) == taken


def test_mail_that_waits_is_judged_in_batches_of_bytes(gateway: Gateway) -> None:
    keep_batch(gateway.store, [delivery(b"x" * 400) for _ in range(5)])
    with gateway.store.read() as unit:
        assert [m.id for m in mails.waiting(unit, 100, most_bytes=1000)] == [1, 2]
        assert [m.id for m in mails.waiting(unit, 100, most_bytes=1)] == [1]
        assert [m.id for m in mails.waiting(unit, 3)] == [1, 2, 3]
    while gateway.pipeline.process():
        pass
    with gateway.store.read() as unit:
        assert mails.waiting(unit, 100) == []


def test_mail_that_goes_out_is_taken_in_batches_of_bytes(gateway: Gateway) -> None:
    plan = Plan(wording="x", language="da")
    with gateway.store.write() as unit:
        for number in range(1, 6):
            unit.stage(
                t.outbox,
                id=number,
                kind="notice",
                role="inbox",
                to_address="a@b.example",
                state="queued",
                plan_sealed=unit.seal_json(plan.to_json(), outgoing.PLAN),
                attempts=0,
                next_try=NOW - timedelta(minutes=number),
                created_at=NOW,
                automatic=False,
            )
            unit.stage(t.made_mails, outgoing=number, content=b"x" * 400)
    with gateway.store.read() as unit:

        def ready(limit: int, without: set[int], most_bytes: int) -> list[int]:
            found = outgoing.ready(unit, NOW, limit, without=without, most_bytes=most_bytes)
            return [mail.id for mail in found]

        assert ready(100, set(), 1000) == [5, 4]
        assert ready(100, {5, 3}, 1000) == [4, 2]
        assert ready(1, {5}, 1000) == [4]
        assert ready(100, {1, 2, 3, 4, 5}, 1000) == []
        assert ready(100, set(), 1) == [5]


def test_large_mails_are_kept_in_commits_of_so_many_bytes() -> None:
    batches: list[int] = []

    def store(deliveries: list[Delivery]) -> list[str | Exception]:
        batches.append(len(deliveries))
        return ["m"] * len(deliveries)

    async def run() -> None:
        async with Intake(store, batch_bytes=1000) as intake:
            await asyncio.gather(*(intake.accept([delivery(b"x" * 400)]) for _ in range(9)))

    asyncio.run(run())
    assert sum(batches) == 9
    assert max(batches) <= 3
