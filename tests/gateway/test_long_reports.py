"""Reports of ten thousand rows as real sealed mail: all that is wrong, in one small mail."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.rig import Rig

ROWS = 10_000
WRONG = 300
MOST = 200_000
"""So many bytes may the refusal have, as it goes out."""


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    policy = '\n[policy.cooperation]\nmunicipalities = ["0751", "0791"]\n'
    return make_rig(change_settings=lambda text: text + policy)


def row(at: int, **changes: Any) -> dict[str, Any]:
    return {
        "facility": f"Bo og Støtte, afdeling {at}",
        "tilbudsportalen_id": str(100_000 + at),
        "operator_cvr": "55133018",
        "operator_type": "OWN",
        "p_number": str(1_000_000_000 + at),
        "municipality": "0751",
        "paragraphs": "SEL § 107",
        "target_group": f"Målgruppe {at % 40}",
        "places": 10,
        "occupied": 9,
        "expected_need": 12,
        "rate": "1845.50",
        "expenditure": "600000.00",
    } | changes


def called(rig: Rig) -> str:
    said = {"title": "Kapacitet", "period": "2027", "closes_on": "2099-05-01"}
    values = [word for name, value in said.items() for word in ("--set", f"{name}={value}")]
    opened = json.loads(
        rig.run("case", "open", "capacity_report", "report_call", *values, "--json")
    )
    rig.settle()
    number: str = opened["case"]
    return number


def send(rig: Rig, number: str, rows: list[dict[str, Any]]) -> None:
    body = {"organisation": "55133018", "contact": "Kim Kontakt", "rows": rows}
    rig.send(rig.aarhus, rig.submission("capacity_report", number, body))


def test_ten_thousand_rows_with_three_hundred_faults_are_one_small_refusal(rig: Rig) -> None:
    number = called(rig)
    rows = [row(at) for at in range(ROWS)]
    for at in range(100):
        rows[at * 97]["rate"] = "mange"
        rows[at * 97 + 1]["places"] = -1
        del rows[at * 97 + 2]["target_group"]
    send(rig, number, rows)
    refusal = rig.letter("refused")
    wrong = refusal.evidence["errors"]
    assert len(wrong) == WRONG
    assert {error["path"] for error in wrong} >= {
        "rows.0.rate",
        "rows.1.places",
        "rows.2.target_group",
        f"rows.{99 * 97 + 2}.target_group",
    }
    told = [line for line in refusal.text.splitlines() if line.startswith("- ")]
    assert len(told) == 3, "each fault once, with its rows"
    assert all("100 rækker: " in line for line in told)
    assert refusal.is_sealed
    assert len(refusal.raw) < MOST
    assert rig.body(number)["data"]["reports"] == []


def test_faults_that_only_the_case_can_tell_are_listed_in_the_same_way(rig: Rig) -> None:
    number = called(rig)
    rows = [row(at) for at in range(ROWS)]
    for at in range(WRONG):
        rows[at * 33]["operator_type"] = "PRIVATE"
    send(rig, number, rows)
    refusal = rig.letter("refused")
    assert len(refusal.evidence["errors"]) == WRONG
    assert "300 rækker: 1, 34, 67" in refusal.text
    assert len(refusal.raw) < MOST


def test_ten_thousand_good_rows_are_taken_and_their_receipt_is_small(rig: Rig) -> None:
    number = called(rig)
    send(rig, number, [row(at) for at in range(ROWS)])
    receipt = rig.letter("received")
    assert "Rækker: 10000" in receipt.text
    assert "Udgift i alt: 6.000.000.000,00" in receipt.text
    assert len(receipt.raw) < MOST
    content = receipt.evidence["content"]
    assert content["fields"]["body"]["rows"]["count"] == ROWS
    assert len(content["digest"]) == len(content["fields"]["body"]["rows"]["sha256"]) == 64
    kept = rig.body(number)["data"]["reports"]
    assert len(kept[0]["rows"]) == ROWS
    rig.run("case", "verify", number)
