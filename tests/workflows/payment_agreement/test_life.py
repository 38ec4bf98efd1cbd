"""The facts of a running agreement: what each does to the plan, and who is told."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.payment_agreement.scenes import ANSWER, OBJECTION, running
from tests.workflows.play import PROCEDURE, Play, with_policy
from workflows.definition import Case
from workflows.effects import Alert, ClearDeadline, FileUnder
from workflows.explain import settings_in_words
from workflows.procedures.payment_agreement.settings import PaymentSettings
from workflows.settlement import total
from workflows.wording import LANGUAGES

SHORT_ANSWER = {"outcome": "granted", "amount": "53519.50", "reason": "Ja"}
BOTH = {("fact", "acting"), ("fact", "facility"), ("fact", "inbox")}


def own(**settings: Any) -> Play:
    return running(with_policy(procedures={"payment_agreement": settings}))


def end(play: Play) -> date:
    assert play.agreement.termination is not None
    return play.agreement.termination.end


def settled(play: Play) -> Decimal:
    assert play.agreement.settlement is not None
    return total(play.agreement.settlement.lines)


def test_moving_in_changes_the_plan_only_where_the_setting_says_so() -> None:
    play = own().reported("move_in_confirmed", moved_in="2026-12-03")
    assert play.lines[0][1] == "12-01"
    follows = own(plan_start="move_in").reported("move_in_confirmed", moved_in="2026-12-03")
    # December is over: two days are taken back in January.
    assert ("2027-01", "12-01", "12-31", "-3691.00") in follows.lines
    assert "plan_start" in follows.last.settings


def test_moving_in_before_the_agreed_day_costs_no_day_more() -> None:
    play = own(plan_start="move_in")
    before = play.lines
    assert play.reported("move_in_confirmed", moved_in="2026-11-29").lines == before


def test_what_a_move_rests_on_is_told_in_words_in_every_language() -> None:
    for language in LANGUAGES:
        for move in PROCEDURE.moves:
            for told in settings_in_words(PROCEDURE, move.settings, language):
                assert "running_month" not in told.text
                assert "{" not in told.text


def test_an_objection_is_waited_for_beyond_the_end() -> None:
    play = running(PROCEDURE).reported("invoice_dispute", "acting", **OBJECTION)
    play.reported("death", died="2027-01-10").passed("agreement_end")
    assert ClearDeadline("dispute_answer") not in play.last.effects
    assert play.passed("dispute_answer").effects(Alert)


def test_who_is_responsible_is_said_sealed() -> None:
    assert PROCEDURE.minimum("responsibility_transfer") == "sealed"
    play = running(PROCEDURE)
    assert play.transfer(assurance="signed").codes == ["sender.assurance"]


def test_another_start_is_told_to_both_with_a_receipt_and_moves_the_plan() -> None:
    play = Play().settling().reported("start_changed", start="2026-12-10", reason="Syg")
    assert play.sent() == {("fact", "acting"), ("fact", "sender"), ("fact", "inbox")}
    assert play.mails()["fact", "acting"].evidence
    assert play.lines[0] == ("2026-12", "12-10", "12-31", "40601.00")
    play.reported("start_changed", "acting", start="2026-11-28", reason="Før tid")
    assert play.lines[0][:3] == ("2026-11", "11-28", "11-30")


def test_facts_before_settlement_wait_for_it() -> None:
    play = Play().confirmed().reported("start_changed", start="2026-12-05", reason="Syg").start()
    assert play.lines[0][1] == "12-05"


def test_an_absence_is_paid_as_the_setting_says_and_its_end_may_come_later() -> None:
    play = own(absence_percent=50)
    play.reported("absence", **{"from": "2027-02-01"}).reported(
        "absence", **{"from": "2027-02-01", "until": "2027-02-10"}
    )
    assert [line[1:] for line in play.lines if line[0] == "2027-02"] == [
        ("02-01", "02-10", "9227.50"),
        ("02-11", "02-28", "33219.00"),
    ]
    assert len(play.agreement.absences) == 1


@pytest.mark.parametrize(
    ("settings", "relet", "last"),
    [
        ({}, None, date(2027, 3, 2)),
        ({}, "2027-02-05", date(2027, 2, 4)),
        ({}, "2027-06-01", date(2027, 3, 2)),
        ({"stop_when_relet": False}, "2027-02-05", date(2027, 3, 2)),
    ],
)
def test_a_place_is_paid_until_notice_has_run_or_it_is_let_again(
    settings: dict[str, Any], relet: str | None, last: date
) -> None:
    play = own(**settings).reported("move_out", last_day="2027-01-20", relet_from=relet)
    assert (play.state, end(play)) == ("TERMINATING", last)
    assert "stop_when_relet" in play.last.settings


def test_a_stay_that_outlasts_notice_is_paid_as_long_as_it_lasts() -> None:
    play = own().reported("move_out", last_day="2027-04-15")
    assert end(play) == date(2027, 4, 15)


@pytest.mark.parametrize(
    ("settings", "last"),
    [
        ({}, date(2027, 1, 24)),
        ({"death_tail": "none"}, date(2027, 1, 10)),
        ({"death_tail": "notice"}, date(2027, 3, 2)),
        ({"death_tail_days": 300}, date(2027, 3, 2)),
    ],
)
def test_how_long_is_paid_after_a_death_is_a_setting_and_never_longer_than_notice(
    settings: dict[str, Any], last: date
) -> None:
    play = own(**settings).reported("death", died="2027-01-10")
    assert end(play) == last
    assert {"death_tail", "death_tail_days"} <= set(play.last.settings)
    assert play.reported("death", died="2027-01-10").agreement.termination is not None
    assert end(play) == last


def test_a_death_while_notice_runs_never_makes_it_longer() -> None:
    play = own(death_tail_days=200).terminate()
    notice = end(play)
    assert end(play.reported("death", died="2027-01-18")) == notice


def test_the_facility_knows_the_new_caseworker_and_the_next_draft_names_her() -> None:
    play = Play().acknowledged()
    play.reported("caseworker_change", "acting", caseworker={"name": "Ny Behandler"})
    assert play.mails()["fact", "facility"].values["what"].endswith("Ny Behandler.")
    assert play.agreement.answers.name == "Ny Behandler"
    assert play.agreement.request.caseworker.name == "S. Behandler"


@pytest.mark.parametrize(
    ("admitted", "late"), [("2026-11-18", False), ("2026-11-17", True), ("2026-11-20", False)]
)
def test_an_admission_is_told_within_three_working_days_or_called_late(
    admitted: str, late: bool
) -> None:
    play = Play().request({"legal_basis": "SEL § 110"})
    play.reported("admission_notice", admitted=admitted)
    assert ("for sent" in play.mails()["fact", "acting"].values["what"]) is late
    assert play.state == "NOTIFIED"


# --- disputes -------------------------------------------------------------------------------------


def test_a_disputed_line_is_marked_and_a_granted_objection_is_a_line_of_its_own() -> None:
    play = running(PROCEDURE)
    before = settled(play)
    play.reported("invoice_dispute", "acting", **OBJECTION)
    assert play.agreement.settlement is not None
    assert [one.month for one in play.agreement.settlement.lines if one.disputed] == ["2026-12"]
    assert settled(play) == before
    assert play.deadline("dispute_answer").due == datetime(2027, 2, 1, 22, 59, 59, tzinfo=UTC)
    play.reported("invoice_dispute", **ANSWER)
    assert settled(play) == before - Decimal("3691.00")
    assert play.lines[0] == ("2026-12", "12-01", "12-31", "57210.50")
    kinds = {one.kind for one in play.agreement.settlement.lines if one.month == "2027-01"}
    assert kinds == {"plan", "correction"}
    assert ClearDeadline("dispute_answer") in play.last.effects
    assert not any(one.disputed for one in play.agreement.settlement.lines)


def test_of_two_disputes_the_earlier_deadline_is_waited_for_and_both_are_answered() -> None:
    play = running(PROCEDURE).reported("invoice_dispute", "acting", **OBJECTION)
    first = play.deadline("dispute_answer").due
    play.later(days=2).reported("invoice_dispute", "acting", month="2027-01", reason="Også denne")
    assert not [one for one in play.last.effects if type(one).__name__ == "SetDeadline"]
    play.reported("invoice_dispute", month="2027-01", reason="Nej", outcome="dismissed")
    assert play.deadline("dispute_answer").due == first
    play.passed("dispute_answer")
    assert [one.code for one in play.effects(Alert)] == ["dispute_unanswered"]
    assert settled(play) == settled(running(PROCEDURE))


# --- rates of a year ------------------------------------------------------------------------------


def announced(play: Play, day: str, **body: Any) -> Play:
    said = {"year": 2028, "announced": day, "announcement": "RM-2027-000009"}
    rates = [{"amount": "1900.00", "unit": "day", "replaces": "1845.50"}]
    play.happens("rates_announced", "gateway", said | ({"rates": rates} | body))
    return play


@pytest.mark.parametrize(("day", "accepted"), [("2027-11-15", True), ("2027-11-16", False)])
def test_the_annual_notice_date_decides_whether_announced_rates_hold(
    day: str, accepted: bool
) -> None:
    play = Play().acknowledged().offer({"end": "2028-01-31"}).approve()
    play.delivered("confirmation_accepted", "inbox").start()
    announced(play, day)
    assert play.lines[-1] == ("2028-01", "01-01", "01-31", "58900.00" if accepted else "57210.50")
    assert play.agreement.rate_notices[0].accepted is accepted
    assert play.sent() == BOTH
    assert play.last.settings[0] == "annual_notice_days"


def test_a_framework_region_may_have_another_annual_notice_date() -> None:
    settings = PaymentSettings(annual_notice_by_region={"midtjylland": "10-15"})
    assert settings.notice_day(2028, "midtjylland") == date(2027, 10, 15)
    assert settings.notice_day(2028, None) == date(2027, 11, 15)
    assert settings.annual_notice_days == "11-15; midtjylland 10-15"
    strict = with_policy(
        procedures={"payment_agreement": {"annual_notice_by_region": {"midtjylland": "10-15"}}}
    )
    play = Play(strict).request({"framework_region": "midtjylland"})
    play.delivered("notice_accepted", "facility").offer().approve()
    play.delivered("confirmation_accepted", "inbox").start()
    announced(play, "2027-11-01")
    assert not play.agreement.rate_notices[0].accepted


def test_rates_of_another_kind_change_nothing_and_a_person_is_asked() -> None:
    play = running(PROCEDURE)
    before = play.lines
    announced(play, "2027-01-18", rates=[{"amount": "400.00", "unit": "hour"}])
    assert (play.lines, play.sent()) == (before, {("fact", "inbox")})
    announced(play.terminate(), "2027-01-18")
    assert play.sent() == {("fact", "inbox")}


def test_a_case_is_found_by_its_citizen_and_its_facility() -> None:
    filed = {(one.kind, one.value) for one in Play().request().effects(FileUnder)}
    assert filed == {("facility", "granbo"), ("citizen", "670765-4005")}


def test_everything_that_is_kept_is_read_back_the_same() -> None:
    play = announced(own(absence_percent=50).transfer(), "2027-01-18", year=2028, percent="2.5")
    play.reported("absence", **{"from": "2027-01-05", "until": "2027-01-07"})
    play.reported("invoice_dispute", "acting", month="2026-12", reason="Nej")
    play.reported("correct", "authority", reason="Fejl", month="2026-12", amount="-0.05")
    play.reported("invoice_dispute", month="2026-12", **SHORT_ANSWER)
    play.reported("move_in_confirmed", moved_in="2026-12-02")
    play.reported("caseworker_change", "acting", caseworker={"name": "Ny Behandler"})
    play.reported("move_out", last_day="2027-01-20", relet_from="2027-02-01")
    case = play.case
    assert case is not None
    assert Case.from_json(PROCEDURE, json.loads(json.dumps(case.to_json()))) == case


# --- what a caseworker mends ----------------------------------------------------------------------


@pytest.mark.rule("S0-R5")
def test_a_telephone_note_is_kept_in_every_state_and_told_to_nobody() -> None:
    play = Play().acknowledged()
    play.reported("unavailable", reason="Fuldt")
    play.reported("phone_note", "authority", text="Ringede om et andet sted", spoken_with="S.B.")
    assert (play.state, play.sent()) == ("DECLINED", set())
    assert play.agreement.remarks[0].text == "S.B.: Ringede om et andet sted"


@pytest.mark.rule("S0-R6")
def test_a_misdirected_mail_is_asked_back_and_somebody_judges_the_breach() -> None:
    play = running(PROCEDURE)
    play.reported("misdirected", "authority", what="Plan for en anden", recipient="acting")
    assert play.sent() == {("fact", "acting")}
    assert [one.code for one in play.effects(Alert)] == ["misdirected"]


def test_a_correction_is_a_line_of_its_own_and_survives_every_later_plan() -> None:
    play = running(PROCEDURE)
    before = settled(play)
    play.reported("correct", "authority", reason="Kørsel", month="2026-12", amount="-500.00")
    assert settled(play) == before - 500
    play.reported("start_changed", "acting", start="2026-12-01", reason="Uændret")
    assert settled(play) == before - 500
    assert play.agreement.remarks[0].kind == "correct"


def test_a_wrong_end_is_corrected_and_waited_for_anew() -> None:
    play = running(PROCEDURE).reported("death", died="2027-01-10")
    play.reported("correct", "authority", reason="Forkert dato", end="2027-01-28")
    assert end(play) == date(2027, 1, 28)
    assert play.deadline("agreement_end").due == datetime(2027, 1, 28, 22, 59, 59, tzinfo=UTC)


def test_months_close_by_act_where_the_setting_says_so() -> None:
    play = own(month_closing="by_act")
    play.reported("start_changed", "acting", start="2026-12-05", reason="Syg")
    assert play.lines[0] == ("2026-12", "12-05", "12-31", "49828.50")
    play.reported("close_month", "authority", month="2026-12")
    play.reported("start_changed", "acting", start="2026-12-06", reason="Syg")
    assert play.lines[0] == ("2026-12", "12-05", "12-31", "49828.50")
    assert ("2027-01", "12-01", "12-31", "-1845.50") in play.lines


def test_an_end_that_was_told_by_mistake_is_taken_back_without_a_gap() -> None:
    play = running(PROCEDURE)
    before = settled(play)
    play.reported("death", died="2027-01-10").passed("agreement_end")
    play.now = datetime(2027, 2, 8, 9, 0, tzinfo=UTC)
    play.reported("reopen", "authority", reason="Forkert borger")
    assert (play.state, settled(play)) == ("SETTLEMENT_ACTIVE", before)
    assert play.version.state == "active"
    assert play.deadline("plan_renewal")


@pytest.mark.parametrize("event", ["unavailable", "request_withdrawal"])
def test_a_request_that_was_closed_can_be_taken_up_again(event: str) -> None:
    play = Play().acknowledged()
    play.reported(event, "facility" if event == "unavailable" else "acting", reason="Fejl")
    play.reported("reopen", "authority", reason="Pladsen er fri alligevel")
    assert play.state == "UNDER_CLARIFICATION"
    assert play.offer().approve().state == "APPROVED"


def test_a_rejected_draft_stays_rejected_when_the_case_is_reopened() -> None:
    play = Play().drafted()
    play.happens("agreement_rejection", "acting", {"reason": "For dyrt"})
    play.reported("reopen", "authority", reason="Fortrudt").offer()
    assert [one.state for one in play.agreement.versions] == ["rejected", "sent"]
