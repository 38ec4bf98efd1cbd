"""What people say about a collection of reports: the call, the report and its rows.

Field names are the wire names of docs/protocol.md.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from parsers.identifiers import Cvr, MunicipalityCode, PNumber
from parsers.legal import LegalBasis
from parsers.values import Money
from workflows.bodies import Body, Line, Text
from workflows.participants import OperatorType

Places = Annotated[int, Field(ge=0, le=10_000)]
PortalId = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z-]{1,12}$")]
"""The facility's number in Tilbudsportalen; its format is not documented."""
MOST_ROWS: Final = 20_000


class ReportCall(Body):
    """The call (da: indkaldelse): what is to be reported, and by when."""

    title: Line
    period: Line
    """What the reports are about, such as `2027` or `2026, 2. halvår`."""
    closes_on: date
    text: Text | None = None


class FacilityRow(Body):
    """One facility, or one target group of it (S4-R6, S4-R7, S4-R8)."""

    facility: Line
    tilbudsportalen_id: PortalId | None = None
    operator_cvr: Cvr
    operator_type: OperatorType
    p_number: PNumber | None = None
    municipality: MunicipalityCode
    """Where it lies."""
    paragraphs: LegalBasis
    target_group: Line
    small_target_group: bool = False
    """A small target group, or one with complicated problems (S4-R7, S4-R9)."""
    places: Places
    """Places that are planned for (da: normerede pladser)."""
    occupied: Places
    available_from: date | None = None
    expected_need: Places
    """Places that the kommune expects to need in the coming year or years."""
    rate: Money = Field(ge=0)
    """Kroner a day."""
    rate_basis: Money | None = Field(default=None, ge=0)
    rate_service: Money | None = Field(default=None, ge=0)
    supplement_rate: Money | None = Field(default=None, ge=0)
    rate_change: Money | None = Field(default=None, ge=-100, le=1000)
    """The average change of the rate since the last report, in per cent."""
    expenditure: Money | None = Field(default=None, ge=0)
    """Kroner a year."""
    remarks: Line | None = Field(default=None, validate_default=True)

    @field_validator("rate_service")
    @classmethod
    def _parts_make_the_rate(cls, service: Decimal | None, info: ValidationInfo) -> Decimal | None:
        rate, basis = info.data.get("rate"), info.data.get("rate_basis")
        if service is None or basis is None or rate is None:
            return service
        if basis + service != rate:
            raise PydanticCustomError("rate_parts", "the parts of the rate are not its sum")
        return service

    @field_validator("remarks")
    @classmethod
    def _more_than_full_is_explained(cls, remarks: str | None, info: ValidationInfo) -> str | None:
        places, occupied = info.data.get("places"), info.data.get("occupied")
        if remarks is None and places is not None and occupied is not None and occupied > places:
            raise PydanticCustomError("missing", "more than full, and no remark says why")
        return remarks


class CapacityReport(Body):
    """One organisation's report (da: indberetning); a later one corrects it."""

    organisation: Cvr
    contact: Line
    remarks: Text | None = None
    rows: tuple[FacilityRow, ...] = Field(max_length=MOST_ROWS)

    @field_validator("rows")
    @classmethod
    def _some_rows(cls, rows: tuple[FacilityRow, ...]) -> tuple[FacilityRow, ...]:
        """Asked afterwards: a least number would also count rows that are there and wrong."""
        if not rows:
            raise PydanticCustomError("missing", "a report has rows")
        return rows
