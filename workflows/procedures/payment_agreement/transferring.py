"""The responsibility moves to another kommune (da: ny handlekommune, retssikkerhedsloven § 9).

The kommune that has it says to whom and from when. The new one gets the whole agreement as a
version of its own, with its name in it, and accepts it by approving it, sealed and by digest; then
settlement is split at the day. The old kommune keeps what it has seen, and its role in the case
says that it takes part no more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.errors import WrongEvent
from workflows.events import Party
from workflows.procedures.payment_agreement import conditions as c
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement.agreement import Agreement
from workflows.procedures.payment_agreement.amended import transferred_terms
from workflows.procedures.payment_agreement.draft import party
from workflows.procedures.payment_agreement.keeping import Transfer
from workflows.procedures.payment_agreement.mails import news
from workflows.procedures.payment_agreement.proposing import proposed
from workflows.procedures.payment_agreement.running import ResponsibilityTransfer

FORMER: Final = "former"
"""The role of a kommune whose responsibility has moved; `former.<key>` of each."""


def _transfer(situation: Situation) -> Outcome:
    body, agreement = situation.body(ResponsibilityTransfer), situation.data(Agreement)
    successor = c.successor_of(situation)
    if successor is None:
        raise WrongEvent("nobody was found who takes over")
    terms = transferred_terms(agreement, body)
    parties = tuple(one for one in situation.parties if one.role != "successor")
    known = with_parties(situation, (*parties, successor))
    changed, effects = proposed(
        known, agreement, terms, "transfer", reason=body.reason, successor=successor
    )
    transfer = Transfer(
        version=len(changed.versions),
        successor=successor.key,
        name=successor.name,
        effective=body.effective,
    )
    told = news(
        situation,
        "transfer",
        "transfer_asked",
        effect="until_then",
        remark=body.reason,
        day=body.effective,
        new=successor.name,
    )
    changed = changed.model_copy(update={"transfer": transfer})
    return Outcome(changed, (*effects, *told), (*parties, successor))


def with_parties(situation: Situation, parties: tuple[Party, ...]) -> Situation:
    """Return the situation as it is with other parties, for the mails that go to them."""
    if situation.case is None:
        return situation
    return replace(situation, case=replace(situation.case, parties=parties))


def old_and_new(situation: Situation, transfer: Transfer | None) -> dict[str, str]:
    """Return the names of both kommuner, for the mails that tell of the move."""
    if transfer is None:
        return {}
    return {"old": party(situation, "acting").name, "new": transfer.name}


def moved_parties(situation: Situation) -> tuple[Party, ...]:
    """Return the parties after the move: the new kommune acts and pays, the old ones read."""
    moved = []
    for one in situation.parties:
        match one.role:
            case "successor":
                moved.append(replace(one, role="acting"))
            case "acting" | "payer":
                moved.append(replace(one, role=f"{FORMER}.{one.key}"))
            case _ if one.role != f"{FORMER}.{_successor_key(situation)}":
                moved.append(one)
    return tuple(moved)


def _successor_key(situation: Situation) -> str:
    successor = situation.party("successor")
    return successor.key if successor else ""


TRANSFER_MOVES: Final = (
    Move(
        name="transfer_responsibility",
        sources=("SETTLEMENT_ACTIVE",),
        events=("responsibility_transfer",),
        target=None,
        who=("acting", "authority"),
        rules=("S2-R1", "S4-R2"),
        guards=(
            *g.MAIL,
            c.SUCCESSOR_KNOWN,
            c.ANOTHER_KOMMUNE,
            c.WITHIN_AGREEMENT,
            c.NO_CHANGE_APPROVED,
            c.NO_TRANSFER_PENDING,
        ),
        act=_transfer,
    ),
)
