"""The mails of an order, and the words of what is ordered, confirmed and billed."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from workflows.definition import Situation
from workflows.dialogue import DIALOGUE_MAILS
from workflows.elder_care.words import joined, month_in_words, plain_number
from workflows.letters import Key, said
from workflows.procedures.service_order.messages import OrderedCare
from workflows.procedures.service_order.order_case import OrderCase, TimeLine, Written

MAILS: Final = (
    "refused",
    "oral_order",
    "order",
    "order_sent",
    "fee_officer_notice",
    "order_changed",
    "order_ending",
    "order_ended",
    "order_cancelled",
    "order_withdrawn",
    "order_undelivered",
    "reminder_written",
    "overdue_written",
    "reminder_confirmation",
    "overdue_confirmation",
    "confirmation_partial",
    "confirmation_received",
    "confirmation_news",
    "confirmation_passed_on",
    "info_request",
    "info_request_received",
    "plan_received",
    "plan_news",
    "plan_accepted",
    "plan_returned",
    "plan_answer_received",
    "reminder_plan",
    "overdue_plan",
    "time_received",
    "time_news",
    *DIALOGUE_MAILS,
)
ALERTS: Final = ("written_order_overdue", "order_undelivered", "provider_silent", "plan_missing")


def services_in_words(situation: Situation, to: str, services: Iterable[OrderedCare]) -> str:
    """Return what is ordered, one service to a line."""
    return "\n".join(_service(situation, situation.reader(to), one) for one in services)


def _service(situation: Situation, language: str, one: OrderedCare) -> str:
    values = {
        "kind": said(situation, Key(f"care.{one.kind}"), language),
        "scope": scope_in_words(situation, language, one),
        "from": said(situation, one.valid_from, language),
        "goal": one.goal or "",
        "description": one.description or "",
    }
    lines = ["line.service"]
    if one.valid_to is not None:
        values["to"] = said(situation, one.valid_to, language)
        lines = ["line.service_until"]
    if one.description:
        lines.append("line.description")
    if one.goal:
        lines.append("line.goal")
    if one.follow_up is not None:
        values["follow_up"] = said(situation, one.follow_up, language)
        lines.append("line.follow_up")
    return "\n".join(situation.wording.text(line, language, values) for line in lines)


def scope_in_words(situation: Situation, language: str, one: OrderedCare) -> str:
    """Return hours a month, days a week, or that it is round the clock."""
    text = situation.wording.text
    if one.hours_per_month is not None:
        hours = hours_in_words(situation, language, one.hours_per_month)
        return text("line.hours_per_month", language, {"hours": hours})
    if one.days_per_week is not None:
        return text("line.days_per_week", language, {"days": str(one.days_per_week)})
    return text("line.all_day", language)


def hours_in_words(situation: Situation, language: str, hours: Decimal) -> str:
    """Return a number of hours with its word."""
    return situation.wording.text("hours", language, {"hours": plain_number(hours, language)})


def lines_in_words(situation: Situation, to: str, lines: Iterable[TimeLine]) -> str:
    """Return the lines of the account, one to a line."""
    language, text = situation.reader(to), situation.wording.text
    told = []
    for one in lines:
        hours = hours_in_words(situation, language, one.quantity)
        month = month_in_words(one.first, language)
        values = {"month": month, "label": text(f"time.{one.label}", language), "hours": hours}
        told.append(text("line.time", language, values))
    return "\n".join(told) or text("line.no_time", language)


def order_facts(situation: Situation, to: str, case: OrderCase, written: Written) -> dict[str, Any]:
    """Return what an order's mail tells besides the individual and the caseworker."""
    order, language = written.order, situation.reader(to)
    return {
        **people_facts(case),
        "version": str(written.number),
        "dated": said(situation, written.dated, language),
        "services": services_in_words(situation, to, order.services),
        "needs": order.needs or "",
        "keys_alarm": order.keys_alarm or "",
        "discharge": order.discharge or "",
        "paraply_ref": case.paraply_ref or "",
    }


def people_facts(case: OrderCase) -> dict[str, Any]:
    """Return whom it is about and who orders, as far as it is known; empty lines fall away."""
    one, worker, spokesman = case.individual, case.caseworker, case.addressed.representative
    decision = case.decision
    told = (spokesman.name, spokesman.relation, spokesman.phone) if spokesman else ()
    return {
        "individual": one.name,
        "personnummer": one.personnummer,
        "address": one.address or "",
        "phone": one.phone or "",
        "language": one.language or "",
        "representative": joined(*told),
        "caseworker": joined(worker.name, worker.phone, worker.email),
        "legal_basis": decision.legal_basis if decision else "",
        "decision_date": decision.decision_date if decision else "",
        "decided_by": (decision.decided_by or "") if decision else "",
    }
