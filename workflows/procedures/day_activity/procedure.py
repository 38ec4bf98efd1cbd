"""Day activity as a table: queue, offer, answer, order (seed 003, P4).

The caseworker puts the individual into the queue (R28); the reception group watches it and offers
a place (R29); once one is accepted the ordinary caseworker is told, and orders (R30) in a case of
`service_order`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from workflows.elder_care.tables import offering_table
from workflows.procedures.day_activity import messages as m
from workflows.procedures.day_activity.queueing import OFFERING, QUEUE_MOVES

PROCEDURE: Final = offering_table(
    Path(__file__).parent,
    OFFERING,
    opening=m.DayActivityQueue,
    offer=m.CentreOffer,
    answer=m.CentreAnswer,
    before=("QUEUED",),
    moves=QUEUE_MOVES,
    mails=("queued", "queue_received"),
    reason="The reception group and the caseworker talk about whom they place.",
    data_model=m.DayCase,
    settings=m.DaySettings(),
)
