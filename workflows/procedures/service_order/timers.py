"""The deadlines of an order. A vardag and an arbetsdag are two words of the seed, so two calendars.

By default they are the same days; the setting `saturday_is_vardag` parts them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from workflows import timing
from workflows.definition import DeadlineRule, Situation
from workflows.effects import SetDeadline
from workflows.procedures.service_order.order_case import OrderCase, Written
from workflows.procedures.service_order.settings import OrderSettings

CONFIRMATION_DAYS: Final = 3
"""Vardagar within which the provider confirms (S3-R7)."""
PLAN_DAYS: Final = 15
"""Arbetsdagar within which the plan comes (S3-R24)."""

WRITTEN_REMINDER: Final = DeadlineRule(
    "written_order_reminder",
    "authority",
    rules=("S3-R3",),
    settings=("written_order_reminder_days",),
)
WRITTEN_OVERDUE: Final = DeadlineRule(
    "written_order_overdue",
    "authority",
    rules=("S3-R3",),
    settings=("written_order_escalation_days", "saturday_is_vardag"),
)
RECEIPT: Final = DeadlineRule(
    "receipt_confirmation",
    "provider",
    rules=("S3-R7", "S3-R19"),
    settings=("saturday_is_vardag",),
)
START: Final = DeadlineRule(
    "start_confirmation",
    "provider",
    rules=("S3-R7", "S3-R19"),
    settings=("start_confirmation", "saturday_is_vardag"),
)
PLAN: Final = DeadlineRule("implementation_plan", "provider", rules=("S3-R24",))
END: Final = DeadlineRule("order_end", "authority", reason="The last day of an order passes.")
DEADLINES: Final = (WRITTEN_REMINDER, WRITTEN_OVERDUE, RECEIPT, START, PLAN, END)


def vardagar(
    situation: Situation, rule: DeadlineRule, days: int, why: str, since: date | None = None
) -> SetDeadline:
    """Return a deadline in vardagar, counted from the day of the event or another."""
    calendar = situation.settings(OrderSettings).vardagar(situation.calendar)
    return timing.in_working_days(situation, rule, days, why, since, calendar)


def arbetsdagar(
    situation: Situation, rule: DeadlineRule, days: int, why: str, since: date | None = None
) -> SetDeadline:
    """Return a deadline in arbetsdagar, counted from the day of the event or another."""
    calendar = OrderSettings.arbetsdagar(situation.calendar)
    return timing.in_working_days(situation, rule, days, why, since, calendar)


def written_order(situation: Situation) -> list[SetDeadline]:
    """Return when an oral order that is not confirmed in writing is told of."""
    own = situation.settings(OrderSettings)
    first = own.written_order_reminder_days
    return [
        arbetsdagar(situation, WRITTEN_REMINDER, first, "written_order_reminder_days"),
        vardagar(
            situation,
            WRITTEN_OVERDUE,
            own.written_order_escalation_days,
            "written_order_escalation_days",
        ),
    ]


def confirmation(
    situation: Situation, case: OrderCase, received: date, *, started: bool
) -> list[SetDeadline]:
    """Return the three vardagar of both facts; `started`: the second one is known already."""
    made = [vardagar(situation, RECEIPT, CONFIRMATION_DAYS, "confirmation", received)]
    if not started:
        since = _start_counts_from(situation, case.newest, received)
        made.append(vardagar(situation, START, CONFIRMATION_DAYS, "start_confirmation", since))
    return [replace(one, who=case.confirmer) for one in made]


def _start_counts_from(situation: Situation, written: Written, received: date) -> date:
    if situation.settings(OrderSettings).start_confirmation == "from_receipt":
        return received
    return max(received, written.first_day)


def again(situation: Situation, case: OrderCase, rule: DeadlineRule) -> SetDeadline:
    """Return the next reminder of what is overdue."""
    days = situation.settings(OrderSettings).reminder_days
    found = vardagar(situation, rule, days, "reminder_days")
    return replace(found, who=case.confirmer) if rule in (RECEIPT, START) else found


def plan(situation: Situation, started_on: date) -> SetDeadline:
    """Return the fifteen arbetsdagar of the plan."""
    return arbetsdagar(situation, PLAN, PLAN_DAYS, "implementation_plan", started_on)


def end(situation: Situation, last_day: date | None) -> list[SetDeadline]:
    """Return the last day of the order, where there is one."""
    return [] if last_day is None else [timing.on_date(situation, END, last_day, "order_end")]
