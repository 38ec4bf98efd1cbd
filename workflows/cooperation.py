"""The cooperation of a framework region: who takes part on a day, who keeps its secretariat.

This is the table `[policy.cooperation]`, and the only place that says which kommuner work together:
the bodies, reports and agreements of S4 go by it, and the network and the contact directory of S2.
It is data: 19 kommuner and their region in Midtjylland (S4-R10), 11 in Nordjylland, others 17, 22
or 29 (S2-R3). Who they are, and from when until when, is a data set (`sagspost data`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, model_validator

from parsers.identifiers import Cvr, MunicipalityCode, RegionCode
from parsers.reference import in_force
from workflows.events import Party

_MIDTJYLLAND: Final = RegionCode("1082")
_VIBORG: Final = Cvr("29189846")


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
    def _ends_after_it_begins(self) -> DatedKommune:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self

    def holds(self, day: date) -> bool:
        """Whether a day lies within."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)


@dataclass(frozen=True, slots=True)
class Members:
    """Who takes part on a day."""

    kommuner: tuple[MunicipalityCode, ...]
    """Their codes, in the order of the register."""
    regional_council: str
    """The region's CVR number."""
    others: tuple[str, ...] = ()
    """CVR numbers of those who belong to the network and are no kommune."""

    @property
    def councils(self) -> tuple[str, ...]:
        """The kommuner's CVR numbers."""
        return tuple(code.cvr for code in self.kommuner)

    @property
    def organisations(self) -> tuple[str, ...]:
        """The CVR numbers of everybody who has to approve: all kommuner, and the region last."""
        return (*self.councils, self.regional_council)

    def has(self, party: Party | None) -> bool:
        """Whether somebody belongs to the network of the kommuner (S2-R3)."""
        if party is None:
            return False
        return party.municipality in self.kommuner or party.cvr in self.others


class Cooperation(BaseModel):
    """Who takes part in the framework cooperation (da: rammeaftalesamarbejdet)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: RegionCode = _MIDTJYLLAND
    """The region's code; its collaboration says which kommuner take part. S4 is Midtjylland's; the
    Hjallerup of S2 lies in Nordjylland, 1081, but S2 names no region (open question 8)."""
    municipalities: tuple[DatedKommune, ...] = ()
    """The kommuner that take part, where they are others than those of the region."""
    also: tuple[DatedKommune, ...] = ()
    """Kommuner that take part beside those of the region: always, or from a day to a day."""
    without: tuple[DatedKommune, ...] = ()
    """Kommuner of the region that do not: never, or from a day to a day."""
    others: tuple[Cvr, ...] = ()
    """Who belongs to the network of the kommuner (S2) and is none, such as the region itself."""
    regional_council: Cvr | None = None
    """The CVR number of the region, whose council (da: regionsråd) is one of the approvers
    (S4-R10); by default the one that the register has."""
    secretariat: Cvr = _VIBORG
    """Whose organisation the joint secretariat belongs to: Viborg Kommune (S4-R17, S4-R18)."""
    agency: Cvr | None = None
    """The national agency that an adopted agreement is sent to (SEL § 6); None: by a person."""

    def on(self, day: date) -> Members:
        """Return who takes part on a day."""
        council = self.regional_council or self.region.register.cvr
        return Members(self._kommuner_on(day), council, self.others)

    @property
    def ever(self) -> tuple[MunicipalityCode, ...]:
        """The kommuner that take part at any time, by their codes."""
        named = {one.municipality for one in (*self.municipalities, *self.also)}
        lie_there = set() if self.municipalities else {*in_force().collaborating(self.region)}
        return _in_order(lie_there | named)

    def _kommuner_on(self, day: date) -> tuple[MunicipalityCode, ...]:
        if self.municipalities:
            there = {one.municipality: None for one in self.municipalities if one.holds(day)}
        else:
            there = dict.fromkeys(_in_order(in_force().collaborating(self.region, day)))
        joined = {one.municipality for one in self.also if one.holds(day)}
        away = {one.municipality for one in self.without if one.holds(day)}
        return tuple(
            code for code in (*there, *_in_order(joined - there.keys())) if code not in away
        )


def _in_order(codes: Iterable[str]) -> tuple[MunicipalityCode, ...]:
    return tuple(map(MunicipalityCode, sorted({*codes})))
