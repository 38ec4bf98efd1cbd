"""The network's issues and reports as a table: a case for each issue, and one for each report."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel

from workflows.bodies import Note
from workflows.definition import BY_NUMBER, Case, MessageRule, PartyRule, Procedure, Relation
from workflows.dialogue import (
    DIALOGUE,
    DIALOGUE_EVENTS,
    DIALOGUE_MAILS,
    Dialogue,
    dialogue_moves,
)
from workflows.events import AUTHORITY, DeadlinePassed
from workflows.policy import Policy
from workflows.procedures.network_issue import guards as g
from workflows.procedures.network_issue import messages as m
from workflows.procedures.network_issue.collecting import COLLECTION
from workflows.procedures.network_issue.item import (
    COLLECTING,
    ISSUE,
    MEMBER,
    NAME,
    REPORT,
    STEERING,
    SUBMITTED,
    SUBMITTER,
    Item,
    takes_part,
)
from workflows.procedures.network_issue.reporting import REPORTING
from workflows.procedures.network_issue.settings import NetworkSettings
from workflows.procedures.network_issue.timers import DEADLINES
from workflows.validation import checked
from workflows.wording import SHARED, load

_TERMINAL: Final = ("INCLUDED_IN_REPORT", "INCORPORATED", "NOT_INCORPORATED")
_MEMBERS: Final = PartyRule(MEMBER, "municipality", "policy.cooperation.ever")
"""Also those to come and those who have left: who is told of what is asked on its day."""
_PEOPLE: Final = (SUBMITTER, MEMBER, STEERING, AUTHORITY)


def _own_number(case: Case | None, _: BaseModel) -> str | None:
    return case.number if case else None


def _named_report(_: Case | None, body: BaseModel) -> str | None:
    return str(body.report) if isinstance(body, m.Inclusion) else None


def _readers(own: str) -> tuple[str, ...]:
    return (SUBMITTER, MEMBER, STEERING) if own == AUTHORITY else (AUTHORITY,)


PROCEDURE: Final = checked(
    Procedure(
        name=NAME,
        states=(*ISSUE, *COLLECTING, SUBMITTED, *_TERMINAL),
        terminal=frozenset(_TERMINAL),
        moves=(
            *COLLECTION,
            *REPORTING,
            *dialogue_moves(
                sources=(*ISSUE, *COLLECTING, SUBMITTED),
                people=_PEOPLE,
                readers=_readers,
                guards=(*g.MAIL, g.STILL_MEMBER, g.NOTHING_ATTACHED),
                rules=("S2-R4",),
                concerns=takes_part,
            ),
        ),
        messages=(
            MessageRule(
                "issue_submission", m.IssueSubmission, "tunnel", opens=True, sender=SUBMITTER
            ),
            MessageRule("report_outcome", m.ReportOutcome, "sealed"),
            DIALOGUE,
        ),
        acts=MappingProxyType(
            {
                "submit_issue": m.IssueSubmission,
                "discuss_issue": m.Discussion,
                "include_issue": m.Inclusion,
                "park_issue": m.Parking,
                "open_report": m.ReportOpening,
                "circulate_draft": m.Circulation,
                "submit_report": Note,
                "record_outcome": m.ReportOutcome,
                "dialogue": Dialogue,
            }
        ),
        system=MappingProxyType({"deadline_passed": DeadlinePassed, **DIALOGUE_EVENTS}),
        deadlines=DEADLINES,
        mails=(
            "refused",
            "issue",
            "issue_received",
            "discussed",
            "included",
            "parked",
            "report_opened",
            "report_reminder",
            "draft_circulated",
            "report",
            "report_to_hand_in",
            "report_submitted",
            "report_missed",
            "incorporated",
            "not_incorporated",
            "outcome_received",
            *DIALOGUE_MAILS,
        ),
        alerts=("citizen_data",),
        data_model=Item,
        policy=Policy(),
        wording=load(Path(__file__).parent, SHARED),
        parties=MappingProxyType(
            {
                "open_report": (PartyRule(STEERING, "partner", "steering_group"), _MEMBERS),
                "circulate_draft": (_MEMBERS,),
            }
        ),
        relations=(
            Relation(("circulate_draft",), REPORT, _own_number, (NAME,)),
            Relation(("include_issue",), BY_NUMBER, _named_report, (NAME,)),
        ),
        settings=NetworkSettings(),
    )
)
