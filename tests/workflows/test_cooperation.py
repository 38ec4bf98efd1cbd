"""Who takes part in a cooperation is data, said once: eleven kommuner or nineteen, on a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from parsers.data_sets import BUILT_IN
from parsers.reference import install
from workflows.cooperation import Cooperation, Members
from workflows.events import Party
from workflows.policy import Policy

TODAY = date(2026, 11, 28)
VIBORG = Party("sender", "viborg", "Viborg Kommune", "29189846", "da", "0791")
REGION = Party("sender", "region", "Region Midtjylland", "29190925", "da")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    install({})


def members(day: date = TODAY, **said: Any) -> Members:
    return Cooperation.model_validate(said).on(day)


@pytest.mark.rule("S2-R3", "S4-R10")
@pytest.mark.parametrize(
    ("region", "many"), [("1081", 11), ("1082", 19), ("1083", 22), ("1084", 29), ("1085", 17)]
)
def test_a_region_has_the_kommuner_of_the_register(region: str, many: int) -> None:
    assert len(members(region=region).kommuner) == many


@pytest.mark.rule("S4-R10")
def test_by_default_nineteen_councils_and_their_region_approve() -> None:
    organisations = Policy().cooperation.on(TODAY).organisations
    assert len(organisations) == len(set(organisations)) == 20
    assert organisations[-1] == REGION.cvr


def test_the_region_itself_is_the_one_of_the_register() -> None:
    assert members(region="1081").regional_council == "29190941"
    assert members(region="1081", regional_council="29190925").organisations[-1] == "29190925"


def test_members_can_be_added_left_out_and_named_one_by_one() -> None:
    some = members(region="1081", also=["0791"], without=["0825"])
    assert len(some.kommuner) == 11
    assert some.has(VIBORG)
    assert "0825" not in some.kommuner
    assert members(municipalities=["0791", "0751"]).councils == ("29189846", "55133018")


def test_a_region_belongs_to_the_network_only_where_it_is_named() -> None:
    assert not members().has(REGION)
    assert members(others=["29190925"]).has(REGION)
    assert not members().has(None)
    assert not members(region="1081").has(VIBORG)


def test_who_takes_part_changes_with_the_day() -> None:
    kept = BUILT_IN["collaborations_dk"]
    rows = tuple(
        {**row, "valid_to": "2026-12-31"} if row["member"] == "0791" else row for row in kept.rows
    )
    install({"collaborations_dk": replace(kept, rows=rows)})
    assert members(date(2026, 12, 31)).has(VIBORG)
    assert not members(date(2027, 1, 1)).has(VIBORG)
    assert len(members(date(2027, 1, 1)).councils) == 18
    assert members(date(2006, 12, 31)).kommuner == ()


@pytest.mark.rule("S2-R3")
def test_a_kommune_joins_and_leaves_in_the_middle_of_a_year() -> None:
    some = {
        "region": "1081",
        "also": [{"municipality": "0791", "valid_from": "2026-07-01"}],
        "without": [{"municipality": "0825", "valid_from": "2026-07-01"}],
    }
    before, after = (
        set(members(day, **some).kommuner) for day in (date(2026, 6, 30), date(2026, 7, 1))
    )
    assert (before - after, after - before) == ({"0825"}, {"0791"})
    assert {"0791", "0825"} <= set(Cooperation.model_validate(some).ever)


def test_a_membership_ends_on_its_last_day_and_not_before_its_first() -> None:
    visit = {"municipality": "0791", "valid_from": "2026-07-01", "valid_to": "2026-12-31"}
    days = (date(2026, 6, 30), date(2026, 7, 1), date(2026, 12, 31), date(2027, 1, 1))
    assert [len(members(day, municipalities=[visit]).kommuner) for day in days] == [0, 1, 1, 0]
    with pytest.raises(ValidationError, match="valid_to is before valid_from"):
        Cooperation.model_validate({"also": [visit | {"valid_to": "2026-06-01"}]})


def test_a_region_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError):
        Cooperation.model_validate({"region": "1089"})
