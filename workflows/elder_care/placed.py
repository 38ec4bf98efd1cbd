"""Once a place is found: the order, which ends the case, or nothing more is asked for.

The order is a case of `service_order` that names this one, and tells it when it is sent.
"""

from __future__ import annotations

from typing import Any, Final

from workflows.definition import DeadlineRule, Move, Outcome, Situation
from workflows.effects import SetDeadline
from workflows.elder_care import people
from workflows.elder_care.bodies import OrderPlaced, Withdrawal
from workflows.elder_care.placement import Placement
from workflows.elder_care.settings import PlacingSettings
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


def wait_for_order(situation: Situation) -> list[SetDeadline]:
    """Return the reminder of the order."""
    days = situation.settings(PlacingSettings).order_reminder_days
    return [in_working_days(situation, ORDER_REMINDER, days, "order_reminder_days")]


def person_facts(placement: Placement) -> dict[str, Any]:
    """Return whom it is about and whose case it is."""
    worker = placement.caseworker
    told = (worker.name, worker.phone, worker.email) if worker else ()
    return {
        "individual": placement.individual.name,
        "personnummer": placement.individual.personnummer,
        "caseworker": ", ".join(part for part in told if part),
    }


def order_moves(
    *,
    ready: str,
    open_states: tuple[str, ...],
    rules: tuple[str, ...],
    readers: tuple[str, ...],
) -> tuple[Move, ...]:
    """Return the moves of the end: the order has been sent, or nothing more is asked for.

    `readers`: the roles that are told of it, where they take part.
    """

    def remind(situation: Situation) -> Outcome:
        return reminded(
            situation,
            ORDER_REMINDER,
            "reminder_order",
            people.ordering_side(situation),
            wait_for_order(situation),
        )

    def ordered(situation: Situation) -> Outcome:
        order = situation.body(OrderPlaced).order
        placement = situation.data(Placement).model_copy(update={"order": order})
        told = [
            letter(situation, "ended", role, "order_placed", **person_facts(placement))
            for role in readers
            if situation.party(role) is not None
        ]
        return Outcome(placement, (*told, *clear(*situation.procedure.deadlines)))

    def withdraw(situation: Situation) -> Outcome:
        reason = situation.body(Withdrawal).reason
        placement = situation.data(Placement).model_copy(update={"closing_reason": reason})
        facts = person_facts(placement) | {"reason": reason}
        told = [
            letter(situation, "withdrawn", role, "withdrawn", **facts)
            for role in readers
            if situation.party(role) is not None
        ]
        return Outcome(placement, (*told, *clear(*situation.procedure.deadlines)))

    return (
        Move(
            name="remind_of_order",
            sources=(ready,),
            events=("deadline_passed",),
            deadline=ORDER_REMINDER.name,
            target=None,
            who=("clock",),
            rules=rules,
            settings=("order_reminder_days",),
            act=remind,
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
            events=("withdraw",),
            target="WITHDRAWN",
            who=("authority",),
            reason="Nobody waits any longer for a place that is not wanted.",
            act=withdraw,
        ),
    )


def reminded(
    situation: Situation,
    rule: DeadlineRule,
    wording: str,
    roles: tuple[str, ...],
    again: list[SetDeadline],
) -> Outcome:
    """Remind, as often as the policy says, and each time as long apart as the first time."""
    placement = situation.data(Placement).reminded(rule.name)
    number = placement.reminders[rule.name]
    facts = person_facts(placement) | {"count": number, "home": placement.chosen or ""}
    told = [
        letter(situation, "reminder" if role != INBOX else "overdue", role, wording, **facts)
        for role in roles
        if role == INBOX or situation.party(role) is not None
    ]
    more = again if number < situation.policy.timers.reminders else []
    return Outcome(placement, (*told, *more))
