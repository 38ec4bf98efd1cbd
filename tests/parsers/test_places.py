"""Places are read by code and by the names that people give them, from data that has dates."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.identifiers import (
    MUNICIPALITIES,
    CityDistrict,
    Cvr,
    MunicipalityCode,
    Orgnr,
    RegionCode,
    SwedishMunicipalityCode,
)
from parsers.reference import in_force

NOW = date(2026, 11, 22)


def test_every_municipality_has_a_valid_cvr_and_names_that_are_found() -> None:
    assert len(MUNICIPALITIES) == 98
    for row in MUNICIPALITIES.values():
        assert Cvr.parse(row.cvr) == row.cvr
        for name in (row.name, f"{row.name} Kommune", f"{row.name}s kommune".upper(),
                     row.official_name, f"{row.name} ({row.code})", f"{row.code[1:]} {row.name}",
                     row.name.replace("-", " "), row.name.replace("ø", "oe").replace("å", "aa"),
                     row.name.replace("aa", "å").replace("Aa", "Å"), f"{row.name}'s"):  # fmt: skip
            assert MunicipalityCode.read(name) == row.code, name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Århus", "0751"),
        ("Aarhus Kommune", "0751"),
        ("ÅRHUS KOMMUNES", "0751"),
        ("751", "0751"),
        ("0751", "0751"),
        ("Aarhus (751)", "0751"),
        ("Høje Taastrup", "0169"),
        ("Høje-Tåstrup Kommune", "0169"),
        ("Københavns Kommune", "0101"),
        ("Koebenhavn", "0101"),
        ("Bornholms Regionskommune", "0400"),
        ("Bornholms", "0400"),
        ("Nordfyns", "0480"),
        ("Nordfyns Kommune", "0480"),
        ("Vesthimmerlands Kommune", "0820"),
        ("A\u030arhus", "0751"),
    ],
)
def test_kommuner_are_read_as_people_write_them(text: str, code: str) -> None:
    assert MunicipalityCode.read(text) == code


@pytest.mark.parametrize(
    "text",
    ["", "Kommune", "Korsbæk", "Aarhus (0101)", "411", "9999", "75 1", "Aarhus Viborg", "٧٥١"],
)
def test_what_is_no_kommune_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"code|name"):
        MunicipalityCode.read(text)


@pytest.mark.parametrize("text", ["1082", "Region Midtjylland", "midtjylland", "Midtjyllands"])
def test_regions_are_read_by_code_and_name(text: str) -> None:
    assert RegionCode.read(text) == "1082"
    assert RegionCode.read(text).name == "Region Midtjylland"


def test_a_region_whose_code_nobody_knows_is_not_read() -> None:
    with pytest.raises(ValueError, match="code"):
        RegionCode.read("Region Østdanmark")
    with pytest.raises(ValueError, match="code"):
        RegionCode.parse("")


def test_the_regions_of_the_east_end_and_are_followed_by_one() -> None:
    last, first = date(2026, 12, 31), date(2027, 1, 1)
    assert RegionCode("1084").valid_on(last)
    assert not RegionCode("1084").valid_on(first)
    before = [in_force().region_of(code, last) for code in MUNICIPALITIES]
    after = [in_force().region_of(code, first) for code in MUNICIPALITIES]
    assert {one.name for one in before if one} == {
        "Region Nordjylland", "Region Midtjylland", "Region Syddanmark", "Region Hovedstaden",
        "Region Sjælland",
    }  # fmt: skip
    assert sum(one is not None and one.name == "Region Østdanmark" for one in after) == 46
    assert None not in after
    region = MunicipalityCode("0751").region_on(first)
    assert region is not None
    assert region.code == "1082"
    assert in_force().region_of("0101", date(2006, 12, 31)) is None


@pytest.mark.rule("S4-R10")
def test_each_collaboration_has_its_kommuner_and_its_region() -> None:
    counts = {
        name: sum(one.kind == "kommune" for one in in_force().members(name, NOW))
        for name in in_force().collaborations
    }
    assert counts == {
        "nordjylland": 11, "midtjylland": 19, "syddanmark": 22, "hovedstaden": 29, "sjaelland": 17,
    }  # fmt: skip
    for name in counts:
        (region,) = (one for one in in_force().members(name, NOW) if one.kind == "region")
        assert (
            in_force().region_of(in_force().members(name, NOW)[1].code, NOW)
            == RegionCode(region.code).register
        )
    assert in_force().collaboration_of("0751", NOW) == "midtjylland"
    assert in_force().collaboration_of("0751", date(2006, 1, 1)) is None
    assert in_force().collaboration_of("9999", NOW) is None


@pytest.mark.parametrize(
    "text", ["0180", "180", "Stockholm", "Stockholms kommun", "Stockholms stad", "STOCKHOLMS STAD"]
)
def test_stockholm_is_read_as_people_write_it(text: str) -> None:
    read = SwedishMunicipalityCode.read(text)
    assert read == "0180"
    assert Orgnr.parse(read.register.orgnr) == "212000-0142"


def test_swedish_and_danish_codes_are_not_mixed_up() -> None:
    with pytest.raises(ValueError, match="code"):
        SwedishMunicipalityCode.read("0751")
    with pytest.raises(ValueError, match="code"):
        MunicipalityCode.read("0180")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hässelby-Vällingby", "Hässelby-Vällingby"),
        ("Hässelby Vällingby sdf", "Hässelby-Vällingby"),
        ("Hässelby-Vällingbys stadsdelsförvaltning", "Hässelby-Vällingby"),
        ("NORRA INNERSTADENS stadsdelsnämnd", "Norra innerstaden"),
        ("Järva", "Järva"),
    ],
)
def test_city_districts_are_read_as_people_write_them(text: str, name: str) -> None:
    assert CityDistrict.read(text) == name
    assert CityDistrict.parse(name) == name


def test_city_districts_have_dates() -> None:
    assert [len(in_force().districts_on(date(year, 12, 31))) for year in (2019, 2022, 2023, 2026)] \
        == [14, 13, 11, 11]  # fmt: skip
    old = CityDistrict.read("Rinkeby-Kista")
    assert old.valid_on(date(2023, 6, 30))
    assert not old.valid_on(date(2023, 7, 1))
    assert CityDistrict.read(old.register.successor).valid_on(date(2023, 7, 1))


KINDS = [MunicipalityCode, RegionCode, SwedishMunicipalityCode, CityDistrict]


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(max_size=150) | st.sampled_from(["Aarhus", "Järva", "Region", "kommune"]))
def test_any_text_is_a_place_or_a_value_error_and_reads_the_same_again(
    kind: type[MunicipalityCode], text: str
) -> None:
    try:
        place = kind.read(text)
    except ValueError:
        meant = kind.near(text)
        assert meant is None or not any(map(str.isdigit, text)) or text not in meant
        return
    assert kind.read(place) == kind.parse(place) == place
