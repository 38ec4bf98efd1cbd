"""The seller proposes a change (S2-R9): the buyer answers with a notice, or declines."""

from __future__ import annotations

from typing import Any, Final

from workflows.definition import NO_CASE, Move, Outcome, Situation
from workflows.effects import Alert, Effect, FileUnder, SendMail, SetDeadline
from workflows.events import AUTHORITY
from workflows.letters import Key, address_of, forward, letter, proof, receipt
from workflows.procedures.grant_change_notice import guards as g
from workflows.procedures.grant_change_notice import timers as t
from workflows.procedures.grant_change_notice.case import (
    NOTIFIER,
    PEOPLE,
    ChangeCase,
    is_ours,
    kept,
    other_side,
    side_of,
    side_roles,
    sides_of,
)
from workflows.procedures.grant_change_notice.messages import ChangeObjection, ChangeProposal
from workflows.procedures.grant_change_notice.routing import route
from workflows.procedures.grant_change_notice.settings import ChangeSettings
from workflows.procedures.grant_change_notice.states import RUNNING
from workflows.reminding import Turn, reminder_moves
from workflows.timing import clear


def _proposal(
    situation: Situation,
    to: str,
    kind: str,
    wording: str,
    case: ChangeCase,
    attention: str | None = None,
    watch: SetDeadline | None = None,
) -> SendMail:
    first, body = case.proposal or case.notice, case.counter or case.proposal
    assert body is not None
    citizen = first.citizen if first else None
    facts: dict[str, Any] = {
        "sender": situation.event.actor.name,
        "citizen": citizen.name if citizen else None,
        "cpr": citizen.cpr or citizen.anonymous if citizen else None,
        "change": Key(f"change.{body.change}") if body.change else None,
        "service": ", ".join(part for part in (body.service, body.scope) if part),
        "rate": body.rate,
        "legal_basis": str(body.legal_basis) if body.legal_basis else None,
        "caseworker": body.caseworker.reached if body.caseworker else None,
        "unit": Key(f"unit.{body.rate_unit}") if body.rate_unit else None,
        "proposed": body.proposed_date,
        "text": body.text,
        "attention": attention,
        "count": case.reminders,
        "due": watch.due if watch else None,
    }
    told: dict[str, Any] = {name: "" if fact is None else fact for name, fact in facts.items()}
    failed = "notice_failed" if kind in {"proposal", "reminder"} else None
    return letter(situation, kind, to, wording, on_failed=failed, **told)


def _propose(situation: Situation) -> Outcome:
    body = situation.body(ChangeProposal)
    buyer, seller = side_roles(situation, sides_of(body))
    assert buyer is not None
    assert seller is not None
    case = ChangeCase(
        proposal=body,
        ours=is_ours(situation, buyer, seller),
        buyer=buyer,
        seller=seller,
        notifier=situation.event.actor.role,
    )
    way = route(situation, buyer, None)
    case = case.model_copy(update={"routed": way.addresses})
    effects: list[Effect] = []
    watch = t.watch_answer(situation)
    for to in way.addresses:
        attention = way.attention(situation, situation.reader(to))
        effects.append(_proposal(situation, to, "proposal", "proposal", case, attention, watch))
        effects += forward(situation, to)
    effects += [*_received(situation, watch), *way.effects(situation), watch]
    if body.citizen is not None and body.citizen.cpr is not None:
        effects.append(FileUnder("citizen", body.citizen.cpr))
    return Outcome(case, tuple(effects))


def _received(situation: Situation, watch: SetDeadline | None) -> list[SendMail]:
    return receipt(situation, "proposal_received", due=watch.due if watch else "")


def _may_remind(situation: Situation) -> bool:
    return situation.data(ChangeCase).reminders < situation.settings(ChangeSettings).reminders


def _remind(situation: Situation) -> Outcome:
    before = situation.data(ChangeCase)
    case = before.model_copy(update={"reminders": before.reminders + 1})
    watch = t.watch_answer(situation)
    reminders = [
        _proposal(situation, to, "reminder", "proposal_reminder", case, watch=watch)
        for to in case.routed
    ]
    return Outcome(case, (*reminders, watch))


def _give_up(situation: Situation) -> Outcome:
    """Nobody is reminded any more: who proposed it has to ask, and our people are told."""
    case = situation.data(ChangeCase)
    to = address_of(case.notifier)
    told = _proposal(situation, to, "overdue", "proposal_overdue", case)
    return Outcome(case, (told, Alert("proposal_unanswered", {"number": situation.number})))


def _decline(situation: Situation) -> Outcome:
    body = situation.body(ChangeObjection)
    case = kept(situation, closing_reason=body.text)
    to = address_of(case.notifier)
    told = proof(situation, "declined", to, "declined", text=body.text)
    return Outcome(case, (told, *receipt(situation, "declined_receipt"), *clear(*t.DEADLINES)))


def _counter(situation: Situation) -> Outcome:
    case = kept(situation, counter=situation.body(ChangeProposal))
    to = address_of(other_side(case, situation.event.actor.role))
    sent = _proposal(situation, to, "proposal", "counter_proposal", case)
    return Outcome(case, (sent, *forward(situation, to), *_received(situation, None)))


_MANDATE: Final = ("usual_mandate.may_negotiate",)


def _rests_on(situation: Situation) -> tuple[str, ...]:
    """Only a seller that is not listed has the usual mandate."""
    case, role = situation.data(ChangeCase), situation.event.actor.role
    usual = situation.settings(ChangeSettings).usual_mandate
    sells = side_of(role, case) == case.seller
    return _MANDATE if sells and g.mandate(situation, role) is usual else ()


PROPOSING: Final = (
    Move(
        name="propose",
        sources=(NO_CASE,),
        events=("change_proposal", "propose_change"),
        target="PROPOSED",
        who=(NOTIFIER, AUTHORITY),
        rules=("S2-R9",),
        guards=g.PROPOSING,
        act=_propose,
        settings=("answer_days",),
    ),
    *reminder_moves(
        t.ANSWER,
        sources=("PROPOSED",),
        may_remind=_may_remind,
        remind=Turn("remind_of_proposal", _remind, "A proposal of the seller needs an answer."),
        give_up=Turn(
            "give_up_on_proposal", _give_up, "After the last reminder a person has to ask."
        ),
    ),
    Move(
        name="decline_proposal",
        sources=("PROPOSED",),
        events=("change_objection", "object"),
        target="DECLINED",
        who=PEOPLE,
        rules=("S2-R9",),
        guards=(*g.MAIL, g.OTHER_SIDE),
        act=_decline,
    ),
    Move(
        name="counter_propose",
        sources=RUNNING,
        events=("change_proposal", "propose_change"),
        target=None,
        who=PEOPLE,
        rules=("S2-R9",),
        guards=(*g.MAIL, g.OTHER_SIDE, g.MAY_NEGOTIATE),
        act=_counter,
        settings=_MANDATE,
        rests_on=_rests_on,
    ),
)
