"""What a case keeps about one collection: who is expected, every report, every overview."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from workflows.participants import Participant
from workflows.procedures.capacity_report.messages import FacilityRow


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Report(_Kept):
    """One version of an organisation's report. It never changes."""

    organisation: str
    version: int
    at: datetime
    late: bool
    contact: str
    remarks: str | None
    rows: tuple[FacilityRow, ...]
    source: str | None


class Totals(_Kept):
    """What one overview comes to; kept for the development over the collections (S4-R8)."""

    places: int
    occupied: int
    expected_need: int
    average_rate: Decimal
    expenditure: Decimal


class Overview(_Kept):
    """One consolidated overview (da: samlet overblik)."""

    number: int
    at: datetime
    versions: dict[str, int]
    """CVR number to the version of its report that is in it."""
    late: tuple[str, ...]
    missing: tuple[str, ...]
    totals: Totals

    @property
    def documents(self) -> tuple[str, ...]:
        """Charts for reading, tables for working on."""
        return tuple(f"overview-{self.number}.{ending}" for ending in ("pdf", "csv", "xlsx"))


class Cycle(_Kept):
    """All of it."""

    title: str
    period: str
    region: str
    called_on: date
    closes_on: date
    reporters: tuple[Participant, ...]
    reports: tuple[Report, ...] = ()
    overviews: tuple[Overview, ...] = ()

    def latest(self, organisation: str) -> Report | None:
        """The report of an organisation that counts: its last version."""
        mine = [one for one in self.reports if one.organisation == organisation]
        return mine[-1] if mine else None

    @property
    def missing(self) -> tuple[Participant, ...]:
        """Who has not reported."""
        return tuple(one for one in self.reporters if self.latest(one.cvr) is None)

    @property
    def counting(self) -> tuple[Report, ...]:
        """The reports that an overview made now is of, in the order of the reporters."""
        found = (self.latest(one.cvr) for one in self.reporters)
        return tuple(report for report in found if report is not None)

    def name_of(self, organisation: str) -> str:
        """The name of an organisation by its CVR number."""
        return next((one.name for one in self.reporters if one.cvr == organisation), organisation)
