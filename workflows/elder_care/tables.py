"""The table that all procedures share in which a place is found for somebody.

What is theirs: how the place is found. What is common: who talks with whom, the order that ends the
case, the texts, the country. Where somebody keeps a queue and offers, the messages are common too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel

from workflows.definition import DeadlineRule, MessageRule, Move, PartyRule, Procedure
from workflows.dialogue import DIALOGUE, DIALOGUE_EVENTS, DIALOGUE_MAILS, Dialogue, dialogue_moves
from workflows.elder_care import WORDING, people
from workflows.elder_care.bodies import OrderPlaced, Withdrawal
from workflows.elder_care.offering import OFFER_MAILS, Offering
from workflows.elder_care.placed import ORDER_ALERTS, ORDER_MAILS
from workflows.elder_care.placement import CASEWORKER_INFORMED
from workflows.elder_care.rows import named_or_set
from workflows.events import DeadlinePassed
from workflows.policy import Policy
from workflows.validation import checked
from workflows.wording import load

ENDS: Final = ("ORDERED", "WITHDRAWN")


@dataclass(frozen=True, slots=True)
class Sides:
    """Who talks with whom: what one side writes, the other one reads."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    reason: str

    def readers(self, own: str) -> tuple[str, ...]:
        """Return who reads what a role writes."""
        return self.theirs if own in self.ours else self.ours

    def moves(self, sources: tuple[str, ...]) -> tuple[Move, ...]:
        """Return the dialogue's moves in some states."""
        return dialogue_moves(
            sources=sources,
            people=(*self.ours, *self.theirs),
            readers=self.readers,
            guards=people.MAIL,
            reason=self.reason,
        )


def placing_table(
    folder: Path,
    *,
    states: tuple[str, ...],
    watched: tuple[str, ...],
    moves: tuple[Move, ...],
    messages: tuple[MessageRule, ...],
    acts: Mapping[str, type[BaseModel]],
    deadlines: tuple[DeadlineRule, ...],
    mails: tuple[str, ...],
    data_model: type[BaseModel],
    parties: Mapping[str, tuple[PartyRule, ...]],
    settings: BaseModel,
    alerts: tuple[str, ...] = (),
) -> Procedure:
    """Return the procedure of a folder. Raises WrongProcedure."""
    return checked(
        Procedure(
            name=folder.name,
            language="sv",
            country="SE",
            states=(*states, *ENDS),
            terminal=frozenset(ENDS),
            watched=frozenset(watched),
            moves=moves,
            messages=(*messages, DIALOGUE),
            acts=MappingProxyType({**acts, "withdraw": Withdrawal, "dialogue": Dialogue}),
            system=MappingProxyType(
                {"ordered": OrderPlaced, "deadline_passed": DeadlinePassed, **DIALOGUE_EVENTS}
            ),
            deadlines=deadlines,
            mails=("refused", *mails, *ORDER_MAILS, *DIALOGUE_MAILS),
            alerts=(*ORDER_ALERTS, *alerts),
            data_model=data_model,
            policy=Policy(),
            wording=load(folder, WORDING),
            parties=MappingProxyType(dict(parties)),
            settings=settings,
        )
    )


def offering_table(
    folder: Path,
    offering: Offering,
    *,
    opening: type[BaseModel],
    offer: type[BaseModel],
    answer: type[BaseModel],
    before: tuple[str, ...],
    moves: tuple[Move, ...],
    mails: tuple[str, ...],
    reason: str,
    deadlines: tuple[DeadlineRule, ...] = (),
    **own: Any,
) -> Procedure:
    """Return the procedure of a folder in which somebody keeps a queue. Raises WrongProcedure.

    `opening`: the body of the message that puts the individual into it; `before`: the states until
    the first offer; `reason`: why the two sides talk.
    """
    bodies = {offering.opening: opening, offering.offer: offer, offering.answer: answer}
    sides = Sides(("authority", people.ORDERER), (offering.offerer,), reason)
    waiting = (offering.waiting, "OFFERED", CASEWORKER_INFORMED)
    return placing_table(
        folder,
        states=(*before, "OFFERED", "ACCEPTED", CASEWORKER_INFORMED),
        watched=(CASEWORKER_INFORMED,),
        moves=(*moves, *sides.moves(waiting)),
        messages=(
            MessageRule(offering.opening, opening, "tunnel", opens=True, sender=people.ORDERER),
            MessageRule(offering.offer, offer, "tunnel"),
            MessageRule(offering.answer, answer, "tunnel"),
            MessageRule(offering.withdrawal, Withdrawal, "tunnel"),
        ),
        acts=bodies,
        deadlines=(*offering.deadlines, *deadlines),
        mails=(*mails, *OFFER_MAILS),
        parties={offering.opening: named_or_set(offering.offerer)},
        **own,
    )
