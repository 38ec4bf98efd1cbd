"""`[policy.procedures.network_issue]`: who takes part, and when the network is reminded."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class NetworkSettings(BaseModel):
    """How issues are collected and reported."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reminder_days: tuple[int, ...] = Field(default=(30, 14, 3), max_length=10)
    """So many days before the report is due its members are reminded."""
    cycle_years: int = Field(default=2, ge=1, le=10)
    """A report that comes too late is for the next framework agreement. The source is of a time of
    yearly ones; they are made every second year now (seed 004)."""
    reporting_line: tuple[str, ...] = (
        "styringsaftalegruppen",
        "den administrative styregruppe (direktørgruppen)",
    )
    """To whom the network reports, and to whom those report in turn (S2-R6)."""
