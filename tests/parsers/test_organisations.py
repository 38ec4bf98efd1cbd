"""One number names an organisation, Danish or Swedish, however people write it."""

from __future__ import annotations

import pytest

from parsers.organisations import is_cvr, is_public, names, organisation_number, titled


@pytest.mark.parametrize(
    "text", ["212000-0142", "2120000142", "16212000-0142", "162120000142", "212000 0142"]
)
def test_a_swedish_number_is_ten_digits_however_it_is_written(text: str) -> None:
    assert organisation_number(text) == "2120000142"


@pytest.mark.parametrize("text", ["29190925", "29 19 09 25"])
def test_a_danish_number_is_eight_digits(text: str) -> None:
    assert organisation_number(text) == "29190925"


@pytest.mark.parametrize(
    "text",
    ["212000-0143", "211000-0142", "2919092", "291909255", "", "abc", "２９１９０９２５", "2" * 99],
)
def test_a_number_that_no_organisation_can_have_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a Swedish organisation number$"):
        organisation_number(text)


def test_a_letter_head_calls_each_number_by_its_name() -> None:
    assert titled("29190925") == "CVR 29190925"
    assert titled("2120000142") == "Org.nr 212000-0142"
    assert is_cvr("29190925")
    assert not is_cvr("2120000142")


@pytest.mark.parametrize("text", ["omsorg", "Omsorg", "559999-0016", "5599990016"])
def test_an_organisation_is_named_by_its_key_or_its_number(text: str) -> None:
    assert names(text, "omsorg", "5599990016")


@pytest.mark.parametrize("text", ["annan", "559999-0024", "", "omsorg ab"])
def test_another_name_or_number_is_somebody_else(text: str) -> None:
    assert not names(text, "omsorg", "5599990016")


def test_a_swedish_authority_is_known_by_its_first_digit() -> None:
    assert is_public("2120000142")
    assert not is_public("5599990016")
    assert not is_public("29190925")
