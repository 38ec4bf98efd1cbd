"""Places as types: kommuner and regions of Denmark, kommuner and city districts of Sweden.

What there is comes from the reference data in force (`parsers.reference`); names are read as people
write them, with or without the word kommune, in the genitive, with ``aa`` for ``å``.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Final, Self

from parsers.identifier import Identifier
from parsers.reference import (
    District,
    Municipality,
    Reference,
    Region,
    SwedishMunicipality,
    in_force,
)
from parsers.suggestions import nearest, plain_key

_NAME_AND_CODE: Final = re.compile(
    r"(.*?)\s*\(([0-9]{3,4})\)|([0-9]{3,4})[\s,-]+(\D.*)|(\D*?)[\s,-]+([0-9]{3,4})"
)
_SHORTEST: Final = 3  # letters by which the beginning of one name is told from all others'
_LONGEST: Final = 100  # characters of a name
_WORDS: Final = frozenset(
    word + ending
    for word in ("kommune", "kommun", "regionskommune", "region", "stad", "sdf")
    for ending in ("", "s", "en", "n")
) | {"stadsdelsförvaltning", "stadsdelsnämnd", "stadsdelsområde"}
_ENGLISH: Final = re.compile(r"\b(?:the )?(?:municipality|city)(?: of\b)?", re.IGNORECASE)


def _name_key(name: str) -> str:
    """Return a name without what does not tell it apart from others."""
    plain = _ENGLISH.sub(" ", name[:_LONGEST]).casefold().replace("-", " ").split()
    return plain_key("".join(word for word in plain if word.strip(".,") not in _WORDS))


def _found(text: str, names: Mapping[str, str]) -> str:
    """Return what a name stands for; a genitive is the name with an ``s``. Raises ValueError."""
    if len(text) > _LONGEST:
        raise ValueError("too long for a name")
    key = _name_key(text)
    found = names.get(key) or names.get(key.removesuffix("s"))
    if not key or found is None:
        raise ValueError("no such name")
    return found


def _parted(text: str) -> tuple[str, str | None]:
    """Part a name from the code that may stand before or behind it."""
    both = _NAME_AND_CODE.fullmatch(text[: _LONGEST + 10])
    if both is None:
        return text, None
    return both[1] or both[4] or both[5] or "", both[2] or both[3] or both[6]


def _near(text: str, names: Mapping[str, str]) -> str | None:
    """Return what a misspelled name, or the first part of one name alone, stands for."""
    key = _name_key(_parted(text)[0])
    found = nearest(key, names) or nearest(key.removesuffix("s"), names)
    if found is not None:
        return names[found]
    begun = {meant for name, meant in names.items() if name.startswith(key)}
    return begun.pop() if len(begun) == 1 and len(key) >= _SHORTEST else None


class _Register(Mapping[str, Municipality]):
    """The municipalities of the data in force, by code."""

    def __getitem__(self, code: str) -> Municipality:
        return in_force().municipalities[code]

    def __iter__(self) -> Iterator[str]:
        return iter(in_force().municipalities)

    def __len__(self) -> int:
        return len(in_force().municipalities)


MUNICIPALITIES: Final[Mapping[str, Municipality]] = _Register()
"""The Danish municipalities by code."""


@lru_cache(maxsize=4)
def _municipality_names(reference: Reference) -> Mapping[str, str]:
    rows = reference.municipalities.values()
    return {_name_key(name): row.code for row in rows for name in (row.official_name, row.name)}


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
        """Also by name, or by both where they agree: ``Århus Kommune``, ``Aarhus (751)``."""
        plain = " ".join(text.split())
        if plain.isdecimal() and len(plain) in (3, 4):
            return cls.parse(plain.zfill(4))
        name, code = _parted(plain)
        found = _found(name, _municipality_names(in_force()))
        if code is not None and code.zfill(4) != found:
            raise ValueError("name and code are not of the same municipality")
        return cls.parse(found)

    @classmethod
    def near(cls, text: str) -> str | None:
        """Return name and code of the municipality that a misspelled name nearly is."""
        found = _near(text, _municipality_names(in_force()))
        row = MUNICIPALITIES[found] if found else None
        return f"{row.name} ({row.code})" if row else None

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

    def region_on(self, day: date) -> Region | None:
        """Return the region that it lies in on a day."""
        return in_force().region_of(str(self), day)


class RegionCode(Identifier):
    """A Danish region by its four-digit code (da: regionskode), as ``1082``."""

    __slots__ = ()
    kind = "region"
    pattern = "[0-9]{4}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Four digits that the register knows, those of regions that ended too."""
        if not text or all(text != one.code for one in in_force().regions):
            raise ValueError("not a region code")
        return str.__new__(cls, text)

    @classmethod
    def read(cls, text: str) -> Self:
        """Also by name, as ``Region Midtjylland`` or ``Midtjylland``."""
        plain = " ".join(text.split())
        if plain.isdecimal():
            return cls.parse(plain)
        return cls.parse(_found(plain, {_name_key(r.name): r.code for r in in_force().regions}))

    @classmethod
    def near(cls, text: str) -> str | None:
        """Return name and code of the region that a misspelled name nearly is."""
        names = {_name_key(row.name): row.code for row in in_force().regions if row.code}
        found = _near(text, names)
        return f"{cls.parse(found).name} ({found})" if found else None

    @property
    def register(self) -> Region:
        """The row of the register."""
        return next(one for one in in_force().regions if one.code == self)

    @property
    def name(self) -> str:
        """The region's name, as ``Region Midtjylland``."""
        return self.register.name

    def valid_on(self, day: date) -> bool:
        """Whether the region is there on a day."""
        return self.register.span.holds(day)


def _swedish_names(reference: Reference) -> Mapping[str, str]:
    return {
        _name_key(name): row.code
        for row in reference.swedish_municipalities.values()
        for name in (row.official_name, *row.also, row.name)
    }


class SwedishMunicipalityCode(Identifier):
    """A Swedish municipality by its four-digit code (sv: kommunkod), as ``0180``.

    A type of its own: Danish and Swedish codes are of the same form, and some are the same.
    """

    __slots__ = ()
    kind = "municipality_se"
    pattern = "[0-9]{4}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Four digits that the register knows."""
        if text not in in_force().swedish_municipalities:
            raise ValueError("not a Swedish municipality code")
        return str.__new__(cls, text)

    @classmethod
    def read(cls, text: str) -> Self:
        """Also by name, as ``Stockholms kommun``, ``Stockholms stad`` or ``Stockholm``."""
        plain = " ".join(text.split())
        if plain.isdecimal():
            return cls.parse(plain.zfill(4))
        name, code = _parted(plain)
        found = _found(name, _swedish_names(in_force()))
        if code is not None and code.zfill(4) != found:
            raise ValueError("name and code are not of the same municipality")
        return cls.parse(found)

    @classmethod
    def near(cls, text: str) -> str | None:
        """Return name and code of the municipality that a misspelled name nearly is."""
        found = _near(text, _swedish_names(in_force()))
        row = in_force().swedish_municipalities[found] if found else None
        return f"{row.name} ({row.code})" if row else None

    @property
    def register(self) -> SwedishMunicipality:
        """The row of the register."""
        return in_force().swedish_municipalities[str(self)]


class CityDistrict(Identifier):
    """A district administration of Stockholm by its name (sv: stadsdelsförvaltning).

    There are no national codes. Districts that ended are read too: `valid_on` tells.
    """

    __slots__ = ()
    kind = "city_district"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the name as the register has it."""
        if text not in in_force().districts:
            raise ValueError("not a city district of Stockholm")
        return str.__new__(cls, text)

    @classmethod
    def read(cls, text: str) -> Self:
        """Also with other words: ``Hässelby Vällingbys stadsdelsförvaltning``, ``Bromma sdf``."""
        return cls.parse(_found(text, {_name_key(name): name for name in in_force().districts}))

    @classmethod
    def near(cls, text: str) -> str | None:
        """Return the district that a misspelled name nearly is."""
        return _near(text, {_name_key(name): name for name in in_force().districts})

    @property
    def register(self) -> District:
        """The row of the register."""
        return in_force().districts[str(self)]

    def valid_on(self, day: date) -> bool:
        """Whether the district is there on a day."""
        return self.register.span.holds(day)
