"""The watch list by mail: on working mornings, once, to our own inbox, and nobody's name in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.clock import watching
from tests.gateway.cli.test_watchlist import ORAL
from tests.gateway.rig import INBOX, Rig, Sent

WANTED = "rehearsal = false\nwatchlist_hour = 7"


@pytest.fixture
def rig(make_rig: Callable[..., Rig], tmp_path: Path) -> Rig:
    """A gateway that wants the list at seven, local time, and an oral order that waits."""
    made = make_rig(
        key="p256", change_settings=lambda text: text.replace("rehearsal = false", WANTED)
    )
    order_orally(made, tmp_path)
    return made


def order_orally(rig: Rig, folder: Path) -> None:
    body = folder / "oral.json"
    said_on = datetime.now(UTC) - timedelta(days=1)  # commands have the clock of the machine
    body.write_text(json.dumps({**ORAL, "said_on": f"{said_on:%Y-%m-%d}"}), "utf-8")
    rig.run("case", "open", "service_order", "oral_order", "--file", str(body))


def mailed(rig: Rig, *, hour: int, days: int = 0) -> list[Sent]:
    """Let the clock look at a UTC hour of a day after the first Monday; what it mailed then."""
    before = {sent.id for sent in rig.outgoing(kind="watchlist")}
    was = rig.clock.time
    rig.clock.time = was.replace(hour=hour) + timedelta(days=days)
    asyncio.run(rig.duties.mail_watchlist())
    rig.settle()
    rig.clock.time = was
    return [sent for sent in rig.outgoing(kind="watchlist") if sent.id not in before]


@pytest.mark.rule("S3-R27")
def test_the_inbox_is_told_each_working_morning_what_waits(rig: Rig) -> None:
    assert mailed(rig, hour=2, days=1) == []  # before seven here, summer or winter
    (tuesday,) = mailed(rig, hour=7, days=1)
    assert mailed(rig, hour=9, days=1) == []
    assert mailed(rig, hour=9, days=5) == mailed(rig, hour=9, days=6) == []  # the week-end
    (monday,) = mailed(rig, hour=12, days=7)

    assert tuesday.to == monday.to == INBOX
    assert tuesday.is_sealed
    assert "RM-" in tuesday.text
    assert "mundtligt" in tuesday.text.lower()
    for name in ("Ulla", "640823", "Siv", "Aarhus"):
        assert name not in tuesday.text


def test_where_nothing_waits_nothing_is_mailed(rig: Rig) -> None:
    (number,) = {row["number"] for row in json.loads(rig.run("watchlist", "--json"))}
    rig.run("case", "act", number, "withdraw", "--set", "reason=Afbudt")
    assert mailed(rig, hour=9, days=1) == []


def test_a_long_list_says_that_there_is_more(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_orally(rig, tmp_path)
    monkeypatch.setattr(watching, "MOST", 1)
    (one,) = mailed(rig, hour=9, days=1)
    assert one.text.count("RM-") == 1
    assert "sagspost watchlist" in one.text


def test_nobody_gets_the_list_who_did_not_ask_for_it(
    make_rig: Callable[..., Rig], tmp_path: Path
) -> None:
    silent = make_rig(key="p256")
    order_orally(silent, tmp_path)
    assert mailed(silent, hour=9, days=1) == []
