"""The mails of a change of home care, and how days, orders and lateness are told in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from workflows.definition import Situation
from workflows.dialogue import DIALOGUE_MAILS
from workflows.letters import Fact, said
from workflows.procedures.home_care_change.care import CareCase, Order
from workflows.procedures.home_care_change.days import Interval, intervals

TO_PROVIDER: Final = (
    "refused",
    "received",
    "incomplete",
    "reminder_completion",
    "overdue_completion",
    "withdrawn",
    "granted",
    "other_intervention",
    "declined",
    "reminder_task",
    "suspended",
    "adjusted",
    "ended",
)
TO_INBOX: Final = (
    "notice_request",
    "notice_incomplete",
    "still_incomplete",
    "notice_withdrawn",
    "reminder_handling",
    "overdue_handling",
    "cut_off",
    "nexus_task",
    "reminder_nexus",
    "proposal",
    "notice_suspended",
)
"""Those that go to our own inbox, and so have a variant without personal data."""
MAILS: Final = (*TO_PROVIDER, *TO_INBOX, *DIALOGUE_MAILS)
ALERTS: Final = ("handling_overdue",)


def words(situation: Situation, to: str, key: str, **facts: Fact) -> str:
    """Return a text in the reader's language, with its values in words."""
    language = situation.reader(to)
    values = {name: said(situation, fact, language) for name, fact in facts.items()}
    return situation.wording.text(key, language, values)


def stretch_in_words(situation: Situation, to: str, first: date, last: date | None) -> str:
    """Return an interval in words."""
    if last is None:
        return words(situation, to, "stretch.open", first=first)
    if first == last:
        return words(situation, to, "stretch.day", first=first)
    return words(situation, to, "stretch.days", first=first, last=last)


def days_in_words(situation: Situation, to: str, days: Iterable[date]) -> str:
    """Return days as intervals with their number; empty where there are none."""
    known = frozenset(days)
    if not known:
        return ""
    told = ", ".join(
        stretch_in_words(situation, to, one.first, one.last) for one in intervals(known)
    )
    return words(situation, to, "stretch.counted", days=told, count=len(known))


def stretches_in_words(situation: Situation, to: str, stretches: Iterable[Interval]) -> str:
    """Return intervals in words, one after the other."""
    return ", ".join(stretch_in_words(situation, to, one.first, one.last) for one in stretches)


def lateness_in_words(situation: Situation, to: str, care: CareCase) -> str:
    """Say whether the request came in time, and by which days it did not (S1-R12)."""
    if care.request_deadline is None:
        return ""
    counted = situation.calendar.local_date(care.counted_at)
    if care.exceeded:
        days = days_in_words(situation, to, care.exceeded)
        return words(situation, to, "lateness.late", deadline=care.request_deadline, days=days)
    key = "lateness.in_time" if counted <= care.request_deadline else "lateness.late_no_days"
    return words(situation, to, key, deadline=care.request_deadline)


def orders_in_words(situation: Situation, to: str, orders: Iterable[Order]) -> str:
    """Return one line for each order, with exactly its days."""
    lines = []
    for order in orders:
        days = stretch_in_words(situation, to, order.first, order.last)
        what = order.what
        if order.kind == "order":
            what = words(situation, to, f"choice.service.{order.what}")
        told = words(situation, to, f"order.{order.kind}", what=what, days=days)
        if order.minutes_per_week is not None:
            told += words(situation, to, "order.minutes", minutes=order.minutes_per_week)
        lines.append(f"- {told}")
    return "\n".join(lines)
