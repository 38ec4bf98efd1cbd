"""What the engine itself promises, whatever the procedure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from parsers.problems import Problem
from tests.workflows.play import GRANBO, MONDAY, PEOPLE, PROCEDURE, REQUEST, Play
from workflows.bodies import Note
from workflows.definition import Guard, Move, Outcome, Procedure, Situation
from workflows.effects import MakeDraft
from workflows.engine import Actor, Alert, Event, advance, rules_of
from workflows.errors import WrongEvent, WrongProcedure
from workflows.procedures.payment_agreement.agreement import Agreement
from workflows.procedures.payment_agreement.messages import PlacementRequest
from workflows.validation import checked


def test_a_sender_who_is_no_party_learns_nothing_about_the_case() -> None:
    play = Play().drafted()
    stranger = Actor("acting", "viborg", "Viborg Kommune")
    play.happens("agreement_rejection", "acting", {"reason": "x"}, actor=stranger)
    assert play.codes == ["case.unknown"]
    closed = Play().acknowledged()
    closed.happens("request_withdrawal", "acting")
    closed.happens("dialogue", "payer", {"text": "x"}, assurance="sealed")
    assert closed.codes == ["case.unknown"]
    assert closed.mails()["refused", "sender"].values == {}


def test_what_does_not_fit_the_state_is_refused_in_the_senders_words() -> None:
    play = Play().acknowledged()
    play.happens("agreement_approval", "acting", {"version": 1, "digest": "0" * 64})
    assert play.codes == ["case.state"]
    assert "Modtaget på tilbuddet" in play.last.refused[0].text("da")
    assert play.last.effects[0].kind == "refused"  # type: ignore[union-attr]  # it is a mail


def test_a_role_that_may_not_make_the_move_is_refused() -> None:
    play = Play().acknowledged()
    play.happens("request_withdrawal", "facility", assurance="sealed")
    assert play.codes == ["sender.role"]


def test_a_refused_act_sends_no_mail() -> None:
    play = Play().acknowledged().start()
    assert play.codes == ["case.state"]
    assert play.last.effects == ()


def test_a_refused_event_leaves_the_case_as_it_was() -> None:
    play = Play().drafted()
    before = play.case
    step = play.approve(body={"digest": "0" * 64}).last
    assert step.case is before
    assert (step.from_state, step.to_state, step.move) == ("DRAFT_SENT", "DRAFT_SENT", None)


def test_a_deadline_or_delivery_that_comes_too_late_is_no_error() -> None:
    play = Play().acknowledged()
    play.happens("request_withdrawal", "acting")
    play.passed("facility_answer")
    assert (play.codes, play.last.effects) == ([], ())
    play.delivered("notice_accepted", "facility")
    assert (play.codes, play.last.effects, play.state) == ([], (), "WITHDRAWN")


def test_the_same_arguments_give_the_same_step() -> None:
    one, other = Play().settling().terminate(), Play().settling().terminate()
    assert one.steps == other.steps


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (Event("make_coffee", PEOPLE["authority"], MONDAY, Note()), "no event of"),
        (Event("placement_request", PEOPLE["acting"], MONDAY, Note()), "is not a"),
        (Event("start_settlement", PEOPLE["authority"], MONDAY, Note()), "needs a case"),
        (
            Event(
                "placement_request",
                PEOPLE["acting"],
                MONDAY,
                PlacementRequest.model_validate(REQUEST),
            ),
            "no number",
        ),
        (
            Event("start_settlement", PEOPLE["authority"], datetime(2026, 1, 1), Note()),  # noqa: DTZ001  # the fault
            "no zone",
        ),
    ],
)
def test_what_no_gateway_may_hand_in_is_a_broken_promise(event: Event, why: str) -> None:
    with pytest.raises(WrongEvent, match=why):
        advance(PROCEDURE, None, event, MONDAY)


def test_a_case_of_another_procedure_is_a_broken_promise() -> None:
    play = Play().acknowledged()
    assert play.case is not None
    play.case = replace(play.case, procedure="something_else")
    with pytest.raises(WrongEvent, match="belongs to"):
        play.happens("open", "facility")


def test_a_request_without_the_authority_itself_is_a_broken_promise() -> None:
    play = Play()
    with pytest.raises(WrongEvent, match="authority"):
        play.request(parties=(*play.parties[1:],))


def test_a_policy_can_only_raise_the_assurance_of_a_message() -> None:
    raised = PROCEDURE.policy.model_copy(
        update={"assurance": {"placement_request": "sealed", "agreement_approval": "tunnel"}}
    )
    procedure = replace(PROCEDURE, policy=raised)
    assert procedure.minimum("placement_request") == "sealed"
    assert procedure.minimum("agreement_approval") == "sealed"
    assert Play(procedure).request(assurance="tunnel").codes == ["sender.assurance"]
    with pytest.raises(WrongEvent):
        procedure.minimum("make_coffee")


# --- a wrong definition fails at import ---------------------------------------------------------


def nothing(situation: Situation) -> Outcome:
    return Outcome(situation.data(Agreement))


MOVE = Move("more", ("NOTIFIED",), ("open",), "ENDED", ("authority",), nothing, rules=("S0-R4",))


def broken(*moves: Move, **changes: object) -> Procedure:
    return replace(PROCEDURE, moves=(*PROCEDURE.moves, *moves), **changes)  # type: ignore[arg-type]  # test data


@pytest.mark.parametrize(
    ("procedure", "fault"),
    [
        (broken(replace(MOVE, rules=())), "move more has neither rule nor reason"),
        (broken(replace(MOVE, target="NOWHERE")), "knows a state NOWHERE that is none"),
        (broken(replace(MOVE, events=("coffee",))), "unknown event coffee"),
        (broken(replace(MOVE, sources=("ENDED",))), "ENDED is terminal and has a way out"),
        (broken(MOVE, MOVE), "two moves more"),
        (broken(MOVE), "text move.more is missing in sv"),
        (broken(replace(MOVE, who=("guest",))), "text role.guest is missing in sv"),
        (broken(MOVE, replace(MOVE, name="other")), "can never be taken"),
        (broken(states=(*PROCEDURE.states, "LOST")), "state LOST is unreachable"),
        (broken(states=(*PROCEDURE.states, "LOST")), "state LOST is a dead end"),
        (broken(states=(*PROCEDURE.states, "LOST")), "text state.LOST is missing in da"),
        (broken(mails=("lost",)), "text mail.lost.subject is missing in en"),
        (broken(deadlines=()), "waits for an unknown deadline"),
        (broken(replace(MOVE, events=("deadline_passed",))), "does not say which deadline"),
        (broken(replace(MOVE, target=None, passing=("NOTIFIED",))), "leads nowhere"),
        (
            broken(deadlines=(replace(PROCEDURE.deadlines[0], rules=()),)),
            "deadline facility_acceptance has neither rule nor reason",
        ),
        (
            broken(deadlines=(*PROCEDURE.deadlines, replace(PROCEDURE.deadlines[0], name="idle"))),
            "deadline idle moves nothing",
        ),
    ],
)
def test_a_wrong_table_is_refused_and_the_fault_named(procedure: Procedure, fault: str) -> None:
    with pytest.raises(WrongProcedure, match=fault):
        checked(procedure)


def test_an_unknown_facility_is_told_by_its_code() -> None:
    play = Play(parties=tuple(party for party in Play().parties if party != GRANBO)).request()
    assert play.codes == ["facility.unknown"]


def test_a_guard_can_raise_an_alert_beside_its_refusal() -> None:
    move = next(row for row in PROCEDURE.moves if row.name == "withdraw")
    loud = Guard("never", (), lambda _: Problem("out_of_scope"), alert="facility_silent")
    moves = tuple(replace(row, guards=(loud,)) if row is move else row for row in PROCEDURE.moves)
    play = Play(checked(replace(PROCEDURE, moves=moves))).acknowledged()
    play.happens("request_withdrawal", "acting")

    (alert,) = play.effects(Alert)
    assert (play.codes, alert.code) == (["out_of_scope"], "facility_silent")
    assert alert.values == {"number": "RM-2026-000001", "sender": "Aarhus Kommune"}


def test_an_alert_that_does_not_exist_is_a_fault_of_the_table() -> None:
    loud = Guard("never", (), lambda _: None, alert="nowhere")
    moves = tuple(replace(row, guards=(loud,)) for row in PROCEDURE.moves)
    with pytest.raises(WrongProcedure, match="unknown alert nowhere"):
        checked(replace(PROCEDURE, moves=moves))


def test_rules_stand_in_the_seeds_order() -> None:
    assert rules_of(next(m for m in PROCEDURE.moves if m.name == "open_case")) == (
        "S0-R6",
        "S0-R9",
        "S0-R10",
        "S2-R1",
        "S2-R8",
        "S4-R1",
        "S4-R2",
        "S4-R4",
    )


@pytest.mark.rule("S0-R1")
def test_one_document_holds_both_agreements_unless_one_is_asked_for() -> None:
    both = Play().drafted().effects(MakeDraft)
    assert [made.canonical["kind"] for made in both] == ["both"]
    alone = Play().request({"kind": "matching"}).delivered("notice_accepted", "facility").offer()
    assert [made.view["kind"] for made in alone.effects(MakeDraft)] == ["matching"]
