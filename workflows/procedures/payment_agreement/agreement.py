"""What a case keeps about its agreement: the request, every version, settlement and end.

Versions have states of their own, so that one can settle while its successor is still a draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, Literal

from workflows.bodies import Caseworker
from workflows.errors import WrongEvent
from workflows.procedures.payment_agreement.keeping import (
    Absence,
    Dispute,
    Kept,
    RateNotice,
    Remark,
    Settlement,
    Termination,
    Transfer,
)
from workflows.procedures.payment_agreement.messages import PlacementRequest
from workflows.procedures.payment_agreement.offers import Terms

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
        "active": frozenset({"superseded", "ended", "withdrawn"}),
        "withdrawn": frozenset({"approved"}),
        "ended": frozenset({"active"}),
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
RUNNING: Final = ("SETTLEMENT_ACTIVE", "TERMINATING")
"""States in which settlement runs."""
AGREED: Final = ("APPROVED", "CONFIRMED", *RUNNING)
"""States in which there is an agreement."""


class Approval(Kept):
    """One party's approval of one version."""

    role: Literal["acting", "payer", "successor"]
    party: str
    approver: str | None
    at: datetime
    source: str | None
    channel: str = "mail"
    document: str | None = None
    entered_by: str | None = None
    second_person: str | None = None


class Version(Kept):
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
    purpose: Literal["agreement", "amendment", "transfer"] = "agreement"
    """Whether it begins the agreement, changes it from its start on, or moves it to a kommune."""
    confirmed: Literal["250", "dsn"] | None = None
    """How the authority's inbox was seen to accept the confirmation of a change."""

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


class Agreement(Kept):
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
    same_citizen: tuple[str, ...] = ()
    """The cases of the same citizen at the facility that were open when this one came."""
    same_citizen_own: tuple[str, ...] = ()
    """Those of them that the acting kommune has itself."""
    start: date | None = None
    """The first day, where it is no longer the one that the first approved version says."""
    moved_in: date | None = None
    caseworker: Caseworker | None = None
    """Who answers for the case now, where it is no longer who asked."""
    absences: tuple[Absence, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    rate_notices: tuple[RateNotice, ...] = ()
    remarks: tuple[Remark, ...] = ()
    transfer: Transfer | None = None
    """The responsibility that is about to move."""
    admitted: date | None = None
    """The day of admission that the facility has told (da: optagelse)."""

    @property
    def settles(self) -> Version | None:
        """The version in force: the active one, else the one that was approved to begin."""
        states = ("active", "approved")
        found = (one for state in states for one in self.versions if one.state == state)
        return next(found, None)

    @property
    def change(self) -> Version | None:
        """A change that is on its way: sent, or approved and not yet in force."""
        last = self.current
        on_its_way = last is not None and last.purpose != "agreement"
        return last if on_its_way and last and last.state in {"sent", "approved"} else None

    @property
    def standing(self) -> Version | None:
        """The version that an answer is about: the latest that was not turned down."""
        fallen = {"rejected", "expired", "returned", "withdrawn", "superseded"}
        alive = [one for one in self.versions if one.state not in fallen]
        return alive[-1] if alive else self.current

    @property
    def first_day(self) -> date:
        """The first day of the agreement. Raises WrongEvent where nothing was approved."""
        begun = next((one for one in self.versions if one.approved_at is not None), None)
        if begun is None:
            raise WrongEvent("the case has no agreement yet")
        return self.start or begun.terms.start

    @property
    def answers(self) -> Caseworker:
        """Who answers for the case at the kommune."""
        return self.caseworker or self.request.caseworker

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

    def with_version(self, version: Version, **changes: object) -> Agreement:
        """Return the agreement with the version of the same number replaced."""
        versions = tuple(version if one.number == version.number else one for one in self.versions)
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


def in_force(agreement: Agreement) -> Version:
    """Return the version in force. Raises WrongEvent where there is none."""
    if agreement.settles is None:
        raise WrongEvent("no version is in force")
    return agreement.settles
