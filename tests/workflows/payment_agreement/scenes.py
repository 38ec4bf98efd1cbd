"""For each move of an agreement that stands: how a case gets there, and how a guard is offended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tests.workflows.play import AARHUS, AMENDMENT, REGION, SKIVE, TRANSFER, Play
from workflows.definition import Procedure

Scene = tuple[Callable[[Procedure], Play], str, str, Callable[[Play], Any]]


def running(procedure: Procedure) -> Play:
    """An agreement of 2026-12-01 without an end, in January."""
    play = Play(procedure).settling()
    play.now = datetime(2027, 1, 18, 9, 0, tzinfo=UTC)
    return play


def amended(procedure: Procedure) -> Play:
    """Version 2 superseded by version 3, which is out."""
    return running(procedure).amend().amend()


def of_110(procedure: Procedure) -> Play:
    play = Play(procedure).request({"legal_basis": "SEL § 110"})
    return play.delivered("notice_accepted", "facility")


def disputed(procedure: Procedure) -> Play:
    return running(procedure).reported("invoice_dispute", "acting", **OBJECTION)


def cancelled(procedure: Procedure) -> Play:
    return Play(procedure).confirmed().reported("agreement_cancellation", "acting", reason="Fejl")


def over(procedure: Procedure) -> Play:
    play = running(procedure).reported("death", died="2027-01-10").passed("agreement_end")
    play.now = datetime(2027, 2, 8, 9, 0, tzinfo=UTC)
    return play


def ends_in_march(procedure: Procedure) -> Play:
    play = Play(procedure).acknowledged().offer({"end": "2027-03-31"}).approve()
    play.delivered("confirmation_accepted", "inbox").start()
    play.now = datetime(2027, 1, 18, 9, 0, tzinfo=UTC)
    return play


AWAY = {"from": "2027-01-05", "until": "2027-01-07"}
ADMITTED = {"admitted": "2026-11-20"}
OBJECTION = {"month": "2026-12", "reason": "Borgeren kom først den 3."}
ANSWER = OBJECTION | {"outcome": "granted", "amount": "53519.50", "reason": "Det er rigtigt"}


def approving(play: Play) -> dict[str, Any]:
    return {"version": play.version.number, "digest": play.version.digest}


def registering(_: Play) -> dict[str, Any]:
    return {
        "document": "brev.pdf",
        "channel": "Digital Post",
        "second_person": "Anders Anden",
        "approver": "Karen Kommune",
    }


SCENES: Mapping[str, Scene] = {
    "wish_amendment": (running, "agreement_amendment", "acting", lambda _: AMENDMENT),
    "amend": (running, "agreement_amendment", "facility", lambda _: AMENDMENT),
    "return_amendment": (
        amended,
        "agreement_change_request",
        "acting",
        lambda play: {"text": "Lavere takst"} | approving(play),
    ),
    "reject_amendment": (
        amended,
        "agreement_rejection",
        "acting",
        lambda play: {"reason": "For dyrt"} | approving(play),
    ),
    "approve_change": (amended, "agreement_approval", "acting", approving),
    "register_change": (amended, "register_approval", "authority", registering),
    "transfer_responsibility": (running, "responsibility_transfer", "acting", lambda _: TRANSFER),
    "cancel": (
        lambda p: Play(p).confirmed(),
        "agreement_cancellation",
        "acting",
        lambda _: {"reason": "Borgeren vil ikke"},
    ),
    "confirm_move_in": (
        running,
        "move_in_confirmed",
        "facility",
        lambda _: {"moved_in": "2026-12-02"},
    ),
    "change_start": (
        ends_in_march,
        "start_changed",
        "facility",
        lambda _: {"start": "2026-12-05", "reason": "Syg"},
    ),
    "note_absence": (
        lambda p: ends_in_march(p).reported(
            "absence", **{"from": "2027-01-05", "until": "2027-01-07"}
        ),
        "absence",
        "facility",
        lambda _: {"from": "2027-01-10", "until": "2027-01-12"},
    ),
    "change_caseworker": (
        running,
        "caseworker_change",
        "acting",
        lambda _: {"caseworker": {"name": "Ny Behandler"}},
    ),
    "tell_admission": (
        of_110,
        "admission_notice",
        "facility",
        lambda _: ADMITTED,
    ),
    "answer_dispute": (disputed, "invoice_dispute", "facility", lambda _: ANSWER),
    "dispute_line": (running, "invoice_dispute", "acting", lambda _: OBJECTION),
    "move_out": (running, "move_out", "acting", lambda _: {"last_day": "2027-01-20"}),
    "relet": (
        lambda p: running(p).terminate(),
        "move_out",
        "facility",
        lambda _: {"last_day": "2027-01-20", "relet_from": "2027-02-01"},
    ),
    "die": (running, "death", "facility", lambda _: {"died": "2027-01-10"}),
    "correct": (
        lambda p: running(p).reported("death", died="2027-01-10"),
        "correct",
        "authority",
        lambda _: {"reason": "Fejl i datoen", "end": "2027-01-28"},
    ),
    "close_month": (
        lambda p: Play(p, now=datetime(2027, 1, 18, 9, 0, tzinfo=UTC)).settling(),
        "close_month",
        "authority",
        lambda _: {"month": "2026-12"},
    ),
    "bring_back": (cancelled, "reopen", "authority", lambda _: {"reason": "Forkert sag"}),
    "run_on": (over, "reopen", "authority", lambda _: {"reason": "Forkert borger"}),
}

SPOILED: Mapping[str, Callable[[dict[str, Any], Play], dict[str, Any]]] = {
    "names_terms": lambda body, _: {k: v for k, v in body.items() if k != "rate"},
    "within_agreement": lambda body, _: body | {"effective": "2026-11-01"},
    "amended_rates_cover": lambda body, _: (
        body | {"rate": {"amount": "1.00", "unit": "day", "from": "2027-06-01"}}
    ),
    "amendment_valid": lambda body, _: body | {"valid_until": "2027-01-17"},
    "another_kommune": lambda body, _: body | {"to_municipality": "0751"},
    "start_by_payer": lambda body, _: body | {"start": "2026-11-28"},
    "start_before_end": lambda body, _: body | {"start": "2027-04-05"},
    "absent_within": lambda body, _: body | {"from": "2027-04-05", "until": None},
    "absent_once": lambda body, _: body | {"from": "2027-01-06"},
    "line_exists": lambda body, _: body | {"month": "2026-11"},
    "objection_open": lambda body, _: body | {"month": "2027-01"},
    "amount_with_grant": lambda body, _: {k: v for k, v in body.items() if k != "amount"},
    "month_is_over": lambda body, _: body | {"month": "2027-01"},
    "corrects_something": lambda _body, _: {"reason": "Uden indhold"},
    "end_is_known": lambda body, _: body | {"end": "2026-11-01"},
}
TOO_LATE = {"moved_in": "2027-09-01", "died": "2027-09-01", "admitted": "2027-09-01"}
TOO_EARLY = {"last_day": "2026-11-01", "died": "2026-11-01"}
CODES = {
    "names_terms": "field.missing",
    "within_agreement": "field.invalid",
    "amended_rates_cover": "field.invalid",
    "amendment_valid": "field.invalid",
    "no_change_approved": "case.state",
    "no_transfer_pending": "case.state",
    "may_turn_down": "sender.role",
    "is_asked": "sender.role",
    "successor_known": "partner.unknown",
    "another_kommune": "field.invalid",
    "before_start": "case.state",
    "not_in_the_future": "field.invalid",
    "left_after_start": "field.invalid",
    "start_by_payer": "sender.role",
    "start_before_end": "field.invalid",
    "absent_within": "field.invalid",
    "absent_once": "field.invalid",
    "under_110": "out_of_scope",
    "line_exists": "field.invalid",
    "objection_open": "field.invalid",
    "amount_with_grant": "field.missing",
    "month_is_over": "field.invalid",
    "corrects_something": "field.missing",
    "end_is_known": "field.invalid",
    "was_confirmed": "case.state",
    "not_over_by_terms": "case.state",
    "reference_of_the_payer": "field.missing",
    "others_known": "partner.unknown",
}


def spoiled(guard: str, body: dict[str, Any], play: Play) -> dict[str, Any] | None:
    """The body, wrong in just the way that the guard is there for; None: the body stays."""
    if guard in {"not_in_the_future", "left_after_start"}:
        days = TOO_LATE if guard == "not_in_the_future" else TOO_EARLY
        return body | {name: day for name, day in days.items() if name in body}
    return SPOILED[guard](body, play) if guard in SPOILED else None


def named(guard: str, move: str) -> dict[str, Any]:
    """Who is found by what the body names."""
    if move != "transfer_responsibility" or guard == "successor_known":
        return {}
    if guard == "another_kommune":
        own = (REGION, AARHUS.__class__("successor", "aarhus", "Aarhus Kommune", "", "da", "0751"))
        return {"parties": own}
    return {"parties": (SKIVE,)}
