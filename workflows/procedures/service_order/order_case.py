"""What the case of an order keeps."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from workflows.bodies import Caseworker
from workflows.elder_care.bodies import Individual
from workflows.elder_care.rows import Reminding
from workflows.errors import WrongEvent
from workflows.procedures.service_order.messages import (
    Addressed,
    Decision,
    DeliveredDay,
    ImplementationPlan,
    OralOrder,
    Order,
)

BEFORE_ORDER = ("DECIDED", "ORAL_ORDERED")
CONFIRMING = ("ORDERED", "RECEIVED_BY_PROVIDER", "UNCONFIRMED_OVERDUE")
STARTED = ("STARTED", "PLAN_OVERDUE", "PLAN_RECEIVED", "PLAN_RETURNED", "PLAN_ACCEPTED")
RUNNING = (*CONFIRMING, *STARTED)
OPEN = (*BEFORE_ORDER, *RUNNING)


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Written(_Kept):
    """One version of the written order. `dated` is the day of sending, set by the gateway."""

    number: int
    order: Order
    dated: date
    sent_at: datetime
    delivered_at: datetime | None = None

    @property
    def first_day(self) -> date:
        """The first day on which any of its services is valid."""
        return min(service.valid_from for service in self.order.services)

    @property
    def last_day(self) -> date | None:
        """The last day of all its services; None where one has no end."""
        ends = [service.valid_to for service in self.order.services]
        return None if None in ends else max(end for end in ends if end)


class KeptPlan(_Kept):
    """One plan as it came in."""

    number: int
    plan: ImplementationPlan
    received_at: datetime
    filed_under: str
    state: Literal["received", "accepted", "returned"] = "received"


class TimeLine(_Kept):
    """Hours of one month: as ordered, or exceeding the order in a line of its own (S3-R5)."""

    month: str
    """YYYY-MM."""
    first: date
    last: date
    label: Literal["ORDERED_TIME", "EXCEEDED_BEFORE_ORDER", "EXCEEDED_ABOVE_ORDER"]
    unit: Literal["hour"] = "hour"
    quantity: Decimal
    """Hours that may be billed, two decimals."""
    rate: Decimal | None = None
    amount: Decimal | None = None
    """Kronor, two decimals; None where no rate is known."""


class Account(_Kept):
    """What was delivered, and what of it may be billed."""

    days: tuple[DeliveredDay, ...] = ()
    lines: tuple[TimeLine, ...] = ()


class OrderCase(Reminding):
    """An order from the decision, or the oral order, to its end."""

    decision: Decision | None = None
    oral: OralOrder | None = None
    orders: tuple[Written, ...] = ()
    received_on: date | None = None
    """The first of the two facts of a confirmation, for the newest version (S3-R7)."""
    started_on: date | None = None
    """The second."""
    plans: tuple[KeptPlan, ...] = ()
    settlement: Account = Account()
    paraply_ref: str | None = None
    last_day: date | None = None
    closing_reason: str | None = None

    @property
    def addressed(self) -> Addressed:
        """Who orders for whom, by the decision where there is one. Raises WrongEvent."""
        found = self.decision or self.oral
        if found is None:
            raise WrongEvent("an order without a decision or an oral order")
        return found

    @property
    def individual(self) -> Individual:
        """Whom it is about."""
        return self.addressed.individual

    @property
    def caseworker(self) -> Caseworker:
        """Who orders (sv: ordinarie biståndshandläggare)."""
        return self.addressed.caseworker

    @property
    def newest(self) -> Written:
        """The newest version. Raises WrongEvent before there is one."""
        if not self.orders:
            raise WrongEvent("there is no written order yet")
        return self.orders[-1]

    @property
    def earliest_day(self) -> date:
        """The first day of all versions: of the care, not of the oral order before it."""
        return min(one.first_day for one in self.orders)

    @property
    def ordered_from(self) -> date:
        """The first day on which anything was ordered, in writing or by word of mouth."""
        return min(self.earliest_day, self.oral.said_on) if self.oral else self.earliest_day

    @property
    def confirmer(self) -> str:
        """The role that has to confirm: the provider, or the fee officer for it (S3-R19)."""
        return "provider" if self.addressed.connected else "fee_officer"

    def with_newest(self, **changes: object) -> OrderCase:
        """Return the case with its newest version changed."""
        changed = self.newest.model_copy(update=changes)
        return self.model_copy(update={"orders": (*self.orders[:-1], changed)})
