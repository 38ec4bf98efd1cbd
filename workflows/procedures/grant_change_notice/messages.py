"""What the two sides say about a change of a grant (da: bevilling)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from parsers.identifiers import CaseNumber, LegalBasis, MunicipalityCode
from parsers.values import Money
from workflows.bodies import Body, Caseworker, Citizen, DisclosureBasis, Line, Text
from workflows.contacts import Addressee

Change = Literal[
    "increase", "decrease", "move", "end", "new_paragraph", "rate_change", "supplement"
]
Unit = Literal["day", "hour", "month"]
Rate = Annotated[Money, Field(ge=0)]
"""Kroner a unit, two decimals."""


class ChangeNotice(Body):
    """The notice (da: varsling) of a change for a citizen in another kommune (S2-R10)."""

    citizen: Citizen
    acting_municipality: MunicipalityCode
    """Who decides and pays (da: handlekommune), the buyer."""
    operator_municipality: MunicipalityCode | None = None
    """The kommune that runs the facility (da: driftsherre), the seller. None: this authority."""
    facility: Line | None = None
    """A facility of this authority."""
    agreement: Line | None = None
    """What the agreement can be found as elsewhere."""
    agreement_case: CaseNumber | None = None
    """The agreement's case, where it runs in this gateway."""
    change: Change
    old_service: Line | None = None
    new_service: Line | None = None
    old_scope: Line | None = None
    new_scope: Line | None = None
    old_rate: Rate | None = None
    new_rate: Rate | None = None
    rate_unit: Unit | None = None
    decision_date: date | None = None
    effective_date: date
    legal_basis: LegalBasis
    notice_used: Line | None = None
    """The notice period as the sender counted it."""
    addressee: Addressee | None = None
    """For whom the sender means it; the receiver's own contacts come first."""
    needs_new_agreement: bool = False
    covered_by_framework: bool = False
    """Whether the facility is one of the framework agreement's (da: rammeaftalen), S2-R8."""
    caseworker: Caseworker
    disclosure_basis: DisclosureBasis
    remarks: Text | None = None


class ChangeObjection(Body):
    """The other side does not agree with a notice, or declines a proposal (da: indsigelse)."""

    text: Text
    wanted_date: date | None = None


class ChangeProposal(Body):
    """The seller proposes a change (da: forslag), such as more hours of support.

    What opens a case names the citizen and the sides; within a case they are known.
    """

    text: Text
    proposed_date: date
    citizen: Citizen | None = None
    acting_municipality: MunicipalityCode | None = None
    operator_municipality: MunicipalityCode | None = None
    facility: Line | None = None
    change: Change | None = None
    service: Line | None = None
    scope: Line | None = None
    rate: Rate | None = None
    rate_unit: Unit | None = None
    legal_basis: LegalBasis | None = None
    covered_by_framework: bool = False
    caseworker: Caseworker | None = None
    disclosure_basis: DisclosureBasis | None = None


class ChangeWithdrawal(Body):
    """Who sent a notice or a proposal takes it back (da: tilbagetrækning)."""

    reason: Text | None = None


class Settlement(Body):
    """What the two sides agreed on after an objection, entered by a caseworker."""

    effective_date: date
    note: Text
    """Who agreed, when and how."""
