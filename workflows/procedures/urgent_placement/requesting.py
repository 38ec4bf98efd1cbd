"""The mail to the queue unit, what it must hold, and the countdown to the payment liability."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

from parsers.problems import Problem
from workflows.definition import NO_CASE, DeadlineRule, Guard, Move, Outcome, Situation
from workflows.effects import Effect, SetDeadline
from workflows.elder_care import people
from workflows.elder_care.offering import Offering, offering_moves, wait_for_offer
from workflows.elder_care.placed import person_facts
from workflows.elder_care.rows import on_passing
from workflows.letters import Key, alarm, forward, letter
from workflows.procedures.urgent_placement.messages import (
    UrgentCase,
    UrgentPlacement,
    UrgentSettings,
)
from workflows.timing import on_date

LIABILITY: Final = DeadlineRule(
    "payment_liability", "queue_unit", rules=("S3-R15",), settings=("liability_days",)
)
OFFERING: Final = Offering(
    offerer="queue_unit",
    opening="urgent_placement",
    offer="home_offer",
    answer="home_answer",
    withdrawal="urgent_withdrawal",
    waiting="URGENT_MAIL_SENT",
    rules=("S3-R17",),
    informing=("S3-R17",),
    ordering=("S3-R18",),
)


def _allowed_kind(situation: Situation) -> Problem | None:
    if situation.body(UrgentPlacement).kind == "care_home":
        return None
    where = situation.wording.text("instead.short_stay", situation.reader())
    return Problem("out_of_scope", "kind", {"instead": where})


def _told(field: str) -> Callable[[Situation], Problem | None]:
    def check(situation: Situation) -> Problem | None:
        value = getattr(situation.body(UrgentPlacement), field)
        return None if value is not None else Problem("field.missing", field)

    return check


def _day_told(field: str) -> Callable[[Situation], Problem | None]:
    def check(situation: Situation) -> Problem | None:
        body = situation.body(UrgentPlacement)
        if body.not_in_hospital or getattr(body, field) is not None:
            return None
        return Problem("field.missing", field)

    return check


def _days_fit_together(situation: Situation) -> Problem | None:
    """Somebody who is not in hospital has no day of discharge."""
    body = situation.body(UrgentPlacement)
    if body.not_in_hospital and (body.ready_for_discharge or body.payment_liability):
        return Problem("case.contradiction", "not_in_hospital")
    return None


KNOWN: Final = people.known("queue_unit_known", "queue_unit", "queue_unit", "S3-R12")
KIND: Final = Guard("allowed_kind", ("S3-R10",), _allowed_kind)
DECIDED: Final = people.not_after_today("decided_before", "decision_date", "S3-R11")
QUEUED: Final = Guard("in_queue", ("S3-R11",), _told("queue_ref"))
WHEREABOUTS: Final = Guard("whereabouts_told", ("S3-R14",), _told("whereabouts"))
READY: Final = Guard("discharge_told", ("S3-R15",), _day_told("ready_for_discharge"))
LIABLE: Final = Guard("liability_told", ("S3-R15",), _day_told("payment_liability"))
FITTING: Final = Guard("days_fit_together", ("S3-R15",), _days_fit_together)


def _open(situation: Situation) -> Outcome:
    body = situation.body(UrgentPlacement)
    case = UrgentCase(
        individual=people.with_century(situation, body.individual),
        caseworker=body.caseworker,
        decision_date=body.decision_date,
        request=body,
    )
    facts = _facts(situation, case)
    remark = _remark(situation, body)
    effects: list[Effect] = [
        letter(
            situation,
            "urgent_placement",
            "queue_unit",
            "urgent_placement",
            evidence=True,
            remark=_in_words(remark),
            **facts,
        ),
        *forward(situation, "queue_unit"),
        *people.receipt(situation, "urgent_received", remark=_in_words(remark)),
    ]
    if remark is not None:
        days = person_facts(case) | {"liability": body.payment_liability}
        effects += people.to_caseworker(situation, "notice", "liability_mismatch", **days)
    waits = wait_for_offer(situation, OFFERING)
    return Outcome(case, (*effects, *_countdown(situation, body), *waits))


def _countdown(situation: Situation, body: UrgentPlacement) -> list[SetDeadline]:
    """Watch for the last day on which the municipality does not pay yet."""
    if body.payment_liability is None:
        return []
    eve = body.payment_liability - timedelta(days=1)
    if eve < people.today(situation):
        return []
    return [on_date(situation, LIABILITY, eve, "payment_liability")]


def _remark(situation: Situation, body: UrgentPlacement) -> str | None:
    """Return what is odd about the two days: the caseworker's word counts, so no refusal."""
    ready, liable = body.ready_for_discharge, body.payment_liability
    if ready is None or liable is None:
        return None
    usual = ready + timedelta(days=situation.settings(UrgentSettings).liability_days)
    return None if liable == usual else "remark.liability"


def _in_words(remark: str | None) -> Any:
    return Key(remark) if remark else ""


def _facts(situation: Situation, case: UrgentCase) -> dict[str, Any]:
    body = case.request
    return {
        **person_facts(case),
        "home": body.home,
        "queue_ref": body.queue_ref,
        "decision_date": body.decision_date,
        "whereabouts": body.whereabouts,
        "ready": _day(body, body.ready_for_discharge),
        "liability": _day(body, body.payment_liability),
        "days_left": _days_left(situation, body),
        "other": body.other or "",
    }


def _day(body: UrgentPlacement, day: date | None) -> Any:
    return Key("not_in_hospital") if body.not_in_hospital else day


def _days_left(situation: Situation, body: UrgentPlacement) -> Any:
    if body.payment_liability is None:
        return ""
    return max(0, (body.payment_liability - people.today(situation)).days)


def _liability_begins(situation: Situation) -> Outcome:
    case = situation.data(UrgentCase)
    facts = person_facts(case) | {"liability": case.request.payment_liability}
    told = [
        letter(situation, "reminder", "queue_unit", "liability_begins", **facts),
        *people.to_caseworker(situation, "overdue", "liability_begins", **facts),
    ]
    return Outcome(case, (*told, alarm(situation, "liability_begins")))


REQUEST_MOVES: Final = (
    Move(
        name="send_to_queue_unit",
        sources=(NO_CASE,),
        events=("urgent_placement",),
        passing=("QUEUED",),
        target="URGENT_MAIL_SENT",
        who=("orderer", "authority"),
        rules=("S3-R11", "S3-R12", "S3-R13", "S3-R16"),
        settings=("offer_reminder_days", "liability_days"),
        guards=(
            *people.MAIL,
            people.MAY_ORDER,
            KNOWN,
            KIND,
            DECIDED,
            QUEUED,
            WHEREABOUTS,
            READY,
            LIABLE,
            FITTING,
        ),
        act=_open,
    ),
    on_passing(
        LIABILITY,
        "liability_begins",
        ("URGENT_MAIL_SENT", "OFFERED"),
        _liability_begins,
        rules=("S3-R15",),
        settings=("liability_days",),
    ),
    *offering_moves(OFFERING),
)
