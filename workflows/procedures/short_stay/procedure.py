"""The short stay as a table: with the unit, candidates, one asked, agreed, order (seed 003, P3).

Short-term and profile homes lie outside the free choice (R21), so the unit does all of it; what
came to somebody else is routed back (R22). The nearest home comes first (R23).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from workflows.definition import MessageRule, PartyRule
from workflows.elder_care.placed import ORDER_REMINDER
from workflows.elder_care.placement import AGREED
from workflows.elder_care.tables import Sides, placing_table
from workflows.procedures.short_stay import messages as m
from workflows.procedures.short_stay.finding import FINDING_MOVES, HOME_ANSWER, OPEN

_SIDES: Final = Sides(
    ("authority",),
    ("home", "referrer"),
    "The home and the caseworker talk about whom they place.",
)

PROCEDURE: Final = placing_table(
    Path(__file__).parent,
    states=OPEN,
    watched=("ROUTED_BACK", AGREED),
    moves=(*FINDING_MOVES, *_SIDES.moves(OPEN)),
    messages=(
        MessageRule(
            "short_stay_referral", m.ShortStayReferral, "tunnel", opens=True, sender="referrer"
        ),
        MessageRule("stay_answer", m.StayAnswer, "tunnel"),
    ),
    acts={
        "stay": m.Stay,
        "candidates": m.Candidates,
        "choose_home": m.HomeChoice,
        "stay_answer": m.StayAnswer,
    },
    deadlines=(HOME_ANSWER, ORDER_REMINDER),
    mails=(
        "routed_back",
        "routed_back_received",
        "candidates_listed",
        "stay_request",
        "ask_yourself",
        "agreed",
        "home_declined",
        "answer_received",
        "reminder_home",
        "overdue_home",
    ),
    data_model=m.StayCase,
    parties={
        "choose_home": (
            PartyRule("home", "facility", "home"),
            PartyRule("home", "partner", "home"),
        )
    },
    settings=m.StaySettings(),
)
