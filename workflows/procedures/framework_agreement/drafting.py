"""From the opening to the frozen text: Takstgruppen, DASSOS, KD-net, KKR, in this order.

A body that returns the draft sends it back to drafting; a new text begins with DASSOS again, since
nobody has recommended it yet.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import SendMail
from workflows.letters import Key, forward, letter, receipt
from workflows.participants import participants, secretariat, to_each
from workflows.procedures.framework_agreement import guards as g
from workflows.procedures.framework_agreement.framework import (
    Framework,
    Recommendation,
    Round,
    newest,
)
from workflows.procedures.framework_agreement.messages import (
    FaConsultationReply,
    FaRecommendation,
    OpenFramework,
    SteeringAgreement,
)
from workflows.procedures.framework_agreement.settings import FrameworkSettings
from workflows.procedures.framework_agreement.text import draft_of, files_of, make_text
from workflows.procedures.framework_agreement.timers import watch_round

REVIEWS: Final = ("DASSOS_REVIEW", "KD_NET_REVIEW", "KKR_REVIEW")
WORKED_ON: Final = ("DRAFTING", *REVIEWS, "CONTESTED")
SECRETARIAT: Final = ("secretariat", "authority")


def _open(situation: Situation) -> Outcome:
    body, settings = situation.body(OpenFramework), situation.settings(FrameworkSettings)
    first = date(body.first_year, 1, 1)
    framework = Framework(
        title=body.title,
        first_day=first,
        last_day=date(body.first_year + settings.years - 1, 12, 31),
        due=body.due or date(body.first_year - 1, *settings.adopted_by),
        approvers=participants(situation, "council"),
    )
    told = letter(
        situation,
        "notice",
        secretariat(situation),
        "opened",
        title=framework.title,
        first=framework.first_day,
        last=framework.last_day,
        due=framework.due,
        asked=len(framework.approvers),
    )
    return Outcome(framework, (told,))


def _steering(situation: Situation) -> Outcome:
    body = situation.body(SteeringAgreement)
    changes = {"steering": body, "steering_files": files_of(situation)}
    framework = situation.data(Framework).model_copy(update=changes)
    return Outcome(framework, tuple(receipt(situation, "steering_received", title=body.title)))


def _draft(situation: Situation) -> Outcome:
    framework = situation.data(Framework)
    assert framework.steering is not None
    draft = draft_of(situation, framework, framework.steering)
    framework = framework.model_copy(update={"drafts": (*framework.drafts, draft)})
    effects = [
        *make_text(situation, framework, draft),
        *receipt(situation, "draft_received", version=draft.number, digest=draft.digest),
        _review(situation, framework, "DASSOS"),
    ]
    return Outcome(framework, tuple(effects))


def _review(situation: Situation, framework: Framework, body: str) -> SendMail:
    draft = newest(framework)
    return letter(
        situation,
        "notice",
        secretariat(situation),
        "review_request",
        documents=draft.documents,
        body=Key(f"choice.organ.{body}"),
        version=draft.number,
        digest=draft.digest,
    )


def _noted(situation: Situation) -> Framework:
    framework, body = situation.data(Framework), situation.body(FaRecommendation)
    made = Recommendation(
        body=body.organ,
        decision=body.decision,
        draft=newest(framework).number,
        meeting_date=body.meeting_date,
        text=body.text,
        at=situation.event.at,
        by=situation.event.actor.name,
    )
    changes = {"recommendations": (*framework.recommendations, made)}
    return framework.model_copy(update=changes)


def _recommended(situation: Situation) -> list[SendMail]:
    body = Key(f"choice.organ.{situation.body(FaRecommendation).organ}")
    return receipt(situation, "recommendation_received", body=body)


def _dassos(situation: Situation) -> Outcome:
    framework = _noted(situation)
    effects = (*_recommended(situation), _review(situation, framework, "KD_NET"))
    return Outcome(framework, effects)


def _kd_net(situation: Situation) -> Outcome:
    """On to KKR; Kontaktudvalget (19 mayors and the region's chair) is told (S4-R12, S4-R13)."""
    framework = _noted(situation)
    draft = newest(framework)
    told = to_each(
        situation,
        framework.approvers,
        "notice",
        "informed",
        documents=draft.documents[:1],
        title=framework.title,
        version=draft.number,
    )
    effects = (*_recommended(situation), _review(situation, framework, "KKR"), *told)
    return Outcome(framework, effects)


def _start_round(situation: Situation) -> Outcome:
    """Freeze the text and ask every council (S4-R10, S4-R11)."""
    framework = _noted(situation)
    draft = newest(framework)
    started = Round(
        number=len(framework.rounds) + 1,
        draft=draft.number,
        digest=draft.digest,
        started_at=situation.event.at,
        due=framework.due,
    )
    framework = framework.model_copy(update={"rounds": (*framework.rounds, started)})
    asked = to_each(
        situation,
        framework.approvers,
        "draft",
        "approval_request",
        documents=draft.documents,
        title=framework.title,
        round=started.number,
        version=draft.number,
        digest=draft.digest,
        due=started.due,
        first=framework.first_day,
        last=framework.last_day,
    )
    effects = (*_recommended(situation), *asked, *watch_round(situation, started.due))
    return Outcome(framework, effects)


def _return(situation: Situation) -> Outcome:
    body = situation.body(FaRecommendation)
    told = letter(
        situation,
        "notice",
        secretariat(situation),
        "returned",
        body=Key(f"choice.organ.{body.organ}"),
        text=body.text or "",
    )
    return Outcome(_noted(situation), (*_recommended(situation), told))


def _is_returned(situation: Situation) -> bool:
    return situation.body(FaRecommendation).decision == "RETURNED"


def _consult(situation: Situation) -> Outcome:
    body, to = situation.body(FaConsultationReply), secretariat(situation)
    sender = situation.event.actor.name
    copy = letter(situation, "dialogue", to, "consultation", sender=sender, text=body.text)
    own = receipt(situation, "consultation_received")
    return Outcome(situation.data(Framework), (copy, *forward(situation, to), *own))


def _recommend(source: str, target: str, act: Callable[[Situation], Outcome], *rules: str) -> Move:
    return Move(
        name=f"recommend_{g.BODY_OF[source].casefold()}",
        sources=(source,),
        events=("fa_recommendation",),
        target=target,
        who=SECRETARIAT,
        rules=rules,
        guards=(*g.MAIL, g.SPEAKS, g.TURN),
        settings=("adopted_by", "reminder_days") if target == "APPROVAL_ROUND" else (),
        act=act,
    )


DRAFTING_MOVES: Final = (
    Move(
        name="open_framework",
        sources=(None,),
        events=("open_framework",),
        target="DRAFTING",
        who=("authority",),
        rules=("S4-R5",),
        guards=g.OPENING,
        settings=("years", "policy.cooperation.region", "policy.cooperation.secretariat"),
        act=_open,
    ),
    Move(
        name="take_steering_agreement",
        sources=WORKED_ON,
        events=("steering_agreement",),
        target=None,
        who=SECRETARIAT,
        rules=("S4-R16",),
        guards=(*g.MAIL, g.BY_SECRETARIAT),
        act=_steering,
    ),
    Move(
        name="take_draft",
        sources=WORKED_ON,
        events=("fa_draft",),
        target="DASSOS_REVIEW",
        who=SECRETARIAT,
        rules=("S4-R15", "S4-R16", "S4-R17"),
        guards=(*g.MAIL, g.BY_SECRETARIAT, g.STEERING_THERE),
        act=_draft,
    ),
    Move(
        name="return_draft",
        sources=REVIEWS,
        events=("fa_recommendation",),
        when=_is_returned,
        target="DRAFTING",
        who=SECRETARIAT,
        reason="A body that does not recommend a draft sends it back to be worked on.",
        guards=(*g.MAIL, g.SPEAKS, g.TURN),
        act=_return,
    ),
    _recommend("DASSOS_REVIEW", "KD_NET_REVIEW", _dassos, "S4-R15"),
    _recommend("KD_NET_REVIEW", "KKR_REVIEW", _kd_net, "S4-R12", "S4-R13", "S4-R14"),
    _recommend("KKR_REVIEW", "APPROVAL_ROUND", _start_round, "S4-R10", "S4-R11", "S4-R12"),
    Move(
        name="take_consultation_reply",
        sources=WORKED_ON,
        events=("fa_consultation_reply",),
        target=None,
        who=("council",),
        reason="Councils are heard while the draft is worked on.",
        guards=g.MAIL,
        act=_consult,
    ),
)
