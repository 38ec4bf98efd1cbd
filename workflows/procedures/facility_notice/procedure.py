"""Notices of facilities as a table: states, moves, messages, deadlines."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel

from workflows.definition import Case, MessageRule, PartyRule, Procedure, Relation
from workflows.dialogue import DIALOGUE, DIALOGUE_EVENTS, DIALOGUE_MAILS, Dialogue, dialogue_moves
from workflows.events import DeadlinePassed
from workflows.policy import Policy
from workflows.procedures.facility_notice import messages as m
from workflows.procedures.facility_notice.guards import ANSWERING
from workflows.procedures.facility_notice.moves import DEADLINES, MOVES, NOTIFIED
from workflows.procedures.facility_notice.notice import FacilityNotice
from workflows.procedures.facility_notice.settings import NoticeSettings
from workflows.procedures.governance_mail.moves import FILED
from workflows.validation import checked
from workflows.wording import SHARED, load

_OPENING: Final = ("new_offer_proposal", "offer_closure_notice", "takst_change_notice")
_STATES: Final = (
    "PROPOSED",
    *NOTIFIED,
    "DISPUTED",
    "CONCLUDED",
    "EFFECTIVE",
    "WITHDRAWN",
)
_TERMINAL: Final = frozenset({"CONCLUDED", "EFFECTIVE", "WITHDRAWN"})
_MAILS: Final = (
    "refused",
    "new_offer_bodies",
    "new_offer_received",
    "closure_buyer",
    "closure_bodies",
    "closure_received",
    "rate_buyer",
    "rate_bodies",
    "rate_received",
    "objection",
    "objection_received",
    "late_objection",
    "late_objection_received",
    "settled",
    "concluded",
    "withdrawn",
    "withdrawal_received",
    "in_effect",
)
_SECRETARIAT: Final = PartyRule("secretariat", "partner", "policy.cooperation.secretariat")
_FACILITY: Final = PartyRule("facility", "facility", "facility")


def _readers(kind: str) -> tuple[str, ...]:
    return ("operator", "secretariat") if kind == "authority" else ("authority", "secretariat")


def _facility(_: Case | None, body: BaseModel) -> str | None:
    named = getattr(body, "facility", None)
    return named.casefold() if isinstance(named, str) else None


PROCEDURE: Final = checked(
    Procedure(
        name="facility_notice",
        states=_STATES,
        terminal=_TERMINAL,
        moves=(
            *MOVES,
            *dialogue_moves(
                sources=tuple(state for state in _STATES if state not in _TERMINAL),
                people=("operator", "buyer", "governance", "secretariat", "authority"),
                readers=_readers,
                guards=ANSWERING,
                reason="Who is told of a notice asks what it means.",
            ),
        ),
        messages=(
            MessageRule(
                "new_offer_proposal", m.NewOfferProposal, "tunnel", opens=True, sender="operator"
            ),
            MessageRule(
                "offer_closure_notice",
                m.OfferClosureNotice,
                "tunnel",
                opens=True,
                sender="operator",
            ),
            MessageRule(
                "takst_change_notice", m.TakstChangeNotice, "tunnel", opens=True, sender="operator"
            ),
            MessageRule("notice_objection", m.NoticeObjection, "tunnel"),
            MessageRule("notice_withdrawal", m.NoticeWithdrawal, "tunnel"),
            DIALOGUE,
        ),
        acts=MappingProxyType(
            {
                "new_offer_proposal": m.NewOfferProposal,
                "offer_closure_notice": m.OfferClosureNotice,
                "takst_change_notice": m.TakstChangeNotice,
                "conclude": m.Conclusion,
                "settle_objection": m.Conclusion,
                "notice_withdrawal": m.NoticeWithdrawal,
                "dialogue": Dialogue,
            }
        ),
        system=MappingProxyType({"deadline_passed": DeadlinePassed, **DIALOGUE_EVENTS}),
        deadlines=DEADLINES,
        mails=(*_MAILS, *DIALOGUE_MAILS),
        alerts=("disputed", "citizen_number"),
        data_model=FacilityNotice,
        policy=Policy(),
        wording=load(Path(__file__).parent, SHARED),
        parties=MappingProxyType(
            {
                "new_offer_proposal": (_SECRETARIAT,),
                "offer_closure_notice": (_FACILITY, _SECRETARIAT),
                "takst_change_notice": (_FACILITY, _SECRETARIAT),
            }
        ),
        relations=(
            Relation(_OPENING[1:], "facility", _facility, ("payment_agreement",)),
            Relation(_OPENING, FILED, lambda _, __: "TAKSTGRUPPE", ("governance_mail",)),
            Relation(_OPENING, FILED, lambda _, __: "DASSOS", ("governance_mail",)),
        ),
        settings=NoticeSettings(),
    )
)
