"""What a provider and the orderer may say about a change of home care: one model for each.

Parsing, JSON Schema and blank forms come from these models. Field names are the wire names.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field

from parsers.identifiers import Cvr, PNumber
from parsers.values import Money
from workflows.bodies import Body, Caseworker, Citizen, Line, Text

Service = Literal[
    "personal_care",
    "practical_help",
    "cleaning",
    "meal_service",
    "shopping",
    "respite_at_home",
]
"""What help it is (da: indsats); the group in which no day is paid twice (S1-R29)."""
EXCLUDED: Final = frozenset({"cleaning", "meal_service", "shopping", "respite_at_home"})
"""Named only to be told where to go: rengøring, madservice, indkøb, afløsning i hjemmet (S1-R6)."""
MinutesAWeek = Annotated[int, Field(ge=0, le=7 * 24 * 60)]


class CareChangeRequest(Body):
    """A provider's enquiry (da: anmodning, opgave til bestiller): help has begun or changed.

    `requested_effective_date` (da: ønsket ikrafttrædelsesdato) is wanted by S1-R11; without it the
    request is kept and asked back for. `delivery_start` is the first day of the changed delivery;
    where it is not named it is the effective date.
    """

    citizen: Citizen
    provider: Cvr | None = None
    """The provider's own number, where it wants to state it: it has to be the sender's."""
    production_unit: PNumber | None = None
    """Which of the provider's units (da: P-nummer)."""
    contact: Caseworker
    service: Service
    intervention_code: Line | None = None
    """FSIII code of the intervention."""
    direction: Literal["new", "up", "down"]
    """More help, less help, or help where there was none (S1-R9)."""
    order_reference: Line | None = None
    """The order that is to change; a citizen who is not known yet has none (S1-R5)."""
    requested_effective_date: date | None = None
    delivery_start: date | None = None
    minutes_before: MinutesAWeek | None = None
    minutes_after: MinutesAWeek | None = None
    reason: Text
    """What has changed in the citizen's functional ability or health."""
    condition_updated: bool
    """Whether the provider has updated the condition (da: tilstand, FSIII) (S1-R8)."""
    conditions: tuple[Line, ...] = Field(default=(), max_length=20)
    planning_updated: bool
    """Whether the intervention is in the provider's planning, up or down (S1-R9)."""

    @property
    def began(self) -> date | None:
        """The day from which the provider's deadline is counted; None while nobody knows it."""
        return self.delivery_start or self.requested_effective_date


class CareRequestCompletion(Body):
    """What was missing in a request (da: komplettering)."""

    requested_effective_date: date
    delivery_start: date | None = None


class CareRequestWithdrawal(Body):
    """The provider takes its request back (da: tilbagetrækning)."""

    reason: Text


class CareRate(Body):
    """What the provider is paid, where the gateway is to reckon in money."""

    amount: Annotated[Money, Field(ge=0)]
    """Kroner for one unit."""
    unit: Literal["day", "hour"]


class _Decided(Body):
    minutes_per_week: MinutesAWeek | None = None
    """What is ordered, in minutes a week; by default what the provider asked for."""
    rate: CareRate | None = None
    existing_order: Line | None = None
    """The order that was in force; by default the one that the request names."""


class Grant(_Decided):
    """The request is met as it is (da: imødekommes)."""

    note: Text | None = None


class Answered(_Decided):
    """An answer that is not the one asked for: it needs a reason and a moved task deadline.

    Both are checked by guards and not by the model, so that the refusal says by which rule.
    """

    reason: Text | None = None
    new_task_deadline: date | None = None
    """The task's deadline (da: opgavefrist) is moved before the answer is sent (S1-R23, S1-R28)."""


class OtherIntervention(Answered):
    """Something else is right (da: anden indsats er aktuel)."""

    intervention: Line
    """What starts on the day after (S1-R24)."""
    other_minutes_per_week: MinutesAWeek | None = None


class Decline(Answered):
    """The existing order goes on (da: afslås)."""


class NexusAligned(Body):
    """The care record says what was delivered (da: Nexus er tilrettet) (S1-R17, R21, R26)."""

    what: Text


class PostAdjustment(Body):
    """A correction beside the rules, in special cases (da: efterregulering) (S1-R30)."""

    first: date
    last: date
    amount: Money | None = None
    """Kroner; below zero where the provider pays back. None: days only."""
    days: Literal["pay", "take_back", "keep"] = "pay"
    """What becomes of the days; `keep` only changes the amount."""
    reason: Text | None = None
    role: Line | None = None
    """In which capacity it is decided, such as head of visitation."""
    second_person: Line | None = None


class LinkCase(Body):
    """The case in the authority's own records (da: GO-sag) (S1-R31)."""

    external_case_ref: Line


class OrderSuspended(Body):
    """Another case pays days of this order: it is closed for exactly those (S1-R29)."""

    by_case: str
    first: date
    last: date | None = None
    """None: until further notice."""


def hours_a_day(minutes_per_week: int) -> Decimal:
    """Return how many hours a day that is, not rounded."""
    return Decimal(minutes_per_week) / Decimal(7 * 60)
