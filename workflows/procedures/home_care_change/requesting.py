"""From the provider's request to the orderer's desk: complete, incomplete, withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from workflows.definition import NO_CASE, Move, Outcome, Situation
from workflows.effects import Effect, FileUnder
from workflows.events import INBOX
from workflows.letters import forward, letter
from workflows.procedures.home_care_change import deadlines as d
from workflows.procedures.home_care_change import guards as g
from workflows.procedures.home_care_change.care import (
    PLACE,
    UNANSWERED,
    CareCase,
    effective_date,
    place_of,
    related,
)
from workflows.procedures.home_care_change.mails import (
    lateness_in_words,
    words,
)
from workflows.procedures.home_care_change.messages import (
    CareChangeRequest,
    CareRequestCompletion,
    CareRequestWithdrawal,
)
from workflows.procedures.home_care_change.money import exceeded_days
from workflows.procedures.home_care_change.settings import CareSettings

PROVIDER: Final = "provider"
COUNTED: Final = ("cap_anchor", "fifth_on_day_off", "late_by", "exceeded_days")
"""The settings by which the deadlines and the lateness are counted."""


def _is_incomplete(situation: Situation) -> bool:
    return situation.body(CareChangeRequest).requested_effective_date is None


def _received(situation: Situation) -> CareCase:
    request = situation.body(CareChangeRequest)
    began = request.began
    return CareCase(
        request=request,
        reference=(situation.event.submission or {}).get("reference"),
        received_at=situation.event.at,
        counted_at=situation.event.at,
        request_deadline=d.request_deadline(situation.calendar, began) if began else None,
    )


def _filed(care: CareCase) -> list[Effect]:
    place = place_of(care.request)
    return [] if place is None else [FileUnder(PLACE, place)]


def _submit(situation: Situation) -> Outcome:
    care = _received(situation)
    outcome = _complete(situation, care, care.counted_at)
    return Outcome(outcome.data, (*_filed(care), *outcome.effects))


def _keep_incomplete(situation: Situation) -> Outcome:
    care = _received(situation)
    asked = letter(
        situation,
        "incomplete",
        PROVIDER,
        "incomplete",
        evidence=True,
        received_at=care.received_at,
        deadline=care.request_deadline or "",
        then=_what_the_date_does(situation, care),
    )
    told = letter(situation, "notice", INBOX, "notice_incomplete", received_at=care.received_at)
    watched = d.watch_request(situation, care.request.began)
    return Outcome(care, (*_filed(care), asked, told, *watched))


def _what_the_date_does(situation: Situation, care: CareCase) -> str:
    """Say what it matters when the missing date comes (S1-R11)."""
    last = care.request_deadline
    if last is None:
        return words(situation, PROVIDER, "date_comes.unknown")
    over = situation.event.at > situation.calendar.end_of_day(last)
    return words(situation, PROVIDER, "date_comes.late" if over else "date_comes.in_time")


def _complete_request(situation: Situation) -> Outcome:
    """Keep the time of the first mail where the missing date came within the deadline."""
    care, body = situation.data(CareCase), situation.body(CareRequestCompletion)
    given = {"requested_effective_date": body.requested_effective_date}
    if body.delivery_start is not None:
        given["delivery_start"] = body.delivery_start
    request = care.request.model_copy(update=given)
    began = request.began or body.requested_effective_date
    deadline = d.request_deadline(situation.calendar, began)
    in_time = situation.event.at <= situation.calendar.end_of_day(deadline)
    changes = {
        "request": request,
        "request_deadline": deadline,
        "counted_at": care.received_at if in_time else situation.event.at,
    }
    cleared = d.clear(d.REQUEST_REMINDER, d.REQUEST)
    outcome = _complete(situation, care.model_copy(update=changes), situation.event.at)
    return Outcome(outcome.data, (*cleared, *outcome.effects))


def _complete(situation: Situation, care: CareCase, complete_at: datetime) -> Outcome:
    """Count both deadlines, and tell both sides; the orderer's is counted from completeness."""
    calendar, effective = situation.calendar, effective_date(care)
    since = calendar.local_date(complete_at)
    late = exceeded_days(
        care.request.began or effective,
        calendar.local_date(care.counted_at),
        calendar,
        situation.settings(CareSettings),
    )
    watched = d.watch_handling(situation, since, effective)
    due = calendar.local_date(watched[0].due)
    care = care.model_copy(update={"exceeded": tuple(sorted(late)), "due": due})
    receipt = letter(
        situation,
        "received",
        PROVIDER,
        "received",
        evidence=True,
        received_at=care.received_at,
        counted_at=care.counted_at if care.counted_at != care.received_at else "",
        effective=effective,
        due=due,
        lateness=lateness_in_words(situation, PROVIDER, care),
        attest=_still_to_do(situation, care),
    )
    return Outcome(care, (receipt, *_notice(situation, care), *watched))


def _still_to_do(situation: Situation, care: CareCase) -> str:
    """Remind the provider of its own part: the condition, the planning (S1-R8, S1-R9)."""
    missing = [
        words(situation, PROVIDER, f"attest.{name}")
        for name, done in (
            ("condition", care.request.condition_updated),
            ("planning", care.request.planning_updated),
        )
        if not done
    ]
    return "\n".join(missing)


def _notice(situation: Situation, care: CareCase) -> list[Effect]:
    request, effective, due = care.request, effective_date(care), care.due
    assert due is not None
    received = situation.calendar.local_date(care.counted_at)
    beyond = d.exceeds_other_budget_day(due, effective, received)
    others = ", ".join(number for number, state, _ in related(situation) if state in UNANSWERED)
    notice = letter(
        situation,
        "notice",
        INBOX,
        "notice_request",
        citizen=request.citizen.name,
        cpr=request.citizen.cpr or request.citizen.anonymous,
        service=words(situation, INBOX, f"choice.service.{request.service}"),
        direction=words(situation, INBOX, f"choice.direction.{request.direction}"),
        order=request.order_reference or words(situation, INBOX, "no_order"),
        effective=effective,
        began=request.began,
        reason=request.reason,
        contact=", ".join(p for p in (request.contact.name, request.contact.phone) if p),
        lateness=lateness_in_words(situation, INBOX, care),
        due=due,
        budget=words(situation, INBOX, "budget_warning") if beyond else "",
        others=words(situation, INBOX, "other_cases", numbers=others) if others else "",
    )
    return [notice, *forward(situation, INBOX)]


def _withdraw(situation: Situation) -> Outcome:
    reason = situation.body(CareRequestWithdrawal).reason
    care = situation.data(CareCase).model_copy(update={"closing_reason": reason})
    told = letter(situation, "withdrawn", PROVIDER, "withdrawn", evidence=True, reason=reason)
    news = letter(situation, "notice", INBOX, "notice_withdrawn", reason=reason)
    return Outcome(care, (told, news, *d.clear(*d.BEFORE_ANSWER)))


REQUEST_MOVES: Final = (
    Move(
        name="keep_incomplete",
        sources=(NO_CASE,),
        events=("care_change_request",),
        when=_is_incomplete,
        target="INCOMPLETE",
        who=("provider",),
        rules=("S1-R11",),
        guards=g.REQUEST,
        act=_keep_incomplete,
    ),
    Move(
        name="submit",
        sources=(NO_CASE,),
        events=("care_change_request",),
        target="SUBMITTED",
        who=("provider",),
        rules=("S1-R4", "S1-R5", "S1-R7", "S1-R8", "S1-R9", "S1-R10", "S1-R11", "S1-R12"),
        guards=g.REQUEST,
        act=_submit,
        settings=COUNTED,
    ),
    Move(
        name="complete_request",
        sources=("INCOMPLETE",),
        events=("care_request_completion",),
        target="SUBMITTED",
        who=("provider",),
        rules=("S1-R10", "S1-R11"),
        guards=(*g.MAIL, g.DATES_PLAUSIBLE, g.DELIVERED_BY_THEN),
        act=_complete_request,
        settings=COUNTED,
    ),
    Move(
        name="withdraw",
        sources=("INCOMPLETE", *UNANSWERED),
        events=("care_request_withdrawal",),
        target="WITHDRAWN",
        who=("provider",),
        reason="Who asks may take the request back as long as it is not answered.",
        guards=g.MAIL,
        act=_withdraw,
    ),
)
