"""Dates, amounts and answers are read as people write them, and never in two ways."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.dates import is_plausible_year
from parsers.marks import plain_value, without_invisible
from parsers.problems import LANGUAGES
from parsers.values import read_amount, read_date, read_yes_no, write_amount, write_date


@pytest.mark.parametrize(
    "text",
    ["1. december 2026", "1 december 2026", "den 1. dec. 2026", "tirsdag den 1. december 2026",
     "tirsdag d. 1. december 2026", "tirs. 1. dec. 2026", "tisdag den 1 december 2026",
     "tis 1 dec 2026", "den 1:a december 2026", "1/12-2026", "1/12-26", "1/12 2026", "1/12 -26",
     "1/12/26", "01.12.2026", "1.12.26", "1 . 12 . 2026", "1-12-2026", "1-12-26", "1. dec. '26",
     "1. dec. ’26", "1–12–2026", "1-dec-2026", "2026-12-01", "2026/12/01", "20261201",
     "1st December 2026", "1st of December, 2026", "December 1, 2026",
     "Tuesday, December 1st, 2026",
     "Tue 1 Dec 2026", "on 1 December 2026", "01/12/2026", "1.12.2026.", "fra 1. december 2026",
     "från 1 december 2026", "  1.\u00a0december   2026 "],
)  # fmt: skip
def test_dates_are_read_as_people_write_them(text: str) -> None:
    assert read_date(text) == date(2026, 12, 1)


@pytest.mark.parametrize(
    "text",
    ["", "31. april 2026", "29. februar 2026", "12/13/2026", "0/12-2026", "i morgen", "snarest",
     "1.2", "1. december", "december 2026", "12-2026", "1. juleaften 2026", "1/12-126", "uge 49",
     "1. december 2026 eller 1. januar 2027", "mandag", "٠١.١٢.٢٠٢٦", "1. december 2026" * 9],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|month|day"):
        read_date(text)


@pytest.mark.parametrize("text", ["01-12-26", "26-12-01", "12-11-10"])
def test_a_date_that_could_mean_two_days_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="two days"):
        read_date(text)


@pytest.mark.parametrize(
    "text", ["onsdag den 1. december 2026", "Monday 1 December 2026", "lör 1 dec 2026"]
)
def test_a_date_on_another_weekday_than_it_says_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="weekday"):
        read_date(text)


def test_years_are_those_that_these_procedures_deal_with() -> None:
    assert [y for y in range(1500, 3000) if is_plausible_year(y)] == [*range(1900, 2201)]


@pytest.mark.parametrize(
    ("text", "language", "amount"),
    [
        ("1.845,50 kr.", "da", "1845.50"),
        ("kr. 1.845,50", "da", "1845.50"),
        ("kr 1.845,-", "da", "1845.00"),
        ("kr.: 1.845,-", "da", "1845.00"),
        ("1845,5", "da", "1845.50"),
        ("1845.50", "da", "1845.50"),
        ("1.845,50 DKK", "da", "1845.50"),
        ("DKK 1.845,50", "da", "1845.50"),
        ("dkk1845,50", "da", "1845.50"),
        ("1845 danske kroner", "da", "1845.00"),
        ("1 845,50 kr", "sv", "1845.50"),
        ("1 845,50 SEK", "sv", "1845.50"),
        ("1\u00a0845,5 kr", "sv", "1845.50"),
        ("1\u202f845,50 kronor", "sv", "1845.50"),
        ("1845,-", "sv", "1845.00"),
        ("DKK 1,845.50", "en", "1845.50"),
        ("1.845", "da", "1845.00"),
        ("1,845", "en", "1845.00"),
        ("1.845,-", "da", "1845.00"),
        ("1.845,–", "da", "1845.00"),
        ("1.234.567,89", "da", "1234567.89"),
        ("200", "da", "200.00"),
        ("-200", "da", "-200.00"),
        ("−200,00 kr.", "da", "-200.00"),
        ("kr. -200", "da", "-200.00"),
        ("- kr. 200", "da", "-200.00"),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, language: str, amount: str) -> None:
    assert str(read_amount(text, language)) == amount


@pytest.mark.parametrize(
    "text",
    ["1,845", "1.84.5", "12.34,567", "1.8455", "kr.", "", "1.845,505", "1e3", "1 kr. 845",
     "100 t.kr.", "1,5 mio. kr.", "100 EUR", "€ 100", "DKK 100 SEK", "100-", "--100", "- -100",
     "100 kr. 50", "1.845,50 kr. pr. døgn", "ca. 100", "100-200", "٢٠٠", "1" * 11],
)  # fmt: skip
def test_amounts_that_could_mean_two_things_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        read_amount(text)


@pytest.mark.parametrize(
    "text", ["ja", "Ja.", "JA TAK", "ja, tack", "jo", "yes", "[x]", "☒", "sant"]
)
def test_a_yes_is_read_as_people_write_it(text: str) -> None:
    assert read_yes_no(text)


@pytest.mark.parametrize("text", ["nej", "Nej!", "nej, tak", "no", "falskt", "»nej«"])
def test_a_no_is_read_as_people_write_it(text: str) -> None:
    assert not read_yes_no(text)


@pytest.mark.parametrize("text", ["", "[ ]", "☐", "måske", "ja/nej", "ja, men", "ikke ja", "1"])
def test_what_is_neither_yes_nor_no_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        read_yes_no(text)


DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
FORMS = (
    "{d}. {m} {y}", "{d}/{n}-{y}", "{d:02}.{n:02}.{y}", "{y}-{n:02}-{d:02}", "{y}{n:02}{d:02}",
    "den {d}. {m} {y}", "{d}-{n}-{y}", "{d} {m} {y}",
)  # fmt: skip


@given(st.decimals(-9_999_999, 9_999_999, places=2), st.sampled_from(LANGUAGES), st.dates())
def test_what_is_written_for_people_is_read_back(amount: Decimal, language: str, day: date) -> None:
    assert read_amount(write_amount(amount, language), language) == amount
    if day.year >= 1000:
        assert read_date(write_date(day, language)) == day


@given(DAYS, st.sampled_from(LANGUAGES), st.sampled_from(FORMS))
def test_every_day_is_read_in_every_form_and_language(day: date, language: str, form: str) -> None:
    month = write_date(day, language).split()[1]
    text = form.format(d=day.day, n=day.month, y=day.year, m=month)
    assert read_date(text) == day
    assert read_date(text.upper()) == day


@given(DAYS, st.sampled_from(["mandag", "tirsdag", "onsdag", "torsdag",
       "fredag", "lørdag", "søndag"]))  # fmt: skip
def test_only_the_right_weekday_goes_with_a_date(day: date, weekday: str) -> None:
    words = ["mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"]
    text = f"{weekday} den {write_date(day, 'da')}"
    if words[day.weekday()] == weekday:
        assert read_date(text) == day
    else:
        with pytest.raises(ValueError, match="weekday"):
            read_date(text)


@given(st.text(max_size=70) | st.from_regex(r"[0-9 .,/kr\-]{0,30}", fullmatch=True),
       st.sampled_from(LANGUAGES))  # fmt: skip
def test_any_text_is_a_value_or_a_value_error_and_reads_the_same_again(
    text: str, language: str
) -> None:
    try:
        amount = read_amount(text, language)
    except ValueError:
        pass
    else:
        assert abs(amount) < 10**10
        assert read_amount(write_amount(amount, language), language) == amount
    try:
        day = read_date(text)
    except ValueError:
        pass
    else:
        assert read_date(day.isoformat()) == day
    try:
        answer = read_yes_no(text)
    except ValueError:
        return
    assert read_yes_no("ja" if answer else "nej") == answer


@pytest.mark.parametrize("reader", [read_date, read_amount, read_yes_no])
@pytest.mark.parametrize("text", ["1" * 10**6, "." * 10**6, " " * 10**6, "kr" * 10**6])
def test_long_text_is_refused_at_once(reader: object, text: str) -> None:
    with pytest.raises(ValueError, match=r"date|amount|neither"):
        reader(text)  # type: ignore[operator]


@given(st.text(max_size=40))
def test_plain_values_stay_as_they_are(text: str) -> None:
    plain = without_invisible(text)
    assert without_invisible(plain) == plain
    assert plain_value(plain_value(text)).strip("\"'“”„»«‘’ ") == plain_value(text).strip(
        "\"'“”„»«‘’ "
    )


def test_what_word_processors_write_is_read_as_it_was_meant() -> None:
    assert plain_value("“670765–4005”") == "670765-4005"
    assert plain_value("\u00ad SEL\u00a0§\u202f107 ") == "SEL § 107"
    assert read_date(plain_value("1.\u00a0decem\u00adber 2026")) == date(2026, 12, 1)
