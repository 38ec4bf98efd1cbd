"""Dates as people write them in Danish, Swedish and English, and as they are written for people.

The day stands before the month, as in all three languages here; the year stands first only with
four digits. A year of two digits is of this century. What could mean two days (``01-02-03``),
names no day of the calendar, or a weekday that the date does not fall on, is refused.
"""

import re
from datetime import date
from typing import Final

from parsers.marks import plain_apostrophes, plain_dashes

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200
"""No date of these procedures lies outside; what does is a slip of the pen, or of a program."""

MONTHS: Final = {
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "en": "January February March April May June July August September October November December",
}
_WEEKDAYS: Final = {
    "da": "mandag tirsdag onsdag torsdag fredag lørdag søndag",
    "sv": "måndag tisdag onsdag torsdag fredag lördag söndag",
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
}


def _numbers(words: dict[str, str], lengths: tuple[int, ...]) -> dict[str, int]:
    return {
        word[:length].casefold(): number
        for line in words.values()
        for number, word in enumerate(line.split(), 1)
        for length in (*lengths, len(word))
    }


_MONTH_NUMBERS: Final = _numbers(MONTHS, (3, 4))
_WEEKDAY_NUMBERS: Final = _numbers(_WEEKDAYS, (3, 4, 5))
_LONGEST: Final = 60  # characters

_DAY: Final = r"(?P<day>[0-9]{1,2})"
_YEAR: Final = r"(?P<year>[0-9]{4}|'?[0-9]{2})"
_ORDINAL: Final = r"(?:st|nd|rd|th|:[ae]|\.)?"
_MONTH: Final = r"(?P<month>[^\W\d_]{3,9})"
_FORMS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        rf"{_DAY}\s*(?P<one>[./-])\s*(?P<month>[0-9]{{1,2}})\s*(?P<two>[./-]|\s)\s*-?\s*{_YEAR}",
        rf"{_DAY}{_ORDINAL}\s*(?:of\s+)?-?{_MONTH}(?:\.,?\s*|,?[\s-]\s*)-?{_YEAR}",
        rf"{_MONTH}\.?\s+{_DAY}{_ORDINAL},?\s+{_YEAR}",
    )
)
_BEFORE_DATE: Final = re.compile(
    r"(?:den|dato|datum|on|the|from|pr\.?|per|d|(?:fra|från)(?:\s+og\s+med|\s+och\s+med)?"
    r"|fr\.?\s?o\.?\s?m\.?|f\.?o\.?m\.?)\s+|d\.\s*"
)
_WEEKDAY: Final = re.compile(r"([^\W\d_]{3,9})\.?,?\s+")


class NotADate(ValueError):
    """A text that is no date; `why` is the word by which a problem says what is expected."""

    def __init__(self, words: str, why: str = "date") -> None:
        super().__init__(words)
        self.why = why


def date_fault(text: str) -> str:
    """Return the word for what a text lacks to be a date, as ``date_year`` for one without it."""
    try:
        read_date(text)
    except NotADate as fault:
        if fault.why != "date":
            return fault.why
    for ending in (" 2000", "-2000"):  # a leap year
        try:
            read_date(f"{text.rstrip(' .,')}{ending}")
        except NotADate as fault:
            if fault.why == "date_weekday":
                return "date_year"
        else:
            return "date_year"
    return "date"


def read_date(text: str) -> date:
    """Read ``1. december 2026``, ``1/12-26``, ``tirsdag d. 1.12.2026``, ``Dec 1st, 2026``...

    Years are not bounded here: see `is_plausible_year`. Raises NotADate, which is a ValueError.
    """
    if len(text) > _LONGEST:
        raise NotADate("not a date")
    marked = plain_apostrophes(plain_dashes(text))
    plain = " ".join(marked.casefold().split()).strip(" .,;")
    plain, weekday = _without_words(plain)
    for form in _FORMS:
        if match := form.fullmatch(plain):
            day = _day_of(match.groupdict())
            if weekday and day.isoweekday() != weekday:
                raise NotADate("not a date: it falls on another weekday", "date_weekday")
            return day
    raise NotADate("not a date")


def is_plausible_year(year: int) -> bool:
    """Whether a year is one that these procedures deal with."""
    return FIRST_YEAR <= year <= LAST_YEAR


def write_date(day: date, language: str) -> str:
    """Write the date in words, as ``1. december 2026``."""
    month = MONTHS[language].split()[day.month - 1]
    return f"{day.day}{'.' if language == 'da' else ''} {month} {day.year}"


def _without_words(plain: str) -> tuple[str, int]:
    """Take off ``tirsdag den``; gives the weekday's number, 0 where none is named."""
    weekday = 0
    for _ in range(3):
        if match := _BEFORE_DATE.match(plain):
            plain = plain[match.end() :]
        elif not weekday and (match := _WEEKDAY.match(plain)):
            weekday = _weekday_number(match[1])
            if not weekday:
                break
            plain = plain[match.end() :]
    return plain, weekday


def _weekday_number(word: str) -> int:
    """Return the number of a weekday, also in its Swedish definite form (sv: tisdagen)."""
    return _WEEKDAY_NUMBERS.get(word) or _WEEKDAY_NUMBERS.get(word.removesuffix("en"), 0)


def _day_of(found: dict[str, str]) -> date:
    year = found["year"].lstrip("'")
    if len(year) == 2:
        if _could_begin_with_year(found):
            raise NotADate("the date could mean two days", "date_two")
        year = f"20{year}"
    month = found["month"]
    number = int(month) if month.isdigit() else _MONTH_NUMBERS.get(month, 0)
    if not number:
        raise NotADate("not a date: no such month")
    try:
        return date(int(year), number, int(found["day"]))
    except ValueError:
        raise NotADate("not a date: no such day", "date_day") from None


def _could_begin_with_year(found: dict[str, str]) -> bool:
    """``26-12-01`` is a Swedish date of the year 26, or a Danish one of the year 01."""
    return found.get("one") == "-" and found.get("two") == "-" and len(found["day"]) == 2
