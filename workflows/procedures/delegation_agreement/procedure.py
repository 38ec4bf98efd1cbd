"""The delegation agreement as a table: drafted or proposed, accepted by both, active, over."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from workflows.bodies import Note
from workflows.definition import MessageRule, PartyRule, Procedure, Situation
from workflows.dialogue import (
    DIALOGUE,
    DIALOGUE_EVENTS,
    DIALOGUE_MAILS,
    Dialogue,
    dialogue_moves,
)
from workflows.events import AUTHORITY, DeadlinePassed, Party
from workflows.policy import Policy
from workflows.procedures.delegation_agreement import guards as g
from workflows.procedures.delegation_agreement import messages as m
from workflows.procedures.delegation_agreement.accepting import ACCEPTING
from workflows.procedures.delegation_agreement.agreement import (
    DELEGATOR,
    NAME,
    PEOPLE,
    Delegation,
    side_of,
)
from workflows.procedures.delegation_agreement.proposing import PROPOSING
from workflows.procedures.delegation_agreement.settings import DelegationSettings
from workflows.procedures.delegation_agreement.states import OPEN, STATES, TERMINAL
from workflows.procedures.delegation_agreement.timers import DEADLINES
from workflows.validation import checked
from workflows.wording import SHARED, load

_SIDES: Final = (
    PartyRule("delegate", "municipality", "delegate_municipality"),
    PartyRule("facility", "facility", "facility"),
)


def _concerned(situation: Situation, party: Party) -> bool:
    """Between two other kommuner the authority hosts the case, and reads none of it."""
    return party.role != AUTHORITY or side_of(situation, AUTHORITY) is not None


PROCEDURE: Final = checked(
    Procedure(
        name=NAME,
        states=STATES,
        terminal=TERMINAL,
        moves=(
            *PROPOSING,
            *ACCEPTING,
            *dialogue_moves(
                sources=OPEN,
                people=PEOPLE,
                guards=g.MAIL,
                reason="The two sides talk about what is delegated.",
                concerns=_concerned,
            ),
        ),
        messages=(
            MessageRule(
                "delegation_proposal",
                m.DelegationProposal,
                "sealed",
                opens=True,
                sender=DELEGATOR,
            ),
            MessageRule("delegation_accept", m.DelegationAccept, "sealed", needs_addressee=True),
            MessageRule("delegation_reject", m.DelegationReject, "sealed"),
            MessageRule("delegation_revoke", m.DelegationRevoke, "sealed"),
            DIALOGUE,
        ),
        acts=MappingProxyType(
            {
                "draft_delegation": m.DelegationProposal,
                "propose_delegation": Note,
                "accept_delegation": m.DelegationAccept,
                "reject_delegation": m.DelegationReject,
                "revoke_delegation": m.DelegationRevoke,
                "dialogue": Dialogue,
            }
        ),
        system=MappingProxyType({"deadline_passed": DeadlinePassed, **DIALOGUE_EVENTS}),
        deadlines=DEADLINES,
        mails=(
            "refused",
            "proposal",
            "proposal_sent",
            "answer_reminder",
            "answer_overdue",
            "accepted_first",
            "accepted_again",
            "accepted",
            "active",
            "rejected",
            "rejected_receipt",
            "revoked",
            "proposal_withdrawn",
            "expiry_reminder",
            "expired",
            *DIALOGUE_MAILS,
        ),
        alerts=("delegation_unanswered",),
        data_model=Delegation,
        policy=Policy(),
        wording=load(Path(__file__).parent, SHARED),
        parties=MappingProxyType(
            dict.fromkeys(("delegation_proposal", "draft_delegation"), _SIDES)
        ),
        settings=DelegationSettings(),
    )
)
