"""Offers until one is accepted, then the ordinary caseworker, then the order.

Whoever keeps the queue offers a place; the individual says yes or no; a no leads back to the
queue. After a yes the caseworker is told, and only then an order is written, in a case of
`service_order` that names this one; that case tells this one, which ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from workflows.definition import DeadlineRule, Guard, Move, Outcome, Situation
from workflows.effects import Effect, SetDeadline
from workflows.elder_care import people
from workflows.elder_care.bodies import PlaceAnswer, PlaceOffer
from workflows.elder_care.placed import (
    ORDER_REMINDER,
    last_day,
    order_moves,
    person_facts,
    reminded,
    wait,
    wait_for_order,
)
from workflows.elder_care.placement import CASEWORKER_INFORMED, Placement
from workflows.elder_care.rows import on_passing
from workflows.events import INBOX
from workflows.letters import Key, letter
from workflows.timing import clear

OFFER_MAILS: Final = (
    "offer_news",
    "offer_received",
    "offer_accepted",
    "offer_declined",
    "answer_received",
    "withdrawal_received",
    "reminder_offer",
    "reminder_answer",
)


@dataclass(frozen=True, slots=True)
class Offering:
    """Who offers what in one procedure, and the rules that it keeps thereby."""

    offerer: str
    """The role that keeps the queue."""
    opening: str
    """The message that puts the individual into it."""
    offer: str
    """The message that offers a place."""
    answer: str
    """The message that tells what the individual said."""
    withdrawal: str
    """The message by which a unit takes back what it asked for by mail."""
    waiting: str
    """The state without an offer."""
    rules: tuple[str, ...]
    """Of making offers."""
    informing: tuple[str, ...]
    """Of telling the ordinary caseworker."""
    ordering: tuple[str, ...]
    """Of the order that follows."""
    guards: tuple[Guard, ...] = ()
    """Of an offer, besides those of every mail."""

    @property
    def reminder(self) -> DeadlineRule:
        """The wait for an offer."""
        return DeadlineRule(
            "offer_reminder",
            self.offerer,
            reason="The seed gives no time; a reminder of ours, where it is wanted.",
            settings=("offer_reminder_days",),
        )

    @property
    def answering(self) -> DeadlineRule:
        """The wait for the individual's answer."""
        return DeadlineRule(
            "offer_answer",
            self.offerer,
            reason="Municipalities give a time to answer; the seed does not.",
            settings=("answer_days", "policy.saturday"),
        )

    @property
    def deadlines(self) -> tuple[DeadlineRule, ...]:
        """All waits of offers, and of the order after them."""
        return (self.reminder, self.answering, ORDER_REMINDER)


def wait_for_offer(situation: Situation, offering: Offering) -> list[SetDeadline]:
    """Return the reminder of an offer, where one is wanted."""
    return wait(situation, offering.reminder, "offer_reminder_days")


def _wait_for_answer(situation: Situation, offering: Offering) -> list[SetDeadline]:
    return wait(situation, offering.answering, "answer_days")


def _offerer(situation: Situation, offering: Offering) -> str:
    party = situation.party(offering.offerer)
    return party.name if party else ""


def offer_facts(offer: PlaceOffer) -> dict[str, Any]:
    """Return where the place is and from when; empty lines fall away."""
    return {
        "home": offer.home,
        "unit": offer.unit or "",
        "flat": offer.flat or "",
        "available_from": offer.available_from or "",
    }


def offering_moves(offering: Offering) -> tuple[Move, ...]:
    """Return the moves from the first offer to the order's word."""

    def offer(situation: Situation) -> Outcome:
        body = situation.body(PlaceOffer)
        placement = situation.data(Placement).offered(body, situation.event.at)
        waits = _wait_for_answer(situation, offering)
        due = last_day(situation, waits)
        facts = offer_facts(body) | {"count": len(placement.offers), "answer_due": due}
        told: list[Effect] = [
            *people.to_caseworker(
                situation, "notice", "offer_news", **facts, **person_facts(placement)
            ),
            *people.receipt(situation, "offer_received", home=body.home, answer_due=due),
            *clear(offering.reminder),
            *waits,
        ]
        return Outcome(placement, tuple(told))

    def answered(situation: Situation, accepted: bool, wording: str) -> tuple[Placement, Any]:
        body = situation.body(PlaceAnswer)
        placement = situation.data(Placement).answered(accepted, body.reason)
        made = offer_facts(placement.offers[-1].offer)
        facts = made | {
            "answered_by": Key(f"answered_by.{body.answered_by}"),
            "reason": body.reason or "",
        }
        told: list[Effect] = [
            *people.to_caseworker(situation, "notice", wording, **facts, **person_facts(placement)),
            *people.receipt(situation, "answer_received", home=made["home"]),
            *clear(offering.answering, ORDER_REMINDER),
        ]
        if situation.event.actor.role == "authority":
            told.append(
                letter(
                    situation,
                    "notice",
                    offering.offerer,
                    wording,
                    **facts,
                    **person_facts(placement),
                )
            )
        return placement, told

    def accept(situation: Situation) -> Outcome:
        placement, told = answered(situation, True, "offer_accepted")
        return Outcome(placement, (*told, *wait_for_order(situation)))

    def decline(situation: Situation) -> Outcome:
        placement, told = answered(situation, False, "offer_declined")
        return Outcome(placement, (*told, *wait_for_offer(situation, offering)))

    def reminding(
        rule: DeadlineRule, wording: str, again: Callable[[Situation, Offering], list[SetDeadline]]
    ) -> Callable[[Situation], Outcome]:
        def remind(situation: Situation) -> Outcome:
            return reminded(
                situation,
                rule,
                wording,
                (offering.offerer, INBOX),
                again(situation, offering),
                offerer=_offerer(situation, offering),
            )

        return remind

    senders = (offering.offerer, "authority")
    return (
        Move(
            name="offer",
            sources=(offering.waiting,),
            events=(offering.offer,),
            target="OFFERED",
            who=senders,
            rules=offering.rules,
            settings=("answer_days",),
            guards=(*people.MAIL, *offering.guards),
            act=offer,
        ),
        Move(
            name="accept_offer",
            sources=("OFFERED",),
            events=(offering.answer,),
            passing=("ACCEPTED",),
            target=CASEWORKER_INFORMED,
            who=senders,
            rules=offering.informing,
            settings=("order_reminder_days",),
            guards=people.MAIL,
            when=lambda situation: situation.body(PlaceAnswer).accepted,
            act=accept,
        ),
        Move(
            name="decline_offer",
            sources=("OFFERED", CASEWORKER_INFORMED),
            events=(offering.answer,),
            target=offering.waiting,
            who=senders,
            rules=offering.rules,
            guards=people.MAIL,
            when=lambda situation: not situation.body(PlaceAnswer).accepted,
            act=decline,
        ),
        on_passing(
            offering.reminder,
            "remind_of_offer",
            (offering.waiting,),
            reminding(offering.reminder, "reminder_offer", wait_for_offer),
            rules=offering.rules,
            settings=("offer_reminder_days",),
        ),
        on_passing(
            offering.answering,
            "remind_of_answer",
            ("OFFERED",),
            reminding(offering.answering, "reminder_answer", _wait_for_answer),
            reason="The time that the municipality gives has passed; nobody's place is taken away.",
            settings=("answer_days",),
        ),
        *order_moves(
            ready=CASEWORKER_INFORMED,
            open_states=(offering.waiting, "OFFERED", CASEWORKER_INFORMED),
            rules=offering.ordering,
            readers=(offering.offerer,),
            withdrawal=offering.withdrawal,
        ),
    )
