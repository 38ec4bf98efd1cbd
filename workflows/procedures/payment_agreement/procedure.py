"""The payment agreement as a table: states, moves, messages, deadlines.

The seed's ten steps, in the order of the moves: the request comes in (2), region and facility are
told (3), the kommune gets its receipt (4), the facility works (5) and offers (6), the kommune gets
the draft (7) and approves (8), the region gets the confirmation (9) and settles (10).
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel

from workflows.bodies import Note
from workflows.definition import MessageRule, PartyRule, Procedure
from workflows.dialogue import DIALOGUE, DIALOGUE_EVENTS, Dialogue
from workflows.events import DeadlinePassed, Delivery
from workflows.policy import Policy
from workflows.procedures.payment_agreement import messages as m
from workflows.procedures.payment_agreement.agreement import Agreement
from workflows.procedures.payment_agreement.approving import APPROVAL_MOVES
from workflows.procedures.payment_agreement.delivery import DELIVERY_MOVES
from workflows.procedures.payment_agreement.dialogue import DIALOGUE_MOVES
from workflows.procedures.payment_agreement.drafting import DRAFT_MOVES
from workflows.procedures.payment_agreement.grant_change import (
    GRANT_CHANGE_MOVES,
    GRANT_CHANGED,
    GrantChanged,
)
from workflows.procedures.payment_agreement.guards import MINIMUM
from workflows.procedures.payment_agreement.mails import ALERTS, MAILS
from workflows.procedures.payment_agreement.offers import AgreementOffer
from workflows.procedures.payment_agreement.request import REQUEST_MOVES
from workflows.procedures.payment_agreement.settling import SETTLING_MOVES
from workflows.procedures.payment_agreement.timers import DEADLINES
from workflows.validation import checked
from workflows.wording import SHARED, load

_MODELS: Final[dict[str, type[BaseModel]]] = {
    "placement_request": m.PlacementRequest,
    "agreement_offer": AgreementOffer,
    "unavailable": m.Unavailable,
    "agreement_approval": m.AgreementApproval,
    "agreement_change_request": m.AgreementChangeRequest,
    "agreement_rejection": m.AgreementRejection,
    "request_withdrawal": m.RequestWithdrawal,
    "agreement_termination": m.AgreementTermination,
}

PROCEDURE: Final = checked(
    Procedure(
        name="payment_agreement",
        states=(
            "RECEIVED",
            "NOTIFIED",
            "ACKNOWLEDGED",
            "UNDER_CLARIFICATION",
            "DRAFT_SENT",
            "KOMMUNE_CLARIFYING",
            "APPROVED",
            "CONFIRMED",
            "SETTLEMENT_ACTIVE",
            "TERMINATING",
            "ENDED",
            "DECLINED",
            "REJECTED",
            "WITHDRAWN",
        ),
        terminal=frozenset({"ENDED", "DECLINED", "REJECTED", "WITHDRAWN"}),
        moves=(
            *REQUEST_MOVES,
            *DELIVERY_MOVES,
            *DIALOGUE_MOVES,
            *DRAFT_MOVES,
            *APPROVAL_MOVES,
            *SETTLING_MOVES,
            *GRANT_CHANGE_MOVES,
        ),
        messages=(
            *(
                MessageRule(
                    name,
                    model,
                    MINIMUM[name],
                    opens=name == "placement_request",
                    needs_addressee=name == "agreement_approval",
                )
                for name, model in _MODELS.items()
            ),
            DIALOGUE,
        ),
        acts=MappingProxyType(
            {
                "open": Note,
                "clarify": Note,
                "offer": AgreementOffer,
                "unavailable": m.Unavailable,
                "register_approval": m.RegisterApproval,
                "start_settlement": Note,
                "dialogue": Dialogue,
                "terminate": m.AgreementTermination,
            }
        ),
        system=MappingProxyType(
            {
                "notice_accepted": Delivery,
                "notice_failed": Delivery,
                "confirmation_accepted": Delivery,
                "confirmation_failed": Delivery,
                "deadline_passed": DeadlinePassed,
                GRANT_CHANGED: GrantChanged,
                **DIALOGUE_EVENTS,
            }
        ),
        deadlines=DEADLINES,
        mails=MAILS,
        alerts=ALERTS,
        data_model=Agreement,
        policy=Policy(),
        wording=load(Path(__file__).parent, SHARED),
        parties=MappingProxyType(
            {
                "placement_request": (
                    PartyRule("payer", "municipality", "paying_municipality"),
                    PartyRule("facility", "facility", "facility"),
                )
            }
        ),
    )
)
