"""A coordination as a table: the acting kommune asks, the residence kommune answers.

The gateway may serve either of them, or a third party that both write to.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from workflows.definition import MessageRule, PartyRule, Procedure
from workflows.dialogue import DIALOGUE, DIALOGUE_EVENTS, Dialogue
from workflows.events import DeadlinePassed, Delivery
from workflows.policy import Policy
from workflows.procedures.coordination import messages as m
from workflows.procedures.coordination.case import OPEN, Coordination
from workflows.procedures.coordination.moves import ALERTS, DEADLINES, MAILS, MOVES
from workflows.procedures.coordination.settings import CoordinationSettings
from workflows.validation import checked
from workflows.wording import SHARED, load

PROCEDURE: Final = checked(
    Procedure(
        name="coordination",
        states=(*OPEN, "CLOSED"),
        terminal=frozenset({"CLOSED"}),
        moves=MOVES,
        messages=(
            MessageRule(
                "coordination_request", m.CoordinationRequest, assurance="tunnel", opens=True
            ),
            MessageRule("coordination_reply", m.CoordinationReply, assurance="tunnel"),
            MessageRule("coordination_closed", m.CoordinationClosed, assurance="tunnel"),
            DIALOGUE,
        ),
        acts=MappingProxyType(
            {
                "coordination_request": m.CoordinationRequest,
                "coordination_reply": m.CoordinationReply,
                "coordination_closed": m.CoordinationClosed,
                "dialogue": Dialogue,
            }
        ),
        system=MappingProxyType(
            {"question_failed": Delivery, "deadline_passed": DeadlinePassed, **DIALOGUE_EVENTS}
        ),
        deadlines=DEADLINES,
        mails=MAILS,
        alerts=ALERTS,
        data_model=Coordination,
        policy=Policy(),
        wording=load(Path(__file__).parent, SHARED),
        parties=MappingProxyType(
            {
                "coordination_request": (
                    PartyRule("residence", "municipality", "residence_municipality"),
                )
            }
        ),
        settings=CoordinationSettings(),
    )
)
