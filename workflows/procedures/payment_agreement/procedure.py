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
from workflows.definition import MessageRule, PartyRule, Procedure, Relation
from workflows.dialogue import DIALOGUE, DIALOGUE_EVENTS, Dialogue
from workflows.events import DeadlinePassed, Delivery
from workflows.policy import Policy
from workflows.procedures.payment_agreement import messages as m
from workflows.procedures.payment_agreement import running as r
from workflows.procedures.payment_agreement.agreement import Agreement
from workflows.procedures.payment_agreement.amending import AMENDING_MOVES
from workflows.procedures.payment_agreement.approving import APPROVAL_MOVES
from workflows.procedures.payment_agreement.cancelling import CANCELLING_MOVES
from workflows.procedures.payment_agreement.correcting import CORRECTING_MOVES
from workflows.procedures.payment_agreement.delivery import DELIVERY_MOVES
from workflows.procedures.payment_agreement.dialogue import DIALOGUE_MOVES
from workflows.procedures.payment_agreement.disputing import DISPUTE_MOVES
from workflows.procedures.payment_agreement.drafting import DRAFT_MOVES
from workflows.procedures.payment_agreement.grant_change import (
    GRANT_CHANGE_MOVES,
    GRANT_CHANGED,
    GrantChanged,
)
from workflows.procedures.payment_agreement.guards import MINIMUM
from workflows.procedures.payment_agreement.leaving import LEAVING_MOVES
from workflows.procedures.payment_agreement.living import LIVING_MOVES
from workflows.procedures.payment_agreement.mails import ALERTS, MAILS
from workflows.procedures.payment_agreement.offers import AgreementOffer
from workflows.procedures.payment_agreement.rates import RATE_MOVES
from workflows.procedures.payment_agreement.request import REQUEST_MOVES, citizen_of
from workflows.procedures.payment_agreement.settings import PaymentSettings
from workflows.procedures.payment_agreement.settling import SETTLING_MOVES
from workflows.procedures.payment_agreement.succeeding import SUCCEEDING_MOVES
from workflows.procedures.payment_agreement.timers import DEADLINES
from workflows.procedures.payment_agreement.transferring import TRANSFER_MOVES
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
    "agreement_amendment": r.AgreementAmendment,
    "agreement_cancellation": r.AgreementCancellation,
    "move_in_confirmed": r.MoveInConfirmed,
    "start_changed": r.StartChanged,
    "move_out": r.MoveOut,
    "death": r.Death,
    "absence": r.AbsenceTold,
    "caseworker_change": r.CaseworkerChange,
    "responsibility_transfer": r.ResponsibilityTransfer,
    "invoice_dispute": r.InvoiceDispute,
    "admission_notice": r.AdmissionNotice,
}
_BY_US_TOO: Final = (
    "agreement_amendment",
    "agreement_cancellation",
    "move_in_confirmed",
    "start_changed",
    "move_out",
    "death",
    "absence",
    "caseworker_change",
    "responsibility_transfer",
    "invoice_dispute",
    "admission_notice",
)
"""Messages that a caseworker may also enter as acts of the same name."""

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
            "CANCELLED",
        ),
        terminal=frozenset({"ENDED", "DECLINED", "REJECTED", "WITHDRAWN", "CANCELLED"}),
        moves=(
            *REQUEST_MOVES,
            *DELIVERY_MOVES,
            *DIALOGUE_MOVES,
            *DRAFT_MOVES,
            *AMENDING_MOVES,
            *TRANSFER_MOVES,
            *SUCCEEDING_MOVES,
            *APPROVAL_MOVES,
            *SETTLING_MOVES,
            *GRANT_CHANGE_MOVES,
            *CANCELLING_MOVES,
            *LIVING_MOVES,
            *RATE_MOVES,
            *DISPUTE_MOVES,
            *LEAVING_MOVES,
            *CORRECTING_MOVES,
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
                "phone_note": r.PhoneNote,
                "misdirected": r.Misdirected,
                "correct": r.Correct,
                "reopen": r.Reopen,
                "close_month": r.CloseMonth,
                **{name: _MODELS[name] for name in _BY_US_TOO},
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
                "rates_announced": r.RatesAnnounced,
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
                    PartyRule("location", "municipality", "location_municipality"),
                    PartyRule("residence", "municipality", "residence_municipality"),
                ),
                "responsibility_transfer": (
                    PartyRule("successor", "municipality", "to_municipality"),
                ),
            }
        ),
        relations=(
            Relation(("placement_request",), "citizen", citizen_of, ("payment_agreement",)),
        ),
        settings=PaymentSettings(),
    )
)
