"""The deadlines of a payment agreement, each with the facts that explain its count.

S0 sets no deadline: all of these are reminders of ours, except the end of an agreement, a draft's
own validity, and the fifteen minutes after which a receipt must not keep silent.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from workflows import timing
from workflows.definition import DeadlineRule, Situation
from workflows.effects import ClearDeadline, SetDeadline
from workflows.procedures.payment_agreement.offers import Terms

FACILITY_ACCEPTANCE: Final = "facility_acceptance"
FACILITY_ANSWER: Final = "facility_answer"
DRAFT_ANSWER: Final = "draft_answer"
DRAFT_VALIDITY: Final = "draft_validity"
CONFIRMATION: Final = "confirmation_delivery"
PLAN_RENEWAL: Final = "plan_renewal"
AGREEMENT_END: Final = "agreement_end"
CHANGE_EFFECT: Final = "change_takes_effect"
DISPUTE_ANSWER: Final = "dispute_answer"

DEADLINES: Final = (
    DeadlineRule(FACILITY_ACCEPTANCE, "facility", rules=("S0-R10", "S0-R11")),
    DeadlineRule(FACILITY_ANSWER, "facility", rules=("S0-R12",)),
    DeadlineRule(DRAFT_ANSWER, "acting", rules=("S0-R16",)),
    DeadlineRule(DRAFT_VALIDITY, "acting", reason="An offer holds as long as it says."),
    DeadlineRule(CONFIRMATION, "authority", rules=("S0-R18", "S0-R19")),
    DeadlineRule(PLAN_RENEWAL, "authority", reason="An agreement without end is planned on."),
    DeadlineRule(
        AGREEMENT_END,
        "authority",
        reason="The last day of the agreement passes.",
        settings=("policy.notice", "policy.count_last_day"),
    ),
    DeadlineRule(CHANGE_EFFECT, "authority", reason="The last day of the old terms passes."),
    DeadlineRule(
        DISPUTE_ANSWER,
        "facility",
        reason="An objection to a line wants an answer.",
        settings=("dispute_answer_days",),
    ),
)
RULES: Final = {rule.name: rule for rule in DEADLINES}


def clear(*names: str) -> list[ClearDeadline]:
    """Return the order to stop watching."""
    return [ClearDeadline(name) for name in names]


def clear_all() -> list[ClearDeadline]:
    """Return the order to stop watching for anything."""
    return clear(*RULES)


def in_minutes(situation: Situation, name: str, minutes: int, setting: str) -> SetDeadline:
    """Return a technical deadline, counted from the processing of the event."""
    return timing.in_minutes(situation, RULES[name], minutes, setting)


def in_working_days(
    situation: Situation, name: str, days: int, setting: str, since: datetime | None = None
) -> SetDeadline:
    """Return a deadline in working days, counted from the day of the event (day 0)."""
    return timing.in_working_days(situation, RULES[name], days, setting, since)


def on_date(situation: Situation, name: str, day: date, rule: str) -> SetDeadline:
    """Return a deadline at the end of a day that was agreed."""
    return timing.on_date(situation, RULES[name], day, rule)


def after_notice(
    situation: Situation, terms: Terms, received: date, wanted: date | None, end: date
) -> SetDeadline:
    """Return the end of an agreement after notice."""
    notice = terms.notice_policy
    count = {
        "unit": "notice",
        "from": received.isoformat(),
        "running_month": notice.running_month,
        "plus_days": notice.plus_days,
        "plus_months": notice.plus_months,
        "earliest": notice.end_for(received).isoformat(),
        "wanted": wanted.isoformat() if wanted else None,
        "rule": "terms.notice_policy",
        "due": end.isoformat(),
    }
    due = situation.calendar.end_of_day(end)
    return SetDeadline(AGREEMENT_END, due, RULES[AGREEMENT_END].who, count)


def watch_acceptance(situation: Situation) -> SetDeadline:
    """Return the minutes after which a receipt must not keep silent."""
    minutes = situation.policy.timers.facility_acceptance_minutes
    setting = "policy.timers.facility_acceptance_minutes"
    return in_minutes(situation, FACILITY_ACCEPTANCE, minutes, setting)


def watch_facility(situation: Situation) -> SetDeadline:
    """Return the days after which the facility is reminded."""
    days = situation.policy.timers.facility_answer_days
    return in_working_days(situation, FACILITY_ANSWER, days, "policy.timers.facility_answer_days")
