"""The cooperation of a framework region: who takes part, who keeps its secretariat.

This is the table `[policy.cooperation]`. Which kommuner work together is data: the seed's are the
19 of Midtjylland and their region (S4-R10); another region has 11, 17, 22 or 29.
"""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict

from parsers.identifiers import MUNICIPALITIES, Cvr, MunicipalityCode

_MIDTJYLLAND: Final = "1082"
_REGION_MIDTJYLLAND: Final = Cvr("29190925")
_VIBORG: Final = Cvr("29189846")


class Cooperation(BaseModel):
    """Who takes part in the framework cooperation (da: rammeaftalesamarbejdet)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: str = _MIDTJYLLAND
    """The region's code; it says which kommuner take part where `municipalities` names none."""
    regional_council: Cvr = _REGION_MIDTJYLLAND
    """The region's CVR number: its council (da: regionsråd) is one of the approvers (S4-R10)."""
    municipalities: tuple[MunicipalityCode, ...] = ()
    """The kommuner that take part; none named means all of the region, by the register."""
    secretariat: Cvr = _VIBORG
    """Whose organisation the joint secretariat belongs to: Viborg Kommune (S4-R17, S4-R18)."""
    agency: Cvr | None = None
    """The national agency that an adopted agreement is sent to (SEL § 6); None: by a person."""

    @property
    def councils(self) -> tuple[str, ...]:
        """The kommuner's CVR numbers, in the order of the register."""
        if self.municipalities:
            return tuple(code.cvr for code in self.municipalities)
        return tuple(one.cvr for one in MUNICIPALITIES.values() if one.region == self.region)

    @property
    def organisations(self) -> tuple[str, ...]:
        """The CVR numbers of everybody who has to approve: all kommuner, and the region last."""
        return (*self.councils, self.regional_council)
