"""The lists of the cooperation's bodies as a table: states, moves, messages, deadlines."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from workflows.bodies import Note
from workflows.definition import MessageRule, PartyRule, Procedure
from workflows.dialogue import DIALOGUE, DIALOGUE_EVENTS, DIALOGUE_MAILS, Dialogue, dialogue_moves
from workflows.events import DeadlinePassed
from workflows.policy import Policy
from workflows.procedures.governance_mail import messages as m
from workflows.procedures.governance_mail.body import GovernanceBody
from workflows.procedures.governance_mail.guards import MAIL
from workflows.procedures.governance_mail.moves import DEADLINES, MOVES
from workflows.validation import checked
from workflows.wording import SHARED, load

_MAILS: Final = (
    "refused",
    "opened",
    "member",
    "member_received",
    "member_told",
    "meeting_call",
    "agenda",
    "minutes",
    "minutes_approval",
    "posted",
    "checked",
    "closed",
)


def _readers(kind: str) -> tuple[str, ...]:
    return ("authority",) if kind == "secretariat" else ("secretariat", "authority")


PROCEDURE: Final = checked(
    Procedure(
        name="governance_mail",
        states=("ACTIVE", "CLOSED"),
        terminal=frozenset({"CLOSED"}),
        moves=(
            *MOVES,
            *dialogue_moves(
                sources=("ACTIVE",),
                people=("member", "secretariat", "authority"),
                readers=_readers,
                guards=MAIL,
                reason="Members answer the secretariat; who only reads does not.",
            ),
        ),
        messages=(
            MessageRule("meeting_call", m.MeetingCall, "sealed"),
            MessageRule("agenda", m.Agenda, "sealed"),
            MessageRule("minutes", m.Minutes, "sealed"),
            MessageRule("minutes_approval", m.MinutesApproval, "sealed"),
            MessageRule("member_change", m.MemberChange, "sealed"),
            DIALOGUE,
        ),
        acts=MappingProxyType(
            {
                "body_open": m.BodyOpen,
                "member_change": m.MemberChange,
                "meeting_call": m.MeetingCall,
                "agenda": m.Agenda,
                "minutes": m.Minutes,
                "minutes_approval": m.MinutesApproval,
                "check_seats": Note,
                "body_close": Note,
                "dialogue": Dialogue,
            }
        ),
        system=MappingProxyType({"deadline_passed": DeadlinePassed, **DIALOGUE_EVENTS}),
        deadlines=DEADLINES,
        mails=(*_MAILS, *DIALOGUE_MAILS),
        alerts=("citizen_number",),
        data_model=GovernanceBody,
        policy=Policy(),
        wording=load(Path(__file__).parent, SHARED),
        parties=MappingProxyType(
            {
                "body_open": (
                    PartyRule("secretariat", "partner", "secretariat"),
                    PartyRule("secretariat", "partner", "policy.cooperation.secretariat"),
                    PartyRule("member", "partner", "organisations"),
                ),
                "member_change": (PartyRule("member", "partner", "organisations"),),
            }
        ),
        searches_files=True,
    )
)
