"""From a notice to its effect: judged by its period, told to all whom it concerns, objected to.

A notice of a fixed rule that is too short takes effect later: until then buyers pay the old rate.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from workflows import timing
from workflows.definition import DeadlineRule, Move, Outcome, Situation
from workflows.effects import ClearDeadline, Effect, FileUnder
from workflows.letters import Key, address_of, alarm, forward, letter
from workflows.participants import secretariat
from workflows.procedures.facility_notice import fanning
from workflows.procedures.facility_notice import guards as g
from workflows.procedures.facility_notice.messages import (
    Conclusion,
    NewOfferProposal,
    NoticeObjection,
    NoticeWithdrawal,
    OfferClosureNotice,
    TakstChangeNotice,
)
from workflows.procedures.facility_notice.notice import FacilityNotice
from workflows.procedures.facility_notice.settings import NoticeSettings
from workflows.procedures.facility_notice.telling import (
    facility_of,
    facts_of,
    news,
    receipt,
    to_bodies,
)

EFFECT: Final = DeadlineRule(
    "takes_effect",
    "authority",
    rules=("S4-R8",),
    settings=("level", "rate_period", "closure_period"),
)
OBJECTIONS: Final = DeadlineRule(
    "objections",
    "buyer",
    reason="Buyers have some days to say what they have against it.",
    settings=("objection_days",),
)
DEADLINES: Final = (EFFECT, OBJECTIONS)
NOTIFIED: Final = ("NOTICE_VALID", "NOTICE_SHORT", "NOTICE_VALID_WITH_WARNING")
_WHO: Final = ("operator", "authority")
_SETTINGS: Final = {
    "closure": ("level", "closure_period", "objection_days"),
    "rate": ("level", "rate_period", "objection_days"),
}


def _notice(situation: Situation) -> OfferClosureNotice | TakstChangeNotice:
    body = situation.event.body
    assert isinstance(body, OfferClosureNotice | TakstChangeNotice)
    return body


def earliest(situation: Situation) -> date:
    """Return the first day on which a notice received now may take effect."""
    settings = situation.settings(NoticeSettings)
    rate = isinstance(_notice(situation), TakstChangeNotice)
    period = settings.rate_period if rate else settings.closure_period
    return period.earliest(situation.calendar.local_date(situation.event.at))


def _is_short(situation: Situation) -> bool:
    fixed = situation.settings(NoticeSettings).level == "FIXED_RULE"
    return fixed and _notice(situation).effective_from < earliest(situation)


def _is_warned(situation: Situation) -> bool:
    return _notice(situation).effective_from < earliest(situation)


def _judged(verdict: str) -> Callable[[Situation], Outcome]:
    def act(situation: Situation) -> Outcome:
        body, first = _notice(situation), earliest(situation)
        effective = first if verdict == "short" else body.effective_from
        kept = FacilityNotice(
            what="rate" if isinstance(body, TakstChangeNotice) else "closure",
            said=body,
            sender=situation.event.actor.role,
            received=situation.calendar.local_date(situation.event.at),
            wanted=body.effective_from,
            earliest=first,
            effective=effective,
            buyers=fanning.buyers(situation),
            readers=fanning.readers(situation),
            objections_until=_objections_until(situation),
        )
        return _told(situation, kept, verdict)

    return act


def _objections_until(situation: Situation) -> date:
    days = situation.settings(NoticeSettings).objection_days
    today = situation.calendar.local_date(situation.event.at)
    return situation.calendar.add_working_days(today, days).due


def _told(situation: Situation, kept: FacilityNotice, verdict: str) -> Outcome:
    facts = facts_of(situation, kept) | {"verdict": Key(f"verdict.{kept.what}.{verdict}")}
    effects: list[Effect] = [FileUnder("facility_notice", facility_of(kept))]
    for buyer in kept.buyers:
        cases = ", ".join(buyer.cases)
        effects.append(
            letter(
                situation,
                "notice",
                buyer.role,
                f"{kept.what}_buyer",
                evidence=True,
                cases=cases,
                objection_due=kept.objections_until,
                **facts,
            )
        )
        effects += forward(situation, buyer.role)
    effects += to_bodies(situation, kept, f"{kept.what}_bodies", facts)
    effects += receipt(situation, f"{kept.what}_received", facts)
    effects += [
        timing.on_date(situation, EFFECT, kept.effective - timedelta(days=1), "effective_from"),
        timing.in_working_days(
            situation,
            OBJECTIONS,
            situation.settings(NoticeSettings).objection_days,
            "objection_days",
        ),
    ]
    return Outcome(kept, tuple(effects), fanning.parties(situation))


def _propose(situation: Situation) -> Outcome:
    """Bring a planned offer before DASSOS and Takstgruppen (S4-R9)."""
    body = situation.body(NewOfferProposal)
    kept = FacilityNotice(
        what="new_offer",
        said=body,
        sender=situation.event.actor.role,
        received=situation.calendar.local_date(situation.event.at),
        wanted=body.planned_from,
        effective=body.planned_from,
        readers=fanning.readers(situation),
    )
    facts = facts_of(situation, kept)
    effects = [
        *to_bodies(situation, kept, "new_offer_bodies", facts),
        *receipt(situation, "new_offer_received", facts),
    ]
    return Outcome(kept, tuple(effects), fanning.parties(situation))


def _object(situation: Situation) -> Outcome:
    """A buyer objects: a person has to settle it before the notice takes effect."""
    kept = situation.data(FacilityNotice)
    role = situation.event.actor.role
    kept = kept.model_copy(update={"objections": (*kept.objections, role)})
    told = _passed_on(situation, kept, "objection")
    return Outcome(kept, (*told, alarm(situation, "disputed")))


def _is_late(situation: Situation) -> bool:
    until = situation.data(FacilityNotice).objections_until
    return until is not None and situation.calendar.local_date(situation.event.at) > until


def _object_late(situation: Situation) -> Outcome:
    """A late objection is passed on as what it is, and disputes nothing."""
    kept = situation.data(FacilityNotice)
    return Outcome(kept, tuple(_passed_on(situation, kept, "late_objection")))


def _passed_on(situation: Situation, kept: FacilityNotice, wording: str) -> list[Effect]:
    """Tell whoever gave the notice and the secretariat, and answer the buyer."""
    facts = facts_of(situation, kept) | {"text": situation.body(NoticeObjection).text}
    facts["until"] = kept.objections_until
    to = dict.fromkeys((address_of(kept.sender), secretariat(situation)))
    return [
        *(letter(situation, "notice", one, wording, evidence=True, **facts) for one in to),
        *receipt(situation, f"{wording}_received", facts),
    ]


def _settle(situation: Situation) -> Outcome:
    """Let the notice take effect after all, at once where its day has passed meanwhile."""
    kept, text = situation.data(FacilityNotice), situation.body(Conclusion).text
    eve = kept.effective - timedelta(days=1)
    watched = timing.on_date(situation, EFFECT, eve, "effective_from")
    return Outcome(kept, (*news(situation, "settled", "notice", text=text), watched))


def _conclude(situation: Situation) -> Outcome:
    text = situation.body(Conclusion).text
    kept = situation.data(FacilityNotice).model_copy(update={"closing_reason": text})
    return Outcome(kept, tuple(news(situation, "concluded", "ended", text=text)))


def _withdraw(situation: Situation) -> Outcome:
    reason = situation.body(NoticeWithdrawal).reason
    kept = situation.data(FacilityNotice).model_copy(update={"closing_reason": reason})
    told = news(situation, "withdrawn", "ended", reason=reason)
    facts = facts_of(situation, kept) | {"reason": reason}
    answer = receipt(situation, "withdrawal_received", facts)
    return Outcome(kept, (*told, *answer, *timing.clear(EFFECT, OBJECTIONS)))


def _take_effect(situation: Situation) -> Outcome:
    told = news(situation, "in_effect", "notice")
    return Outcome(situation.data(FacilityNotice), (*told, ClearDeadline(OBJECTIONS.name)))


def _still_disputed(situation: Situation) -> Outcome:
    return Outcome(situation.data(FacilityNotice), (alarm(situation, "disputed"),))


def _objections_over(situation: Situation) -> Outcome:
    return Outcome(situation.data(FacilityNotice))


def _gives(
    what: str, event: str, verdict: str, state: str, when: Callable[[Situation], bool] | None
) -> Move:
    return Move(
        name=f"{what}_{verdict}",
        sources=(None,),
        events=(event,),
        when=when,
        target=state,
        who=_WHO,
        rules=("S4-R8", "S4-R16", "S2-R10"),
        guards=g.CHANGING if what == "rate" else g.CLOSING,
        settings=_SETTINGS[what],
        act=_judged(verdict),
    )


def _notices(what: str, event: str) -> tuple[Move, ...]:
    return (
        _gives(what, event, "short", "NOTICE_SHORT", _is_short),
        _gives(what, event, "warned", "NOTICE_VALID_WITH_WARNING", _is_warned),
        _gives(what, event, "valid", "NOTICE_VALID", None),
    )


MOVES: Final = (
    Move(
        name="propose",
        sources=(None,),
        events=("new_offer_proposal",),
        target="PROPOSED",
        who=_WHO,
        rules=("S4-R7", "S4-R9"),
        guards=g.PROPOSING,
        act=_propose,
    ),
    Move(
        name="conclude",
        sources=("PROPOSED",),
        events=("conclude",),
        target="CONCLUDED",
        who=("authority",),
        rules=("S4-R9",),
        act=_conclude,
    ),
    *_notices("closure", "offer_closure_notice"),
    *_notices("rate", "takst_change_notice"),
    Move(
        name="object_late",
        sources=(*NOTIFIED, "DISPUTED"),
        events=("notice_objection",),
        when=_is_late,
        target=None,
        who=("buyer",),
        reason="A late objection is told to the other side, and changes nothing.",
        guards=g.ANSWERING,
        act=_object_late,
    ),
    Move(
        name="object",
        sources=(*NOTIFIED, "DISPUTED"),
        events=("notice_objection",),
        target="DISPUTED",
        who=("buyer",),
        reason="A buyer may object; a person settles it (S2, P1).",
        guards=g.ANSWERING,
        act=_object,
    ),
    Move(
        name="settle",
        sources=("DISPUTED",),
        events=("settle_objection",),
        target="NOTICE_VALID",
        who=("authority",),
        reason="An objection is settled by a person.",
        act=_settle,
    ),
    Move(
        name="withdraw",
        sources=(*NOTIFIED, "DISPUTED"),
        events=("notice_withdrawal",),
        target="WITHDRAWN",
        who=_WHO,
        reason="A notice can be taken back before it takes effect.",
        guards=g.ANSWERING,
        act=_withdraw,
    ),
    Move(
        name="take_effect",
        sources=NOTIFIED,
        events=("deadline_passed",),
        deadline=EFFECT.name,
        target="EFFECTIVE",
        who=("clock",),
        rules=("S4-R8",),
        act=_take_effect,
    ),
    Move(
        name="still_disputed",
        sources=("DISPUTED",),
        events=("deadline_passed",),
        deadline=EFFECT.name,
        target=None,
        who=("clock",),
        reason="What is disputed takes no effect by itself; people are told.",
        act=_still_disputed,
    ),
    Move(
        name="objections_over",
        sources=NOTIFIED,
        events=("deadline_passed",),
        deadline=OBJECTIONS.name,
        target=None,
        who=("clock",),
        reason="The days for objections are over.",
        act=_objections_over,
    ),
)
