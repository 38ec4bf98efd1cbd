"""The short stay as a table: with the unit, candidates, one asked, agreed, order (seed 003, P3).

Short-term and profile homes lie outside the free choice (R21), so the unit does all of it; what
came to somebody else is routed back (R22). The nearest home comes first (R23).
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from workflows.definition import MessageRule, PartyRule, Procedure
from workflows.dialogue import DIALOGUE, DIALOGUE_EVENTS, DIALOGUE_MAILS, Dialogue, dialogue_moves
from workflows.elder_care import WORDING, people
from workflows.elder_care.bodies import OrderPlaced, Withdrawal
from workflows.elder_care.placed import ORDER_MAILS, ORDER_REMINDER
from workflows.elder_care.placement import AGREED
from workflows.events import DeadlinePassed
from workflows.policy import Policy
from workflows.procedures.short_stay.finding import FINDING_MOVES, HOME_ANSWER, OPEN
from workflows.procedures.short_stay.messages import (
    Candidates,
    HomeChoice,
    ShortStayReferral,
    Stay,
    StayAnswer,
    StayCase,
    StaySettings,
)
from workflows.validation import checked
from workflows.wording import load


def _readers(own: str) -> tuple[str, ...]:
    return ("home", "referrer") if own == "authority" else ("authority",)


PROCEDURE: Final = checked(
    Procedure(
        name="short_stay",
        language="sv",
        country="SE",
        states=(
            "ROUTED_BACK",
            "AT_BISTANDSENHET",
            "CANDIDATES",
            "ASKED",
            "AGREED",
            "ORDERED",
            "WITHDRAWN",
        ),
        terminal=frozenset({"ORDERED", "WITHDRAWN"}),
        watched=frozenset({"ROUTED_BACK", AGREED}),
        moves=(
            *FINDING_MOVES,
            *dialogue_moves(
                sources=OPEN,
                people=("authority", "home", "referrer"),
                readers=_readers,
                guards=people.MAIL,
                reason="The home and the caseworker talk about whom they place.",
            ),
        ),
        messages=(
            MessageRule(
                "short_stay_referral", ShortStayReferral, "tunnel", opens=True, sender="referrer"
            ),
            MessageRule("stay_answer", StayAnswer, "tunnel"),
            DIALOGUE,
        ),
        acts=MappingProxyType(
            {
                "stay": Stay,
                "candidates": Candidates,
                "choose_home": HomeChoice,
                "stay_answer": StayAnswer,
                "withdraw": Withdrawal,
                "dialogue": Dialogue,
            }
        ),
        system=MappingProxyType(
            {"ordered": OrderPlaced, "deadline_passed": DeadlinePassed, **DIALOGUE_EVENTS}
        ),
        deadlines=(HOME_ANSWER, ORDER_REMINDER),
        mails=(
            "refused",
            "routed_back",
            "routed_back_received",
            "candidates_listed",
            "stay_request",
            "agreed",
            "home_declined",
            "answer_received",
            "reminder_home",
            "overdue_home",
            *ORDER_MAILS,
            *DIALOGUE_MAILS,
        ),
        alerts=(),
        data_model=StayCase,
        policy=Policy(),
        wording=load(Path(__file__).parent, WORDING),
        parties=MappingProxyType(
            {
                "choose_home": (
                    PartyRule("home", "facility", "home"),
                    PartyRule("home", "partner", "home"),
                )
            }
        ),
        settings=StaySettings(),
    )
)
