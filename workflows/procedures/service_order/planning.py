"""The implementation plan: due, electronic, made together, filed, seen (S3-R24 to S3-R27)."""

from __future__ import annotations

from typing import Any, Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect, MakeDocument
from workflows.elder_care import people
from workflows.elder_care.rows import again_or_alarm, on_passing
from workflows.letters import Key, letter
from workflows.procedures.service_order import guards as g
from workflows.procedures.service_order import timers as t
from workflows.procedures.service_order.messages import (
    ImplementationPlan,
    PlanAccepted,
    PlanReturned,
)
from workflows.procedures.service_order.order_case import CONFIRMING, KeptPlan, OrderCase
from workflows.procedures.service_order.settings import OrderSettings
from workflows.timing import clear


def _receive(situation: Situation) -> Outcome:
    body, case = situation.body(ImplementationPlan), situation.data(OrderCase)
    kept = KeptPlan(
        number=len(case.plans) + 1,
        plan=body,
        received_at=situation.event.at,
        filed_under=situation.settings(OrderSettings).filing_tag,
    )
    case = case.model_copy(update={"plans": (*case.plans, kept)})
    document = _document(situation, case, kept)
    facts: dict[str, Any] = {"filed_under": kept.filed_under, "individual": case.individual.name}
    told: list[Effect] = [
        *people.to_caseworker(
            situation,
            "plan",
            "plan_news",
            files=True,
            made_with=Key(f"made_with.{body.made_with}"),
            participation=body.participation,
            participants=body.participants or "",
            contact=body.contact or "",
            goals=body.goals,
            how=body.how,
            follow_up=body.follow_up,
            adopted_on=body.adopted_on,
            sender=situation.event.actor.name,
            **facts,
        ),
        *people.receipt(situation, "plan_received", received_at=situation.event.at, **facts),
    ]
    return Outcome(case, (document, *told, *clear(t.PLAN)))


def _document(situation: Situation, case: OrderCase, kept: KeptPlan) -> MakeDocument:
    view: dict[str, Any] = {
        "filed_under": kept.filed_under,
        "case": situation.number,
        "received_on": situation.calendar.local_date(kept.received_at).isoformat(),
        "personnummer": str(case.individual.personnummer),
        "name": case.individual.name,
        **kept.plan.model_dump(mode="json"),
    }
    title = f"{kept.filed_under}: {situation.number} genomforandeplan-{kept.number}.json"
    return MakeDocument(f"genomforandeplan-{kept.number}.json", view, title)


def _late(situation: Situation) -> Outcome:
    case = situation.data(OrderCase).reminded(t.PLAN.name)
    number = case.reminders[t.PLAN.name]
    facts: dict[str, Any] = {
        "individual": case.individual.name,
        "started_on": case.started_on,
        "count": number,
    }
    effects: list[Effect] = [
        letter(situation, "reminder", "provider", "reminder_plan", **facts),
        *people.to_caseworker(situation, "overdue", "overdue_plan", **facts),
    ]
    again = [t.again(situation, case, t.PLAN)]
    return Outcome(case, (*effects, *again_or_alarm(situation, number, again, "plan_missing")))


def _accept(situation: Situation) -> Outcome:
    note = situation.body(PlanAccepted).note
    return _answered(situation, "accepted", "plan_accepted", note=note or "")


def _return(situation: Situation) -> Outcome:
    reason = situation.body(PlanReturned).reason
    again = t.again(situation, situation.data(OrderCase), t.PLAN)
    due = situation.calendar.local_date(again.due)
    outcome = _answered(situation, "returned", "plan_returned", reason=reason, due=due)
    return Outcome(outcome.data, (*outcome.effects, again))


def _answered(situation: Situation, state: str, wording: str, **facts: Any) -> Outcome:
    case = situation.data(OrderCase)
    last = case.plans[-1].model_copy(update={"state": state})
    case = case.model_copy(update={"plans": (*case.plans[:-1], last)})
    told = letter(
        situation,
        "plan_answer",
        "provider",
        wording,
        evidence=True,
        individual=case.individual.name,
        **facts,
    )
    return Outcome(case, (told, *people.receipt(situation, "plan_answer_received")))


PLANNING_MOVES: Final = (
    Move(
        name="receive_plan",
        sources=("STARTED", "PLAN_OVERDUE", "PLAN_RECEIVED", "PLAN_RETURNED", "PLAN_ACCEPTED"),
        events=("plan",),
        target="PLAN_RECEIVED",
        who=("provider",),
        rules=("S3-R24", "S3-R26", "S3-R27"),
        guards=(*people.MAIL, g.MADE_TOGETHER, g.TOOK_PART, g.ADOPTED_BEFORE),
        act=_receive,
    ),
    on_passing(
        t.PLAN,
        "plan_overdue",
        ("STARTED", "PLAN_OVERDUE", "PLAN_RETURNED"),
        _late,
        target="PLAN_OVERDUE",
        rules=("S3-R24", "S3-R27"),
        settings=("reminder_days",),
    ),
    on_passing(
        t.PLAN,
        "plan_overdue_unconfirmed",
        CONFIRMING,
        _late,
        rules=("S3-R24",),
        settings=("reminder_days",),
    ),
    Move(
        name="accept_plan",
        sources=("PLAN_RECEIVED",),
        events=("plan_accepted",),
        target="PLAN_ACCEPTED",
        who=("authority", "orderer"),
        reason="The caseworker is whom the plan is for, and takes it off the watch list.",
        guards=people.MAIL,
        act=_accept,
    ),
    Move(
        name="return_plan",
        sources=("PLAN_RECEIVED",),
        events=("plan_returned",),
        target="PLAN_RETURNED",
        who=("authority", "orderer"),
        reason="A plan that does not carry out the decision goes back to the provider.",
        guards=people.MAIL,
        act=_return,
    ),
)
