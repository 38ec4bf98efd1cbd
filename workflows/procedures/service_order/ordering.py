"""From the decision, or the oral order, to the written order."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from workflows.definition import NO_CASE, Move, Outcome, Situation
from workflows.effects import Effect, TellCase
from workflows.elder_care import people
from workflows.elder_care.bodies import Withdrawal
from workflows.elder_care.rows import on_passing
from workflows.events import Party
from workflows.letters import Key, alarm, forward, letter
from workflows.procedures.service_order import guards as g
from workflows.procedures.service_order import timers as t
from workflows.procedures.service_order.mails import order_facts, people_facts
from workflows.procedures.service_order.messages import (
    Addressed,
    Decision,
    OralOrder,
    Order,
    ServiceOrder,
)
from workflows.procedures.service_order.order_case import (
    BEFORE_ORDER,
    CONFIRMING,
    STARTED,
    OrderCase,
    Written,
)
from workflows.timing import clear

_NO_DUES: Final = {"receipt_due": "", "start_due": ""}
_Addressed = TypeVar("_Addressed", bound=Addressed)


def _decide(situation: Situation) -> Outcome:
    decision = _kept(situation, situation.body(Decision))
    case = OrderCase(decision=decision, paraply_ref=decision.paraply_ref)
    return Outcome(case, parties=_taking_part(situation, case))


def _taking_part(situation: Situation, case: OrderCase) -> tuple[Party, ...]:
    """Return the parties: the fee officer is one only for a provider that is not connected."""
    needed = not case.addressed.connected
    return tuple(one for one in situation.parties if needed or one.role != "fee_officer")


def _kept(situation: Situation, body: _Addressed) -> _Addressed:
    individual = people.with_century(situation, body.individual)
    return body.model_copy(update={"individual": individual})


def _decide_afterwards(situation: Situation) -> Outcome:
    decision, case = _kept(situation, situation.body(Decision)), situation.data(OrderCase)
    ref = decision.paraply_ref or case.paraply_ref
    return Outcome(case.model_copy(update={"decision": decision, "paraply_ref": ref}))


def _order_orally(situation: Situation) -> Outcome:
    oral = _kept(situation, situation.body(OralOrder))
    before = situation.data(OrderCase) if situation.case else OrderCase()
    case = before.model_copy(update={"oral": oral})
    facts: dict[str, Any] = {
        **people_facts(case),
        "said_by": oral.said_by,
        "said_to": oral.said_to,
        "said_on": oral.said_on,
        "said_time": oral.said_time,
        "what": oral.what,
    }
    told = letter(situation, "notice", "provider", "oral_order", **facts)
    effects: list[Effect] = [told, *t.written_order(situation)]
    return Outcome(case, tuple(effects), _taking_part(situation, case))


def _order(situation: Situation) -> Outcome:
    return _written(situation, situation.data(OrderCase), situation.body(Order))


def _order_at_once(situation: Situation) -> Outcome:
    body = situation.body(ServiceOrder)
    decision = Decision(**{name: getattr(body, name) for name in Decision.model_fields})
    decision = _kept(situation, decision)
    case = OrderCase(decision=decision, paraply_ref=decision.paraply_ref)
    order = Order(**{name: getattr(body, name) for name in Order.model_fields})
    return _written(situation, case, order)


def _written(situation: Situation, before: OrderCase, order: Order) -> Outcome:
    written = written_today(situation, order, 1)
    case = before.model_copy(update={"orders": (written,), "last_day": written.last_day})
    effects: list[Effect] = [
        *order_mails(situation, case, "order"),
        *people.receipt(situation, "order_sent"),
        *clear(t.WRITTEN_REMINDER, t.WRITTEN_OVERDUE),
        *t.confirmation(situation, case, written.dated, started=False),
        *t.end(situation, written.last_day),
        *_tell_placement(situation),
    ]
    return Outcome(case, tuple(effects), _taking_part(situation, case))


def written_today(situation: Situation, order: Order, number: int) -> Written:
    """Return a version of the order. Its date is that of its sending, never another one (S3-R4)."""
    return Written(
        number=number, order=order, dated=people.today(situation), sent_at=situation.event.at
    )


def order_mails(situation: Situation, case: OrderCase, wording: str) -> list[Effect]:
    """Return the written order to the provider, and word to the fee officer who confirms it."""
    facts = order_facts(situation, "provider", case, case.newest)
    after = "oral.yes" if case.oral else "oral.no"
    dues: dict[str, Any] = (
        confirmed_by(situation, case) if case.addressed.connected else dict(_NO_DUES)
    )
    made: list[Effect] = [
        letter(
            situation,
            "order",
            "provider",
            wording,
            evidence=True,
            on_accepted="order_delivered",
            on_failed="order_failed",
            how=Key(f"confirm.{case.confirmer}"),
            changed=Key(f"changed.{case.confirmer}"),
            after=Key(after),
            **dues,
            **facts,
        ),
        *forward(situation, "provider"),
    ]
    if not case.addressed.connected:
        made.append(_notice_to_fee_officer(situation, case))
    return made


def confirmed_by(situation: Situation, case: OrderCase) -> dict[str, Any]:
    """Return the last days to confirm receipt and start; empty for the start that is known."""
    started = case.started_on is not None
    due = t.confirmation(situation, case, case.newest.dated, started=started)
    days = {one.name: situation.calendar.local_date(one.due) for one in due}
    return {
        "receipt_due": days[t.RECEIPT.name],
        "start_due": days.get(t.START.name, ""),
    }


def _notice_to_fee_officer(situation: Situation, case: OrderCase) -> Effect:
    facts = order_facts(situation, "fee_officer", case, case.newest)
    facts |= confirmed_by(situation, case)
    return letter(
        situation, "fee_officer_notice", "fee_officer", "fee_officer_notice", evidence=True, **facts
    )


def _tell_placement(situation: Situation) -> list[TellCase]:
    found = g.placement_of(situation)
    if found is None:
        return []
    return [TellCase(found.number, "ordered", {"order": situation.number})]


def _remind_written(situation: Situation) -> Outcome:
    case = situation.data(OrderCase).reminded(t.WRITTEN_REMINDER.name)
    return Outcome(case, tuple(_about_written(situation, case, "reminder", "reminder_written")))


def _escalate_written(situation: Situation) -> Outcome:
    case = situation.data(OrderCase).reminded(t.WRITTEN_OVERDUE.name)
    effects = _about_written(situation, case, "overdue", "overdue_written")
    if case.reminders[t.WRITTEN_OVERDUE.name] < situation.policy.timers.reminders:
        effects.append(t.again(situation, case, t.WRITTEN_OVERDUE))
    return Outcome(case, (*effects, alarm(situation, "written_order_overdue")))


def _about_written(situation: Situation, case: OrderCase, kind: str, wording: str) -> list[Effect]:
    assert case.oral is not None
    facts = people_facts(case)
    told: dict[str, Any] = {name: facts[name] for name in ("individual", "caseworker")}
    said_on = case.oral.said_on
    return [*people.to_caseworker(situation, kind, wording, said_on=said_on, **told)]


def _delivered(situation: Situation) -> Outcome:
    case = situation.data(OrderCase).with_newest(delivered_at=situation.event.at)
    if case.received_on is not None:
        return Outcome(case)
    started = case.started_on is not None
    due = t.confirmation(situation, case, people.today(situation), started=started)
    return Outcome(case, tuple(due))


def _note_delivery(situation: Situation) -> Outcome:
    case = situation.data(OrderCase).with_newest(delivered_at=situation.event.at)
    return Outcome(case)


def _undelivered(situation: Situation) -> Outcome:
    told = people.to_caseworker(situation, "overdue", "order_undelivered")
    return Outcome(situation.data(OrderCase), (*told, alarm(situation, "order_undelivered")))


def _withdraw(situation: Situation) -> Outcome:
    reason = situation.body(Withdrawal).reason
    case = situation.data(OrderCase)
    facts: dict[str, Any] = {"reason": reason, "individual": case.individual.name}
    told = [letter(situation, "withdrawn", "provider", "order_withdrawn", **facts)]
    effects = (*(told if case.oral else ()), *clear(t.WRITTEN_REMINDER, t.WRITTEN_OVERDUE))
    return Outcome(case.model_copy(update={"closing_reason": reason}), effects)


_TOLD: Final = ("start_confirmation", "saturday_is_vardag")

ORDERING_MOVES: Final = (
    Move(
        name="decide",
        sources=(NO_CASE,),
        events=("decide",),
        target="DECIDED",
        who=("authority",),
        rules=("S3-R1",),
        guards=(g.DECISION_NOT_AHEAD, *g.ADDRESSED, *g.PLACED),
        act=_decide,
    ),
    Move(
        name="order_orally",
        sources=(NO_CASE,),
        events=("oral_order",),
        target="ORAL_ORDERED",
        who=("authority",),
        rules=("S3-R2", "S3-R3"),
        settings=("written_order_reminder_days", "written_order_escalation_days"),
        guards=(g.ACUTE, g.SAID_BEFORE, *g.ADDRESSED),
        act=_order_orally,
    ),
    Move(
        name="order_orally_after_decision",
        sources=("DECIDED",),
        events=("oral_order",),
        target="ORAL_ORDERED",
        who=("authority",),
        rules=("S3-R2", "S3-R3"),
        settings=("written_order_reminder_days", "written_order_escalation_days"),
        guards=(g.ACUTE, g.SAID_BEFORE, people.SAME_INDIVIDUAL, g.SAME_PROVIDER),
        act=_order_orally,
    ),
    Move(
        name="decide_after_oral_order",
        sources=("ORAL_ORDERED",),
        events=("decide",),
        target=None,
        who=("authority",),
        rules=("S3-R1",),
        guards=(g.DECISION_NOT_AHEAD, people.SAME_INDIVIDUAL, g.SAME_PROVIDER, *g.PLACED),
        act=_decide_afterwards,
    ),
    Move(
        name="order",
        sources=BEFORE_ORDER,
        events=("order",),
        target="ORDERED",
        who=("authority",),
        rules=("S3-R1", "S3-R3", "S3-R4", "S3-R18", "S3-R30"),
        settings=_TOLD,
        guards=(*g.WRITTEN, *g.PLACED),
        act=_order,
    ),
    Move(
        name="order_at_once",
        sources=(NO_CASE,),
        events=("service_order",),
        passing=("DECIDED",),
        target="ORDERED",
        who=("orderer", "authority"),
        rules=("S3-R1", "S3-R4", "S3-R18", "S3-R30"),
        settings=_TOLD,
        guards=(
            *people.MAIL,
            people.MAY_ORDER,
            *g.ADDRESSED,
            g.DECISION_NOT_AHEAD,
            g.NEVER_RETROACTIVE,
            *g.COMPLETE,
            *g.PLACED,
        ),
        act=_order_at_once,
    ),
    on_passing(
        t.WRITTEN_REMINDER,
        "remind_of_written_order",
        ("ORAL_ORDERED",),
        _remind_written,
        rules=("S3-R3",),
        settings=("written_order_reminder_days",),
    ),
    on_passing(
        t.WRITTEN_OVERDUE,
        "written_order_overdue",
        ("ORAL_ORDERED",),
        _escalate_written,
        rules=("S3-R3", "S3-R27"),
        settings=("written_order_escalation_days",),
    ),
    Move(
        name="order_delivered",
        sources=CONFIRMING,
        events=("order_delivered",),
        target=None,
        who=("gateway",),
        rules=("S3-R7",),
        act=_delivered,
    ),
    Move(
        name="note_delivery",
        sources=STARTED,
        events=("order_delivered",),
        target=None,
        who=("gateway",),
        reason="A change of the order that reaches the provider moves nothing.",
        act=_note_delivery,
    ),
    Move(
        name="order_undelivered",
        sources=(*CONFIRMING, *STARTED),
        events=("order_failed",),
        target=None,
        who=("gateway",),
        reason="An order that does not arrive has to be sent another way, and a person sees to it.",
        act=_undelivered,
    ),
    Move(
        name="withdraw",
        sources=BEFORE_ORDER,
        events=("withdraw",),
        target="WITHDRAWN",
        who=("authority",),
        reason="Nothing has been ordered in writing yet, and nothing will be.",
        act=_withdraw,
    ),
)
