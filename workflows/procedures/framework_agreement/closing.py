"""From the last approval to the end: published, sent to the agency, in force, over.

(da: offentliggørelse, ikrafttrædelse)
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect
from workflows.letters import letter
from workflows.participants import to_each
from workflows.procedures.framework_agreement import guards as g
from workflows.procedures.framework_agreement.drafting import WORKED_ON
from workflows.procedures.framework_agreement.framework import Framework, newest
from workflows.procedures.framework_agreement.messages import FaFailed, FaPublished
from workflows.procedures.framework_agreement.timers import (
    ENTRY,
    PERIOD_END,
    VOTE_REMINDER,
    VOTES_DUE,
)
from workflows.timing import clear, on_date


def _publish(situation: Situation) -> Outcome:
    """Everybody gets the adopted text; the agency too, where it is a partner (S4-R8)."""
    body = situation.body(FaPublished)
    framework = situation.data(Framework).model_copy(
        update={
            "published_where": body.where,
            "published_on": body.published_on,
            "sent_to_agency_on": body.sent_to_agency_on,
        }
    )
    documents = newest(framework).documents
    effects: list[Effect] = to_each(
        situation,
        framework.approvers,
        "published",
        "published",
        documents=documents,
        title=framework.title,
        where=body.where,
        first=framework.first_day,
        last=framework.last_day,
    )
    if situation.party("agency") is not None:
        effects.append(
            letter(
                situation,
                "published",
                "agency",
                "agency",
                documents=documents,
                evidence=True,
                title=framework.title,
                first=framework.first_day,
                last=framework.last_day,
            )
        )
    eve = framework.first_day - timedelta(days=1)
    return Outcome(framework, (*effects, on_date(situation, ENTRY, eve, "entry_into_force")))


def _enter(situation: Situation) -> Outcome:
    framework = situation.data(Framework)
    told = to_each(
        situation,
        framework.approvers,
        "in_force",
        "in_force",
        title=framework.title,
        first=framework.first_day,
        last=framework.last_day,
    )
    end = on_date(situation, PERIOD_END, framework.last_day, "years")
    return Outcome(framework, (*told, end))


def _end(situation: Situation) -> Outcome:
    framework = situation.data(Framework)
    told = to_each(
        situation,
        framework.approvers,
        "ended",
        "ended",
        title=framework.title,
        last=framework.last_day,
    )
    return Outcome(framework, tuple(told))


def _fail(situation: Situation) -> Outcome:
    reason = situation.body(FaFailed).reason
    framework = situation.data(Framework).model_copy(update={"closing_reason": reason})
    told = to_each(
        situation, framework.approvers, "ended", "failed", title=framework.title, reason=reason
    )
    return Outcome(framework, (*told, *clear(VOTES_DUE, VOTE_REMINDER)))


CLOSING_MOVES: Final = (
    Move(
        name="publish",
        sources=("ADOPTED",),
        events=("fa_published",),
        target="PUBLISHED",
        who=("authority",),
        rules=("S4-R8",),
        guards=(g.PUBLISHED_BY_NOW,),
        act=_publish,
    ),
    Move(
        name="enter_into_force",
        sources=("PUBLISHED",),
        events=("deadline_passed",),
        deadline=ENTRY.name,
        target="IN_FORCE",
        who=("clock",),
        rules=("S4-R5",),
        act=_enter,
    ),
    Move(
        name="end_period",
        sources=("IN_FORCE",),
        events=("deadline_passed",),
        deadline=PERIOD_END.name,
        target="ENDED",
        who=("clock",),
        rules=("S4-R5",),
        settings=("years",),
        act=_end,
    ),
    Move(
        name="give_up",
        sources=(*WORKED_ON, "APPROVAL_ROUND", "OVERDUE"),
        events=("fa_failed",),
        target="FAILED",
        who=("authority",),
        reason="The law wants all councils to agree; where they do not, there is no agreement.",
        act=_fail,
    ),
)
