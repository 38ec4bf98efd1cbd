"""What all are told when a round ends: that everybody has approved, or that somebody has not."""

from __future__ import annotations

from typing import Any

from workflows.definition import Situation
from workflows.effects import Effect
from workflows.letters import letter
from workflows.participants import Participant, secretariat, to_each
from workflows.procedures.framework_agreement.framework import Framework, open_round
from workflows.procedures.framework_agreement.mails import tally
from workflows.procedures.framework_agreement.timers import VOTE_REMINDER, VOTES_DUE
from workflows.timing import clear


def told_contested(
    situation: Situation, framework: Framework, organisation: str, why: str | None
) -> list[Effect]:
    """Return the mails that tell all that the round is over, and why."""
    facts: dict[str, Any] = {
        "title": framework.title,
        "by": name_of(framework, organisation),
        "why": why,
        "round": str(open_round(framework).number),
    }
    own = letter(
        situation,
        "contested",
        secretariat(situation),
        "contested",
        organisation=situation.wording.text("the_secretariat", situation.reader()),
        **facts,
    )
    councils = besides(situation, framework)
    all_told = to_each(situation, councils, "contested", "contested", **facts)
    return [own, *all_told, *clear(VOTES_DUE, VOTE_REMINDER)]


def besides(situation: Situation, framework: Framework) -> tuple[Participant, ...]:
    """Return the approvers, without the inbox where the secretariat reads there itself."""
    own = secretariat(situation)
    return tuple(one for one in framework.approvers if one.role != own)


def told_adopted(situation: Situation, framework: Framework) -> list[Effect]:
    """Return the mails that tell all that the text is adopted."""
    own = tally(situation, framework, secretariat(situation))
    told = to_each(
        situation,
        framework.approvers,
        "approved",
        "adopted",
        title=framework.title,
        digest=open_round(framework).digest,
        first=framework.first_day,
        last=framework.last_day,
    )
    return [own, *told, *clear(VOTES_DUE, VOTE_REMINDER)]


def name_of(framework: Framework, cvr: str) -> str:
    """Return the name of an organisation by its CVR number."""
    approver = framework.approver(cvr)
    return approver.name if approver else cvr
