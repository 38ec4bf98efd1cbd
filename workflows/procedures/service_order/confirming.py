"""The two facts of a confirmation, received and started, and their absence (S3-R7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from workflows.definition import DeadlineRule, Move, Outcome, Situation
from workflows.effects import ClearDeadline, Effect
from workflows.elder_care import people
from workflows.elder_care.rows import again_or_alarm, on_passing
from workflows.elder_care.words import joined
from workflows.letters import Key, forward, letter
from workflows.procedures.service_order import guards as g
from workflows.procedures.service_order import timers as t
from workflows.procedures.service_order.messages import Confirmation, OrderInfoRequest
from workflows.procedures.service_order.order_case import CONFIRMING, RUNNING, STARTED, OrderCase
from workflows.timing import clear


def _by_confirmer(situation: Situation) -> bool:
    """Whether it comes from whoever has to confirm: the provider, or the fee officer (S3-R19)."""
    role = situation.event.actor.role
    return role in (situation.data(OrderCase).confirmer, "authority")


def _with_facts(situation: Situation) -> OrderCase:
    body, case = situation.body(Confirmation), situation.data(OrderCase)
    return case.model_copy(
        update={
            "received_on": body.received_on or case.received_on,
            "started_on": body.started_on or case.started_on,
        }
    )


def _is_whole(situation: Situation) -> bool:
    case = _with_facts(situation)
    return _by_confirmer(situation) and None not in (case.received_on, case.started_on)


def _is_receipt(situation: Situation) -> bool:
    """Whether the receipt is known now, and the start is not overdue: then nothing is."""
    case = _with_facts(situation)
    start_overdue = t.START.name in case.reminders
    return _by_confirmer(situation) and case.received_on is not None and not start_overdue


def _confirm(situation: Situation) -> Outcome:
    case = _with_facts(situation)
    assert case.started_on is not None
    plan = None if case.plans else t.plan(situation, case.started_on)
    told: list[Effect] = [
        *_news(situation, case),
        *people.receipt(
            situation,
            "confirmation_received",
            received_on=case.received_on,
            started_on=case.started_on,
            plan_due=situation.calendar.local_date(plan.due) if plan else "",
        ),
    ]
    return Outcome(case, (*told, *_cleared(case), *_plan_due(situation, case)))


def _plan_due(situation: Situation, case: OrderCase) -> list[Effect]:
    known_before = situation.data(OrderCase).started_on
    if case.started_on is None or case.started_on == known_before or case.plans:
        return []
    return [t.plan(situation, case.started_on)]


def _confirm_partly(situation: Situation) -> Outcome:
    case = _with_facts(situation)
    missing = "started" if case.started_on is None else "received"
    if case.received_on is None and case.started_on is None:
        missing = "both"
    told = [
        *_news(situation, case),
        *people.receipt(situation, "confirmation_partial", missing=Key(f"missing.{missing}")),
    ]
    return Outcome(case, (*told, *_cleared(case), *_plan_due(situation, case)))


def _cleared(case: OrderCase) -> list[ClearDeadline]:
    """Stop the clock of each fact that is known; that of the other one keeps running."""
    known = ((t.RECEIPT, case.received_on), (t.START, case.started_on))
    return [done for rule, fact in known if fact is not None for done in clear(rule)]


def _news(situation: Situation, case: OrderCase) -> list[Effect]:
    facts = _reported(situation, case.received_on, case.started_on)
    return [*people.to_caseworker(situation, "notice", "confirmation_news", files=True, **facts)]


def _pass_on(situation: Situation) -> Outcome:
    """Give the fee officer what a provider that is not connected has written (S3-R19)."""
    body = situation.body(Confirmation)
    facts = _reported(situation, body.received_on, body.started_on)
    told: list[Effect] = [
        letter(situation, "notice", "fee_officer", "confirmation_news", **facts),
        *forward(situation, "fee_officer"),
        *people.receipt(situation, "confirmation_passed_on"),
    ]
    return Outcome(situation.data(OrderCase), tuple(told))


def _reported(
    situation: Situation, received_on: date | None, started_on: date | None
) -> dict[str, Any]:
    body, case = situation.body(Confirmation), situation.data(OrderCase)
    return {
        "sender": situation.event.actor.name,
        "individual": case.individual.name,
        "received_on": received_on,
        "started_on": started_on,
        "contact": joined(body.contact, body.contact_phone),
        "plan_by": body.plan_by or "",
        "cannot_start": body.cannot_start or "",
    }


def _overdue(rule: DeadlineRule, situation: Situation) -> Outcome:
    case = situation.data(OrderCase).reminded(rule.name)
    number = case.reminders[rule.name]
    fact = Key("fact.received" if rule is t.RECEIPT else "fact.started")
    facts: dict[str, Any] = {
        "individual": case.individual.name,
        "dated": case.newest.dated,
        "count": number,
    }
    effects: list[Effect] = [
        letter(
            situation,
            "reminder",
            case.confirmer,
            "reminder_confirmation",
            fact=fact,
            personnummer=case.individual.personnummer,
            **facts,
        ),
        *people.to_caseworker(
            situation,
            "overdue",
            "overdue_confirmation",
            fact=fact,
            confirmer=_name_of(situation, case.confirmer),
            **facts,
        ),
    ]
    again = [t.again(situation, case, rule)]
    return Outcome(case, (*effects, *again_or_alarm(situation, number, again, "provider_silent")))


def _name_of(situation: Situation, role: str) -> str:
    party = situation.party(role)
    return party.name if party else ""


def _receipt_overdue(situation: Situation) -> Outcome:
    return _overdue(t.RECEIPT, situation)


def _start_overdue(situation: Situation) -> Outcome:
    return _overdue(t.START, situation)


def _ask_for_information(situation: Situation) -> Outcome:
    text = situation.body(OrderInfoRequest).text
    case = situation.data(OrderCase)
    told = people.to_caseworker(
        situation,
        "info_request",
        "info_request",
        files=True,
        text=text,
        sender=situation.event.actor.name,
        individual=case.individual.name,
    )
    return Outcome(case, (*told, *people.receipt(situation, "info_request_received")))


_REPORTERS: Final = ("provider", "fee_officer", "authority")


def _on_confirmation(
    name: str,
    sources: tuple[str, ...],
    target: str | None,
    act: Callable[[Situation], Outcome],
    *,
    when: Callable[[Situation], bool] | None = None,
    rules: tuple[str, ...] = ("S3-R7",),
    settings: tuple[str, ...] = (),
) -> Move:
    return Move(
        name=name,
        sources=sources,
        events=("confirmation",),
        target=target,
        who=_REPORTERS,
        rules=rules,
        settings=settings,
        guards=g.CONFIRMED,
        when=when,
        act=act,
    )


CONFIRMING_MOVES: Final = (
    _on_confirmation(
        "confirm",
        CONFIRMING,
        "STARTED",
        _confirm,
        when=_is_whole,
    ),
    _on_confirmation(
        "confirm_receipt",
        ("ORDERED", "UNCONFIRMED_OVERDUE"),
        "RECEIVED_BY_PROVIDER",
        _confirm_partly,
        when=_is_receipt,
        settings=("start_confirmation", "saturday_is_vardag"),
    ),
    _on_confirmation(
        "confirm_partly",
        CONFIRMING,
        None,
        _confirm_partly,
        when=_by_confirmer,
        settings=("start_confirmation", "saturday_is_vardag"),
    ),
    _on_confirmation(
        "confirm_change",
        STARTED,
        None,
        _confirm,
        when=_by_confirmer,
    ),
    _on_confirmation(
        "pass_to_fee_officer",
        RUNNING,
        None,
        _pass_on,
        rules=("S3-R19",),
    ),
    on_passing(
        t.RECEIPT,
        "receipt_overdue",
        CONFIRMING,
        _receipt_overdue,
        target="UNCONFIRMED_OVERDUE",
        rules=("S3-R7", "S3-R19", "S3-R27"),
        settings=("reminder_days", "saturday_is_vardag"),
    ),
    on_passing(
        t.START,
        "start_overdue",
        CONFIRMING,
        _start_overdue,
        target="UNCONFIRMED_OVERDUE",
        rules=("S3-R7", "S3-R19", "S3-R27"),
        settings=("start_confirmation", "reminder_days", "saturday_is_vardag"),
    ),
    on_passing(
        t.RECEIPT,
        "change_unconfirmed",
        STARTED,
        _receipt_overdue,
        rules=("S3-R7", "S3-R19"),
        settings=("reminder_days", "saturday_is_vardag"),
    ),
    Move(
        name="ask_for_information",
        sources=RUNNING,
        events=("order_info_request",),
        target=None,
        who=("provider", "fee_officer"),
        rules=("S3-R9",),
        guards=people.MAIL,
        act=_ask_for_information,
    ),
)
