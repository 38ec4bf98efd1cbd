"""The collection of reports as a table: states, moves, messages, deadlines."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel

from workflows.bodies import Note
from workflows.definition import Case, MessageRule, PartyRule, Procedure, Relation
from workflows.dialogue import DIALOGUE, DIALOGUE_EVENTS, DIALOGUE_MAILS, Dialogue, dialogue_moves
from workflows.events import DeadlinePassed
from workflows.policy import Policy
from workflows.procedures.capacity_report.cycle import Cycle
from workflows.procedures.capacity_report.guards import MAIL
from workflows.procedures.capacity_report.messages import CapacityReport, ReportCall
from workflows.procedures.capacity_report.money import MONEY
from workflows.procedures.capacity_report.moves import DEADLINES, FILED, MOVES
from workflows.procedures.capacity_report.settings import ReportSettings
from workflows.validation import checked
from workflows.wording import SHARED, load

_STATES: Final = ("CALLED", "COLLECTING", "CLOSED", "CONSOLIDATED", "PUBLISHED", "FINISHED")
MAILS: Final = (
    "refused",
    "called",
    "report_received",
    "report_late",
    "all_there",
    "late_arrived",
    "reminder",
    "closed",
    "closed_missing",
    "consolidated",
    "published",
)


def _readers(kind: str) -> tuple[str, ...]:
    return ("secretariat",) if kind == "authority" else ("secretariat", "authority")


def _same_region(case: Case | None, _: BaseModel) -> str | None:
    return case.data.region if case is not None and isinstance(case.data, Cycle) else None


PROCEDURE: Final = checked(
    Procedure(
        name="capacity_report",
        states=_STATES,
        terminal=frozenset({"FINISHED"}),
        moves=(
            *MOVES,
            *dialogue_moves(
                sources=_STATES[:-1],
                people=("reporter", "secretariat", "authority"),
                readers=_readers,
                guards=MAIL,
                reason="Who reports asks what is meant, and is answered.",
            ),
        ),
        messages=(MessageRule("capacity_report", CapacityReport, "tunnel"), DIALOGUE),
        acts=MappingProxyType(
            {
                "report_call": ReportCall,
                "capacity_report": CapacityReport,
                "consolidate": Note,
                "publish": Note,
                "finish": Note,
                "dialogue": Dialogue,
            }
        ),
        system=MappingProxyType({"deadline_passed": DeadlinePassed, **DIALOGUE_EVENTS}),
        deadlines=DEADLINES,
        mails=(*MAILS, *DIALOGUE_MAILS),
        alerts=("reports_missing",),
        data_model=Cycle,
        policy=Policy(),
        wording=load(Path(__file__).parent, SHARED),
        parties=MappingProxyType(
            {
                "report_call": (
                    PartyRule("secretariat", "partner", "policy.cooperation.secretariat"),
                    PartyRule("reporter", "partner", "cooperation.organisations"),
                )
            }
        ),
        relations=(Relation(("consolidate",), FILED, _same_region, ("capacity_report",)),),
        money=MONEY,
        settings=ReportSettings(),
    )
)
