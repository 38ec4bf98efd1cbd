"""Who is told what about a framework agreement."""

from __future__ import annotations

from typing import Final

from workflows.definition import Situation
from workflows.effects import SendMail
from workflows.letters import letter
from workflows.participants import names
from workflows.procedures.framework_agreement.framework import (
    Framework,
    missing,
    open_round,
)

MAILS: Final = (
    "refused",
    "opened",
    "steering_received",
    "draft_received",
    "review_request",
    "recommendation_received",
    "returned",
    "informed",
    "consultation_received",
    "consultation",
    "approval_request",
    "vote_received",
    "vote_condition",
    "condition_open",
    "condition_settled",
    "tally",
    "reminder",
    "overdue",
    "overdue_kd_net",
    "contested",
    "adopted",
    "published",
    "agency",
    "in_force",
    "failed",
    "ended",
)
ALERTS: Final = ("condition", "overdue")


def tally(situation: Situation, framework: Framework, to: str) -> SendMail:
    """Return how the round stands (da: stilling), for one reader."""
    votes = open_round(framework)
    standing = [votes.standing(one.cvr) for one in framework.approvers]
    found = [vote for vote in standing if vote is not None]
    remarks = [
        f"- {approver.name}: {vote.remarks}"
        for approver, vote in zip(framework.approvers, standing, strict=True)
        if vote is not None and vote.remarks
    ]
    return letter(
        situation,
        "tally",
        to,
        "tally",
        title=framework.title,
        digest=votes.digest[:16],
        approved=sum(vote.approves for vote in found),
        asked=len(framework.approvers),
        due=votes.due,
        missing=names(missing(framework)),
        remarked="\n".join(remarks) or None,
    )
