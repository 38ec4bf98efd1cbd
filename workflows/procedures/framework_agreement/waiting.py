"""Councils that have not answered: reminded, then told of to the secretariat and KD-net."""

from __future__ import annotations

from typing import Any, Final

from workflows.definition import Move, Outcome, Situation
from workflows.letters import alarm, letter
from workflows.participants import names, secretariat, to_each
from workflows.procedures.framework_agreement.framework import (
    Framework,
    missing,
    open_round,
)
from workflows.procedures.framework_agreement.mails import tally
from workflows.procedures.framework_agreement.timers import (
    VOTE_REMINDER,
    VOTES_DUE,
    next_vote_reminder,
)
from workflows.procedures.framework_agreement.verdict import besides
from workflows.timing import clear


def _remind(situation: Situation) -> Outcome:
    framework = situation.data(Framework)
    votes = open_round(framework)
    days = (votes.due - situation.calendar.local_date(situation.now)).days
    if days < 0:  # after a standstill; that it is overdue is told of its own
        return Outcome(framework)
    told = to_each(
        situation,
        missing(framework),
        "reminder",
        "reminder",
        documents=framework.drafts[-1].documents[:2],
        title=framework.title,
        digest=votes.digest,
        due=votes.due,
        days=days,
    )
    own = tally(situation, framework, secretariat(situation))
    return Outcome(framework, (*told, own, *next_vote_reminder(situation, votes.due)))


def _overdue(situation: Situation) -> Outcome:
    """Tell the secretariat and KD-net who is missing; nobody has approved by keeping silent."""
    framework = situation.data(Framework)
    facts: dict[str, Any] = {"title": framework.title, "missing": names(missing(framework))}
    due = open_round(framework).due
    own = letter(situation, "overdue", secretariat(situation), "overdue", due=due, **facts)
    councils = besides(situation, framework)
    told = to_each(situation, councils, "overdue", "overdue_kd_net", due=due, **facts)
    alert = alarm(situation, "overdue")
    return Outcome(framework, (own, *told, alert, *clear(VOTE_REMINDER)))


def _send_status(situation: Situation) -> Outcome:
    framework = situation.data(Framework)
    told = [tally(situation, framework, one.role) for one in framework.approvers]
    return Outcome(framework, tuple(told))


WAITING_MOVES: Final = (
    Move(
        name="remind_councils",
        sources=("APPROVAL_ROUND",),
        events=("deadline_passed",),
        deadline=VOTE_REMINDER.name,
        target=None,
        who=("clock",),
        reason="Councils that have not answered are reminded.",
        act=_remind,
    ),
    Move(
        name="votes_overdue",
        sources=("APPROVAL_ROUND",),
        events=("deadline_passed",),
        deadline=VOTES_DUE.name,
        target="OVERDUE",
        who=("clock",),
        rules=("S4-R10",),
        settings=("adopted_by",),
        act=_overdue,
    ),
    Move(
        name="send_status",
        sources=("APPROVAL_ROUND", "OVERDUE"),
        events=("send_status",),
        target=None,
        who=("authority",),
        reason="The secretariat tells all how the round stands.",
        act=_send_status,
    ),
)
