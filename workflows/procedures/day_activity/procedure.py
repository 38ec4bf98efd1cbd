"""Day activity as a table: queue, offer, answer, order (seed 003, P4).

The caseworker puts the individual into the queue (R28); the reception group watches it and offers
a place (R29); once one is accepted the ordinary caseworker is told, and orders (R30) in a case of
`service_order`.
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
from workflows.procedures.day_activity.messages import (
    CentreAnswer,
    CentreOffer,
    DayActivityQueue,
    DayCase,
    DaySettings,
)
from workflows.procedures.day_activity.queueing import OFFERING, QUEUE_MOVES
from workflows.validation import checked
from workflows.wording import load


def _readers(own: str) -> tuple[str, ...]:
    return ("authority", "orderer") if own == "reception_group" else ("reception_group",)


PROCEDURE: Final = checked(
    Procedure(
        name="day_activity",
        language="sv",
        country="SE",
        states=(
            "QUEUED",
            "OFFERED",
            "ACCEPTED",
            "CASEWORKER_INFORMED",
            "ORDERED",
            "WITHDRAWN",
        ),
        terminal=frozenset({"ORDERED", "WITHDRAWN"}),
        watched=frozenset({"CASEWORKER_INFORMED"}),
        moves=(
            *QUEUE_MOVES,
            *dialogue_moves(
                sources=("QUEUED", "OFFERED", "CASEWORKER_INFORMED"),
                people=("authority", "orderer", "reception_group"),
                readers=_readers,
                guards=people.MAIL,
                reason="The reception group and the caseworker talk about whom they place.",
            ),
        ),
        messages=(
            MessageRule(
                "day_activity_queue",
                DayActivityQueue,
                "tunnel",
                opens=True,
                sender=people.ORDERER,
            ),
            MessageRule("centre_offer", CentreOffer, "tunnel"),
            MessageRule("centre_answer", CentreAnswer, "tunnel"),
            DIALOGUE,
        ),
        acts=MappingProxyType(
            {
                "day_activity_queue": DayActivityQueue,
                "centre_offer": CentreOffer,
                "centre_answer": CentreAnswer,
                "withdraw": Withdrawal,
                "dialogue": Dialogue,
            }
        ),
        system=MappingProxyType(
            {"ordered": OrderPlaced, "deadline_passed": DeadlinePassed, **DIALOGUE_EVENTS}
        ),
        deadlines=OFFERING.deadlines,
        mails=(
            "refused",
            "queued",
            "queue_received",
            *OFFER_MAILS,
            *ORDER_MAILS,
            *DIALOGUE_MAILS,
        ),
        alerts=(),
        data_model=DayCase,
        policy=Policy(),
        wording=load(Path(__file__).parent, WORDING),
        parties=MappingProxyType(
            {
                "day_activity_queue": (
                    PartyRule("reception_group", "partner", "reception_group"),
                    PartyRule("reception_group", "partner", "settings.reception_group"),
                )
            }
        ),
        settings=DaySettings(),
    )
)
