"""Who is told what about a framework agreement."""

from __future__ import annotations

from typing import Any, Final

from workflows.definition import Situation
from workflows.effects import Effect, SendMail
from workflows.events import INBOX, SENDER
from workflows.letters import letter
from workflows.procedures.framework_agreement.framework import (
    Approver,
    Framework,
    missing,
    names,
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


def secretariat(situation: Situation) -> str:
    """Return where the secretariat reads: at its own organisation, or the authority's inbox."""
    return "secretariat" if situation.party("secretariat") else INBOX


def to_councils(
    situation: Situation,
    approvers: tuple[Approver, ...],
    kind: str,
    wording: str,
    *,
    documents: tuple[str, ...] = (),
    **facts: Any,
) -> list[Effect]:
    """Return one mail to each of some organisations, each sealed for it alone."""
    return [
        letter(
            situation,
            kind,
            one.role,
            wording,
            documents=documents,
            evidence=True,
            organisation=one.name,
            **facts,
        )
        for one in approvers
    ]


def receipt(situation: Situation, wording: str, **facts: Any) -> list[Effect]:
    """Return the receipt for a mail; an act needs none."""
    if not situation.event.by_mail:
        return []
    return [letter(situation, "received", SENDER, wording, evidence=True, **facts)]


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
        missing=names(missing(framework)) or None,
        remarked="\n".join(remarks) or None,
    )
