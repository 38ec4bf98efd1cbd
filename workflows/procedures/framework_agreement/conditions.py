"""Remarks that read like a condition (da: forbehold): a person finds out what they are.

Until then the vote counts for nothing; a condition is a rejection.
"""

from __future__ import annotations

import re
from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect
from workflows.letters import letter
from workflows.participants import secretariat
from workflows.procedures.framework_agreement import guards as g
from workflows.procedures.framework_agreement.framework import Framework, all_approve, open_round
from workflows.procedures.framework_agreement.mails import tally
from workflows.procedures.framework_agreement.messages import SettleCondition
from workflows.procedures.framework_agreement.verdict import told_adopted, told_contested

_CONDITION: Final = re.compile(
    r"\b(?:forudsat|foruds[æe]tning|betinge|på vilkår|medmindre|såfremt"
    r"|förutsatt|förutsättning|villkor|såvida"
    r"|provided that|on (?:the )?condition|subject to|unless)",
    re.IGNORECASE,
)


def reads_like_a_condition(remarks: str) -> bool:
    """Whether remarks hold words that make an approval depend on something."""
    return _CONDITION.search(remarks) is not None


def _settled(situation: Situation) -> Framework:
    body, framework = situation.body(SettleCondition), situation.data(Framework)
    votes = open_round(framework)
    answer = "yes" if body.is_condition else "no"
    kept = tuple(
        vote.model_copy(update={"condition": answer})
        if vote.organisation == body.organisation and not vote.replaced
        else vote
        for vote in votes.votes
    )
    return framework.with_round(votes.model_copy(update={"votes": kept}))


def _settle(situation: Situation) -> Outcome:
    framework = _settled(situation)
    own = tally(situation, framework, secretariat(situation))
    return Outcome(framework, (_told_settled(situation, framework), own))


def _told_settled(situation: Situation, framework: Framework) -> Effect:
    body = situation.body(SettleCondition)
    approver = framework.approver(body.organisation)
    return letter(
        situation,
        "approved",
        approver.role if approver else secretariat(situation),
        "condition_settled",
        evidence=True,
        text=body.text,
    )


def _settle_and_contest(situation: Situation) -> Outcome:
    body, framework = situation.body(SettleCondition), _settled(situation)
    told = told_contested(situation, framework, body.organisation, body.text)
    return Outcome(framework, tuple(told))


def _settle_and_adopt(situation: Situation) -> Outcome:
    framework = _settled(situation)
    adopted = told_adopted(situation, framework)
    return Outcome(framework, (_told_settled(situation, framework), *adopted))


def _is_condition(situation: Situation) -> bool:
    return situation.body(SettleCondition).is_condition


def _settling_completes(situation: Situation) -> bool:
    return all_approve(_settled(situation))


CONDITION_MOVES: Final = (
    Move(
        name="find_condition",
        sources=("APPROVAL_ROUND", "OVERDUE"),
        events=("settle_condition",),
        when=_is_condition,
        target="CONTESTED",
        who=("authority",),
        rules=("S4-R10",),
        guards=(g.CONDITION_OPEN,),
        act=_settle_and_contest,
    ),
    Move(
        name="find_remark_and_adopt",
        sources=("APPROVAL_ROUND", "OVERDUE"),
        events=("settle_condition",),
        when=_settling_completes,
        target="ADOPTED",
        who=("authority",),
        rules=("S4-R10",),
        guards=(g.CONDITION_OPEN,),
        act=_settle_and_adopt,
    ),
    Move(
        name="find_remark",
        sources=("APPROVAL_ROUND", "OVERDUE"),
        events=("settle_condition",),
        target=None,
        who=("authority",),
        rules=("S4-R10",),
        guards=(g.CONDITION_OPEN,),
        act=_settle,
    ),
)
