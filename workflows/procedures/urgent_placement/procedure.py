"""The urgent placement as a table: queue, mail, offers until one is accepted, order (seed 003, P2).

The caseworker has put the individual into the queue (R11) and mails the queue unit (R12 to R16);
the unit offers homes and tells the caseworker when one is accepted (R17); the order follows in a
case of `service_order` (R18).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from workflows.elder_care.tables import offering_table
from workflows.procedures.urgent_placement import messages as m
from workflows.procedures.urgent_placement.requesting import LIABILITY, OFFERING, REQUEST_MOVES

PROCEDURE: Final = offering_table(
    Path(__file__).parent,
    OFFERING,
    opening=m.UrgentPlacement,
    offer=m.HomeOffer,
    answer=m.HomeAnswer,
    before=("QUEUED", "URGENT_MAIL_SENT"),
    moves=REQUEST_MOVES,
    mails=("urgent_placement", "urgent_received", "liability_mismatch", "liability_begins"),
    reason="The queue unit and the caseworker talk about whom they place.",
    deadlines=(LIABILITY,),
    alerts=("liability_begins",),
    data_model=m.UrgentCase,
    settings=m.UrgentSettings(),
)
