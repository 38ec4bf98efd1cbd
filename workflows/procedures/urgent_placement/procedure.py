"""The urgent placement as a table: queue, mail, offers until one is accepted, order (seed 003, P2).

The caseworker has put the individual into the queue (R11) and mails the queue unit (R12 to R16);
the unit offers homes and tells the caseworker when one is accepted (R17); the order follows in a
case of `service_order` (R18).
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from workflows.definition import MessageRule, PartyRule, Procedure
from workflows.dialogue import DIALOGUE, DIALOGUE_EVENTS, DIALOGUE_MAILS, Dialogue, dialogue_moves
from workflows.elder_care import WORDING, people
from workflows.elder_care.bodies import OrderPlaced, Withdrawal
from workflows.elder_care.offering import OFFER_MAILS
from workflows.elder_care.placed import ORDER_MAILS
from workflows.events import DeadlinePassed
from workflows.policy import Policy
from workflows.procedures.urgent_placement.messages import (
    HomeAnswer,
    HomeOffer,
    UrgentCase,
    UrgentPlacement,
    UrgentSettings,
)
from workflows.procedures.urgent_placement.requesting import LIABILITY, OFFERING, REQUEST_MOVES
from workflows.validation import checked
from workflows.wording import load


def _readers(own: str) -> tuple[str, ...]:
    return ("authority", "orderer") if own == "queue_unit" else ("queue_unit",)


PROCEDURE: Final = checked(
    Procedure(
        name="urgent_placement",
        language="sv",
        country="SE",
        states=(
            "QUEUED",
            "URGENT_MAIL_SENT",
            "OFFERED",
            "ACCEPTED",
            "CASEWORKER_INFORMED",
            "ORDERED",
            "WITHDRAWN",
        ),
        terminal=frozenset({"ORDERED", "WITHDRAWN"}),
        watched=frozenset({"CASEWORKER_INFORMED"}),
        moves=(
            *REQUEST_MOVES,
            *dialogue_moves(
                sources=("URGENT_MAIL_SENT", "OFFERED", "CASEWORKER_INFORMED"),
                people=("authority", "orderer", "queue_unit"),
                readers=_readers,
                guards=people.MAIL,
                reason="The queue unit and the caseworker talk about whom they place.",
            ),
        ),
        messages=(
            MessageRule(
                "urgent_placement", UrgentPlacement, "tunnel", opens=True, sender=people.ORDERER
            ),
            MessageRule("home_offer", HomeOffer, "tunnel"),
            MessageRule("home_answer", HomeAnswer, "tunnel"),
            DIALOGUE,
        ),
        acts=MappingProxyType(
            {
                "urgent_placement": UrgentPlacement,
                "home_offer": HomeOffer,
                "home_answer": HomeAnswer,
                "withdraw": Withdrawal,
                "dialogue": Dialogue,
            }
        ),
        system=MappingProxyType(
            {"ordered": OrderPlaced, "deadline_passed": DeadlinePassed, **DIALOGUE_EVENTS}
        ),
        deadlines=(*OFFERING.deadlines, LIABILITY),
        mails=(
            "refused",
            "urgent_placement",
            "urgent_received",
            "liability_mismatch",
            "liability_begins",
            *OFFER_MAILS,
            *ORDER_MAILS,
            *DIALOGUE_MAILS,
        ),
        alerts=("liability_begins",),
        data_model=UrgentCase,
        policy=Policy(),
        wording=load(Path(__file__).parent, WORDING),
        parties=MappingProxyType(
            {
                "urgent_placement": (
                    PartyRule("queue_unit", "partner", "queue_unit"),
                    PartyRule("queue_unit", "partner", "settings.queue_unit"),
                )
            }
        ),
        settings=UrgentSettings(),
    )
)
