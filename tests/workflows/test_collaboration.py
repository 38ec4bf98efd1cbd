"""Who takes part in a collaboration is data, and so is from when to when."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from parsers.data_sets import BUILT_IN, read_data_set
from parsers.identifiers import MunicipalityCode
from parsers.reference import install
from workflows.collaboration import Collaboration, kommuner_of
from workflows.events import Party

VIBORG = Party("sender", "viborg", "Viborg Kommune", "29189846", "da", "0791")
REGION = Party("sender", "region", "Region Midtjylland", "29190925", "da")
DAY = date(2026, 11, 23)


@pytest.mark.rule("S2-R3")
@pytest.mark.parametrize(
    ("region", "many"),
    [("1081", 11), ("1082", 19), ("1083", 22), ("1084", 29), ("1085", 17), ("none", 0)],
)
def test_a_region_has_the_kommuner_of_the_reference_data(region: str, many: int) -> None:
    assert len(Collaboration(region=region).kommuner_on(DAY)) == many


def test_members_can_be_added_and_left_out() -> None:
    some = Collaboration.model_validate({"region": "1081", "also": ["0791"], "without": ["0825"]})

    assert MunicipalityCode("0791") in some.kommuner_on(DAY)
    assert MunicipalityCode("0825") not in some.kommuner_on(DAY)
    assert len(some.kommuner_on(DAY)) == 11
    assert some.has(VIBORG, DAY)


@pytest.mark.rule("S2-R3")
def test_a_kommune_joins_and_leaves_in_the_middle_of_a_year() -> None:
    some = Collaboration.model_validate(
        {
            "region": "1081",
            "also": [{"municipality": "0791", "valid_from": "2026-07-01"}],
            "without": [{"municipality": "0825", "valid_from": "2026-07-01"}],
        }
    )
    before, after = (set(some.kommuner_on(day)) for day in (date(2026, 6, 30), date(2026, 7, 1)))

    assert (before - after, after - before) == ({"0825"}, {"0791"})
    assert (some.has(VIBORG, date(2026, 6, 30)), some.has(VIBORG, DAY)) == (False, True)
    assert {"0791", "0825"} <= set(some.ever)


def test_a_membership_ends_on_its_last_day_and_not_before_its_first() -> None:
    visit = {"municipality": "0791", "valid_from": "2026-07-01", "valid_to": "2026-12-31"}
    some = Collaboration.model_validate({"region": "none", "also": [visit]})
    days = (date(2026, 6, 30), date(2026, 7, 1), date(2026, 12, 31), date(2027, 1, 1))
    assert [len(some.kommuner_on(day)) for day in days] == [0, 1, 1, 0]
    with pytest.raises(ValidationError, match="valid_to is before valid_from"):
        Collaboration.model_validate({"also": [visit | {"valid_to": "2026-06-01"}]})


def test_the_reference_data_of_an_operator_says_who_left_and_when() -> None:
    text = "\n".join(
        (
            "# source: the agreement",
            "# as_of: 2026-11-22",
            "# review_by: 2027-12-31",
            "collaboration,kind,member,valid_from,valid_to",
            "nordjylland,region,1081,2007-01-01,",
            "nordjylland,kommune,0851,2007-01-01,",
            "nordjylland,kommune,0825,2007-01-01,2026-06-30",
        )
    )
    try:
        install({"collaborations_dk": read_data_set("collaborations_dk", text, replaced=True)})
        assert kommuner_of("1081", date(2026, 6, 30)) == {"0825", "0851"}
        assert kommuner_of("1081", date(2026, 7, 1)) == {"0851"}
        assert kommuner_of("1081") == {"0825", "0851"}
    finally:
        install(BUILT_IN)


def test_a_region_takes_part_only_where_it_is_named() -> None:
    assert not Collaboration(region="1082").has(REGION, DAY)
    named = Collaboration.model_validate({"region": "1082", "organisations": ["29190925"]})
    assert named.has(REGION, DAY)


def test_nobody_takes_no_part() -> None:
    assert not Collaboration().has(None, DAY)
    assert not Collaboration(region="1081").has(VIBORG, DAY)
