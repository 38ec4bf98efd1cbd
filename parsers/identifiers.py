"""Identifiers as types: each is a ``str`` in its one normal form, and pydantic knows them.

``parse`` reads strictly (the normal form and its plain variants); ``read`` reads what people
write. Both raise ValueError, whose text never holds what was read.

Sources: domain rules C.1 (CPR), C.2 (CVR), C.5 (Swedish numbers), B.3 (municipalities), E.3 (laws).
"""

import csv
import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from parsers.identifier import Identifier
from parsers.legal import LegalBasis
from parsers.suggestions import nearest

__all__ = [
    "MUNICIPALITIES",
    "CaseNumber",
    "Cpr",
    "Cvr",
    "Identifier",
    "LegalBasis",
    "Municipality",
    "MunicipalityCode",
    "Orgnr",
]

_CPR: Final = re.compile(r"([0-9]{6})-?([0-9]{4}|(?=.*[A-Z])[0-9A-Z]{4})")
_CVR: Final = re.compile(r"[1-9][0-9]{7}")
_CVR_WORDS: Final = re.compile(r"(?:CVR|DK)?(?:-?N[RO])?[.:]*([0-9]{8})", re.IGNORECASE)
_ORGNR: Final = re.compile(r"(?:16)?([0-9]{2}[2-9][0-9]{3})-?([0-9]{4})")
_CASE: Final = re.compile(r"[A-ZÆØÅÄÖ][A-Z0-9ÆØÅÄÖ]{0,9}-[0-9]{4}-[0-9]{6}")
_BLANK: Final = re.compile(r"\s+")


class Cpr(Identifier):
    """A Danish civil registration number (da: CPR-nummer), normal form ``DDMMYY-SSSS``."""

    __slots__ = ()
    kind = "cpr"
    pattern = "[0-9]{6}-?[0-9A-Z]{4}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Refuses impossible dates and 000000-0000; a missing modulus 11 is no error (C.1)."""
        match = _CPR.fullmatch(text)
        if match is None:
            raise ValueError("not of the form DDMMYY-SSSS")
        day, month, year = (int(match[1][at : at + 2]) for at in (0, 2, 4))
        day = day - 60 if day > 60 else day
        if not 1 <= month <= 12 or not any(
            1 <= day <= monthrange(century + year, month)[1]
            for century in _centuries(year, match[2][0])
        ):
            raise ValueError("the date does not exist")
        return str.__new__(cls, f"{match[1]}-{match[2]}")

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
        match = _CVR_WORDS.fullmatch(_BLANK.sub("", text))
        return cls.parse(match[1] if match else "")


class Orgnr(Identifier):
    """A Swedish organisation number (sv: organisationsnummer), normal form ``NNNNNN-NNNN``."""

    __slots__ = ()
    kind = "orgnr"
    pattern = "[0-9]{6}-?[0-9]{4}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Ten digits, the third at least 2, Luhn; ``16`` may stand before them."""
        match = _ORGNR.fullmatch(text)
        if match is None or _luhn(match[1] + match[2]) % 10:
            raise ValueError("not a Swedish organisation number")
        return str.__new__(cls, f"{match[1]}-{match[2]}")


def _luhn(digits: str) -> int:
    doubled = (int(digit) * (2 - at % 2) for at, digit in enumerate(digits))
    return sum(value - 9 if value > 9 else value for value in doubled)


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
        """Also in brackets and in small letters."""
        return cls.parse(text.strip().strip("[]").strip().upper())


@dataclass(frozen=True, slots=True)
class Municipality:
    """A row of the register: code, name, the region's code, CVR number."""

    code: str
    name: str
    region: str
    cvr: str


def _read_register() -> Mapping[str, Municipality]:
    path = Path(__file__).parent / "data" / "municipalities_dk.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            Municipality(row["code"], row["name"], row["region_code"], row["cvr"])
            for row in csv.DictReader(file)
        ]
    return MappingProxyType({row.code: row for row in rows})


MUNICIPALITIES: Final = _read_register()


def _name_key(name: str) -> str:
    words = name.casefold().replace("å", "aa").replace("-", " ").split()
    return "".join(word for word in words if word not in ("kommune", "regionskommune"))


_BY_NAME: Final = {_name_key(row.name): row.code for row in MUNICIPALITIES.values()}


class MunicipalityCode(Identifier):
    """A Danish municipality by its four-digit code (da: kommunekode), as ``0751``."""

    __slots__ = ()
    kind = "municipality"
    pattern = "[0-9]{4}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Four digits that the register knows."""
        if text not in MUNICIPALITIES:
            raise ValueError("not a municipality code")
        return str.__new__(cls, text)

    @classmethod
    def read(cls, text: str) -> Self:
        """Also by name, as ``Aarhus``, ``Århus Kommune`` or ``Københavns Kommune``."""
        plain = text.strip()
        if plain.isdigit():
            return cls.parse(plain.zfill(4))
        key = _name_key(plain)
        code = _BY_NAME.get(key) or _BY_NAME.get(key.removesuffix("s"))
        return cls.parse(code or "")

    @classmethod
    def near(cls, text: str) -> str | None:
        """Return name and code of the municipality that a misspelled name nearly is."""
        names = {_name_key(row.name): row for row in MUNICIPALITIES.values()}
        found = nearest(_name_key(text[:60]), names)
        return f"{names[found].name} ({names[found].code})" if found else None

    @property
    def register(self) -> Municipality:
        """The row of the register."""
        return MUNICIPALITIES[str(self)]

    @property
    def name(self) -> str:
        """The municipality's name without the word Kommune."""
        return self.register.name

    @property
    def cvr(self) -> str:
        """The municipality's CVR number."""
        return self.register.cvr
