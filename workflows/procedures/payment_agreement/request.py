"""From the request to the facility's answer: steps 2 to 5 of the seed, and dialogue throughout."""

from __future__ import annotations

from typing import Any, Final

from workflows.definition import NO_CASE, Move, Outcome, Situation
from workflows.effects import Effect
from workflows.events import INBOX, SENDER, Delivery
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement import timers as t
from workflows.procedures.payment_agreement.agreement import Agreement
from workflows.procedures.payment_agreement.draft import approval_line, party
from workflows.procedures.payment_agreement.mails import Key, alert, forward, mail, status
from workflows.procedures.payment_agreement.messages import (
    Dialogue,
    PlacementRequest,
    RequestWithdrawal,
    Unavailable,
    UnclearReply,
)

BEFORE_APPROVAL: Final = (
    "NOTIFIED",
    "ACKNOWLEDGED",
    "UNDER_CLARIFICATION",
    "DRAFT_SENT",
    "KOMMUNE_CLARIFYING",
)
OPEN: Final = (*BEFORE_APPROVAL, "APPROVED", "CONFIRMED", "SETTLEMENT_ACTIVE", "TERMINATING")


def _open_case(situation: Situation) -> Outcome:
    request = situation.body(PlacementRequest)
    party(situation, "authority")
    reference = (situation.event.submission or {}).get("reference")
    data = Agreement(request=request, reference=reference, received_at=situation.event.at)
    return Outcome(data, (*_notices(situation, request), _watch_acceptance(situation)))


def _notices(situation: Situation, request: PlacementRequest) -> tuple[Effect, ...]:
    worker = request.caseworker
    facts: dict[str, Any] = {
        "citizen": request.citizen.name,
        "cpr": str(request.citizen.cpr) if request.citizen.cpr else request.citizen.anonymous,
        "legal_basis": str(request.legal_basis),
        "start": request.requested_start,
        "end": request.expected_end,
        "need": request.need,
        "caseworker": ", ".join(part for part in (worker.name, worker.phone, worker.email) if part),
        "received_at": situation.event.at,
    }
    made = tuple(
        mail(
            situation,
            "notice",
            to,
            f"notice_{to}",
            on_accepted="notice_accepted",
            on_failed="notice_failed",
            **facts,
        )
        for to in (INBOX, "facility")
    )
    return (*made, *forward(situation, "facility"))


def _watch_acceptance(situation: Situation) -> Effect:
    minutes = situation.policy.timers.facility_acceptance_minutes
    setting = "policy.timers.facility_acceptance_minutes"
    return t.in_minutes(situation, t.FACILITY_ACCEPTANCE, minutes, setting)


def _watch_facility(situation: Situation) -> Effect:
    days = situation.policy.timers.facility_answer_days
    return t.in_working_days(
        situation, t.FACILITY_ANSWER, days, "policy.timers.facility_answer_days"
    )


def _at_facility(situation: Situation) -> bool:
    return situation.body(Delivery).role == "facility"


def _acknowledge(situation: Situation) -> Outcome:
    delivery, agreement = situation.body(Delivery), situation.data(Agreement)
    receipt = mail(
        situation,
        "received",
        "acting",
        "received",
        evidence=True,
        received_at=agreement.received_at,
        accepted_at=situation.event.at,
        how=_how(delivery),
    )
    return Outcome(
        agreement.model_copy(update={"facility_notice": delivery.evidence}),
        (receipt, *t.clear(t.FACILITY_ACCEPTANCE), _watch_facility(situation)),
    )


def _how(delivery: Delivery) -> Key:
    return Key(f"delivery.{delivery.evidence}")


def _note_delivery(situation: Situation) -> Outcome:
    delivery, agreement = situation.body(Delivery), situation.data(Agreement)
    field = {"facility": "facility_notice", INBOX: "inbox_notice"}.get(delivery.role)
    changes = {field: delivery.evidence} if field else {}
    return Outcome(agreement.model_copy(update=changes))


def _not_delivered(situation: Situation) -> Outcome:
    agreement = situation.data(Agreement)
    receipt = mail(
        situation,
        "accepted_not_delivered",
        "acting",
        "accepted_not_delivered",
        evidence=True,
        received_at=agreement.received_at,
    )
    effects = (receipt, alert(situation, "facility_unreachable"))
    return Outcome(agreement, (*effects, *t.clear(t.FACILITY_ACCEPTANCE)))


def _bounced(situation: Situation) -> Outcome:
    agreement = situation.data(Agreement).model_copy(update={"facility_notice": None})
    receipt = mail(
        situation,
        "corrected",
        "acting",
        "corrected_notice",
        evidence=True,
        received_at=agreement.received_at,
    )
    timers = (*t.clear(t.FACILITY_ANSWER), _watch_acceptance(situation))
    return Outcome(agreement, (receipt, alert(situation, "notice_bounced"), *timers))


def _note_failure(situation: Situation) -> Outcome:
    return Outcome(situation.data(Agreement), (alert(situation, "notice_failed"),))


def _begin_work(situation: Situation) -> Outcome:
    return Outcome(situation.data(Agreement), tuple(t.clear(t.FACILITY_ANSWER)))


def _remind_facility(situation: Situation) -> Outcome:
    agreement = situation.data(Agreement).reminded(t.FACILITY_ANSWER)
    number = agreement.reminders[t.FACILITY_ANSWER]
    reminder = mail(
        situation,
        "reminder",
        "facility",
        "reminder_facility",
        received_at=agreement.received_at,
        count=number,
    )
    if number < situation.policy.timers.reminders:
        return Outcome(agreement, (reminder, _watch_facility(situation)))
    overdue = mail(situation, "overdue", INBOX, "overdue_facility", count=number)
    return Outcome(agreement, (reminder, overdue, alert(situation, "facility_silent")))


def _decline(situation: Situation) -> Outcome:
    reason = situation.body(Unavailable).reason
    agreement = situation.data(Agreement)
    told = mail(situation, "declined", "acting", "declined", evidence=True, reason=reason)
    news = status(situation, INBOX, "facility", "payer", what="declined")
    return Outcome(_closed(agreement, reason), (told, *news, *t.clear_all()))


def _withdraw(situation: Situation) -> Outcome:
    reason = situation.body(RequestWithdrawal).reason
    agreement = situation.data(Agreement)
    told = mail(situation, "withdrawn", "acting", "withdrawn", evidence=True, reason=reason)
    news = status(situation, INBOX, "facility", "payer", what="withdrawn", why=reason)
    return Outcome(_closed(agreement, reason), (told, *news, *t.clear_all()))


def _closed(agreement: Agreement, reason: str | None) -> Agreement:
    current = agreement.current
    if current is not None and current.state in {"sent", "returned", "expired"}:
        agreement = agreement.with_current(current.to("withdrawn"))
    return agreement.model_copy(update={"closing_reason": reason})


def _pass_on(situation: Situation) -> Outcome:
    body = situation.body(Dialogue)
    own = situation.event.actor.role
    named = tuple(dict.fromkeys(body.recipients)) or _usual_readers(own)
    roles = tuple(role for role in named if role != own and situation.party(role) is not None)
    effects = _copies(situation, body.text, roles)
    if situation.event.by_mail:
        names = ", ".join(found.name for role in roles if (found := situation.party(role)))
        effects.append(
            mail(
                situation,
                "received",
                SENDER,
                "dialogue_received",
                evidence=True,
                recipients=names or None,
            )
        )
    return Outcome(situation.data(Agreement), tuple(effects))


def _usual_readers(own: str) -> tuple[str, ...]:
    """Name who reads when nobody is named; a payer gets no dialogue that it is not named in."""
    return ("facility", "authority") if own in {"acting", "payer"} else ("acting",)


def _copies(situation: Situation, text: str, roles: tuple[str, ...]) -> list[Effect]:
    effects: list[Effect] = []
    sender = situation.event.actor
    for role in roles:
        to = INBOX if role == "authority" else role
        effects.append(mail(situation, "dialogue", to, "dialogue", sender=sender.name, text=text))
        effects += forward(situation, to)
    return effects


def _keep_unclear(situation: Situation) -> Outcome:
    body, agreement = situation.body(UnclearReply), situation.data(Agreement)
    own = situation.event.actor.role
    effects = _copies(situation, body.text, tuple(r for r in _usual_readers(own) if r != own))
    current = agreement.current
    if current is not None and current.state == "sent":
        line = approval_line(situation, current, own)
        answer = mail(situation, "manual", SENDER, "unclear_reply", evidence=True, line=line)
    else:
        answer = mail(situation, "manual", SENDER, "unclear_reply_no_draft", evidence=True)
    return Outcome(agreement, (*effects, answer))


PEOPLE: Final = ("acting", "payer", "facility", "authority")
REQUEST_MOVES: Final = (
    Move(
        name="open_case",
        sources=(NO_CASE,),
        events=("placement_request",),
        passing=("RECEIVED",),
        target="NOTIFIED",
        who=("acting",),
        rules=("S0-R1", "S0-R2", "S0-R3", "S0-R7", "S0-R9", "S0-R10"),
        guards=(*g.MAIL, g.MAY_REQUEST, g.FROM_ACTING, g.FACILITY_KNOWN, g.PAYER_KNOWN),
        act=_open_case,
    ),
    Move(
        name="acknowledge",
        sources=("NOTIFIED",),
        events=("notice_accepted",),
        when=_at_facility,
        target="ACKNOWLEDGED",
        who=("gateway",),
        rules=("S0-R9", "S0-R10", "S0-R11", "S0-R20", "S0-R21"),
        act=_acknowledge,
    ),
    Move(
        name="note_delivery",
        sources=OPEN,
        events=("notice_accepted",),
        target=None,
        who=("gateway",),
        rules=("S0-R10",),
        act=_note_delivery,
    ),
    Move(
        name="notice_refused",
        sources=("NOTIFIED",),
        events=("notice_failed",),
        when=_at_facility,
        target=None,
        who=("gateway",),
        rules=("S0-R11",),
        act=_not_delivered,
    ),
    Move(
        name="notice_returned",
        sources=("ACKNOWLEDGED",),
        events=("notice_failed",),
        when=_at_facility,
        target="NOTIFIED",
        who=("gateway",),
        rules=("S0-R11",),
        act=_bounced,
    ),
    Move(
        name="note_failure",
        sources=OPEN,
        events=("notice_failed",),
        target=None,
        who=("gateway",),
        rules=("S0-R10",),
        act=_note_failure,
    ),
    Move(
        name="not_accepted_in_time",
        sources=("NOTIFIED",),
        events=("deadline_passed",),
        deadline=t.FACILITY_ACCEPTANCE,
        target=None,
        who=("clock",),
        rules=("S0-R11",),
        act=_not_delivered,
    ),
    Move(
        name="begin_work",
        sources=("ACKNOWLEDGED",),
        events=("open", "clarify"),
        target="UNDER_CLARIFICATION",
        who=("authority", "facility"),
        rules=("S0-R12",),
        act=_begin_work,
    ),
    Move(
        name="remind_facility",
        sources=("ACKNOWLEDGED",),
        events=("deadline_passed",),
        deadline=t.FACILITY_ANSWER,
        target=None,
        who=("clock",),
        rules=("S0-R12",),
        act=_remind_facility,
    ),
    Move(
        name="decline",
        sources=BEFORE_APPROVAL,
        events=("unavailable",),
        target="DECLINED",
        who=("facility", "authority"),
        reason="The seed knows only the offer; a facility that is full has to be able to say so.",
        guards=g.MAIL,
        act=_decline,
    ),
    Move(
        name="withdraw",
        sources=BEFORE_APPROVAL,
        events=("request_withdrawal",),
        target="WITHDRAWN",
        who=("acting",),
        reason="Who asks may take the request back as long as nothing is agreed.",
        guards=g.MAIL,
        act=_withdraw,
    ),
    Move(
        name="pass_on",
        sources=OPEN,
        events=("dialogue",),
        target=None,
        who=PEOPLE,
        rules=("S0-R5", "S0-R12"),
        guards=g.MAIL,
        act=_pass_on,
    ),
    Move(
        name="keep_unclear_reply",
        sources=OPEN,
        events=("unclear_reply",),
        target=None,
        who=PEOPLE,
        rules=("S0-R5",),
        guards=(g.SECURE,),
        act=_keep_unclear,
    ),
)
