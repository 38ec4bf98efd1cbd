"""A change of home care as a table: states, moves, messages, deadlines, money.

The provider delivers what the citizen needs and asks afterwards; the orderer grants, orders another
intervention, or declines; then the care record is aligned with what was delivered, and closed.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel

from workflows.bodies import Note
from workflows.definition import Case, MessageRule, Procedure, Relation
from workflows.dialogue import DIALOGUE, DIALOGUE_EVENTS, Dialogue, dialogue_moves
from workflows.events import DeadlinePassed
from workflows.policy import Policy
from workflows.procedures.home_care_change import messages as m
from workflows.procedures.home_care_change.aligning import AFTER_MOVES
from workflows.procedures.home_care_change.care import ANSWERED, OPEN, PLACE, CareCase, place_of
from workflows.procedures.home_care_change.deadlines import DEADLINES
from workflows.procedures.home_care_change.deciding import ANSWER_MOVES
from workflows.procedures.home_care_change.guards import MAIL
from workflows.procedures.home_care_change.mails import ALERTS, MAILS
from workflows.procedures.home_care_change.money import MONEY
from workflows.procedures.home_care_change.requesting import REQUEST_MOVES
from workflows.procedures.home_care_change.settings import CareSettings
from workflows.procedures.home_care_change.watching import WATCHING_MOVES
from workflows.validation import checked
from workflows.wording import SHARED, load

_NAME: Final = "home_care_change"


def _readers(own: str) -> tuple[str, ...]:
    return ("authority",) if own == "provider" else ("provider",)


def _same_citizen_and_service(case: Case | None, body: BaseModel) -> str | None:
    if isinstance(body, m.CareChangeRequest):
        return place_of(body)
    if case is not None and isinstance(case.data, CareCase):
        return place_of(case.data.request)
    return None


PROCEDURE: Final = checked(
    Procedure(
        name=_NAME,
        states=(
            "INCOMPLETE",
            "SUBMITTED",
            "ASSESSING",
            "OVERDUE",
            *ANSWERED,
            "CLOSED",
            "WITHDRAWN",
        ),
        terminal=frozenset({"CLOSED", "WITHDRAWN"}),
        moves=(
            *REQUEST_MOVES,
            *WATCHING_MOVES,
            *ANSWER_MOVES,
            *AFTER_MOVES,
            *dialogue_moves(
                sources=OPEN,
                people=("provider", "authority"),
                readers=_readers,
                guards=MAIL,
                reason="Orderer and provider can talk as long as a case is open.",
            ),
        ),
        messages=(
            MessageRule(
                "care_change_request",
                m.CareChangeRequest,
                assurance="tunnel",
                opens=True,
                sender="provider",
            ),
            MessageRule("care_request_completion", m.CareRequestCompletion, assurance="tunnel"),
            MessageRule("care_request_withdrawal", m.CareRequestWithdrawal, assurance="tunnel"),
            DIALOGUE,
        ),
        acts=MappingProxyType(
            {
                "open": Note,
                "grant": m.Grant,
                "other_intervention": m.OtherIntervention,
                "decline": m.Decline,
                "nexus_aligned": m.NexusAligned,
                "post_adjustment": m.PostAdjustment,
                "link_case": m.LinkCase,
                "dialogue": Dialogue,
            }
        ),
        system=MappingProxyType(
            {
                "deadline_passed": DeadlinePassed,
                "order_suspended": m.OrderSuspended,
                **DIALOGUE_EVENTS,
            }
        ),
        deadlines=DEADLINES,
        mails=MAILS,
        alerts=ALERTS,
        data_model=CareCase,
        policy=Policy(),
        wording=load(Path(__file__).parent, SHARED),
        relations=(
            Relation(
                (
                    "care_change_request",
                    "grant",
                    "other_intervention",
                    "decline",
                    "post_adjustment",
                ),
                PLACE,
                _same_citizen_and_service,
                procedures=(_NAME,),
            ),
        ),
        money=MONEY,
        settings=CareSettings(),
    )
)
