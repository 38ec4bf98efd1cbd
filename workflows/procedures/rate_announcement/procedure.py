"""The announcement of rates as a table: one act, which opens a case that is then over."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from workflows.definition import PartyRule, Procedure, Relation
from workflows.policy import Policy
from workflows.procedures.rate_announcement.announcing import (
    ANNOUNCING_MOVES,
    Announcement,
    facility_of,
)
from workflows.procedures.rate_announcement.messages import AnnounceRates
from workflows.validation import checked
from workflows.wording import SHARED, load

PROCEDURE: Final = checked(
    Procedure(
        name="rate_announcement",
        states=("ANNOUNCED",),
        terminal=frozenset({"ANNOUNCED"}),
        moves=ANNOUNCING_MOVES,
        messages=(),
        acts=MappingProxyType({"announce_rates": AnnounceRates}),
        system=MappingProxyType({}),
        deadlines=(),
        mails=("announced",),
        alerts=(),
        data_model=Announcement,
        policy=Policy(),
        wording=load(Path(__file__).parent, SHARED),
        parties=MappingProxyType(
            {"announce_rates": (PartyRule("facility", "facility", "facility"),)}
        ),
        relations=(Relation(("announce_rates",), "facility", facility_of, ("payment_agreement",)),),
    )
)
