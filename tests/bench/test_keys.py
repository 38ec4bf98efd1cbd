"""The figures of opening and sealing: what is measured is done, and shares are of that limit."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from bench.floor import Costs
from bench.keys import AIMS, SIGN, VERIFY, Rate, limit_of, main, rate_of, rates, show, works

COSTS = Costs(sign=2.0, verify=0.5, encrypt=9.0, decrypt=9.0)


def test_what_is_measured_does_what_it_says(tmp_path: Path) -> None:
    found = works("p256", tmp_path, datetime.now(UTC))
    assert list(found) == ["open", "seal", "open mail", "seal mail", SIGN, VERIFY]
    for work in found.values():
        work()


def test_a_rate_is_calls_in_the_time_that_they_took() -> None:
    ticks: Iterator[float] = iter([10.0, 10.1, 10.2, 10.3, 10.5])
    calls: list[int] = []
    rate = rate_of(lambda: calls.append(1), enough=0.4, clock=lambda: next(ticks))
    assert rate == pytest.approx(3 / 0.5)
    assert len(calls) == 4, "one call more, to warm up, is not counted"


def test_rsa_is_held_against_the_private_operation_and_p256_against_its_own_rates() -> None:
    assert limit_of("rsa3072", "open", COSTS) == (500.0, "RSA-3072 private")
    assert limit_of("rsa3072", "seal mail", COSTS) == (500.0, "RSA-3072 private")
    assert limit_of("p256", "open mail", COSTS) == (2000.0, "P-256 verify")
    assert limit_of("p256", "seal", COSTS) == (500.0, "P-256 sign")


def test_medians_are_told_and_shares_are_of_them() -> None:
    measured = {"open": [100.0, 300.0, 900.0], SIGN: [1.0, 400.0, 800.0], VERIFY: [600.0]}
    slow = Costs(sign=4.0, verify=1.0, encrypt=1.0, decrypt=1.0)
    (one,) = rates("p256", measured, [COSTS, slow, slow])
    assert (one.rate, one.limit, one.bare) == (300.0, 1000.0, 600.0)
    assert (one.share, one.share_of_bare, one.aim) == (0.3, 0.5, 0.13)
    (other,) = rates("rsa3072", measured, [COSTS])
    assert (other.limit, other.bare) == (500.0, 400.0)


def test_an_aim_is_missed_below_it_and_nowhere_else() -> None:
    def of(rate: float, aim: float | None) -> Rate:
        return Rate("p256", "open", rate, 1000.0, "P-256 verify", 1000.0, aim)

    assert of(129.0, 0.13).is_missed
    assert not of(130.0, 0.13).is_missed
    assert not of(1.0, None).is_missed
    assert set(AIMS) == {(k, w) for k in ("rsa3072", "p256") for w in ("open", "seal")}


def test_the_table_shows_both_shares() -> None:
    console = Console(width=140, record=True)
    show([Rate("p256", "open", 250.0, 1000.0, "P-256 verify", 500.0, 0.13)], console)
    told = console.export_text()
    for word in ("25.0%", "50.0%", "13%", "P-256 verify"):
        assert word in told


def test_an_unknown_kind_of_key_is_refused() -> None:
    with pytest.raises(SystemExit):
        main(["--keys", "p384"])
