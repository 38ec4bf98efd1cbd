"""The watch list: what waits for our own caseworkers is seen there, and nothing else (S3-R27)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.cli.conftest import Command
from tests.gateway.rig import Rig

ORAL = {
    "individual": {"personnummer": "640823-3234", "name": "Ulla Prov"},
    "caseworker": {"name": "Siv Handläggare", "phone": "08-508 00 000"},
    "provider": "aarhus",
    "acute": True,
    "said_by": "Siv Handläggare",
    "said_to": "Jourledaren",
    "said_time": "16:40",
    "what": "Hjälp morgon och kväll",
}


@pytest.mark.rule("S3-R27")
def test_an_oral_order_stands_on_the_watch_list_until_it_is_settled(
    sagspost: Command, own: Rig, tmp_path: Path
) -> None:
    own.acknowledged()
    body = tmp_path / "oral.json"
    body.write_text(json.dumps({**ORAL, "said_on": f"{own.clock.now():%Y-%m-%d}"}), "utf-8")

    opened = sagspost("case", "open", "service_order", "oral_order", "--file", body, home=own.home)
    assert opened.status == 0, opened.err
    (row,) = shown(sagspost, own)
    assert row["state"] == "ORAL_ORDERED"
    assert row["what"] == "Muntligt beställd"
    assert row["since"].endswith("Z")
    assert row["next_deadline"] is not None
    assert "Muntligt beställd" in sagspost("watchlist", "--language", "sv", home=own.home).out

    sagspost("case", "act", row["number"], "withdraw", "--set", "reason=Avböjt", home=own.home)
    assert shown(sagspost, own) == []


def shown(sagspost: Command, own: Rig) -> list[dict[str, Any]]:
    done = sagspost("watchlist", "--language", "sv", "--json", home=own.home)
    assert done.status == 0, done.err
    found: list[dict[str, Any]] = json.loads(done.out)
    return found
