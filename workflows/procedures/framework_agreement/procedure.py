"""The framework agreement as a table: states, moves, messages, deadlines.

In the order of the moves: the secretariat opens the work, Takstgruppen writes the steering
agreement, DASSOS, KD-net and KKR recommend the text, twenty councils approve it, it is published,
sent to the agency and in force for two calendar years.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from workflows.bodies import Note
from workflows.definition import MessageRule, PartyRule, Procedure
from workflows.dialogue import DIALOGUE, DIALOGUE_EVENTS, DIALOGUE_MAILS, Dialogue, dialogue_moves
from workflows.events import DeadlinePassed
from workflows.policy import Policy
from workflows.procedures.framework_agreement import messages as m
from workflows.procedures.framework_agreement.closing import CLOSING_MOVES
from workflows.procedures.framework_agreement.conditions import CONDITION_MOVES
from workflows.procedures.framework_agreement.drafting import DRAFTING_MOVES, REVIEWS
from workflows.procedures.framework_agreement.framework import Framework
from workflows.procedures.framework_agreement.guards import MAIL
from workflows.procedures.framework_agreement.mails import ALERTS, MAILS
from workflows.procedures.framework_agreement.settings import FrameworkSettings
from workflows.procedures.framework_agreement.timers import DEADLINES
from workflows.procedures.framework_agreement.voting import VOTING_MOVES
from workflows.procedures.framework_agreement.waiting import WAITING_MOVES
from workflows.validation import checked
from workflows.wording import SHARED, load

_STATES: Final = (
    "DRAFTING",
    *REVIEWS,
    "APPROVAL_ROUND",
    "OVERDUE",
    "CONTESTED",
    "ADOPTED",
    "PUBLISHED",
    "IN_FORCE",
    "ENDED",
    "FAILED",
)
_TERMINAL: Final = frozenset({"ENDED", "FAILED"})
_READERS: Final = {
    "council": ("secretariat", "authority"),
    "secretariat": ("authority",),
    "authority": ("secretariat",),
    "agency": ("authority",),
}


def _readers(kind: str) -> tuple[str, ...]:
    return _READERS.get(kind, ("authority",))


PROCEDURE: Final = checked(
    Procedure(
        name="framework_agreement",
        states=_STATES,
        terminal=_TERMINAL,
        moves=(
            *DRAFTING_MOVES,
            *VOTING_MOVES,
            *CONDITION_MOVES,
            *WAITING_MOVES,
            *CLOSING_MOVES,
            *dialogue_moves(
                sources=tuple(state for state in _STATES if state not in _TERMINAL),
                people=("council", "secretariat", "agency", "authority"),
                readers=_readers,
                guards=MAIL,
                reason="Who takes part asks and answers beside the messages.",
            ),
        ),
        messages=(
            MessageRule("steering_agreement", m.SteeringAgreement, "sealed"),
            MessageRule("fa_draft", m.FaDraft, "sealed"),
            MessageRule("fa_recommendation", m.FaRecommendation, "sealed"),
            MessageRule("fa_consultation_reply", m.FaConsultationReply, "tunnel"),
            MessageRule("fa_vote", m.FaVote, "sealed", needs_addressee=True),
            DIALOGUE,
        ),
        acts=MappingProxyType(
            {
                "open_framework": m.OpenFramework,
                "steering_agreement": m.SteeringAgreement,
                "fa_draft": m.FaDraft,
                "fa_recommendation": m.FaRecommendation,
                "fa_vote": m.FaVote,
                "settle_condition": m.SettleCondition,
                "send_status": Note,
                "fa_published": m.FaPublished,
                "fa_failed": m.FaFailed,
                "dialogue": Dialogue,
            }
        ),
        system=MappingProxyType({"deadline_passed": DeadlinePassed, **DIALOGUE_EVENTS}),
        deadlines=DEADLINES,
        mails=(*MAILS, *DIALOGUE_MAILS),
        alerts=ALERTS,
        data_model=Framework,
        policy=Policy(),
        wording=load(Path(__file__).parent, SHARED),
        parties=MappingProxyType(
            {
                "open_framework": (
                    PartyRule("secretariat", "partner", "policy.cooperation.secretariat"),
                    PartyRule("council", "partner", "cooperation.organisations"),
                    PartyRule("agency", "partner", "policy.cooperation.agency"),
                )
            }
        ),
        settings=FrameworkSettings(),
    )
)
