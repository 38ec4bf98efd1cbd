"""Identifiers as types: each is a ``str`` in its one normal form, and pydantic knows them.

``parse`` reads strictly (the normal form and its plain variants); ``read`` reads what people
write. Both raise ValueError, whose text never holds what was read.

Sources: domain rules C.1 (CPR), C.2 (CVR, P number), C.3 (GLN); Swedish numbers (C.5) stand in
`parsers.swedish`, places (B) in `parsers.places`, laws (E.3) in `parsers.legal`.
"""

import re
from calendar import monthrange
from typing import Final, Self

from parsers.identifier import Identifier
from parsers.legal import LegalBasis
from parsers.marks import plain_dashes, plain_value
from parsers.places import (
    MUNICIPALITIES,
    CityDistrict,
    MunicipalityCode,
    RegionCode,
    SwedishMunicipalityCode,
)
from parsers.reference import Municipality
from parsers.swedish import Orgnr, Personnummer

__all__ = [
    "MUNICIPALITIES",
    "CaseNumber",
    "CityDistrict",
    "Cpr",
    "Cvr",
    "Gln",
    "Identifier",
    "LegalBasis",
    "Municipality",
    "MunicipalityCode",
    "Orgnr",
    "PNumber",
    "Personnummer",
    "RegionCode",
    "SwedishMunicipalityCode",
]

_CPR: Final = re.compile(r"([0-9]{6})-?([0-9]{4}|(?=.*[A-Z])[0-9A-Z]{4})")
_CPR_MARK: Final = re.compile(r"([0-9]{6})\s?[./]\s?([0-9]{4})$")
_CVR: Final = re.compile(r"[1-9][0-9]{7}")
_CVR_WORDS: Final = re.compile(
    r"(?:CVR|SE)?(?:[-.]?(?:N[RO]|NUMMER))?[.:]*(?:DK-?)?([0-9]{8})\.?", re.IGNORECASE
)
_P_NUMBER: Final = re.compile(r"[1-9][0-9]{9}")
_GLN: Final = re.compile(r"[0-9]{13}")
_CASE: Final = re.compile(r"[A-ZÆØÅÄÖ][A-Z0-9ÆØÅÄÖ]{0,9}-[0-9]{4}-[0-9]{6}")
_CASE_WORDS: Final = re.compile(
    r"(?:SAGS?|ÄRENDE|CASE)(?:\s?-?(?:NUMMER|NUMBER|NR|NO))?(?:[.:]\s*|\s+)(?=\S)"
)
_BLANK: Final = re.compile(r"\s+")
_LONGEST: Final = 100  # characters


class Cpr(Identifier):
    """A Danish civil registration number (da: CPR-nummer), normal form ``DDMMYY-SSSS``."""

    __slots__ = ()
    kind = "cpr"
    pattern = "[0-9]{6}-?[0-9A-Z]{4}"
    words = "cpr|person"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Refuses impossible dates and 000000-0000; a missing modulus 11 is no error (C.1)."""
        match = _CPR.fullmatch(text)
        if match is None or match[2] == "XXXX":  # what stands for digits that are hidden
            raise ValueError("not of the form DDMMYY-SSSS")
        day, month, year = (int(match[1][at : at + 2]) for at in (0, 2, 4))
        day = day - 60 if day > 60 else day
        if not 1 <= month <= 12 or not any(
            1 <= day <= monthrange(century + year, month)[1]
            for century in _centuries(year, match[2][0])
        ):
            raise ValueError("the date does not exist")
        return str.__new__(cls, f"{match[1]}-{match[2]}")

    @classmethod
    def read(cls, text: str) -> Self:
        """Also with a slash or a full stop between date and serial, and one at the end."""
        return super().read(_CPR_MARK.sub(r"\1-\2", text.strip().rstrip(".,;")))

    @property
    def substitute(self) -> bool:
        """A substitute number (da: erstatningspersonnummer): day + 60, or letters at the end."""
        return int(self[:2]) > 60 or not self[7:].isdigit()

    @property
    def mod11_ok(self) -> bool:
        """Whether modulus 11 holds; valid numbers without it are issued since 1 October 2007."""
        if not self[7:].isdigit():
            return True
        return _weighted(self[:6] + self[7:], (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0

    def masked(self) -> str:
        """For people who need to tell two numbers apart, never for a log: ``******-**05``."""
        return f"******-**{self[-2:]}"


def _centuries(year: int, seventh: str) -> tuple[int, ...]:
    if not seventh.isdigit():
        return (1900, 2000)
    if seventh in "0123":
        return (1900,)
    if seventh in "49":
        return (2000,) if year <= 36 else (1900,)
    return (2000,) if year <= 57 else (1800,)


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


class Cvr(Identifier):
    """A Danish company or authority number (da: CVR-nummer): eight digits, modulus 11."""

    __slots__ = ()
    kind = "cvr"
    pattern = "[1-9][0-9]{7}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Eight digits whose check digit is right."""
        if not _CVR.fullmatch(text) or _weighted(text, (2, 7, 6, 5, 4, 3, 2, 1)) % 11:
            raise ValueError("not a CVR number")
        return str.__new__(cls, text)

    @classmethod
    def read(cls, text: str) -> Self:
        """Also with spaces and ``CVR-nr.`` or ``DK`` before it."""
        match = _CVR_WORDS.fullmatch(_BLANK.sub("", plain_dashes(text[:_LONGEST])))
        return cls.parse(match[1] if match else "")


class PNumber(Identifier):
    """A Danish production unit (da: P-nummer, produktionsenhed): ten digits, no check digit."""

    __slots__ = ()
    kind = "p_number"
    pattern = "[1-9][0-9]{9}"
    words = "produktions?|p"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Ten digits, the first not 0."""
        if not _P_NUMBER.fullmatch(text):
            raise ValueError("not a P number")
        return str.__new__(cls, text)


class Gln(Identifier):
    """A location number (EAN/GLN, GS1), that electronic invoices are addressed to: 13 digits."""

    __slots__ = ()
    kind = "ean"
    pattern = "[0-9]{13}"
    words = "ean-?lokations?|lokations?|ean|gln"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Thirteen digits whose check digit is right."""
        if not _GLN.fullmatch(text) or _weighted(text, (1, 3) * 6 + (1,)) % 10:
            raise ValueError("not a GLN")
        return str.__new__(cls, text)

    @property
    def danish(self) -> bool:
        """Whether it was given out in Denmark, as those of Danish authorities are (579...)."""
        return self.startswith("579")


class CaseNumber(Identifier):
    """The number of a case: ``<PREFIX>-YYYY-NNNNNN``."""

    __slots__ = ()
    kind = "case_number"
    pattern = _CASE.pattern

    @classmethod
    def parse(cls, text: str) -> Self:
        """In capitals, six digits at the end."""
        if not _CASE.fullmatch(text):
            raise ValueError("not a case number")
        return str.__new__(cls, text)

    @classmethod
    def read(cls, text: str) -> Self:
        """Also in brackets, in small letters, behind its name, with other dashes or blanks."""
        if len(text) > _LONGEST:
            raise ValueError("not a case number")
        plain = plain_value(text).strip(".,;[]() ").upper()
        return cls.parse("-".join(re.split(r"\s*[-/_]\s*|\s+", _CASE_WORDS.sub("", plain))))
