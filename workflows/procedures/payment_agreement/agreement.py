"""What a case keeps about its agreement: the request, every version, settlement and end.

Versions have states of their own, so that one can settle while its successor is still a draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from workflows.errors import WrongEvent
from workflows.procedures.payment_agreement.messages import PlacementRequest
from workflows.procedures.payment_agreement.offers import Terms
from workflows.settlement import PlanLine

VersionState = Literal[
    "draft",
    "sent",
    "returned",
    "superseded",
    "expired",
    "rejected",
    "withdrawn",
    "approved",
    "active",
    "ended",
]

_NEXT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "draft": frozenset({"sent"}),
        "sent": frozenset(
            {"returned", "superseded", "expired", "rejected", "withdrawn", "approved"}
        ),
        "returned": frozenset({"superseded", "withdrawn"}),
        "expired": frozenset({"superseded", "withdrawn"}),
        "approved": frozenset({"active", "withdrawn"}),
        "active": frozenset({"superseded", "ended"}),
    }
)

BEFORE_APPROVAL: Final = (
    "NOTIFIED",
    "ACKNOWLEDGED",
    "UNDER_CLARIFICATION",
    "DRAFT_SENT",
    "KOMMUNE_CLARIFYING",
)
OPEN: Final = (*BEFORE_APPROVAL, "APPROVED", "CONFIRMED", "SETTLEMENT_ACTIVE", "TERMINATING")
"""States in which a case is open."""


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Approval(_Kept):
    """One party's approval of one version."""

    role: Literal["acting", "payer"]
    party: str
    approver: str | None
    at: datetime
    source: str | None
    channel: str = "mail"
    document: str | None = None
    entered_by: str | None = None
    second_person: str | None = None


class Version(_Kept):
    """One version of the agreement. Terms and digest never change; the state does."""

    number: int
    state: VersionState
    terms: Terms
    digest: str
    made_at: datetime
    made_by: str
    approvals: tuple[Approval, ...] = ()
    approved_at: datetime | None = None
    backdated: bool = False
    """The start lies before the day of approval: allowed, and flagged."""

    def to(self, state: VersionState) -> Version:
        """Return the version in its next state. Raises WrongEvent for a change that is none."""
        if state not in _NEXT.get(self.state, frozenset()):
            raise WrongEvent(f"a version that is {self.state} cannot become {state}")
        return self.model_copy(update={"state": state})

    def approved_by(self, role: str) -> bool:
        """Whether a party has approved it."""
        return any(approval.role == role for approval in self.approvals)

    @property
    def documents(self) -> tuple[str, str]:
        """The names of its documents: for people, for machines."""
        return f"draft-{self.number}.pdf", f"draft-{self.number}.json"


class Termination(_Kept):
    """Notice that was given, and the end that follows from it."""

    by: str
    received: date
    reason: str
    wanted: date | None
    end: date


class Settlement(_Kept):
    """Settlement that runs: its plan, and how far the plan reaches."""

    started_at: datetime
    started_by: str
    planned_to: date
    lines: tuple[PlanLine, ...]


class Agreement(_Kept):
    """All of it."""

    request: PlacementRequest
    reference: str | None
    received_at: datetime
    inbox_notice: Literal["250", "dsn"] | None = None
    facility_notice: Literal["250", "dsn"] | None = None
    confirmation: Literal["250", "dsn"] | None = None
    """How the authority's inbox was seen to accept the confirmation; needed for settlement."""
    versions: tuple[Version, ...] = ()
    reminders: Mapping[str, int] = {}
    settlement: Settlement | None = None
    termination: Termination | None = None
    closing_reason: str | None = None

    @property
    def current(self) -> Version | None:
        """The latest version."""
        return self.versions[-1] if self.versions else None

    def version(self, number: int) -> Version | None:
        """Find a version by its number."""
        return next((version for version in self.versions if version.number == number), None)

    def with_current(self, version: Version, **changes: object) -> Agreement:
        """Return the agreement with its latest version replaced, and other fields changed."""
        versions = (*self.versions[:-1], version)
        return self.model_copy(update={"versions": versions, **changes})

    def reminded(self, name: str, count: int | None = None) -> Agreement:
        """Return the agreement with one more reminder counted, or with the count set."""
        number = self.reminders.get(name, 0) + 1 if count is None else count
        return self.model_copy(update={"reminders": {**self.reminders, name: number}})


def latest(agreement: Agreement) -> Version:
    """Return the latest version. Raises WrongEvent where there is none."""
    if agreement.current is None:
        raise WrongEvent("the case has no version yet")
    return agreement.current
