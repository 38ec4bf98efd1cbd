"""Single values as caseworkers really write them: read in one way, refused, or asked about."""

from datetime import date
from decimal import Decimal

import pytest

from parsers.dates import read_date
from parsers.identifiers import (
    CaseNumber,
    CityDistrict,
    Cpr,
    Cvr,
    LegalBasis,
    MunicipalityCode,
    Personnummer,
    RegionCode,
    SwedishMunicipalityCode,
)
from parsers.values import read_amount, read_yes_no


@pytest.mark.parametrize(
    "text",
    ["d.1/12-2026", "d.1. december 2026", "d 1/12 2026", "1.dec.2026", "1.dec.26", "1 dec -26",
     "pr. 1. december 2026", "per 1 december 2026", "fra og med 1. december 2026",
     "från och med den 1 december 2026", "fr.o.m. 1 december 2026", "fr o m 2026-12-01",
     "f.o.m. 2026-12-01", "tisdagen den 1 december 2026"],
)  # fmt: skip
def test_dates_are_read_with_the_words_that_stand_before_them(text: str) -> None:
    assert read_date(text) == date(2026, 12, 1)


@pytest.mark.parametrize(
    "text", ["til 1. december 2026", "senest 1. december 2026", "onsdagen den 1 december 2026"]
)
def test_a_word_that_gives_the_date_another_meaning_is_no_part_of_it(text: str) -> None:
    with pytest.raises(ValueError, match="date"):
        read_date(text)


@pytest.mark.parametrize(("text", "amount"), [("1 234:-", "1234"), ("12 :-", "12")])
def test_the_swedish_mark_for_no_cents_is_read(text: str, amount: str) -> None:
    assert read_amount(text, "sv") == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "answer"),
    [("Yes, please", True), ("no, thank you", False), ("*ja*", True), ("_nej_", False),
     ("✔️", True), ("√", True), ("☒ Ja ☐ Nej", True), ("☐ ja ☒ nej", False),
     ("[x] ja [ ] nej", True), ("Ja [ ] / Nej [x]", False)],
)  # fmt: skip
def test_answers_and_ticked_boxes_are_read(text: str, answer: bool) -> None:
    assert read_yes_no(text) is answer


@pytest.mark.parametrize(
    "text", ["☐ ja ☐ nej", "☒ ja ☒ nej", "ja / nej", "☒ ja ☐ ja", "☐", "Ja, se bemærkninger"]
)
def test_an_answer_that_is_none_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        read_yes_no(text)


@pytest.mark.parametrize(
    "text",
    ["rm-2026-000123", "RM–2026–000123", "RM‑2026‑000123", "RM 2026 000123", "RM-2026-000123.",
     "[RM–2026–000123]", "sag RM-2026-000123", "Sagsnr. RM-2026-000123", "RM - 2026 - 000123",
     "RM/2026/000123", "“RM-2026-000123”", "\u00a0RM-2026-000123\u00a0", "case no. rm-2026-000123"],
)  # fmt: skip
def test_case_numbers_are_read_with_other_dashes_and_words(text: str) -> None:
    assert CaseNumber.read(text) == "RM-2026-000123"


@pytest.mark.parametrize("text", ["RM-2026-123", "RM2026000123", "RM-2026-OOO123", "SAG-2026-12"])
def test_a_case_number_with_other_digits_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="case number"):
        CaseNumber.read(text)


def test_a_case_number_may_begin_with_the_word_for_a_case() -> None:
    assert CaseNumber.read("sag-2026-000123") == "SAG-2026-000123"


@pytest.mark.parametrize("text", ["670765/4005", "670765.4005", "670765-4005."])
def test_cpr_numbers_are_read_with_other_marks(text: str) -> None:
    assert Cpr.read(text) == "670765-4005"


@pytest.mark.parametrize("text", ["670765-XXXX", "670765xxxx"])
def test_a_cpr_number_whose_end_is_hidden_is_no_substitute_number(text: str) -> None:
    with pytest.raises(ValueError, match="DDMMYY"):
        Cpr.read(text)


def test_the_words_before_other_numbers_are_read() -> None:
    assert Cvr.read("cvr.nr.: 55133018.") == "55133018"
    assert Personnummer.read("pnr 640823-3234") == "640823-3234"


@pytest.mark.parametrize(
    "text",
    ["Aarhus 0751", "Aarhus, 751", "0751 - Aarhus", "Municipality of Aarhus",
     "the municipality of Aarhus", "Aarhus Municipality"],
)  # fmt: skip
def test_kommuner_are_read_with_their_code_and_in_english(text: str) -> None:
    assert MunicipalityCode.read(text) == "0751"


def test_a_name_and_the_code_of_another_place_are_refused() -> None:
    with pytest.raises(ValueError, match="name and code"):
        MunicipalityCode.read("Aarhus, 0101")
    with pytest.raises(ValueError, match="name and code"):
        SwedishMunicipalityCode.read("Stockholm (0184)")
    assert SwedishMunicipalityCode.read("Stockholm (0180)") == "0180"


@pytest.mark.parametrize(
    ("text", "meant"),
    [("Lyngby", "Lyngby-Taarbæk (0173)"), ("Ikast kommune", "Ikast-Brande (0756)"),
     ("Fåborg", "Faaborg-Midtfyn (0430)"), ("Arhus", "Aarhus (0751)"), ("Nor", None),
     ("Nykøbing", None), ("H", None), ("", None)],
)  # fmt: skip
def test_the_first_part_of_one_name_alone_is_asked_about(text: str, meant: str | None) -> None:
    assert MunicipalityCode.near(text) == meant


def test_the_first_part_of_a_region_and_of_a_district_is_asked_about() -> None:
    assert RegionCode.near("Region Midt") == "Region Midtjylland (1082)"
    assert CityDistrict.near("Hässelby") == "Hässelby-Vällingby"


@pytest.mark.parametrize(
    ("text", "normal"),
    [("SoL 4 kap. 1 §", "4 kap. 1 § SoL"), ("socialtjänstlagen 4 kap 1 §", "4 kap. 1 § SoL"),
     ("SoL (2025:400) 11 kap. 1 §", "11 kap. 1 § SoL (2025:400)"), ("LSS 9 § 9", "9 § 9 p. LSS"),
     ("enligt SoL 4 kap. 1 §", "4 kap. 1 § SoL"), ("section 107", "SEL § 107"),
     ("Section 107 of the Social Services Act", "SEL § 107")],
)  # fmt: skip
def test_the_law_may_stand_before_a_swedish_paragraph_and_in_english(
    text: str, normal: str
) -> None:
    assert LegalBasis.read(text) == normal


def test_words_in_brackets_behind_a_paragraph_are_asked_about() -> None:
    assert LegalBasis.near("SEL § 107 (midlertidigt botilbud)") == "SEL § 107"
