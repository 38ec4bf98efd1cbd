"""Who takes part in a region's collaboration on a day: data, never a number in the code (S2-R3).

Eleven kommuner in Nordjylland, nineteen in Midtjylland; the reference data says who takes part and
from when to when, and the settings say who else does, or does not, for some time.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from parsers.identifiers import Cvr, MunicipalityCode
from parsers.reference import in_force, span_of
from workflows.events import Party


class DatedKommune(BaseModel):
    """A kommune from a day to a day, both included; a code alone means always."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    municipality: MunicipalityCode
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_a_code(cls, given: Any) -> Any:
        return {"municipality": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _in_order(self) -> DatedKommune:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self

    def holds(self, day: date) -> bool:
        """Whether a day lies within."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)


class Collaboration(BaseModel):
    """The members of a collaboration: a region's kommuner, some more, without some."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: str = "1081"
    """The code of the region whose collaboration it is. Nordjylland: the Hjallerup of the source
    lies there, and its bodies have the names that were used there; the source itself names no
    region (open question 8)."""
    also: tuple[DatedKommune, ...] = ()
    """Kommuner outside the region that take part: always, or from a day to a day."""
    without: tuple[DatedKommune, ...] = ()
    """Kommuner of the region that do not: never, or from a day to a day."""
    organisations: tuple[Cvr, ...] = ()
    """Others who take part and are no kommune, such as the region itself."""

    def kommuner_on(self, day: date) -> tuple[MunicipalityCode, ...]:
        """Return the member kommuner of a day by their codes, in order."""
        joined = {one.municipality for one in self.also if one.holds(day)}
        away = {one.municipality for one in self.without if one.holds(day)}
        there = (kommuner_of(self.region, day) | joined) - away
        return tuple(MunicipalityCode(code) for code in sorted(there))

    @property
    def ever(self) -> tuple[MunicipalityCode, ...]:
        """The kommuner that are members at any time, by their codes."""
        joined = {one.municipality for one in self.also}
        return tuple(MunicipalityCode(code) for code in sorted(kommuner_of(self.region) | joined))

    def has(self, party: Party | None, day: date) -> bool:
        """Whether somebody takes part on a day."""
        if party is None:
            return False
        return party.municipality in self.kommuner_on(day) or party.cvr in self.organisations


def kommuner_of(region: str, day: date | None = None) -> frozenset[str]:
    """Return the kommuner of the collaboration that a region takes part in; of no day: of any.

    Empty for a region that takes part in none.
    """
    rows = in_force().sets["collaborations_dk"].rows
    named = {
        row["collaboration"] for row in rows if row["kind"] == "region" and row["member"] == region
    }
    return frozenset(
        row["member"]
        for row in rows
        if row["collaboration"] in named
        and row["kind"] == "kommune"
        and (day is None or span_of(row).holds(day))
    )
