"""Killed with SIGKILL at every step between DATA and the receipt's 250, nothing is lost or done
twice: each mail that was answered with 250 becomes one case and one receipt.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.crash.campaign import Campaign, Trap
from tests.crash.rig import Postman, Template, served

AT_THE_DOOR = (
    Trap("smtp", "keep_batch", "before", "child"),
    Trap("smtp", "flush", "after", "group"),
    Trap("smtp", "keep_batch", "after", "child"),
    Trap("smtp", "reply", "after", "group"),
)
IN_THE_PIPELINE = (
    Trap("pool", "read", "before", "child"),
    Trap("pool", "read", "after", "child"),
    Trap("worker", "apply", "before", "group"),
    Trap("worker", "apply", "after", "child"),
    Trap("worker", "flush", "after", "group"),
    Trap("worker", "process", "after", "child"),
)
IN_THE_MAKING = (
    Trap("pool", "make", "before", "child"),
    Trap("pool", "make", "after", "child"),
    Trap("worker", "make_waiting", "after", "group"),
)
AT_THE_RELAY = (
    Trap("outbox", "connect", "before", "child"),
    Trap("outbox", "connect", "after", "child"),
    Trap("outbox", "sendmail", "before", "child"),
    Trap("outbox", "sendmail", "after", "group"),
    Trap("outbox", "record", "before", "group"),
    Trap("outbox", "record", "after", "child"),
    Trap("outbox", "flush", "after", "child"),
)
EVERYWHERE = (*AT_THE_DOOR, *IN_THE_PIPELINE, *IN_THE_MAKING, *AT_THE_RELAY)


def test_there_are_twenty_kills_at_as_many_steps() -> None:
    assert len(set(EVERYWHERE)) == len(EVERYWHERE) >= 20


@pytest.mark.parametrize(
    "traps",
    [AT_THE_DOOR, IN_THE_PIPELINE, IN_THE_MAKING, AT_THE_RELAY],
    ids=["at the door", "in the pipeline", "in the making", "at the relay"],
)
def test_a_gateway_killed_at_any_step_loses_nothing_and_does_nothing_twice(
    traps: Sequence[Trap], template: Template, tmp_path: Path
) -> None:
    with served(template, tmp_path, traps=True) as gateway, Postman(gateway) as postman:
        campaign = Campaign(gateway, tmp_path, mails=2 * len(traps) + 1)
        gateway.start()
        for trap in traps:
            campaign.fall_into(trap, postman)
        postman.send(campaign.mails(1))
        postman.wait()
        campaign.finish()
        assert campaign.kills == len(traps)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_two_hundred_kills_lose_nothing_and_do_nothing_twice(
    seed: int, template: Template, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    with served(template, tmp_path, traps=True) as gateway, Postman(gateway) as postman:
        campaign = Campaign(gateway, tmp_path, mails=101)
        gateway.start()
        for number in range(50):
            if number % 2:
                campaign.fall_into(chance.choice(EVERYWHERE)._replace(scope="group"), postman)
            else:
                campaign.strike(chance, postman)
        postman.send(campaign.mails(1))
        postman.wait()
        campaign.finish()
        assert campaign.kills == 50
