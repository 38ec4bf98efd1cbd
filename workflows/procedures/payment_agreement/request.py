"""From the request to the facility's answer: steps 2, 3 and 5 of the seed."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from workflows.definition import NO_CASE, Case, Move, Outcome, Situation
from workflows.effects import Effect, FileUnder, SendMail
from workflows.events import INBOX, SENDER
from workflows.letters import Key, alarm, forward
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement import timers as t
from workflows.procedures.payment_agreement.agreement import BEFORE_APPROVAL, OPEN, Agreement
from workflows.procedures.payment_agreement.draft import party
from workflows.procedures.payment_agreement.mails import (
    mail,
    same_citizen_warning,
    status,
)
from workflows.procedures.payment_agreement.messages import (
    PlacementRequest,
    RequestWithdrawal,
    Unavailable,
)
from workflows.procedures.payment_agreement.timers import watch_acceptance, watch_facility


def _open_case(situation: Situation) -> Outcome:
    request = situation.body(PlacementRequest)
    party(situation, "authority")
    reference = (situation.event.submission or {}).get("reference")
    same, acting = _same_citizen(situation), party(situation, "acting")
    data = Agreement(
        request=request,
        reference=reference,
        received_at=situation.event.at,
        same_citizen=tuple(case.number for case in same),
        same_citizen_own=tuple(c.number for c in same if _key(c, "acting") == acting.key),
    )
    others = request.payer != request.acting_municipality
    parties = tuple(one for one in situation.parties if others or one.role != "payer")
    effects = (
        *_notices(situation, data),
        *_filed(request),
        watch_acceptance(situation),
    )
    return Outcome(data, effects, parties)


def _filed(request: PlacementRequest) -> list[FileUnder]:
    """Let the case be found by its citizen and its facility."""
    cpr = request.citizen.cpr
    filed = [FileUnder("facility", request.facility)]
    return [*filed, FileUnder("citizen", cpr)] if cpr else filed


def _same_citizen(situation: Situation) -> tuple[Case, ...]:
    """Return the open cases of the same citizen at the same facility."""
    facility = party(situation, "facility")
    return tuple(
        case
        for case in situation.event.related
        if case.state in OPEN and _key(case, "facility") == facility.key
    )


def _key(case: Case, role: str) -> str | None:
    found = case.party(role)
    return found.key if found else None


def citizen_of(_: Case | None, body: BaseModel) -> str | None:
    """Return by whom a request is compared with other cases."""
    return body.citizen.cpr if isinstance(body, PlacementRequest) else None


def _notices(situation: Situation, data: Agreement) -> tuple[Effect, ...]:
    request = data.request
    worker = request.caseworker
    facts: dict[str, Any] = {
        "citizen": request.citizen.name,
        "cpr": request.citizen.cpr or request.citizen.anonymous,
        "legal_basis": str(request.legal_basis),
        "start": request.requested_start,
        "end": request.expected_end or "",
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
            warning=same_citizen_warning(situation, to, data),
            **facts,
        )
        for to in (INBOX, "facility")
    )
    return (*made, *forward(situation, "facility"))


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
        return Outcome(agreement, (reminder, watch_facility(situation)))
    overdue = mail(situation, "overdue", INBOX, "overdue_facility", count=number)
    return Outcome(agreement, (reminder, overdue, alarm(situation, "facility_silent")))


def _decline(situation: Situation) -> Outcome:
    reason = situation.body(Unavailable).reason
    agreement = situation.data(Agreement)
    told = mail(situation, "declined", "acting", "declined", evidence=True, reason=reason)
    news = status(situation, INBOX, "payer", what="declined")
    return Outcome(
        _closed(agreement, reason), (told, *news, _told_facility(situation), *t.clear_all())
    )


def _told_facility(situation: Situation) -> SendMail:
    """Return the facility's receipt where it declined by mail, else the news that it declined."""
    what = Key("status.declined")
    if situation.event.by_mail:
        return mail(situation, "received", SENDER, "status", evidence=True, what=what, why=None)
    return mail(situation, "notice", "facility", "status", what=what, why=None)


def _withdraw(situation: Situation) -> Outcome:
    reason = situation.body(RequestWithdrawal).reason
    agreement = situation.data(Agreement)
    told = mail(situation, "withdrawn", "acting", "withdrawn", evidence=True, reason=reason or "")
    news = status(situation, INBOX, "facility", "payer", what="withdrawn", why=reason)
    return Outcome(_closed(agreement, reason), (told, *news, *t.clear_all()))


def _closed(agreement: Agreement, reason: str | None) -> Agreement:
    current = agreement.current
    if current is not None and current.state in {"sent", "returned", "expired"}:
        agreement = agreement.with_current(current.to("withdrawn"))
    return agreement.model_copy(update={"closing_reason": reason})


REQUEST_MOVES: Final = (
    Move(
        name="open_case",
        sources=(NO_CASE,),
        events=("placement_request",),
        passing=("RECEIVED",),
        target="NOTIFIED",
        who=("acting",),
        rules=("S0-R9", "S0-R10", "S2-R8", "S4-R2"),
        guards=(
            *g.MAIL,
            g.MAY_REQUEST,
            g.FROM_ACTING,
            g.FACILITY_KNOWN,
            g.LEGAL_BASIS,
            g.PAYER_KNOWN,
            g.PAYER_REFERENCE,
            g.OTHERS_KNOWN,
        ),
        settings=("payer_reference",),
        act=_open_case,
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
)
