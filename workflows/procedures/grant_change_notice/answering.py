"""What becomes of a notice: an objection, an agreement, its withdrawal, or its day."""

from __future__ import annotations

from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Alert, Effect, TellCase
from workflows.events import AUTHORITY, INBOX, Delivery
from workflows.letters import address_of, forward, letter, proof, receipt
from workflows.procedures.grant_change_notice import guards as g
from workflows.procedures.grant_change_notice import timers as t
from workflows.procedures.grant_change_notice.case import (
    PEOPLE,
    ChangeCase,
    Verdict,
    everybody,
    kept,
    matter,
    other_side,
)
from workflows.procedures.grant_change_notice.messages import (
    ChangeObjection,
    ChangeWithdrawal,
    Settlement,
)
from workflows.procedures.grant_change_notice.noticing import tell_agreement
from workflows.procedures.grant_change_notice.states import NOTICED, OPEN, RUNNING
from workflows.timing import clear


def _verdict(case: ChangeCase) -> Verdict:
    assert case.verdict is not None
    return case.verdict


def _object(situation: Situation) -> Outcome:
    body = situation.body(ChangeObjection)
    before = situation.data(ChangeCase)
    case = before.model_copy(update={"objections": (*before.objections, body)})
    to = address_of(other_side(case, situation.event.actor.role))
    told = proof(
        situation,
        "objection",
        to,
        "objection",
        sender=situation.event.actor.name,
        text=body.text,
        wanted=body.wanted_date or "",
        takes_effect=_verdict(case).takes_effect,
    )
    effects: list[Effect] = [told, *forward(situation, to)]
    effects += receipt(situation, "objection_received")
    return Outcome(case, (*effects, *clear(t.OBJECTION)))


def _time_to_object_is_over(situation: Situation) -> bool:
    """Whether the time to object is over; before that a change takes no effect."""
    return situation.data(ChangeCase).objections_closed


def _object_late(situation: Situation) -> Outcome:
    """A late objection is passed on as what it is, and disputes nothing."""
    body = situation.body(ChangeObjection)
    case = situation.data(ChangeCase)
    to = address_of(other_side(case, situation.event.actor.role))
    told = letter(
        situation,
        "dialogue",
        to,
        "late_objection",
        sender=situation.event.actor.name,
        text=body.text,
    )
    return Outcome(
        case, (told, *forward(situation, to), *receipt(situation, "late_objection_received"))
    )


def _day_has_come(situation: Situation) -> bool:
    """Whether the last day of the old terms is over."""
    day = _verdict(situation.data(ChangeCase)).takes_effect
    return t.watch_change(situation, day).due <= situation.now


def _close_objections(situation: Situation) -> Outcome:
    case = kept(situation, objections_closed=True)
    takes_effect = _verdict(case).takes_effect
    to = address_of(case.notifier)
    told = letter(situation, "notice", to, "no_objection", takes_effect=takes_effect)
    return Outcome(case, (told,))


def _settle(situation: Situation) -> Outcome:
    body = situation.body(Settlement)
    before = situation.data(ChangeCase)
    verdict = _verdict(before).model_copy(
        update={"takes_effect": body.effective_date, "warnings": ()}
    )
    case = before.model_copy(update={"verdict": verdict, "objections_closed": True})
    told = [
        proof(
            situation,
            "settled",
            to,
            "settled",
            takes_effect=body.effective_date,
            note=body.note,
        )
        for to in everybody(case)
    ]
    assert case.notice is not None
    tell = tell_agreement(situation, case.notice, verdict, withdrawn=False)
    return Outcome(case, (*told, t.watch_change(situation, body.effective_date), *tell))


def _withdraw(situation: Situation) -> Outcome:
    reason = situation.body(ChangeWithdrawal).reason
    case = kept(situation, closing_reason=reason)
    told: list[Effect] = [
        proof(
            situation,
            "withdrawn",
            to,
            "withdrawn",
            sender=situation.event.actor.name,
            what=matter(case),
            reason=reason or "",
        )
        for to in case.routed
    ]
    told += receipt(situation, "withdrawn_receipt")
    if case.notice is not None:
        told += tell_agreement(situation, case.notice, _verdict(case), withdrawn=True)
    return Outcome(case, (*told, *clear(*t.DEADLINES)))


def _not_delivered(situation: Situation) -> Outcome:
    """Who gave notice hears that it did not arrive; its contacts are no longer verified."""
    before, role = situation.data(ChangeCase), situation.body(Delivery).role
    case = before.model_copy(update={"undelivered": (*before.undelivered, role)})
    party = situation.party(AUTHORITY if role == INBOX else role)
    told = letter(
        situation,
        "corrected",
        address_of(case.notifier),
        "not_delivered",
        receiver=party.name if party else role,
        what=matter(case),
    )
    bounced = {"how": "failed", "role": role}
    stale = [TellCase(number, "contact_bounced", bounced) for number in case.contacts]
    alert = Alert("notice_failed", {"number": situation.number})
    stopped = () if case.arrived else clear(t.OBJECTION, t.CHANGE)
    return Outcome(case, (told, *stale, alert, *stopped))


def _had_not_arrived(situation: Situation) -> bool:
    return not situation.data(ChangeCase).arrived


def _arrive_late(situation: Situation) -> Outcome:
    """The time to object runs from the day on which the notice came through after all."""
    role = situation.body(Delivery).role
    undelivered = situation.data(ChangeCase).undelivered
    case = kept(situation, undelivered=tuple(one for one in undelivered if one != role))
    watch, day = t.watch_objection(situation), _verdict(case).takes_effect
    told = letter(
        situation,
        "corrected",
        address_of(case.notifier),
        "arrived_late",
        objection_due=watch.due,
        takes_effect=day,
    )
    return Outcome(case, (told, watch, t.watch_change(situation, day)))


def _take_effect(situation: Situation) -> Outcome:
    case = situation.data(ChangeCase)
    day = _verdict(case).takes_effect
    told = [
        proof(
            situation,
            "effective",
            to,
            "effective",
            takes_effect=day,
        )
        for to in everybody(case)
    ]
    return Outcome(case, (*told, *clear(*t.DEADLINES)))


def _still_disputed(situation: Situation) -> Outcome:
    case = situation.data(ChangeCase)
    day = _verdict(case).takes_effect
    told = [
        letter(situation, "overdue", to, "still_disputed", takes_effect=day)
        for to in everybody(case)
    ]
    return Outcome(case, (*told, Alert("still_disputed", {"number": situation.number})))


ANSWERING: Final = (
    Move(
        name="object_too_late",
        sources=NOTICED,
        events=("change_objection", "object"),
        when=_time_to_object_is_over,
        target=None,
        who=PEOPLE,
        reason="A late objection is told to the other side, and changes nothing.",
        guards=(*g.MAIL, g.OTHER_SIDE),
        act=_object_late,
    ),
    Move(
        name="object",
        sources=RUNNING,
        events=("change_objection", "object"),
        target="DISPUTED",
        who=PEOPLE,
        rules=("S2-R10",),
        guards=(*g.MAIL, g.OTHER_SIDE),
        act=_object,
    ),
    Move(
        name="take_effect_unopposed",
        sources=NOTICED,
        events=("deadline_passed",),
        deadline=t.OBJECTION.name,
        when=_day_has_come,
        target="EFFECTIVE",
        who=("clock",),
        rules=("S2-R10",),
        act=_take_effect,
    ),
    Move(
        name="close_objections",
        sources=NOTICED,
        events=("deadline_passed",),
        deadline=t.OBJECTION.name,
        target=None,
        who=("clock",),
        rules=("S2-R10",),
        act=_close_objections,
    ),
    Move(
        name="settle",
        sources=("DISPUTED",),
        events=("settle_dispute",),
        target="NOTICE_VALID",
        who=(AUTHORITY,),
        reason="What is disputed is settled between people, and then entered.",
        act=_settle,
    ),
    Move(
        name="withdraw",
        sources=OPEN,
        events=("change_withdrawal", "withdraw_notice"),
        target="WITHDRAWN",
        who=PEOPLE,
        reason="Who told of a change may take it back before its day.",
        guards=(*g.MAIL, g.WHO_NOTIFIED),
        act=_withdraw,
    ),
    Move(
        name="notice_not_delivered",
        sources=OPEN,
        events=("notice_failed",),
        target=None,
        who=("gateway",),
        rules=("S2-R10",),
        act=_not_delivered,
    ),
    Move(
        name="notice_arrives_late",
        sources=NOTICED,
        events=("notice_arrived",),
        when=_had_not_arrived,
        target=None,
        who=("gateway",),
        reason="What did not arrive and is sent again has to leave time to object.",
        act=_arrive_late,
    ),
    Move(
        name="take_effect",
        sources=NOTICED,
        events=("deadline_passed",),
        deadline=t.CHANGE.name,
        when=_time_to_object_is_over,
        target="EFFECTIVE",
        who=("clock",),
        rules=("S2-R10",),
        act=_take_effect,
    ),
    Move(
        name="still_disputed",
        sources=("DISPUTED",),
        events=("deadline_passed",),
        deadline=t.CHANGE.name,
        target=None,
        who=("clock",),
        reason="The day of the change has come, and nobody has settled the dispute.",
        act=_still_disputed,
    ),
)
