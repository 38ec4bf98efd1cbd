"""What is said about an order: one model for each message and act."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from parsers.identifiers import CaseNumber
from parsers.values import Money
from workflows.bodies import Body, Caseworker, Line, Text
from workflows.elder_care.bodies import CareKind, Individual, Representative

Hours = Annotated[Money, Field(gt=0, le=800)]
"""Hours a month, two decimals."""
DayHours = Annotated[Money, Field(gt=0, le=24)]
"""Hours of one day, two decimals."""
Clock = Annotated[str, StringConstraints(pattern=r"^(?:[01]\d|2[0-3])[:.][0-5]\d$")]
"""A time of day, as 14:30."""


class Addressed(Body):
    """Whom it is about, who orders, and who is to carry it out."""

    individual: Individual
    representative: Representative | None = None
    caseworker: Caseworker
    provider: Line
    """The provider's key with us, or its organisation number (sv: utförare)."""
    connected: bool = True
    """Whether the provider is connected to Paraplysystemet (S3-R19)."""
    fee_officer: Line | None = None
    """Who confirms for a provider that is not connected (sv: avgiftshandläggare)."""


class Decision(Addressed):
    """The decision that an order carries out (sv: biståndsbeslut, S3-R1)."""

    decision_date: date
    legal_basis: Line
    """The law's paragraph, as it stands in the decision (sv: lagrum)."""
    decided_by: Line | None = None
    placement: CaseNumber | None = None
    """The case in which the place was found: an urgent placement, a short stay, day activity."""
    paraply_ref: Line | None = None
    """The order's number in Paraplysystemet (S3-R6)."""


class OralOrder(Addressed):
    """An order by word of mouth (sv: muntlig beställning), in acute situations only (S3-R2)."""

    acute: bool
    said_by: Line
    said_to: Line
    said_on: date
    said_time: Clock
    what: Text


class OrderedCare(Body):
    """One service that is ordered (sv: insats)."""

    kind: CareKind
    description: Line | None = None
    hours_per_month: Hours | None = None
    days_per_week: int | None = Field(default=None, ge=1, le=7)
    goal: Text | None = None
    valid_from: date
    """The first day (sv: giltig från); never before the day on which the order is sent."""
    valid_to: date | None = None
    follow_up: date | None = None


class Order(Body):
    """The written order (sv: beställning). It has no date: the day of sending is its date."""

    services: tuple[OrderedCare, ...] = Field(min_length=1, max_length=20)
    needs: Text | None = None
    """What the provider has to know about health and risks."""
    keys_alarm: Line | None = None
    discharge: Line | None = None
    """Where and when the individual leaves a hospital, if they are in one."""
    hourly_rate: Annotated[Money, Field(ge=0)] | None = None
    """Kronor for an hour, where time is billed."""


class ServiceOrder(Order, Decision):
    """Decision and written order in one mail, from a unit that orders by mail."""


class OrderEnd(Body):
    """The order ends (sv: avslut)."""

    last_day: date
    reason: Text


class Confirmation(Body):
    """The provider's report (sv: bekräftelse, utförarrapport): received, and started (S3-R7)."""

    received_on: date | None = None
    started_on: date | None = None
    """The day on which the assignment began (sv: uppdraget påbörjat)."""
    contact: Line | None = None
    contact_phone: Line | None = None
    plan_by: date | None = None
    cannot_start: Text | None = None
    """Why the order can not be carried out, or not yet (sv: kan ej verkställas)."""


class OrderInfoRequest(Body):
    """The provider needs to know more (S3-R9)."""

    text: Text


class ImplementationPlan(Body):
    """The implementation plan (sv: genomförandeplan; SOSFS 2014:5)."""

    adopted_on: date
    goals: Text
    how: Text
    """Which parts there are, and when and how they are carried out."""
    made_with: Literal["individual", "representative", "both"] | None = None
    participation: Text | None = None
    """How the individual took part (S3-R25)."""
    participants: Line | None = None
    follow_up: Line
    """When and how the plan is followed up."""
    contact: Line | None = None


class PlanAccepted(Body):
    """The caseworker has seen the plan and is content with it."""

    note: Text | None = None


class PlanReturned(Body):
    """The caseworker sends the plan back."""

    reason: Text


class DeliveredDay(Body):
    """The hours of one day."""

    day: date
    hours: DayHours


class TimeReport(Body):
    """The hours that were delivered, day by day (sv: utförd tid)."""

    days: tuple[DeliveredDay, ...] = Field(min_length=1, max_length=1000)


class Registered(Body):
    """The order stands in Paraplysystemet, under this number (S3-R6, S3-R8)."""

    paraply_ref: Line
