"""What the two sides of a delegation say."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from parsers.identifiers import LegalBasis, MunicipalityCode
from parsers.values import Money
from workflows.bodies import Body, Caseworker, Citizen, Digest, DisclosureBasis, Line, Text

TaskType = Literal[
    "follow_up",
    "action_plan_meeting",
    "personal_supervision",
    "copayment_calculation",
    "supplementary_hours",
    "other",
]
CeilingUnit = Literal["hours_per_week", "hours_per_month", "kroner_per_month"]


class Task(Body):
    """One task that is delegated (da: delegeret opgave), as far as it goes."""

    type: TaskType
    text: Line | None = None
    frequency: Line | None = None
    ceiling: Annotated[Money, Field(ge=0)] | None = None
    ceiling_unit: CeilingUnit | None = None


class DelegationProposal(Body):
    """What one kommune wants another, or a facility, to do for its citizen."""

    citizen: Citizen
    delegating_municipality: MunicipalityCode
    delegate_municipality: MunicipalityCode | None = None
    facility: Line | None = None
    """A facility of this authority, where no other kommune takes the tasks over."""
    tasks: tuple[Task, ...] = Field(min_length=1, max_length=30)
    delegates_decision_power: bool = False
    """Whether the delegate may decide; that takes a paragraph that allows it."""
    legal_basis: LegalBasis | None = None
    start: date
    end: date | None = None
    covered_by_framework: bool = False
    """Whether the facility is one of the framework agreement's (da: rammeaftalen), S2-R8."""
    caseworker: Caseworker
    disclosure_basis: DisclosureBasis
    remarks: Text | None = None

    @field_validator("end")
    @classmethod
    def _in_order(cls, last: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("start")
        if last and first and last < first:
            raise PydanticCustomError("period", "the last day is before the first")
        return last


class DelegationAccept(Body):
    """One side accepts one exact version (da: accept)."""

    version: int = Field(ge=1)
    digest: Digest
    signer: Line | None = None


class DelegationReject(Body):
    """The other side does not accept (da: ikke accepteret)."""

    reason: Text
    version: int | None = Field(default=None, ge=1)


class DelegationRevoke(Body):
    """The kommune that delegates takes it back, at any time (da: tilbagekaldelse)."""

    reason: Text | None = None
