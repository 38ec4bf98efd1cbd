"""Into the queue (S3-R28), then offers by the reception group (S3-R29)."""

from __future__ import annotations

from typing import Any, Final

from parsers.problems import Problem
from workflows.definition import NO_CASE, Guard, Move, Outcome, Situation
from workflows.effects import Effect
from workflows.elder_care import people
from workflows.elder_care.offering import Offering, offering_moves, wait_for_offer
from workflows.elder_care.placed import person_facts
from workflows.letters import forward, letter
from workflows.procedures.day_activity.messages import CentreOffer, DayActivityQueue, DayCase
from workflows.refusals import unfit


def _among_the_wished(situation: Situation) -> Problem | None:
    wished = {name.casefold() for name in situation.data(DayCase).request.centres}
    if situation.body(CentreOffer).home.casefold() in wished:
        return None
    centres = situation.data(DayCase).request.centres
    return unfit(situation, "home", "not_wished", centres=", ".join(centres))


def _wished_once(situation: Situation) -> Problem | None:
    names = [name.casefold() for name in situation.body(DayActivityQueue).centres]
    return Problem("field.duplicate", "centres") if len(set(names)) < len(names) else None


KNOWN: Final = people.known("reception_group_known", "reception_group", "reception_group", "S3-R29")
DECIDED: Final = people.not_after_today("decided_before", "decision_date", "S3-R28")
ONCE: Final = Guard("wished_once", ("S3-R28",), _wished_once)
WISHED: Final = Guard("among_the_wished", ("S3-R28",), _among_the_wished)
OFFERING: Final = Offering(
    offerer="reception_group",
    opening="day_activity_queue",
    offer="centre_offer",
    answer="centre_answer",
    withdrawal="day_activity_withdrawal",
    waiting="QUEUED",
    rules=("S3-R29",),
    informing=("S3-R30",),
    ordering=("S3-R30",),
    guards=(WISHED,),
)


def _open(situation: Situation) -> Outcome:
    body = situation.body(DayActivityQueue)
    case = DayCase(
        individual=people.with_century(situation, body.individual),
        caseworker=body.caseworker,
        decision_date=body.decision_date,
        request=body,
    )
    wished = "\n".join(f"{number}. {name}" for number, name in enumerate(body.centres, 1))
    facts: dict[str, Any] = {
        **person_facts(case),
        "decision_date": body.decision_date,
        "centres": wished,
        "days_per_week": body.days_per_week or "",
        "other": body.other or "",
    }
    effects: list[Effect] = [
        letter(situation, "queue", "reception_group", "queued", evidence=True, **facts),
        *forward(situation, "reception_group"),
        *people.receipt(situation, "queue_received"),
        *wait_for_offer(situation, OFFERING),
    ]
    return Outcome(case, tuple(effects))


QUEUE_MOVES: Final = (
    Move(
        name="put_in_queue",
        sources=(NO_CASE,),
        events=("day_activity_queue",),
        target="QUEUED",
        who=("orderer", "authority"),
        rules=("S3-R28", "S3-R29"),
        settings=("offer_reminder_days",),
        guards=(*people.MAIL, people.MAY_ORDER, KNOWN, DECIDED, ONCE),
        act=_open,
    ),
    *offering_moves(OFFERING),
)
