"""Swedish numbers of persons and organisations (domain rules C.5)."""

import re
from calendar import monthrange
from datetime import date
from typing import Final, Literal, Self

from parsers.identifier import Identifier

_ORGNR: Final = re.compile(r"(?:16)?([0-9]{2}[2-9][0-9]{3})-?([0-9]{4})")
_PERSON: Final = re.compile(
    r"(?P<century>1[89]|20)?(?P<day>[0-9]{6})(?P<sign>[-+])?"
    r"(?P<serial>[0-9]{4}|(?=.*[A-Z])[0-9A-Z]{4})"
)
_COORDINATION: Final = 60  # added to the day


def _luhn(digits: str) -> int:
    doubled = (int(digit) * (2 - at % 2) for at, digit in enumerate(digits))
    return sum(value - 9 if value > 9 else value for value in doubled)


class Orgnr(Identifier):
    """A Swedish organisation number (sv: organisationsnummer), normal form ``NNNNNN-NNNN``."""

    __slots__ = ()
    kind = "orgnr"
    pattern = "[0-9]{6}-?[0-9]{4}"
    words = "organisations?|org"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Ten digits, the third at least 2, Luhn; ``16`` may stand before them."""
        match = _ORGNR.fullmatch(text)
        if match is None or _luhn(match[1] + match[2]) % 10:
            raise ValueError("not a Swedish organisation number")
        return str.__new__(cls, f"{match[1]}-{match[2]}")

    @property
    def digits(self) -> str:
        """The ten digits alone, as certificates hold them."""
        return self.replace("-", "")


class Personnummer(Identifier):
    """A Swedish personal number (sv: personnummer), a coordination or a reserve number.

    The normal form is ``YYYYMMDD-NNNN``, or as it was written where the century was not:
    ``YYMMDD-NNNN``, from the year in which the person turns 100 ``YYMMDD+NNNN``. Only a day can
    tell the century of those: `on` gives the long form, which is the one to keep.
    """

    __slots__ = ()
    kind = "personnummer"
    pattern = "([0-9]{2})?[0-9]{6}[-+]?[0-9A-Z]{4}"
    words = "pnr|person|samordnings|reserv"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Refuses dates that do not exist, and a wrong check digit (Luhn)."""
        match = _PERSON.fullmatch(text)
        if match is None:
            raise ValueError("not of the form YYMMDD-NNNN")
        digits, serial = match["day"], match["serial"]
        if serial.isdecimal() and _luhn(digits + serial) % 10:
            raise ValueError("the check digit does not fit")
        century = match["century"] or ""
        if not _exists(century, digits):
            raise ValueError("the date does not exist")
        sign = "-" if century else match["sign"] or "-"
        return str.__new__(cls, f"{century}{digits}{sign}{serial}")

    @property
    def sort(self) -> Literal["personal", "coordination", "reserve"]:
        """What it is; of a reserve number (letters at its end) nothing more is known."""
        if not self[-4:].isdecimal():
            return "reserve"
        return "coordination" if int(self[-7:-5]) >= _COORDINATION else "personal"

    @property
    def has_century(self) -> bool:
        """Whether it is in its long form."""
        return len(self) == len("YYYYMMDD-NNNN")

    def on(self, day: date) -> "Personnummer":
        """Return the long form, as the short one is to be understood on a day."""
        if self.has_century:
            return self
        year = day.year - (day.year - int(self[:2])) % 100 - (100 if self[6] == "+" else 0)
        return Personnummer.parse(f"{year // 100}{self[:6]}-{self[7:]}")

    def masked(self) -> str:
        """For people who need to tell two numbers apart, never for a log: ``******-**34``."""
        return f"******-**{self[-2:]}"


def _exists(century: str, digits: str) -> bool:
    year, month, day = (int(digits[at : at + 2]) for at in (0, 2, 4))
    if day >= _COORDINATION:
        day -= _COORDINATION
        # Since 2021 numbers are given where day or month are not known.
        if 0 in (day, month):
            return month <= 12 and day <= 31
    if not 1 <= month <= 12:
        return False
    years = [int(century) * 100 + year] if century else [1900 + year, 2000 + year]
    return any(1 <= day <= monthrange(one, month)[1] for one in years)
