"""From the confirmation to the end: steps 9 and 10 of the seed, settlement and notice."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect, SendMail
from workflows.events import INBOX, SENDER, Delivery
from workflows.letters import Key
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement import timers as t
from workflows.procedures.payment_agreement.agreement import (
    Agreement,
    Settlement,
    Termination,
    Version,
    latest,
)
from workflows.procedures.payment_agreement.approving import watch_confirmation
from workflows.procedures.payment_agreement.mails import (
    alert,
    mail,
    status,
    to_kommuner,
)
from workflows.procedures.payment_agreement.messages import AgreementTermination
from workflows.procedures.payment_agreement.offers import Terms
from workflows.procedures.payment_agreement.plan import lines_to, planning_horizon
from workflows.settlement import PlanLine


def _to_inbox(situation: Situation) -> bool:
    return situation.body(Delivery).role == INBOX


def _starts_by_itself(situation: Situation) -> bool:
    return _to_inbox(situation) and situation.policy.settlement_start == "automatic"


def _confirmed(situation: Situation) -> tuple[Agreement, tuple[Effect, ...]]:
    agreement, delivery = situation.data(Agreement), situation.body(Delivery)
    agreement = agreement.model_copy(update={"confirmation": delivery.evidence})
    version = latest(agreement)
    told = to_kommuner(
        situation,
        "confirmed",
        "confirmed",
        version=version.number,
        digest=version.digest,
        confirmed_at=situation.event.at,
        how=Key(f"delivery.{delivery.evidence}"),
    )
    return agreement, (*told, *t.clear(t.CONFIRMATION))


def _confirm(situation: Situation) -> Outcome:
    return Outcome(*_confirmed(situation))


def _confirm_and_start(situation: Situation) -> Outcome:
    agreement, effects = _confirmed(situation)
    started, more = _started(situation, agreement)
    return Outcome(started, (*effects, *more))


def _confirmation_late(situation: Situation) -> Outcome:
    agreement = situation.data(Agreement).reminded(t.CONFIRMATION)
    effects: list[Effect] = [alert(situation, "confirmation_blocked")]
    if agreement.reminders[t.CONFIRMATION] < situation.policy.timers.reminders:
        effects.append(watch_confirmation(situation))
    return Outcome(agreement, tuple(effects))


def _note_confirmation_failure(situation: Situation) -> Outcome:
    return Outcome(situation.data(Agreement), (alert(situation, "confirmation_failed"),))


def _take_confirmation_back(situation: Situation) -> Outcome:
    agreement = situation.data(Agreement).model_copy(update={"confirmation": None})
    told = to_kommuner(
        situation, "corrected", "corrected_confirmation", version=latest(agreement).number
    )
    effects = (*told, alert(situation, "confirmation_failed"), watch_confirmation(situation))
    return Outcome(agreement, effects)


def _start(situation: Situation) -> Outcome:
    return Outcome(*_started(situation, situation.data(Agreement)))


def _started(situation: Situation, agreement: Agreement) -> tuple[Agreement, tuple[Effect, ...]]:
    version = latest(agreement).to("active")
    terms = version.terms
    until = terms.end or _horizon(situation, terms)
    actor = situation.event.actor
    settlement = Settlement(
        started_at=situation.event.at,
        started_by=actor.person or actor.name,
        planned_to=until,
        lines=_lines(situation, terms, until),
    )
    told = to_kommuner(
        situation,
        "settlement_started",
        "settlement_started",
        version=version.number,
        start=terms.start,
        end=terms.end,
        rate=terms.rates[0].amount,
        unit=Key(f"unit.{terms.rates[0].unit}"),
    )
    news = status(situation, INBOX, "facility", what="settlement_started")
    started = agreement.with_current(version, settlement=settlement)
    return started, (*told, *news, _watch_plan(situation, version, until))


def _horizon(situation: Situation, terms: Terms) -> date:
    today = situation.calendar.local_date(situation.now)
    return planning_horizon(max(terms.start, today), situation.policy)


def _lines(
    situation: Situation, terms: Terms, until: date, *, ends: bool | None = None
) -> tuple[PlanLine, ...]:
    language = situation.reader("authority")
    finite = terms.end is not None if ends is None else ends
    return lines_to(terms, until, situation.policy, situation.wording, language, ends=finite)


def _watch_plan(situation: Situation, version: Version, until: date) -> Effect:
    if version.terms.end is not None:
        return t.on_date(situation, t.AGREEMENT_END, version.terms.end, "terms.end")
    return t.on_date(situation, t.PLAN_RENEWAL, until.replace(day=1), "policy.plan_months")


def _plan_on(situation: Situation) -> Outcome:
    agreement = situation.data(Agreement)
    version, settlement = latest(agreement), agreement.settlement
    assert settlement is not None
    until = planning_horizon(settlement.planned_to.replace(day=1), situation.policy)
    until = max(until, _horizon(situation, version.terms))
    longer = settlement.model_copy(
        update={"planned_to": until, "lines": _lines(situation, version.terms, until)}
    )
    changed = agreement.model_copy(update={"settlement": longer})
    return Outcome(changed, (_watch_plan(situation, version, until),))


def _terminate(situation: Situation) -> Outcome:
    body, agreement = situation.body(AgreementTermination), situation.data(Agreement)
    terms, settlement = latest(agreement).terms, agreement.settlement
    assert settlement is not None
    received = situation.calendar.local_date(situation.event.at)
    end = max(terms.notice_policy.end_for(received), body.end or received)
    end = min(end, terms.end) if terms.end else end
    termination = Termination(
        by=situation.event.actor.role,
        received=received,
        reason=body.reason,
        wanted=body.end,
        end=end,
    )
    shorter = settlement.model_copy(
        update={"planned_to": end, "lines": _lines(situation, terms, end, ends=True)}
    )
    facts: dict[str, Any] = {
        "sender": situation.event.actor.name,
        "received": received,
        "reason": body.reason,
        "wanted": body.end,
        "end": end,
    }
    told: list[Effect] = [
        *to_kommuner(situation, "terminating", "terminating", **facts),
        _told_facility(situation, facts),
        *status(situation, INBOX, what="terminating"),
    ]
    watch = t.after_notice(situation, terms, received, body.end, end)
    changed = agreement.model_copy(update={"termination": termination, "settlement": shorter})
    return Outcome(changed, (*told, *t.clear(t.PLAN_RENEWAL), watch))


def _told_facility(situation: Situation, facts: dict[str, Any]) -> SendMail:
    """Return the facility's receipt where it gave notice by mail, else the news of the notice."""
    event = situation.event
    if event.by_mail and event.actor.role == "facility":
        return mail(situation, "terminating", SENDER, "terminating", evidence=True, **facts)
    return mail(situation, "notice", "facility", "terminating", **facts)


def _end(situation: Situation) -> Outcome:
    agreement = situation.data(Agreement)
    version, termination = latest(agreement), agreement.termination
    end = termination.end if termination else version.terms.end
    told = to_kommuner(situation, "ended", "ended", end=end)
    news = status(situation, INBOX, "facility", what="ended")
    return Outcome(agreement.with_current(version.to("ended")), (*told, *news, *t.clear_all()))


_RUNNING: Final = ("SETTLEMENT_ACTIVE", "TERMINATING")
SETTLING_MOVES: Final = (
    Move(
        name="confirm_and_start",
        sources=("APPROVED",),
        events=("confirmation_accepted",),
        when=_starts_by_itself,
        passing=("CONFIRMED",),
        target="SETTLEMENT_ACTIVE",
        who=("gateway",),
        rules=("S0-R18", "S0-R19"),
        act=_confirm_and_start,
    ),
    Move(
        name="confirm",
        sources=("APPROVED",),
        events=("confirmation_accepted",),
        when=_to_inbox,
        target="CONFIRMED",
        who=("gateway",),
        rules=("S0-R18",),
        act=_confirm,
    ),
    Move(
        name="confirmation_refused",
        sources=("APPROVED",),
        events=("confirmation_failed",),
        when=_to_inbox,
        target=None,
        who=("gateway",),
        rules=("S0-R18", "S0-R19"),
        act=_note_confirmation_failure,
    ),
    Move(
        name="confirmation_returned",
        sources=("CONFIRMED",),
        events=("confirmation_failed",),
        when=_to_inbox,
        target="APPROVED",
        who=("gateway",),
        rules=("S0-R18", "S0-R19"),
        act=_take_confirmation_back,
    ),
    Move(
        name="confirmation_returned_late",
        sources=_RUNNING,
        events=("confirmation_failed",),
        when=_to_inbox,
        target=None,
        who=("gateway",),
        rules=("S0-R18",),
        act=_note_confirmation_failure,
    ),
    Move(
        name="confirmation_late",
        sources=("APPROVED",),
        events=("deadline_passed",),
        deadline=t.CONFIRMATION,
        target=None,
        who=("clock",),
        rules=("S0-R18", "S0-R19"),
        act=_confirmation_late,
    ),
    Move(
        name="start_settlement",
        sources=("CONFIRMED",),
        events=("start_settlement",),
        target="SETTLEMENT_ACTIVE",
        who=("authority",),
        rules=("S0-R19",),
        guards=(g.CONFIRMATION_DELIVERED,),
        act=_start,
    ),
    Move(
        name="plan_on",
        sources=("SETTLEMENT_ACTIVE",),
        events=("deadline_passed",),
        deadline=t.PLAN_RENEWAL,
        target=None,
        who=("clock",),
        reason="An agreement without an end is planned a stretch at a time.",
        act=_plan_on,
    ),
    Move(
        name="terminate",
        sources=("SETTLEMENT_ACTIVE",),
        events=("agreement_termination", "terminate"),
        target="TERMINATING",
        who=("acting", "facility", "authority"),
        reason="Either side may give notice; the seed ends where settlement begins.",
        guards=g.MAIL,
        act=_terminate,
    ),
    Move(
        name="end",
        sources=_RUNNING,
        events=("deadline_passed",),
        deadline=t.AGREEMENT_END,
        target="ENDED",
        who=("clock",),
        reason="The agreement's last day has passed.",
        act=_end,
    ),
)
