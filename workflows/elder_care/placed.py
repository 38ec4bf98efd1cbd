"""Once a place is found: the order, which ends the case, or nothing more is asked for.

The order is a case of `service_order` that names this one, and tells it when it is sent.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from workflows.definition import DeadlineRule, Move, Outcome, Situation
from workflows.effects import Effect, SetDeadline
from workflows.elder_care import people
from workflows.elder_care.bodies import OrderPlaced, Withdrawal
from workflows.elder_care.placement import Placement
from workflows.elder_care.rows import again_or_alarm, on_passing
from workflows.elder_care.settings import PlacingSettings
from workflows.elder_care.words import joined
from workflows.events import INBOX
from workflows.letters import letter
from workflows.timing import clear, in_working_days

ORDER_REMINDER: Final = DeadlineRule(
    "order_reminder",
    "authority",
    reason="A place that was found is lost without an order; a reminder of ours.",
    settings=("order_reminder_days",),
)
ORDER_MAILS: Final = ("reminder_order", "withdrawn", "order_placed")
ORDER_ALERTS: Final = ("placing_silent",)
"""Nobody has answered to any reminder."""


def wait(situation: Situation, rule: DeadlineRule, setting: str) -> list[SetDeadline]:
    """Return a deadline of so many working days as a setting says; none where it says none."""
    days = getattr(situation.settings(PlacingSettings), setting)
    return [] if days is None else [in_working_days(situation, rule, days, setting)]


def wait_for_order(situation: Situation) -> list[SetDeadline]:
    """Return the reminder of the order."""
    return wait(situation, ORDER_REMINDER, "order_reminder_days")


def person_facts(placement: Placement) -> dict[str, Any]:
    """Return whom it is about and whose case it is."""
    worker = placement.caseworker
    return {
        "individual": placement.individual.name,
        "personnummer": placement.individual.personnummer,
        "caseworker": joined(worker.name, worker.phone, worker.email) if worker else "",
    }


def place_in_words(situation: Situation, placement: Placement) -> str:
    """Return the home that is spoken of, by its name where it takes part itself."""
    home = situation.party("home")
    return home.name if home else placement.place


def last_day(situation: Situation, waits: list[SetDeadline]) -> date | str:
    """Return the day by which an answer is waited for; empty where there is none."""
    return situation.calendar.local_date(waits[0].due) if waits else ""


def order_moves(
    *,
    ready: str,
    open_states: tuple[str, ...],
    rules: tuple[str, ...],
    readers: tuple[str, ...],
    withdrawal: str | None = None,
) -> tuple[Move, ...]:
    """Return the moves of the end: the order has been sent, or nothing more is asked for.

    `readers`: the roles that are told of it, where they take part. `withdrawal`: the message by
    which a unit that asked by mail takes its case back.
    """

    def remind(situation: Situation) -> Outcome:
        return reminded(
            situation,
            ORDER_REMINDER,
            "reminder_order",
            people.ordering_side(situation),
            wait_for_order(situation),
        )

    def closed(situation: Situation, kind: str, wording: str, **kept: str) -> Outcome:
        placement = situation.data(Placement).model_copy(update=kept)
        facts = person_facts(placement) | {"reason": placement.closing_reason or ""}
        by_mail = situation.event.by_mail
        told = [
            letter(situation, kind, role, wording, **facts)
            for role in (*readers, INBOX if by_mail else people.ORDERER)
            if role == INBOX or situation.party(role) is not None
        ]
        receipt = people.receipt(situation, "withdrawal_received")
        return Outcome(placement, (*told, *receipt, *clear(*situation.procedure.deadlines)))

    def ordered(situation: Situation) -> Outcome:
        return closed(situation, "ended", "order_placed", order=situation.body(OrderPlaced).order)

    def withdraw(situation: Situation) -> Outcome:
        reason = situation.body(Withdrawal).reason
        return closed(situation, "withdrawn", "withdrawn", closing_reason=reason)

    return (
        on_passing(
            ORDER_REMINDER,
            "remind_of_order",
            (ready,),
            remind,
            rules=rules,
            settings=("order_reminder_days",),
        ),
        Move(
            name="ordered",
            sources=(ready,),
            events=("ordered",),
            target="ORDERED",
            who=("gateway",),
            rules=rules,
            act=ordered,
        ),
        Move(
            name="withdraw",
            sources=open_states,
            events=("withdraw",) if withdrawal is None else ("withdraw", withdrawal),
            target="WITHDRAWN",
            who=("authority",) if withdrawal is None else ("authority", people.ORDERER),
            reason="Nobody waits any longer for a place that is not wanted.",
            guards=() if withdrawal is None else people.MAIL,
            act=withdraw,
        ),
    )


def reminded(
    situation: Situation,
    rule: DeadlineRule,
    wording: str,
    roles: tuple[str, ...],
    again: list[SetDeadline],
    *,
    ours: str | None = None,
    **more: str,
) -> Outcome:
    """Remind, as often as the policy says, and each time as long apart as the first time.

    `ours`: the wording of what our own inbox reads, where it is another one. `more`: facts of it.
    """
    placement = situation.data(Placement).reminded(rule.name)
    number = placement.reminders[rule.name]
    facts = person_facts(placement) | {
        "count": number,
        "home": place_in_words(situation, placement),
        **more,
    }
    told: list[Effect] = []
    for role in roles:
        if role == INBOX:
            told.append(letter(situation, "overdue", role, ours or wording, **facts))
        elif situation.party(role) is not None:
            told.append(letter(situation, "reminder", role, wording, **facts))
    next_time = again_or_alarm(situation, number, again, "placing_silent")
    return Outcome(placement, (*told, *next_time))
