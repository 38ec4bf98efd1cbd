"""Reference data in force: kommuner, regions, collaborations, districts, laws and paragraphs.

What ships (`parsers.data_sets.BUILT_IN`) is in force, unless `install` has replaced some of it:
that is done once for each process, before anything is read, because types such as a municipality's
code know no settings. Lookups take a day where what holds depends on it.

Sources: domain rules B (kommuner, regions, collaborations, districts) and E.3 (paragraphs).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Final, Literal

from parsers.data_sets import BUILT_IN, DataSet

_EARLIEST: Final = date.min
_LATEST: Final = date.max


@dataclass(frozen=True, slots=True)
class Span:
    """From a day to a day, both included; open at an end where nothing was said."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Whether a day lies within."""
        return self.first <= day <= self.last


def span_of(row: Mapping[str, str]) -> Span:
    """Return when a row of a data set is valid."""
    first, last = row["valid_from"], row["valid_to"]
    return Span(
        date.fromisoformat(first) if first else _EARLIEST,
        date.fromisoformat(last) if last else _LATEST,
    )


@dataclass(frozen=True, slots=True)
class Municipality:
    """A Danish municipality: code, name, the code of the region it began in, CVR number."""

    code: str
    name: str
    region: str
    cvr: str
    official_name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Region:
    """A Danish region; ``code`` and ``cvr`` are empty where nobody knows them yet."""

    name: str
    code: str
    cvr: str
    successor: str
    span: Span


@dataclass(frozen=True, slots=True)
class SwedishMunicipality:
    """A Swedish municipality (sv: kommun), with other names that it goes by."""

    code: str
    name: str
    official_name: str
    also: tuple[str, ...]
    county: str
    orgnr: str
    span: Span


@dataclass(frozen=True, slots=True)
class District:
    """A city district administration of Stockholm (sv: stadsdelsförvaltning)."""

    name: str
    successor: str
    span: Span


@dataclass(frozen=True, slots=True)
class Member:
    """Who takes part in a region's collaboration (da: rammeaftalesamarbejde)."""

    kind: Literal["kommune", "region"]
    code: str


@dataclass(frozen=True, slots=True)
class Law:
    """A law by its abbreviation; ``number`` (SFS) tells two of the same name apart."""

    law: str
    country: str
    names: tuple[str, ...]
    number: str
    successor: str
    span: Span


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph in its normal form (`parsers.legal`), what it gives, and what followed it."""

    paragraph: str
    title: str
    successor: str
    span: Span


class Reference:
    """The data sets that are in force together, and what can be looked up in them."""

    def __init__(self, sets: Mapping[str, DataSet]) -> None:
        self.sets: Final = MappingProxyType(dict(sets))

    @cached_property
    def municipalities(self) -> Mapping[str, Municipality]:
        """The Danish municipalities by code."""
        rows = self.sets["municipalities_dk"].rows
        made = (
            Municipality(
                r["code"], r["name"], r["region_code"], r["cvr"], r["official_name"], span_of(r)
            )
            for r in rows
        )
        return MappingProxyType({one.code: one for one in made})

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        """The Danish regions, those that ended too."""
        rows = self.sets["regions_dk"].rows
        return tuple(
            Region(r["name"], r["code"], r["cvr"], r["successor"], span_of(r)) for r in rows
        )

    @cached_property
    def swedish_municipalities(self) -> Mapping[str, SwedishMunicipality]:
        """The Swedish municipalities that are known here, by code."""
        made = (
            SwedishMunicipality(
                r["code"],
                r["name"],
                r["official_name"],
                split_words(r["also"]),
                r["county_code"],
                r["orgnr"],
                span_of(r),
            )
            for r in self.sets["municipalities_se"].rows
        )
        return MappingProxyType({one.code: one for one in made})

    @cached_property
    def districts(self) -> Mapping[str, District]:
        """Stockholm's city districts by name, those that ended too."""
        rows = self.sets["districts_stockholm"].rows
        return MappingProxyType(
            {r["name"]: District(r["name"], r["successor"], span_of(r)) for r in rows}
        )

    @cached_property
    def laws(self) -> tuple[Law, ...]:
        """The laws, those that ended too."""
        return tuple(
            Law(
                r["law"],
                r["country"],
                split_words(r["names"]),
                r["number"],
                r["successor"],
                span_of(r),
            )
            for r in self.sets["laws"].rows
        )

    @cached_property
    def paragraphs(self) -> Mapping[str, tuple[Paragraph, ...]]:
        """The paragraphs by their normal form; one that changed stands there several times."""
        found: dict[str, tuple[Paragraph, ...]] = {}
        for r in self.sets["paragraphs"].rows:
            one = Paragraph(r["paragraph"], r["title"], r["successor"], span_of(r))
            found[one.paragraph] = (*found.get(one.paragraph, ()), one)
        return MappingProxyType(found)

    def region_of(self, municipality: str, day: date) -> Region | None:
        """Return the region that a municipality lies in on a day, through mergers."""
        known = self.municipalities.get(municipality)
        region = next((r for r in self.regions if known and r.code == known.region), None)
        for _ in self.regions:
            if region is None or region.span.holds(day):
                break
            later = region.successor if day > region.span.last else ""
            region = next((r for r in self.regions if later and r.name == later), None)
        return region

    @cached_property
    def collaborations(self) -> tuple[str, ...]:
        """The names of the collaborations (da: rammeaftaleregioner)."""
        rows = self.sets["collaborations_dk"].rows
        return tuple(dict.fromkeys(r["collaboration"] for r in rows))

    def members(self, collaboration: str, day: date) -> tuple[Member, ...]:
        """Return who takes part in a collaboration on a day: data, never a constant (S2, S4)."""
        return tuple(
            Member("kommune" if r["kind"] == "kommune" else "region", r["member"])
            for r in self.sets["collaborations_dk"].rows
            if r["collaboration"] == collaboration and span_of(r).holds(day)
        )

    def collaborating(self, region: str, day: date | None = None) -> frozenset[str]:
        """Return the municipalities in the collaborations of a region, on a day or at any time."""
        rows = self.sets["collaborations_dk"].rows
        named = {r["collaboration"] for r in rows if (r["kind"], r["member"]) == ("region", region)}
        return frozenset(
            r["member"]
            for r in rows
            if r["collaboration"] in named
            and r["kind"] == "kommune"
            and (day is None or span_of(r).holds(day))
        )

    def collaboration_of(self, municipality: str, day: date) -> str | None:
        """Return the collaboration that a municipality takes part in on a day."""
        wanted = Member("kommune", municipality)
        found = (name for name in self.collaborations if wanted in self.members(name, day))
        return next(found, None)

    def districts_on(self, day: date) -> tuple[District, ...]:
        """Return Stockholm's city districts of a day, in alphabetical order of the file."""
        return tuple(one for one in self.districts.values() if one.span.holds(day))


def split_words(text: str) -> tuple[str, ...]:
    """Part a list that stands in one column."""
    return tuple(word for word in (one.strip() for one in text.split("|")) if word)


_in_force: list[Reference] = [Reference(BUILT_IN)]


def in_force() -> Reference:
    """Return the reference data that this process works with."""
    return _in_force[0]


def install(replacing: Mapping[str, DataSet]) -> None:
    """Put an operator's data sets in place of those that ship; the others are those that ship."""
    wanted = {**BUILT_IN, **replacing}
    if wanted != dict(in_force().sets):
        _in_force[0] = Reference(wanted)
