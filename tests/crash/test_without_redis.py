"""Due dates are rows: a Redis that is emptied, or killed again and again, costs only time."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from redis import Redis

from gateway.embedded_redis import url_of
from gateway.running import read_state
from tests.badinput.hostile import good_request
from tests.crash.rig import Served, Template, eventually, served


def acknowledged(gateway: Served, reference: str) -> str:
    """The case of a new request, once its facility has it."""
    known = {number for (number,) in gateway.rows("SELECT number FROM cases")}
    gateway.deliver(good_request(reference, gateway.cast.kommune, gateway.stage.certificate))
    query = "SELECT number FROM cases WHERE state = 'ACKNOWLEDGED'"
    found = eventually(lambda: {n for (n,) in gateway.rows(query)} - known, what="acknowledged")
    gateway.settle()
    return str(found.pop())


def fall_due(gateway: Served, number: str) -> None:
    """Let the facility's answer be due now, as if the days had passed."""
    due = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    with closing(sqlite3.connect(gateway.stage.home / "sagspost.db", timeout=30)) as rows, rows:
        changed = rows.execute(
            "UPDATE deadlines SET due = ?"
            " WHERE number = ? AND name = 'facility_answer' AND state = 'waiting'",
            (due, number),
        )
        assert changed.rowcount == 1


def reminders(gateway: Served, number: str) -> int:
    return gateway.number(
        "SELECT count(*) FROM outbox WHERE number = ? AND kind = 'reminder' AND state = 'sent'",
        number,
    )


def test_an_emptied_and_a_killed_redis_lose_no_deadline(template: Template, tmp_path: Path) -> None:
    with served(template, tmp_path) as gateway:
        gateway.start()
        emptied, dead = acknowledged(gateway, "A-1"), acknowledged(gateway, "A-2")
        with Redis.from_url(url_of(gateway.stage.home)) as redis:
            redis.flushall()
        fall_due(gateway, emptied)
        eventually(lambda: reminders(gateway, emptied), 20, what="a reminder after FLUSHALL")

        end = time.monotonic() + 6
        fall_due(gateway, dead)
        while time.monotonic() < end:  # whoever starts it again, it dies again
            children = (read_state(gateway.stage.home) or {}).get("children", {})
            with suppress(ProcessLookupError, KeyError):
                os.kill(children["redis"]["pid"], signal.SIGKILL)
            time.sleep(0.02)
        eventually(lambda: reminders(gateway, dead), 20, what="a reminder while Redis was dead")
        gateway.child("redis")
        third = acknowledged(gateway, "A-3")
        fall_due(gateway, third)
        eventually(lambda: reminders(gateway, third), 20, what="a reminder when Redis is back")
        gateway.settle()
        assert [reminders(gateway, number) for number in (emptied, dead, third)] == [1, 1, 1]
        gateway.verify_log()
        gateway.stop()
