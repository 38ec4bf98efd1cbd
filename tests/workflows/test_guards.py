"""Every guard of every move is needed: taken out, the outcome of a named scenario changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from parsers.identifiers import MunicipalityCode
from tests.workflows.payment_agreement import scenes
from tests.workflows.play import (
    AARHUS,
    GRANBO,
    OFFER,
    PROCEDURE,
    REGION,
    REQUEST,
    VIBORG,
    Play,
    with_payer,
)
from workflows.catalogue import procedures
from workflows.definition import Guard, Move, Procedure
from workflows.errors import WrongEvent
from workflows.policy import Policy
from workflows.procedures.payment_agreement.agreement import Agreement
from workflows.procedures.payment_agreement.settings import PaymentSettings
from workflows.validation import checked

PAIRS = [(move, guard) for move in PROCEDURE.moves for guard in move.guards]
CODES = {
    "secure_enough": "sender.assurance",
    "addressed_to_us": "addressee.wrong",
    "may_request": "sender.role",
    "from_acting_municipality": "sender.municipality",
    "facility_known": "facility.unknown",
    "legal_basis_in_force": "field.invalid",
    "payer_known": "partner.unknown",
    "rates_cover_the_period": "field.invalid",
    "still_valid": "field.invalid",
    "version_is_current": "draft.superseded",
    "digest_is_the_versions": "draft.digest",
    "may_approve": "sender.role",
    "listed_approver": "sender.role",
    "payer_is_asked": "sender.role",
    "party_takes_part": "field.invalid",
    "four_eyes": "field.invalid",
    "confirmation_delivered": "case.state",
    "named_are_there": "field.invalid",
    **scenes.CODES,
}


def kept(rules: tuple[str, ...]) -> tuple[pytest.MarkDecorator, ...]:
    """The mark of a test that keeps some rules."""
    return (pytest.mark.rule(*rules),) if rules else ()


def approving(play: Play) -> dict[str, Any]:
    return {"version": play.version.number, "digest": play.version.digest}


def registering(_: Play) -> dict[str, Any]:
    return {
        "document": "brev.pdf",
        "channel": "Digital Post",
        "second_person": "Anders Anden",
        "approver": "Karen Kommune",
    }


def two_drafts(procedure: Procedure) -> Play:
    return Play(procedure).drafted().offer()


def two_drafts_with_payer(procedure: Procedure) -> Play:
    return with_payer(procedure).offer().offer()


SCENES: Mapping[str, tuple[Callable[[Procedure], Play], str, str, Callable[[Play], Any]]] = {
    "open_case": (Play, "placement_request", "acting", lambda _: REQUEST),
    "decline": (
        lambda p: Play(p).acknowledged(),
        "unavailable",
        "facility",
        lambda _: {"reason": "Fuldt hus"},
    ),
    "withdraw": (lambda p: Play(p).acknowledged(), "request_withdrawal", "acting", lambda _: {}),
    "pass_on": (
        lambda p: Play(p).acknowledged(),
        "dialogue",
        "acting",
        lambda _: {"text": "Hvornår?"},
    ),
    "keep_unclear_reply": (
        lambda p: Play(p).drafted(),
        "unclear_reply",
        "acting",
        lambda _: {"text": "Det ser fint ud"},
    ),
    "offer": (lambda p: Play(p).acknowledged(), "agreement_offer", "facility", lambda _: OFFER),
    "return_draft": (
        two_drafts,
        "agreement_change_request",
        "acting",
        lambda play: {"text": "Lavere takst"} | approving(play),
    ),
    "reject": (
        two_drafts,
        "agreement_rejection",
        "acting",
        lambda play: {"reason": "For dyrt"} | approving(play),
    ),
    "approve_again": (
        lambda p: two_drafts_with_payer(p).approve(),
        "agreement_approval",
        "acting",
        approving,
    ),
    "approve_first_of_two": (two_drafts_with_payer, "agreement_approval", "acting", approving),
    "approve": (two_drafts, "agreement_approval", "acting", approving),
    "approve_once_more": (
        lambda p: two_drafts(p).approve(),
        "agreement_approval",
        "acting",
        approving,
    ),
    "register_again": (
        lambda p: two_drafts_with_payer(p).register(),
        "register_approval",
        "authority",
        registering,
    ),
    "register_first_of_two": (
        two_drafts_with_payer,
        "register_approval",
        "authority",
        registering,
    ),
    "register_approval": (two_drafts, "register_approval", "authority", registering),
    "start_settlement": (
        lambda p: Play(p).confirmed(),
        "start_settlement",
        "authority",
        lambda _: {},
    ),
    "terminate": (
        lambda p: Play(p).settling(),
        "agreement_termination",
        "acting",
        lambda _: {"reason": "Borgeren flytter"},
    ),
    **scenes.SCENES,
}


def superseded(body: dict[str, Any], play: Play) -> dict[str, Any]:
    """The first of two versions, with its own right digest."""
    first = play.agreement.versions[0]
    return body | {"version": 1} | ({"digest": first.digest} if "digest" in body else {})


LATE_RATE = {"amount": "1.00", "unit": "day", "from": "2027-01-01"}
OTHERS = {"acting_municipality": "0791", "paying_municipality": "0791"}
SPOILED: Mapping[str, Callable[[dict[str, Any], Play], dict[str, Any]]] = {
    "from_acting_municipality": lambda body, _: body | OTHERS,
    "facility_known": lambda body, _: body | {"facility": "ukendt"},
    "payer_known": lambda body, _: body | {"paying_municipality": MunicipalityCode("0791")},
    "legal_basis_in_force": lambda body, _: body | {"legal_basis": "SEL § 66, stk. 1, nr. 6"},
    "rates_cover_the_period": lambda body, _: body | {"rate": LATE_RATE},
    "still_valid": lambda body, _: body | {"valid_until": "2026-11-22"},
    "version_is_current": superseded,
    "digest_is_the_versions": lambda body, _: body | {"digest": "0" * 64},
    "listed_approver": lambda body, _: body | {"approver": "Ukendt Person"},
    "four_eyes": lambda body, _: body | {"second_person": "rie  REGION"},
    "named_are_there": lambda body, _: body | {"recipients": ["payer"]},
    "party_takes_part": lambda body, _: body | {"party": "payer"},
    "others_known": lambda body, _: body | {"location_municipality": MunicipalityCode("0779")},
}
CHANGED: Mapping[str, dict[str, Any]] = {
    "secure_enough": {"assurance": "none"},
    "addressed_to_us": {"submission": {"to": "29190941"}},
    "may_request": {"may": frozenset()},
    "may_approve": {"may": frozenset()},
    "listed_approver": {"approvers": ("Karen Kommune",)},
}


def spoiled(guard: str, play: Play, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same event, wrong in just the way that the guard is there for."""
    spoil = SPOILED.get(guard)
    if (worse := scenes.spoiled(guard, body, play)) is not None:
        return worse, CHANGED.get(guard, {})
    return (spoil(body, play) if spoil else body), CHANGED.get(guard, {})


def strict(procedure: Procedure) -> Play:
    procedure = replace(procedure, settings=PaymentSettings(payer_reference="required"))
    return Play(procedure, parties=(REGION, AARHUS, VIBORG, GRANBO))


def begun(procedure: Procedure) -> Play:
    return Play(procedure, now=scenes.running(procedure).now).confirmed()


def never_confirmed(procedure: Procedure) -> Play:
    play = Play(procedure).approved()
    return play.reported("agreement_cancellation", "acting", reason="Fejl")


def over_by_its_terms(procedure: Procedure) -> Play:
    play = scenes.ends_in_march(procedure).passed("agreement_end")
    play.now = play.now.replace(month=6)
    return play


def amended_with_a_payer_that_is_not_asked(procedure: Procedure) -> Play:
    play = with_payer(replace(procedure, policy=Policy(approval_by="acting"))).offer().approve()
    return play.delivered("confirmation_accepted", "inbox").start().amend()


STAGED: Mapping[str, Callable[[Procedure], Play]] = {
    "no_change_approved": lambda p: scenes.running(p).amend().approve(),
    "no_transfer_pending": lambda p: scenes.running(p).transfer(),
    "may_turn_down": amended_with_a_payer_that_is_not_asked,
    "is_asked": lambda p: scenes.running(p).transfer(),
    "before_start": begun,
    "under_110": lambda p: Play(p).acknowledged(),
    "was_confirmed": never_confirmed,
    "not_over_by_terms": over_by_its_terms,
    "reference_of_the_payer": strict,
}
BY: Mapping[str, tuple[str, dict[str, Any]]] = {
    "may_turn_down": ("payer", {}),
    "reference_of_the_payer": ("acting", {"paying_municipality": MunicipalityCode("0791")}),
}


def position(move: Move, guard: Guard, procedure: Procedure) -> tuple[Play, str, dict[str, Any]]:
    """Bring a case to where the move is made, and say by whom."""
    scene, _, role, _ = SCENES[move.name]
    if guard.name == "payer_is_asked":
        procedure = replace(procedure, policy=Policy(approval_by="acting"))
        play = two_drafts_with_payer(procedure)
        if move.name == "approve_once_more":
            play.approve()
        party = {"party": "payer"} if role == "authority" else {}
        return play, role if role == "authority" else "payer", party
    if guard.name == "party_takes_part":
        return two_drafts(procedure), role, {}
    if (move.name, guard.name) == ("register_change", "is_asked"):
        return scenes.amended(procedure), role, {"party": "payer"}
    if guard.name in STAGED:
        return STAGED[guard.name](procedure), *BY.get(guard.name, (role, {}))
    play = scene(procedure)
    if guard.name == "confirmation_delivered":
        assert play.case is not None
        assert isinstance(play.case.data, Agreement)
        unconfirmed = play.case.data.model_copy(update={"confirmation": None})
        play.case = replace(play.case, data=unconfirmed)
    return play, role, {}


def outcome(move: Move, guard: Guard, procedure: Procedure) -> tuple[list[str], str | None]:
    play, role, more = position(move, guard, procedure)
    _, event, _, make = SCENES[move.name]
    body, changes = spoiled(guard.name, play, {**make(play), **more})
    changes = {"assurance": "sealed"} | scenes.named(guard.name, move.name) | changes
    try:
        step = play.happens(event, role, body, **changes)
    except WrongEvent:
        return [], move.name  # nothing but the guard stood before a broken promise
    return play.codes, step.move


def without(guard: Guard, move: Move) -> Procedure:
    """The procedure with one guard of one move replaced by one that is always content."""
    content = replace(guard, check=lambda _: None)
    guards = tuple(content if one is guard else one for one in move.guards)
    moves = tuple(
        replace(one, guards=guards) if one is move else one
        for one in procedures()["payment_agreement"].moves
    )
    return checked(replace(PROCEDURE, moves=moves))


@pytest.mark.parametrize(
    ("move", "guard"),
    [
        pytest.param(move, guard, marks=kept(guard.rules), id=f"{move.name}-{guard.name}")
        for move, guard in PAIRS
    ],
)
def test_without_its_guard_the_move_would_be_made(move: Move, guard: Guard) -> None:
    guarded, taken = outcome(move, guard, PROCEDURE)
    assert CODES[guard.name] in guarded
    assert taken is None
    unguarded, made = outcome(move, guard, without(guard, move))
    assert guarded != unguarded
    assert made == move.name


@pytest.mark.parametrize(
    "move",
    [pytest.param(m, marks=kept(m.rules), id=m.name) for m in PROCEDURE.moves if m.guards],
)
def test_a_move_whose_guards_all_hold_is_made(move: Move) -> None:
    scene, event, role, make = SCENES[move.name]
    play = scene(PROCEDURE)
    step = play.happens(event, role, make(play), assurance="sealed", **scenes.named("", move.name))
    assert (play.codes, step.move) == ([], move.name)
    assert set(step.rules) >= {rule for guard in move.guards for rule in guard.rules}


@pytest.mark.parametrize(
    ("move", "guard"),
    [
        pytest.param(move, guard, id=f"{move.name}-{guard.name}")
        for move, guard in PAIRS
        if CODES[guard.name] == "field.invalid"
    ],
)
def test_who_is_refused_reads_why_and_not_that_the_field_cannot_be_read(
    move: Move, guard: Guard
) -> None:
    play, role, more = position(move, guard, PROCEDURE)
    _, event, _, make = SCENES[move.name]
    body, changes = spoiled(guard.name, play, {**make(play), **more})
    named = scenes.named(guard.name, move.name)
    step = play.happens(event, role, body, **({"assurance": "sealed"} | named | changes))
    (problem,) = (one for one in step.refused if one.code == "field.invalid")
    if guard.name != "named_are_there":
        assert "kan ikke bruges: " in problem.text("da")
        assert problem.params["why"].endswith(".")
    assert "{" not in problem.text("da")
