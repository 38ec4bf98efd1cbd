"""From the confirmation to settlement: steps 9 and 10 of the seed."""

from __future__ import annotations

from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect
from workflows.events import INBOX, Delivery
from workflows.letters import Key, alarm
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement import timers as t
from workflows.procedures.payment_agreement.agreement import RUNNING, Agreement, in_force, latest
from workflows.procedures.payment_agreement.approving import watch_confirmation
from workflows.procedures.payment_agreement.booking import (
    PLAN_SETTINGS,
    begun,
    horizon,
    replanned,
    watch_plan,
)
from workflows.procedures.payment_agreement.mails import status, to_kommuner
from workflows.procedures.payment_agreement.plan import planning_horizon


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
    effects: list[Effect] = [alarm(situation, "confirmation_blocked")]
    if agreement.reminders[t.CONFIRMATION] < situation.policy.timers.reminders:
        effects.append(watch_confirmation(situation))
    return Outcome(agreement, tuple(effects))


def _note_confirmation_failure(situation: Situation) -> Outcome:
    return Outcome(situation.data(Agreement), (alarm(situation, "confirmation_failed"),))


def _take_confirmation_back(situation: Situation) -> Outcome:
    agreement = situation.data(Agreement).model_copy(update={"confirmation": None})
    told = to_kommuner(
        situation, "corrected", "corrected_confirmation", version=latest(agreement).number
    )
    effects = (*told, alarm(situation, "confirmation_failed"), watch_confirmation(situation))
    return Outcome(agreement, effects)


def _start(situation: Situation) -> Outcome:
    return Outcome(*_started(situation, situation.data(Agreement)))


def _started(situation: Situation, agreement: Agreement) -> tuple[Agreement, tuple[Effect, ...]]:
    version = in_force(agreement).to("active")
    started = begun(situation, agreement.with_version(version))
    rate = version.terms.rates[0]
    told = to_kommuner(
        situation,
        "settlement_started",
        "settlement_started",
        version=version.number,
        start=started.first_day,
        end=version.terms.end or Key("no_end"),
        rate=rate.amount,
        unit=Key(f"unit.{rate.unit}"),
    )
    to = (INBOX, "facility", "location", "residence")
    news = status(situation, *to, what="settlement_started")
    return started, (*told, *news, watch_plan(situation, started))


def _plan_on(situation: Situation) -> Outcome:
    agreement = situation.data(Agreement)
    assert agreement.settlement is not None
    following = agreement.settlement.planned_to.replace(day=1)
    until = max(
        planning_horizon(following, situation.policy),
        horizon(situation, agreement),
    )
    longer = replanned(situation, agreement, planned_to=until)
    return Outcome(longer, (watch_plan(situation, longer),))


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
        settings=("policy.settlement_start", *PLAN_SETTINGS),
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
        sources=RUNNING,
        events=("confirmation_failed",),
        when=_to_inbox,
        target=None,
        who=("gateway",),
        rules=("S0-R18",),
        act=_note_confirmation_failure,
    ),
    Move(
        name="confirmation_late",
        sources=("APPROVED", *RUNNING),
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
        settings=PLAN_SETTINGS,
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
)
