"""Who takes part in a region's collaboration: data, never a number in the code (S2-R3).

Eleven kommuner in Nordjylland, nineteen in Midtjylland; the register says which lie in a region,
and a collaboration may have more members than that, or fewer.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from parsers.identifiers import MUNICIPALITIES, Cvr, MunicipalityCode
from workflows.events import Party


class Collaboration(BaseModel):
    """The members of a collaboration: a region's kommuner, some more, without some."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: str = "1081"
    """The region's code. Nordjylland: the Hjallerup of the source lies there, and its bodies have
    the names that were used there; the source itself names no region (open question 8)."""
    also: tuple[MunicipalityCode, ...] = ()
    """Kommuner outside the region that take part."""
    without: tuple[MunicipalityCode, ...] = ()
    """Kommuner of the region that do not."""
    organisations: tuple[Cvr, ...] = ()
    """Others who take part and are no kommune, such as the region itself."""

    @property
    def kommuner(self) -> tuple[MunicipalityCode, ...]:
        """The member kommuner by their codes, in order."""
        lie_in = {code for code, row in MUNICIPALITIES.items() if row.region == self.region}
        return tuple(MunicipalityCode(c) for c in sorted((lie_in | {*self.also}) - {*self.without}))

    def has(self, party: Party | None) -> bool:
        """Whether somebody takes part."""
        if party is None:
            return False
        return party.municipality in self.kommuner or party.cvr in self.organisations
