"""The order of elder care as a table: states, moves, messages, deadlines (seed 003).

A decision is made (R1), or in an acute situation ordered by word of mouth first (R2, R3); the
written order goes out under the day's date (R4); the provider confirms both facts (R7), or the fee
officer for it (R19); the implementation plan comes (R24), is filed and seen (R26, R27); the order
is changed in versions and ends.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel

from workflows.definition import BY_NUMBER, Case, MessageRule, PartyRule, Procedure, Relation
from workflows.dialogue import DIALOGUE, DIALOGUE_EVENTS, Dialogue
from workflows.elder_care import WORDING, people
from workflows.elder_care.bodies import Withdrawal
from workflows.elder_care.rows import named_or_set
from workflows.events import DeadlinePassed, Delivery
from workflows.policy import Policy
from workflows.procedures.service_order import messages as m
from workflows.procedures.service_order.changing import CHANGING_MOVES
from workflows.procedures.service_order.confirming import CONFIRMING_MOVES
from workflows.procedures.service_order.mails import ALERTS, MAILS
from workflows.procedures.service_order.money import MONEY
from workflows.procedures.service_order.order_case import OrderCase
from workflows.procedures.service_order.ordering import ORDERING_MOVES
from workflows.procedures.service_order.planning import PLANNING_MOVES
from workflows.procedures.service_order.settings import OrderSettings
from workflows.procedures.service_order.timers import DEADLINES
from workflows.validation import checked
from workflows.wording import load

_PEOPLE: Final = (
    PartyRule("provider", "partner", "provider"),
    PartyRule("provider", "facility", "provider"),
    *named_or_set("fee_officer"),
)
_BY_MAIL: Final[dict[str, type[BaseModel]]] = {
    "confirmation": m.Confirmation,
    "order_info_request": m.OrderInfoRequest,
    "plan": m.ImplementationPlan,
    "order_change": m.Order,
    "order_end": m.OrderEnd,
    "plan_accepted": m.PlanAccepted,
    "plan_returned": m.PlanReturned,
}


def _placement(case: Case | None, body: BaseModel) -> str | None:
    """Return the number of the case in which the place was found."""
    decision = body if isinstance(body, m.Decision) else None
    if decision is None and case is not None and isinstance(case.data, OrderCase):
        decision = case.data.decision
    return decision.placement if decision else None


PROCEDURE: Final = checked(
    Procedure(
        name="service_order",
        language="sv",
        country="SE",
        states=(
            "DECIDED",
            "ORAL_ORDERED",
            "ORDERED",
            "RECEIVED_BY_PROVIDER",
            "UNCONFIRMED_OVERDUE",
            "STARTED",
            "PLAN_OVERDUE",
            "PLAN_RECEIVED",
            "PLAN_RETURNED",
            "PLAN_ACCEPTED",
            "ENDED",
            "WITHDRAWN",
        ),
        terminal=frozenset({"ENDED", "WITHDRAWN"}),
        watched=frozenset({"ORAL_ORDERED", "UNCONFIRMED_OVERDUE", "PLAN_OVERDUE", "PLAN_RECEIVED"}),
        moves=(*ORDERING_MOVES, *CONFIRMING_MOVES, *PLANNING_MOVES, *CHANGING_MOVES),
        messages=(
            MessageRule(
                "service_order", m.ServiceOrder, "tunnel", opens=True, sender=people.ORDERER
            ),
            *(MessageRule(name, model, "tunnel") for name, model in _BY_MAIL.items()),
            MessageRule("time_report", m.TimeReport, "tunnel"),
            DIALOGUE,
        ),
        acts=MappingProxyType(
            {
                "decide": m.Decision,
                "oral_order": m.OralOrder,
                "order": m.Order,
                "service_order": m.ServiceOrder,
                "withdraw": Withdrawal,
                "register": m.Registered,
                "confirmation": m.Confirmation,
                "order_change": m.Order,
                "order_end": m.OrderEnd,
                "plan_accepted": m.PlanAccepted,
                "plan_returned": m.PlanReturned,
                "dialogue": Dialogue,
            }
        ),
        system=MappingProxyType(
            {
                "order_delivered": Delivery,
                "order_failed": Delivery,
                "deadline_passed": DeadlinePassed,
                **DIALOGUE_EVENTS,
            }
        ),
        deadlines=DEADLINES,
        mails=MAILS,
        alerts=ALERTS,
        data_model=OrderCase,
        policy=Policy(),
        wording=load(Path(__file__).parent, WORDING),
        parties=MappingProxyType(dict.fromkeys(("decide", "oral_order", "service_order"), _PEOPLE)),
        relations=(Relation(("decide", "order", "service_order"), BY_NUMBER, _placement),),
        money=MONEY,
        settings=OrderSettings(),
    )
)
