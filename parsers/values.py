"""Dates, amounts and answers: strictly from machines, and as people write them.

The lenient readers (``read_*``) raise ValueError, whose text never holds what was read. Where a
number could mean two things (``1,845`` is 1.845 to one reader and 1845 to another) they refuse.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

MONTHS: Final = {
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "en": "January February March April May June July August September October November December",
}
_MONTH_NUMBERS: Final = {
    word[:length].casefold(): number
    for words in MONTHS.values()
    for number, word in enumerate(words.split(), 1)
    for length in (3, 4, len(word))
}
_LONGEST: Final = 60  # characters of a date or an amount
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_NUMBERS: Final = re.compile(r"([0-9]{1,2})\s*[./-]\s*([0-9]{1,2})\s*[./-]\s*([0-9]{4})")
_WORDS: Final = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|\.)?\s*([^\W\d_]{3,9})\.?,?\s+([0-9]{4})")
_ENGLISH: Final = re.compile(r"([^\W\d_]{3,9})\.?\s+([0-9]{1,2})(?:st|nd|rd|th)?,?\s+([0-9]{4})")
_BEFORE_DATE: Final = re.compile(
    r"(?:den|d\.|on|the|(?:man|tirs|ons|tors|fre|lør|søn|mån|tis|lör|sön)[^\W\d_]*\.?,?(?:\s+den)?)\s+"
)
_MONEY: Final = re.compile(r"-?[0-9]{1,10}(?:\.[0-9]{1,2})?")
_AMOUNT: Final = re.compile(r"(-?)([0-9][0-9., ]*?)(?:,-|\.-|,--)?")
_CURRENCY: Final = re.compile(r"kroner|kronor|kr\.?|dkk|sek", re.IGNORECASE)
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:([ .,])[0-9]{3})(?:\1[0-9]{3})*")
_YES: Final = frozenset({"ja", "j", "yes", "y", "true", "sant", "x"})
_NO: Final = frozenset({"nej", "n", "no", "false", "falsk"})


def _exact_money(value: object) -> object:
    """Machines write ``"1845.50"``; a JSON number of at most two decimals is taken as well."""
    text = repr(value) if isinstance(value, float) else str(value)
    if isinstance(value, bool) or not _MONEY.fullmatch(text):
        raise PydanticCustomError("amount", "not an amount with at most two decimals")
    return Decimal(text)


Money = Annotated[
    Decimal,
    BeforeValidator(_exact_money),
    Field(max_digits=12, decimal_places=2),
    PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,10}(\.[0-9]{1,2})?$"}),
]
"""An amount of money with two decimals; in JSON a string such as ``"1845.50"``."""


def read_date(text: str) -> date:
    """Read ``1. december 2026``, ``1/12-2026``, ``01.12.2026``, ``2026-12-01`` and the like.

    Day before month always, as in all three languages here. Raises ValueError.
    """
    if len(text) > _LONGEST:
        raise ValueError("not a date")
    plain = _BEFORE_DATE.sub("", " ".join(text.casefold().split()).strip(" .,;"), count=1)
    if match := _ISO.fullmatch(plain):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _NUMBERS.fullmatch(plain):
        return date(int(match[3]), int(match[2]), int(match[1]))
    if match := _WORDS.fullmatch(plain):
        return date(int(match[3]), _month(match[2]), int(match[1]))
    if match := _ENGLISH.fullmatch(plain):
        return date(int(match[3]), _month(match[1]), int(match[2]))
    raise ValueError("not a date")


def _month(word: str) -> int:
    number = _MONTH_NUMBERS.get(word)
    if number is None:
        raise ValueError("not a month")
    return number


def read_amount(text: str, language: str = "da") -> Decimal:
    """Read ``1.845,50 kr.``, ``kr. 1 845,50``, ``1845.50``, ``1.845,-`` as an exact amount.

    In English ``,`` parts thousands and ``.`` decimals; in Danish and Swedish the other way.
    Raises ValueError.
    """
    if len(text) > _LONGEST:
        raise ValueError("not an amount")
    plain = " ".join(_CURRENCY.sub(" ", text.replace("\u2212", "-")).split())
    match = _AMOUNT.fullmatch(plain)
    if match is None:
        raise ValueError("not an amount")
    whole, cents = _split_amount(match[2].strip(), language)
    digits = re.sub("[ .,]", "", whole)
    if len(digits) > 10 or not (whole.isdigit() or _GROUPED.fullmatch(whole)):
        raise ValueError("not an amount")
    return Decimal(f"{match[1]}{digits}.{cents or '00'}")


def _split_amount(number: str, language: str) -> tuple[str, str]:
    """Part whole and decimal places; the last mark is the decimal one where that is certain."""
    last = max(number.rfind("."), number.rfind(","))
    if last < 0:
        return number, ""
    mark, after = number[last], number[last + 1 :]
    if after.isdigit() and len(after) <= 2:
        if mark in number[:last]:
            raise ValueError("not an amount")
        return number[:last], after.ljust(2, "0")
    other = "," if mark == "." else "."
    thousands = "," if language == "en" else "."
    if mark != thousands or other in number:
        raise ValueError("the amount could mean two things")
    return number, ""


def read_yes_no(text: str) -> bool:
    """Read ``ja``, ``nej``, ``yes``, ``no``, or a cross. Raises ValueError."""
    word = text.strip().strip("[]().").strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError("neither yes nor no")


def write_date(day: date, language: str) -> str:
    """Write the date in words, as ``1. december 2026``."""
    month = MONTHS[language].split()[day.month - 1]
    return f"{day.day}{'.' if language == 'da' else ''} {month} {day.year}"


def write_amount(amount: Decimal, language: str) -> str:
    """Write the amount in words, as ``1.845,50 kr.``."""
    text = f"{amount:,.2f}"
    if language == "en":
        return f"DKK {text}"
    thousands = "." if language == "da" else "\u00a0"
    swapped = text.replace(",", " ").replace(".", ",").replace(" ", thousands)
    return f"{swapped} kr" + ("." if language == "da" else "")
