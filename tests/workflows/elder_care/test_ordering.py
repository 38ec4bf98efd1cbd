"""From the decision to the written order: after the decision, complete, and never retroactive."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from tests.workflows.elder_care import stage
from tests.workflows.elder_care.stage import (
    CARE,
    DECISION,
    ORAL,
    ORDER,
    PERSON,
    Play,
    decided,
    ordered,
)
from workflows.effects import SendMail


def with_care(**changes: Any) -> dict[str, Any]:
    return {**ORDER, "services": [{**CARE, **changes}]}


@pytest.mark.rule("S3-R1")
def test_a_written_order_goes_to_the_provider_after_the_decision() -> None:
    play = ordered()
    assert play.state == "ORDERED"
    assert play.sent == {("order", "provider")}
    mail = play.mail("order", "provider")
    assert mail.evidence
    assert mail.values["individual"] == "Ulla Prov"
    assert "30 timmar per månad" in mail.values["services"]


@pytest.mark.rule("S3-R1")
def test_no_order_is_written_without_a_decision_or_ahead_of_it() -> None:
    oral = Play().does("oral_order", ORAL).does("order", ORDER)
    assert ("case.state", "case") in oral.refused
    assert oral.state == "ORAL_ORDERED"
    ahead = Play().does("decide", {**DECISION, "decision_date": "2026-11-24"})
    assert ahead.refused == {("field.invalid", "decision_date")}


@pytest.mark.rule("S3-R1")
def test_a_provider_that_nobody_knows_gets_no_order() -> None:
    assert Play(roles=()).does("decide", DECISION).refused == {("partner.unknown", "provider")}


@pytest.mark.rule("S3-R2")
def test_only_an_acute_situation_lets_an_order_be_spoken_and_it_is_noted_who_said_what() -> None:
    calm = Play().does("oral_order", {**ORAL, "acute": False})
    assert calm.refused == {("field.invalid", "acute")}
    ahead = Play().does("oral_order", {**ORAL, "said_on": "2026-11-24"})
    assert ahead.refused == {("field.invalid", "said_on")}
    acute = Play().does("oral_order", ORAL)
    assert acute.state == "ORAL_ORDERED"
    told = acute.mail("oral_order", "provider").values
    assert (told["said_by"], told["said_to"], told["said_time"]) == (
        "Siv Handläggare",
        "Jourledaren",
        "16:40",
    )
    after_decision = decided().does("oral_order", ORAL)
    assert after_decision.state == "ORAL_ORDERED"


@pytest.mark.rule("S3-R1")
def test_the_decision_behind_a_spoken_order_may_come_after_it_and_changes_no_state() -> None:
    play = Play().does("oral_order", ORAL).does("decide", DECISION)
    assert play.refused == set()
    assert play.state == "ORAL_ORDERED"
    assert play.data.decision.legal_basis == "SoL 11 kap. 1 §"
    ahead = {**DECISION, "decision_date": "2026-11-24"}
    assert play.does("decide", ahead).refused == {("field.invalid", "decision_date")}


@pytest.mark.rule("S3-R3", "S3-R27")
def test_a_spoken_order_is_reminded_of_the_next_working_day_and_escalated_after_three() -> None:
    play = Play().does("oral_order", ORAL)
    assert play.due == {
        "written_order_reminder": "2026-11-24",
        "written_order_overdue": "2026-11-26",
    }
    play.passed("written_order_reminder")
    assert play.sent == {("reminder_written", "inbox")}
    play.passed("written_order_overdue")
    assert play.sent == {("overdue_written", "inbox")}
    assert play.alerts == {"written_order_overdue"}
    assert play.due == {"written_order_overdue": "2026-11-26"}
    for _ in range(2):
        play.passed("written_order_overdue")
    assert play.due == {}


@pytest.mark.rule("S3-R3")
def test_the_written_order_ends_the_waiting_for_it() -> None:
    play = Play().does("oral_order", ORAL).does("decide", DECISION)
    assert play.state == "ORAL_ORDERED"
    play.does("order", ORDER)
    assert {"written_order_reminder", "written_order_overdue"} <= play.cleared
    assert (
        play.mail("order", "provider").values["after"]
        == "Den bekräftar den muntliga beställningen."
    )


@pytest.mark.rule("S3-R3")
def test_a_spoken_order_after_the_decision_is_waited_for_too() -> None:
    assert set(decided().does("oral_order", ORAL).due) == {
        "written_order_reminder",
        "written_order_overdue",
    }


@pytest.mark.rule("S3-R4")
def test_the_order_is_dated_on_the_day_it_is_sent_and_nobody_can_say_otherwise() -> None:
    play = Play().does("oral_order", ORAL).does("decide", DECISION).later(days=1)
    play.does("order", with_care(valid_from="2026-11-24"))
    assert play.data.newest.dated == date(2026, 11, 24)
    assert play.mail("order", "provider").values["dated"] == "24 november 2026"
    with pytest.raises(ValidationError):
        play.does("order_change", {**ORDER, "dated": "2026-11-20"})


@pytest.mark.rule("S3-R4")
def test_an_order_that_would_be_valid_before_it_is_sent_is_refused() -> None:
    play = decided().does("order", with_care(valid_from="2026-11-22"))
    assert play.refused == {("field.invalid", "services.0.valid_from")}
    assert play.state == "DECIDED"
    changed = ordered().later(days=2).does("order_change", ORDER)
    assert changed.refused == {("field.invalid", "services.0.valid_from")}
    at_once = Play(roles=("orderer", "provider")).sends(
        "orderer", "service_order", {**DECISION, **with_care(valid_from="2026-11-20")}
    )
    assert at_once.refused == {("field.invalid", "services.0.valid_from")}


@pytest.mark.rule("S3-R9")
def test_everything_that_an_order_lacks_is_told_at_once() -> None:
    worker = {"name": "Siv Handläggare"}
    play = Play().does("decide", {**DECISION, "caseworker": worker})
    bare = {"kind": "home_care", "valid_from": "2026-11-24", "valid_to": "2026-11-23"}
    play.does("order", {"services": [bare]})
    assert play.refused == {
        ("field.invalid", "services.0.valid_to"),
        ("field.missing", "services.0.hours_per_month"),
        ("field.missing", "services.0.goal"),
        ("field.missing", "needs"),
        ("field.missing", "caseworker.phone"),
    }


def test_somebody_who_lives_there_is_cared_for_round_the_clock() -> None:
    care = {**CARE, "kind": "care_home"}
    del care["hours_per_month"]
    play = decided().does("order", {**ORDER, "services": [care]})
    assert "heldygn" in play.mail("order", "provider").values["services"]


@pytest.mark.rule("S3-R9")
def test_the_provider_may_ask_and_the_clock_keeps_running() -> None:
    play = ordered().sends("provider", "order_info_request", {"text": "Finns nyckel?"})
    assert play.state == "ORDERED"
    assert play.sent == {("info_request", "inbox"), ("info_request_received", "sender")}
    assert not play.cleared
    play.does("dialogue", {"text": "Ja, i nyckelskåp."})
    assert play.sent == {("dialogue", "provider")}


@pytest.mark.rule("S3-R9")
def test_an_unclear_reply_is_kept_as_words_for_the_caseworker() -> None:
    play = ordered().sends("provider", "unclear_reply", {"text": "Ja, men"})
    assert play.state == "ORDERED"
    assert play.sent == {("dialogue", "inbox"), ("unclear_reply_no_draft", "sender")}


@pytest.mark.rule("S3-R6", "S3-R8")
def test_the_order_is_registered_in_paraply_after_the_decision_and_keeps_its_number() -> None:
    early = Play().does("oral_order", ORAL).does("register", {"paraply_ref": "P-17"})
    assert early.refused == {("case.state", "case")}
    assert early.data.paraply_ref is None
    early.does("decide", DECISION).does("register", {"paraply_ref": "P-17"})
    assert early.data.paraply_ref == "P-17"
    early.does("order", ORDER)
    assert early.mail("order", "provider").values["paraply_ref"] == "P-17"


def test_a_decision_about_somebody_else_does_not_confirm_a_spoken_order() -> None:
    play = Play().does("oral_order", ORAL)
    other = {**PERSON, "personnummer": "701063-2391"}
    play.does("decide", {**DECISION, "individual": other})
    assert play.refused == {("case.contradiction", "individual.personnummer")}
    with_century = {**PERSON, "personnummer": "19640823-3234"}
    play.does("decide", {**DECISION, "individual": with_century})
    assert play.refused == set()


@pytest.mark.rule("S3-R1", "S3-R4")
def test_a_unit_may_decide_and_order_in_one_mail_and_gets_its_receipt() -> None:
    play = Play(roles=("orderer", "provider"))
    play.sends("orderer", "service_order", {**DECISION, **ORDER}, may=frozenset())
    assert play.refused == {("sender.role", "message")}
    play.sends("orderer", "service_order", {**DECISION, **ORDER})
    assert play.last.path == ("DECIDED", "ORDERED")
    assert play.sent == {("order", "provider"), ("order_sent", "sender")}
    play.sends("provider", "confirmation", {"received_on": "2026-11-23"})
    assert ("confirmation_news", "orderer") in play.sent


@pytest.mark.rule("S3-R13")
def test_a_mail_in_clear_is_no_order() -> None:
    play = Play(roles=("orderer", "provider"))
    play.sends("orderer", "service_order", {**DECISION, **ORDER}, assurance="none")
    assert play.refused == {("sender.assurance", "message")}


@pytest.mark.rule("S3-R19")
def test_a_provider_outside_paraply_gets_the_order_and_the_fee_officer_confirms_for_it() -> None:
    apart = {**DECISION, "connected": False}
    unknown = Play().does("decide", apart)
    assert unknown.refused == {("partner.unknown", "fee_officer")}
    play = Play(roles=("provider", "fee_officer")).does("decide", apart).does("order", ORDER)
    assert play.sent == {("order", "provider"), ("fee_officer_notice", "fee_officer")}
    assert play.waits("receipt_confirmation").who == "fee_officer"
    both = {"received_on": "2026-11-23", "started_on": "2026-11-23"}
    play.sends("provider", "confirmation", both)
    assert play.state == "ORDERED"
    assert play.sent == {
        ("confirmation_news", "fee_officer"),
        ("confirmation_passed_on", "sender"),
    }
    play.passed("receipt_confirmation")
    assert ("reminder_confirmation", "fee_officer") in play.sent
    play.sends("fee_officer", "confirmation", both)
    assert play.state == "STARTED"


@pytest.mark.rule("S3-R19", "S3-R27")
def test_the_fee_officer_answers_for_the_start_and_for_changes_too() -> None:
    apart = {**DECISION, "connected": False}
    play = Play(roles=("provider", "fee_officer")).does("decide", apart).does("order", ORDER)
    assert play.waits("start_confirmation").who == "fee_officer"
    play.sends("fee_officer", "confirmation", {"received_on": "2026-11-23"})
    play.later(days=4).passed("start_confirmation")
    assert play.state == "UNCONFIRMED_OVERDUE"
    assert play.sent == {
        ("reminder_confirmation", "fee_officer"),
        ("overdue_confirmation", "inbox"),
    }
    assert play.waits("start_confirmation").who == "fee_officer"
    play.sends("fee_officer", "confirmation", {"started_on": "2026-11-24"})
    changed = {**ORDER, "services": [{**CARE, "valid_from": "2026-12-01"}]}
    play.does("order_change", changed)
    assert play.sent == {("order_changed", "provider"), ("fee_officer_notice", "fee_officer")}
    play.passed("receipt_confirmation")
    assert ("reminder_confirmation", "fee_officer") in play.sent


def test_a_fee_officer_is_no_party_where_the_provider_confirms_itself() -> None:
    play = Play(roles=("provider", "fee_officer")).does("decide", DECISION)
    assert [party.role for party in play.case.parties] == ["authority", "provider"]  # type: ignore[union-attr]  # open


def test_an_order_that_can_not_be_delivered_is_told_to_people() -> None:
    play = ordered().delivered("order_failed")
    assert play.alerts == {"order_undelivered"}
    assert play.sent == {("order_undelivered", "inbox")}


def test_a_case_may_be_withdrawn_before_the_order() -> None:
    play = Play().does("oral_order", ORAL).does("withdraw", {"reason": "Avböjt"})
    assert play.state == "WITHDRAWN"
    assert play.sent == {("order_withdrawn", "provider")}
    assert decided().does("withdraw", {"reason": "Avböjt"}).effects(SendMail) == []


@pytest.mark.rule("S3-R1")
def test_a_private_provider_orders_nothing_whatever_its_rights() -> None:
    private = replace(stage.PEOPLE["orderer"], cvr="5599990024")
    step = Play(roles=("provider",)).sends(
        "orderer",
        "service_order",
        {**DECISION, **ORDER},
        parties=(stage.UNIT, private, stage.PEOPLE["provider"]),
    )
    assert step.refused == {("sender.role", "message")}
    danish = replace(private, cvr="55133018", municipality="0751")
    step.sends(
        "orderer",
        "service_order",
        {**DECISION, **ORDER},
        parties=(stage.UNIT, danish, stage.PEOPLE["provider"]),
    )
    assert step.state == "ORDERED"
