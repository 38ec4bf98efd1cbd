"""The notice of a change of a grant as a table.

Told by the buyer's authority or a seller who may inform; judged at once by the earliest date; open
to objection; effective on its day. A seller can also propose a change first.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel

from workflows.contacts import ORGANISATION, OWN
from workflows.definition import (
    BY_NUMBER,
    Case,
    MessageRule,
    PartyRule,
    Procedure,
    Relation,
    Situation,
)
from workflows.dialogue import (
    DIALOGUE,
    DIALOGUE_EVENTS,
    DIALOGUE_MAILS,
    Dialogue,
    dialogue_moves,
)
from workflows.events import AUTHORITY, DeadlinePassed, Delivery, Party
from workflows.policy import Policy
from workflows.procedures.grant_change_notice import guards as g
from workflows.procedures.grant_change_notice import messages as m
from workflows.procedures.grant_change_notice.answering import ANSWERING
from workflows.procedures.grant_change_notice.case import (
    NAME,
    NOTIFIER,
    PEOPLE,
    ChangeCase,
    Sides,
    sides_of,
)
from workflows.procedures.grant_change_notice.judging import RULES
from workflows.procedures.grant_change_notice.noticing import NOTICING
from workflows.procedures.grant_change_notice.proposing import PROPOSING
from workflows.procedures.grant_change_notice.settings import ChangeSettings
from workflows.procedures.grant_change_notice.states import OPEN, STATES, TERMINAL
from workflows.procedures.grant_change_notice.timers import DEADLINES
from workflows.validation import checked
from workflows.wording import SHARED, load

_NOTICES: Final = ("change_notice", "notify_change")
_PROPOSALS: Final = ("change_proposal", "propose_change")
_OTHERS: Final = ("change_withdrawal", "withdraw_notice", "settle_dispute")
_SIDES: Final = (
    PartyRule("acting", "municipality", "acting_municipality"),
    PartyRule("operator", "municipality", "operator_municipality"),
    PartyRule("facility", "facility", "facility"),
)


def _sides(case: Case | None, body: BaseModel) -> Sides:
    """Who is concerned: as the message says, else as the case knows."""
    named = sides_of(body)
    if named.kommuner or case is None or not isinstance(case.data, ChangeCase):
        return named
    return sides_of(case.data.notice or case.data.proposal)


def _buyer(case: Case | None, body: BaseModel) -> str | None:
    acting = _sides(case, body).acting
    return acting.cvr if acting else None


def _seller(case: Case | None, body: BaseModel) -> str | None:
    operator = _sides(case, body).operator
    return operator.cvr if operator else None


def _own(_: Case | None, __: BaseModel) -> str:
    return OWN


def _agreement(case: Case | None, body: BaseModel) -> str | None:
    if not isinstance(body, m.ChangeNotice) and case and isinstance(case.data, ChangeCase):
        return case.data.notice.agreement_case if case.data.notice else None
    return body.agreement_case if isinstance(body, m.ChangeNotice) else None


def _concerned(situation: Situation, party: Party) -> bool:
    """Between two other kommuner the authority hosts the case, and reads none of it."""
    return party.role != AUTHORITY or situation.data(ChangeCase).ours


PROCEDURE: Final = checked(
    Procedure(
        name=NAME,
        states=STATES,
        terminal=TERMINAL,
        moves=(
            *NOTICING,
            *PROPOSING,
            *ANSWERING,
            *dialogue_moves(
                sources=OPEN,
                people=PEOPLE,
                guards=g.MAIL,
                rules=("S2-R7",),
                concerns=_concerned,
            ),
        ),
        messages=(
            MessageRule("change_notice", m.ChangeNotice, "tunnel", opens=True, sender=NOTIFIER),
            MessageRule("change_objection", m.ChangeObjection, "tunnel"),
            MessageRule("change_proposal", m.ChangeProposal, "tunnel", opens=True, sender=NOTIFIER),
            MessageRule("change_withdrawal", m.ChangeWithdrawal, "tunnel"),
            DIALOGUE,
        ),
        acts=MappingProxyType(
            {
                "notify_change": m.ChangeNotice,
                "propose_change": m.ChangeProposal,
                "object": m.ChangeObjection,
                "withdraw_notice": m.ChangeWithdrawal,
                "settle_dispute": m.Settlement,
                "dialogue": Dialogue,
            }
        ),
        system=MappingProxyType(
            {
                "notice_failed": Delivery,
                "notice_arrived": Delivery,
                "deadline_passed": DeadlinePassed,
                **DIALOGUE_EVENTS,
            }
        ),
        deadlines=DEADLINES,
        mails=(
            "refused",
            "notice",
            "receipt_valid",
            "receipt_short",
            "receipt_warned",
            "proposal",
            "proposal_received",
            "proposal_reminder",
            "proposal_overdue",
            "counter_proposal",
            "declined",
            "declined_receipt",
            "objection",
            "objection_received",
            "late_objection",
            "late_objection_received",
            "no_objection",
            "not_delivered",
            "arrived_late",
            "settled",
            "withdrawn",
            "withdrawn_receipt",
            "effective",
            "still_disputed",
            *DIALOGUE_MAILS,
        ),
        alerts=("no_contact", "notice_failed", "proposal_unanswered", "still_disputed"),
        data_model=ChangeCase,
        policy=Policy(),
        wording=load(Path(__file__).parent, SHARED),
        parties=MappingProxyType(dict.fromkeys((*_NOTICES, *_PROPOSALS), _SIDES)),
        relations=(
            Relation((*_NOTICES, *_PROPOSALS), ORGANISATION, _buyer, ("contact_directory",)),
            Relation((*_NOTICES, *_PROPOSALS), ORGANISATION, _seller, ("contact_directory",)),
            Relation((*_NOTICES, *_PROPOSALS), ORGANISATION, _own, ("contact_directory",)),
            Relation((*_NOTICES, *_OTHERS), BY_NUMBER, _agreement, ("payment_agreement",)),
        ),
        money=RULES,
        settings=ChangeSettings(),
    )
)
