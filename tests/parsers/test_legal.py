"""Paragraphs are read as people cite them, and a day tells whether they held."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.identifiers import LegalBasis
from parsers.reference import in_force

NOW = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("SEL § 107", "SEL § 107"),
        ("§107", "SEL § 107"),
        ("§ 107 SEL", "SEL § 107"),
        ("§ 107 i serviceloven", "SEL § 107"),
        ("SEL § 107, stk. 1", "SEL § 107, stk. 1"),
        ("sel §107 stk 1.", "SEL § 107, stk. 1"),
        ("SEL § 107. stk. 1", "SEL § 107, stk. 1"),
        ("servicelovens § 107", "SEL § 107"),
        ("serviceloven paragraf 107", "SEL § 107"),
        ("efter servicelovens § 107", "SEL § 107"),
        ("Lov om social service, § 107", "SEL § 107"),
        ("serviceloven § 101a", "SEL § 101 a"),
        ("SEL §§ 85 og 107", "SEL § 85 + SEL § 107"),
        ("SEL §§ 85, 107 og 108", "SEL § 85 + SEL § 107 + SEL § 108"),
        ("SEL § 107, jf. § 85", "SEL § 107 + SEL § 85"),
        ("barnets lov § 43", "BL § 43"),
        ("Barnets lovs § 43, stk. 1, nr. 6", "BL § 43, stk. 1, nr. 6"),
        ("barnets lov §§ 32 og 43", "BL § 32 + BL § 43"),
        ("ABL § 105, stk. 2", "ABL § 105, stk. 2"),
        ("ABL § 105(2) + SEL § 85", "ABL § 105, stk. 2 + SEL § 85"),
        ("almenboliglovens § 105", "ABL § 105"),
        ("Ældreloven § 16", "ÆL § 16"),
        ("4 kap. 1 § SoL", "4 kap. 1 § SoL"),
        ("enligt 4 kap 1 § socialtjänstlagen", "4 kap. 1 § SoL"),
        ("SoL 4:1", "4 kap. 1 § SoL"),
        ("11 kap. 1 § socialtjänstlagen (2025:400)", "11 kap. 1 § SoL (2025:400)"),
        ("11 kap. 1 § SoL (SFS 2025:400)", "11 kap. 1 § SoL (2025:400)"),
        ("9 § LSS", "9 § LSS"),
        ("9 § 2 p. LSS (1993:387)", "9 § 2 p. LSS"),
        ("2 a § LSS", "2 a § LSS"),
    ],
)
def test_paragraphs_are_read_as_people_cite_them(text: str, normal: str) -> None:
    assert LegalBasis.read(text) == normal
    assert LegalBasis.parse(normal) == normal
    assert LegalBasis.read(text.upper().replace("§§", "§§")) == normal


@pytest.mark.parametrize(
    "text",
    ["", "§", "SEL", "107", "nonsense § 107", "SEL § 107 BL", "SEL § x", "4 kap. 1 § SEL",
     "4 kap. 1 § SoL (1999:1)", "ABL § 105, stk. 2 + § 85", "SEL § 12345",
     " og ".join(["§ 1"] * 11),
     "SEL § 107" * 40, "670765-4005"],
)  # fmt: skip
def test_what_is_no_paragraph_of_a_known_law_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"paragraph|law|long"):
        LegalBasis.read(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("serviceloen § 107", "SEL § 107"),
        ("SLE § 107", "SEL § 107"),
        ("barnts lov § 43", "BL § 43"),
        ("107", "SEL § 107"),
        ("11 kap. 1 § socialtjänstlagn", "11 kap. 1 § SoL (2025:400)"),
        ("serviceloen § 999", None),
        ("helt andet § 107", None),
        ("670765-4005", None),
    ],
)
def test_a_near_miss_is_asked_about_by_a_paragraph_of_the_register(
    text: str, meant: str | None
) -> None:
    assert LegalBasis.near(text) == meant


@pytest.mark.parametrize(
    ("text", "day", "doubt", "successor"),
    [
        ("SEL § 107, stk. 1", NOW, None, ""),
        ("SEL § 66, stk. 1, nr. 6", date(2023, 12, 31), None, ""),
        ("SEL § 66, stk. 1, nr. 6", date(2024, 1, 1), "ended", "BL § 43"),
        ("BL § 43", date(2023, 12, 31), "not_yet", ""),
        ("BL § 43", date(2024, 1, 1), None, ""),
        ("ÆL § 16", date(2025, 6, 30), "not_yet", ""),
        ("4 kap. 1 § SoL", date(2025, 6, 30), None, ""),
        ("4 kap. 1 § SoL", date(2025, 7, 1), "ended", "11 kap. 1 § SoL (2025:400)"),
        ("11 kap. 1 § SoL (2025:400)", date(2025, 6, 30), "not_yet", ""),
        ("11 kap. 1 § SoL", date(2025, 7, 1), None, ""),
        ("5 kap. 5 § SoL (2001:453)", date(2025, 7, 1), "ended", "SoL (2025:400)"),
        ("SEL § 12", NOW, "unknown", ""),
        ("5 kap. 5 § SoL", NOW, "unknown", ""),
    ],
)
def test_a_day_tells_whether_a_paragraph_held(
    text: str, day: date, doubt: str | None, successor: str
) -> None:
    (found,) = LegalBasis.parse(text).on(day)
    assert (found.paragraph, found.doubt, found.successor) == (text, doubt, successor)


def test_each_of_several_paragraphs_is_judged_alone() -> None:
    found = LegalBasis.parse("SEL § 107 + SEL § 66").on(NOW)
    assert [one.doubt for one in found] == [None, "ended"]


def test_every_paragraph_of_the_register_is_in_its_normal_form() -> None:
    for name, rows in in_force().paragraphs.items():
        assert LegalBasis.parse(name) == name
        for row in rows:
            if " § " in row.successor or row.successor.endswith(")"):
                assert any(char.isdigit() for char in row.successor)


PIECES = st.sampled_from(
    ["SEL", "§", "§§", " ", "107", "stk. 1", "nr. 6", ",", "og", "+", "jf.", "BL", "barnets lov",
     "4 kap.", "1", "SoL", "(2025:400)", "a", "i", "LSS", "p."]
)  # fmt: skip


@given(st.text(max_size=60) | st.lists(PIECES, max_size=10).map(" ".join))
def test_any_text_is_a_legal_basis_or_a_value_error_and_reads_the_same_again(text: str) -> None:
    LegalBasis.near(text)
    try:
        basis = LegalBasis.read(text)
    except ValueError:
        return
    assert LegalBasis.parse(basis) == basis
    assert LegalBasis.read(basis.upper()) == basis
    assert len(basis.on(NOW)) == len(basis.paragraphs)
