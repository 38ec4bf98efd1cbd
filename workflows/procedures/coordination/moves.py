"""Asked, reminded, answered, closed: the moves of a coordination."""

from __future__ import annotations

from typing import Any, Final

from workflows import timing
from workflows.definition import NO_CASE, DeadlineRule, Move, Outcome, Situation
from workflows.dialogue import DIALOGUE_MAILS, dialogue_moves
from workflows.effects import SendMail, SetDeadline
from workflows.events import AUTHORITY, Party
from workflows.letters import alarm, forward, letter, proof, receipt, said
from workflows.procedures.coordination import guards as g
from workflows.procedures.coordination.case import (
    OPEN,
    Coordination,
    answerer,
    asker,
    at_answerer,
    at_asker,
)
from workflows.procedures.coordination.messages import (
    Benefit,
    CoordinationClosed,
    CoordinationReply,
    CoordinationRequest,
)
from workflows.procedures.coordination.settings import CoordinationSettings

ANSWER: Final = DeadlineRule(
    "answer", "residence", reason="The seed sets none; a question without an answer is recalled."
)
DEADLINES: Final = (ANSWER,)
MAILS: Final = (
    "refused",
    "asked",
    "received",
    "reminder",
    "overdue",
    "not_delivered",
    "answered",
    "reply_received",
    "closed",
    "close_received",
    *DIALOGUE_MAILS,
)
ALERTS: Final = ("unanswered", "not_delivered")


def _watch(situation: Situation) -> SetDeadline:
    days = situation.settings(CoordinationSettings).reminder_days
    return timing.in_working_days(situation, ANSWER, days, "reminder_days")


def _words(situation: Situation, to: str, key: str) -> str:
    return situation.wording.text(key, situation.reader(to))


def _name(situation: Situation, role: str) -> str:
    party = situation.party(role)
    return party.name if party else ""


def _sides(situation: Situation) -> dict[str, Any]:
    """Return what all mails say: who asks and who answers."""
    return {
        "asks": _name(situation, asker(situation)),
        "answers": _name(situation, answerer(situation)),
    }


def _receipt(situation: Situation, wording: str, **facts: Any) -> list[SendMail]:
    return receipt(situation, wording, **facts, **_sides(situation))


def _ask(situation: Situation) -> Outcome:
    request, to = situation.body(CoordinationRequest), at_answerer(situation)
    reference = (situation.event.submission or {}).get("reference")
    areas, watch = request.areas or ("all",), _watch(situation)
    asked = proof(
        situation,
        "coordination",
        to,
        "asked",
        **_sides(situation),
        citizen=request.citizen.name,
        cpr=request.citizen.cpr or request.citizen.anonymous,
        legal_basis=str(request.legal_basis),
        areas=", ".join(_words(situation, to, f"area.{area}") for area in areas),
        question=request.question,
        basis_of_disclosure=_basis(situation, to, request.disclosure_basis),
        caseworker=request.caseworker.reached,
        due=watch.due,
        on_failed="question_failed",
    )
    kept = Coordination(request=request, reference=reference, sent_at=situation.event.at)
    answered = _receipt(situation, "received", due=watch.due)
    return Outcome(kept, (asked, *forward(situation, to), *answered, watch))


def _basis(situation: Situation, to: str, basis: str) -> str:
    return _words(situation, to, "consent") if basis == "consent" else basis


def _remind(situation: Situation) -> Outcome:
    kept = situation.data(Coordination)
    kept = kept.model_copy(update={"reminders": kept.reminders + 1})
    is_last = kept.reminders >= situation.policy.timers.reminders
    watch = _watch(situation)
    reminder = letter(
        situation,
        "reminder",
        at_answerer(situation),
        "reminder",
        **_sides(situation),
        sent_at=situation.calendar.local_date(kept.sent_at),
        count=kept.reminders,
        due="" if is_last else watch.due,
        on_failed="question_failed",
    )
    if not is_last:
        return Outcome(kept, (reminder, watch))
    overdue = letter(
        situation,
        "overdue",
        at_asker(situation),
        "overdue",
        count=kept.reminders,
        **_sides(situation),
    )
    return Outcome(kept, (reminder, overdue, alarm(situation, "unanswered")))


def _not_delivered(situation: Situation) -> Outcome:
    """Who asked hears that the question did not arrive, and so do our own people."""
    told = letter(situation, "corrected", at_asker(situation), "not_delivered", **_sides(situation))
    return Outcome(situation.data(Coordination), (told, alarm(situation, "not_delivered")))


def _reply(situation: Situation) -> Outcome:
    reply, kept, to = (
        situation.body(CoordinationReply),
        situation.data(Coordination),
        at_asker(situation),
    )
    told = proof(
        situation,
        "answered",
        to,
        "answered",
        **_sides(situation),
        benefits="\n".join(_benefit(situation, to, one) for one in reply.benefits),
        text=reply.text or "",
        basis_of_disclosure=_basis(situation, to, reply.disclosure_basis),
        caseworker=reply.caseworker.reached,
    )
    kept = kept.model_copy(update={"replies": (*kept.replies, reply)})
    receipt = _receipt(situation, "reply_received")
    return Outcome(kept, (told, *forward(situation, to), *receipt, *timing.clear(ANSWER)))


def _benefit(situation: Situation, to: str, one: Benefit) -> str:
    area, language = _words(situation, to, f"area.{one.area}"), situation.reader(to)
    ends = {"first": one.first, "last": one.last}
    days = {name: said(situation, day, language) for name, day in ends.items() if day is not None}
    key = f"period.{'_'.join(days)}"
    period = situation.wording.text(key, language, days) if days else ""
    contact = f", {one.contact}" if one.contact else ""
    return f"- {area}: {one.name}{period}{contact}"


def _close(situation: Situation) -> Outcome:
    outcome = situation.body(CoordinationClosed).outcome
    kept = situation.data(Coordination).model_copy(update={"outcome": outcome})
    to = at_answerer(situation)
    told = proof(
        situation,
        "ended",
        to,
        "closed",
        **_sides(situation),
        outcome=outcome,
    )
    receipt = _receipt(situation, "close_received")
    return Outcome(kept, (told, *receipt, *timing.clear(ANSWER)))


def _concerned(situation: Situation, party: Party) -> bool:
    """Between two other kommuner the authority hosts the case, and reads none of it."""
    return party.role != AUTHORITY or AUTHORITY in {asker(situation), answerer(situation)}


MOVES: Final = (
    Move(
        name="ask",
        sources=(NO_CASE,),
        events=("coordination_request",),
        target="SENT",
        who=("acting", "authority"),
        rules=("S2-R2",),
        guards=g.REQUEST,
        act=_ask,
        settings=("reminder_days",),
    ),
    Move(
        name="not_delivered",
        sources=("SENT",),
        events=("question_failed",),
        target=None,
        who=("gateway",),
        rules=("S2-R2",),
        act=_not_delivered,
    ),
    Move(
        name="remind",
        sources=("SENT",),
        events=("deadline_passed",),
        deadline=ANSWER.name,
        target=None,
        who=("clock",),
        reason="A question that nobody answers is recalled; nothing follows from silence.",
        act=_remind,
    ),
    Move(
        name="answer",
        sources=("SENT",),
        events=("coordination_reply",),
        target="ANSWERED",
        who=("residence", "authority"),
        rules=("S2-R2",),
        guards=g.REPLY,
        act=_reply,
    ),
    Move(
        name="add_to_answer",
        sources=("ANSWERED",),
        events=("coordination_reply",),
        target=None,
        who=("residence", "authority"),
        reason="Benefits change while both kommuner work with the citizen.",
        guards=g.REPLY,
        act=_reply,
    ),
    Move(
        name="close",
        sources=OPEN,
        events=("coordination_closed",),
        target="CLOSED",
        who=("acting", "authority"),
        rules=("S2-R2",),
        guards=(*g.MAIL, g.ASKER),
        act=_close,
    ),
    *dialogue_moves(
        sources=OPEN,
        people=("acting", "residence", AUTHORITY),
        guards=g.MAIL,
        rules=("S2-R2",),
        concerns=_concerned,
    ),
)
