"""The approval round: one vote for each council on the frozen text, and what follows from it.

All have to approve, and silence is no approval. One rejection ends the round: the text is worked on
anew, and every council is asked again. A remark that reads like a condition counts for nothing
until a person has found out what it is.
"""

from __future__ import annotations

from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect
from workflows.events import SENDER
from workflows.letters import Key, alarm, forward, letter
from workflows.participants import secretariat
from workflows.procedures.framework_agreement import guards as g
from workflows.procedures.framework_agreement.conditions import reads_like_a_condition
from workflows.procedures.framework_agreement.framework import (
    Framework,
    Vote,
    all_approve,
    open_round,
)
from workflows.procedures.framework_agreement.mails import tally
from workflows.procedures.framework_agreement.messages import FaVote
from workflows.procedures.framework_agreement.verdict import (
    name_of,
    told_adopted,
    told_contested,
)

VOTING: Final = ("APPROVAL_ROUND", "OVERDUE")


def _vote(situation: Situation) -> Vote:
    body, files = situation.body(FaVote), situation.event.attachments
    asks = body.condition or (body.remarks is not None and reads_like_a_condition(body.remarks))
    conditional = body.outcome == "APPROVED_WITH_REMARKS" and asks
    return Vote(
        organisation=body.organisation,
        outcome=body.outcome,
        draft=open_round(situation.data(Framework)).draft,
        meeting_date=body.meeting_date,
        agenda_item=body.agenda_item,
        voted_by=body.voted_by,
        protocol_extract=body.protocol_extract or files[0].name,
        remarks=body.remarks,
        condition="open" if conditional else "none",
        at=situation.event.at,
        source=situation.event.source,
        second_person=body.second_person,
    )


def _voted(situation: Situation) -> Framework:
    framework = situation.data(Framework)
    return framework.with_round(open_round(framework).with_vote(_vote(situation)))


def _receipt(situation: Situation, framework: Framework) -> list[Effect]:
    if not situation.event.by_mail:
        return []
    body, votes = situation.body(FaVote), open_round(framework)
    earlier = sum(vote.organisation == body.organisation for vote in votes.votes) > 1
    standing = votes.standing(body.organisation)
    asked = standing is not None and standing.condition == "open"
    return [
        letter(
            situation,
            "received",
            SENDER,
            "vote_condition" if asked else "vote_received",
            evidence=True,
            outcome=Key(f"choice.outcome.{body.outcome}"),
            meeting_date=body.meeting_date,
            agenda_item=body.agenda_item,
            digest=votes.digest,
            replaced=Key("vote.replaces" if earlier else "vote.first"),
        )
    ]


def _record(situation: Situation) -> Outcome:
    framework = _voted(situation)
    to = secretariat(situation)
    effects = [
        *_receipt(situation, framework),
        tally(situation, framework, to),
        *forward(situation, to),
    ]
    body = situation.body(FaVote)
    standing = open_round(framework).standing(body.organisation)
    if standing is not None and standing.condition == "open":
        effects += [
            letter(
                situation,
                "manual",
                to,
                "condition_open",
                organisation=name_of(framework, body.organisation),
                cvr=body.organisation,
                remarks=body.remarks,
            ),
            alarm(situation, "condition"),
        ]
    return Outcome(framework, tuple(effects))


def _contest(situation: Situation) -> Outcome:
    body = situation.body(FaVote)
    framework = _voted(situation)
    told = told_contested(situation, framework, body.organisation, body.remarks)
    return Outcome(framework, (*_receipt(situation, framework), *told))


def _adopt(situation: Situation) -> Outcome:
    framework = _voted(situation)
    adopted = told_adopted(situation, framework)
    return Outcome(framework, (*_receipt(situation, framework), *adopted))


def _rejects(situation: Situation) -> bool:
    return situation.body(FaVote).outcome == "NOT_APPROVED"


def _completes(situation: Situation) -> bool:
    body = situation.body(FaVote)
    if not (body.protocol_extract or situation.event.attachments):
        return False  # its guard says what is missing
    return all_approve(_voted(situation))


_WHO: Final = ("council", "authority")

VOTING_MOVES: Final = (
    Move(
        name="reject",
        sources=VOTING,
        events=("fa_vote",),
        when=_rejects,
        target="CONTESTED",
        who=_WHO,
        rules=("S4-R10",),
        guards=g.VOTING,
        act=_contest,
    ),
    Move(
        name="adopt",
        sources=VOTING,
        events=("fa_vote",),
        when=_completes,
        target="ADOPTED",
        who=_WHO,
        rules=("S4-R10",),
        guards=g.VOTING,
        act=_adopt,
    ),
    Move(
        name="count_vote",
        sources=VOTING,
        events=("fa_vote",),
        target=None,
        who=_WHO,
        rules=("S4-R10",),
        guards=g.VOTING,
        act=_record,
    ),
)
