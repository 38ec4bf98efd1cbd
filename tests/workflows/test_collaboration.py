"""Who takes part in a collaboration is data: eleven kommuner or nineteen, by its region."""

from __future__ import annotations

import pytest

from parsers.identifiers import MunicipalityCode
from workflows.collaboration import Collaboration
from workflows.events import Party

VIBORG = Party("sender", "viborg", "Viborg Kommune", "29189846", "da", "0791")
REGION = Party("sender", "region", "Region Midtjylland", "29190925", "da")


@pytest.mark.parametrize(
    ("region", "many"), [("1081", 11), ("1082", 19), ("1083", 22), ("1084", 29), ("1085", 17)]
)
def test_a_region_has_the_kommuner_of_the_register(region: str, many: int) -> None:
    assert len(Collaboration(region=region).kommuner) == many


def test_members_can_be_added_and_left_out() -> None:
    some = Collaboration.model_validate({"region": "1081", "also": ["0791"], "without": ["0825"]})

    assert MunicipalityCode("0791") in some.kommuner
    assert MunicipalityCode("0825") not in some.kommuner
    assert len(some.kommuner) == 11
    assert some.has(VIBORG)


def test_a_region_takes_part_only_where_it_is_named() -> None:
    assert not Collaboration(region="1082").has(REGION)
    named = Collaboration.model_validate({"region": "1082", "organisations": ["29190925"]})
    assert named.has(REGION)


def test_nobody_takes_no_part() -> None:
    assert not Collaboration().has(None)
    assert not Collaboration(region="1081").has(VIBORG)
