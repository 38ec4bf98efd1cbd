"""The seed's ten steps, played (S0-R4), and everything that can happen on the way."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.workflows.play import (
    REGION,
    VIBORG,
    Play,
    with_payer,
    with_policy,
)
from workflows.effects import Alert, ClearDeadline, ForwardAttachments, SetDeadline
from workflows.engine import Actor


@pytest.mark.rule(
    "S0-R4",
    "S0-R9",
    "S0-R10",
    "S0-R11",
    "S0-R12",
    "S0-R14",
    "S0-R15",
    "S0-R16",
    "S0-R17",
    "S0-R18",
    "S0-R19",
)
def test_the_ten_steps_of_the_seed_in_order() -> None:
    play = Play()

    play.request()  # 2: the kommune sends a request to the facility
    assert play.last.path == ("RECEIVED", "NOTIFIED")
    assert play.sent() == {("notice_inbox", "inbox"), ("notice_facility", "facility")}  # 3

    play.delivered("notice_accepted", "facility")  # 4: the receipt speaks of the facility
    assert play.state == "ACKNOWLEDGED"
    assert play.last.rules == ("S0-R9", "S0-R11")
    assert play.sent() == {("received", "acting")}

    play.happens("open", "facility")  # 5: the facility works on it
    assert play.state == "UNDER_CLARIFICATION"

    play.offer()  # 6 and 7: an offer, a mail with a draft agreement
    assert play.state == "DRAFT_SENT"
    assert play.mails()["draft", "acting"].documents == ("draft-1.pdf", "draft-1.json")
    play.happens("clarify", "authority")
    assert play.state == "KOMMUNE_CLARIFYING"

    play.approve()  # 8
    assert play.state == "APPROVED"
    assert ("confirmation", "inbox") in play.sent()  # 9

    play.delivered("confirmation_accepted", "inbox")
    assert play.state == "CONFIRMED"
    assert play.sent() == {("confirmed", "acting")}

    play.start()  # 10
    assert play.state == "SETTLEMENT_ACTIVE"
    assert ("settlement_started", "acting") in play.sent()

    play.terminate().passed("agreement_end")
    assert play.state == "ENDED"
    assert play.version.state == "ended"


# --- the request and its receipt -----------------------------------------------------------------


@pytest.mark.rule("S0-R10", "S0-R11")
def test_the_receipt_waits_until_the_facility_has_accepted_the_notice() -> None:
    play = Play().request()
    assert play.last.to_state == "NOTIFIED"
    assert not any(mail.kind == "received" for mail in play.mails().values())
    play.delivered("notice_accepted", "inbox")
    assert (play.state, play.effects(SetDeadline)) == ("NOTIFIED", [])
    assert play.agreement.inbox_notice == "250"


@pytest.mark.rule("S0-R11")
@pytest.mark.parametrize(("evidence", "words"), [("250", "svar 250"), ("dsn", "DSN")])
def test_the_receipt_says_how_delivery_was_seen(evidence: str, words: str) -> None:
    play = Play().request().delivered("notice_accepted", "facility", evidence)
    receipt = play.mails()["received", "acting"]
    assert words in receipt.values["how"]
    assert receipt.values["facility"] == "Granbo"
    assert receipt.evidence


@pytest.mark.rule("S0-R9")
def test_the_request_is_for_one_facility_and_its_attachments_go_there() -> None:
    play = Play().request()
    assert [one.to for one in play.effects(ForwardAttachments)] == ["facility"]
    assert play.mails()["notice_facility", "facility"].on_accepted == "notice_accepted"
    assert play.mails()["notice_facility", "facility"].values["cpr"].startswith("670765-4005")


@pytest.mark.rule("S0-R10", "S0-R11")
def test_after_fifteen_minutes_the_kommune_is_told_and_somebody_alerted() -> None:
    play = Play().request()
    due = play.deadline("facility_acceptance").due
    assert due == datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
    play.later(minutes=15).passed("facility_acceptance")
    assert play.state == "NOTIFIED"
    assert play.sent() == {("accepted_not_delivered", "acting")}
    assert [alert.code for alert in play.effects(Alert)] == ["facility_unreachable"]
    play.later(hours=1).delivered("notice_accepted", "facility")
    assert play.state == "ACKNOWLEDGED"
    assert play.sent() == {("received", "acting")}


@pytest.mark.rule("S0-R11")
def test_a_notice_that_is_refused_is_told_at_once() -> None:
    play = Play().request().delivered("notice_failed", "facility")
    assert play.state == "NOTIFIED"
    assert play.sent() == {("accepted_not_delivered", "acting")}
    assert ClearDeadline("facility_acceptance") in play.last.effects


@pytest.mark.rule("S0-R11")
def test_a_notice_that_bounces_later_takes_the_receipt_back() -> None:
    play = Play().acknowledged().later(hours=2).delivered("notice_failed", "facility")
    assert play.state == "NOTIFIED"
    assert play.mails()["corrected_notice", "acting"].kind == "corrected"
    assert [alert.code for alert in play.effects(Alert)] == ["notice_bounced"]
    assert play.agreement.facility_notice is None
    play.delivered("notice_accepted", "facility")
    assert play.state == "ACKNOWLEDGED"


@pytest.mark.rule("S0-R10")
def test_a_bounce_after_the_facility_has_acted_alerts_and_changes_nothing() -> None:
    play = Play().drafted().delivered("notice_failed", "facility")
    assert (play.state, play.sent()) == ("DRAFT_SENT", set())
    assert [alert.code for alert in play.effects(Alert)] == ["notice_failed"]


def test_every_wrong_thing_about_a_request_is_told_at_once() -> None:
    play = Play(parties=(REGION,)).request(may=frozenset(), assurance="none")
    assert set(play.codes) == {
        "sender.assurance",
        "sender.role",
        "sender.municipality",
        "facility.unknown",
    }
    assert play.case is None
    assert play.mails()["refused", "sender"].evidence
    assert play.last.to_state is None


def test_a_payer_that_is_the_acting_kommune_is_no_party_of_its_own() -> None:
    play = with_payer()
    assert play.case is not None
    assert play.case.party("payer") == VIBORG
    alone = Play(parties=play.parties).request()
    assert alone.case is not None
    assert alone.case.party("payer") is None


# --- the facility ---------------------------------------------------------------------------------


@pytest.mark.rule("S0-R12")
def test_a_facility_that_does_not_touch_a_request_is_reminded_and_then_reported() -> None:
    play = Play().acknowledged()
    assert play.deadline("facility_answer").due == datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC)
    for number in (1, 2, 3):
        play.later(days=7).passed("facility_answer")
        assert play.mails()["reminder_facility", "facility"].values["count"] == str(number)
    assert ("overdue_facility", "inbox") in play.sent()
    assert [alert.code for alert in play.effects(Alert)] == ["facility_silent"]
    assert play.effects(SetDeadline) == []


@pytest.mark.rule("S0-R12")
def test_opening_the_case_ends_the_wait_and_a_late_reminder_does_nothing() -> None:
    play = Play().acknowledged()
    play.happens("open", "authority")
    assert ClearDeadline("facility_answer") in play.last.effects
    play.passed("facility_answer")
    assert play.last.effects == ()
    assert play.codes == []


def test_a_full_facility_says_so_and_the_case_is_closed() -> None:
    play = Play().acknowledged()
    play.happens("unavailable", "facility", {"reason": "Ingen ledige pladser"})
    assert play.state == "DECLINED"
    assert play.mails()["declined", "acting"].values["reason"] == "Ingen ledige pladser"
    assert ("status", "sender") in play.sent()


def test_a_case_that_is_closed_takes_nothing_more() -> None:
    play = Play().acknowledged()
    play.happens("request_withdrawal", "acting")
    assert play.state == "WITHDRAWN"
    play.happens("dialogue", "acting", {"text": "Alligevel?"})
    assert play.codes == ["case.state"]
    assert play.last.refused[0].params["state"] == "Trukket tilbage"


# --- dialogue -------------------------------------------------------------------------------------


def opened() -> Play:
    play = Play().acknowledged()
    play.happens("open", "facility")
    return play


def clarifying() -> Play:
    play = Play().drafted()
    play.happens("clarify", "authority")
    return play


OPEN_CASES = {
    "NOTIFIED": lambda: Play().request(),
    "ACKNOWLEDGED": lambda: Play().acknowledged(),
    "UNDER_CLARIFICATION": opened,
    "DRAFT_SENT": lambda: Play().drafted(),
    "KOMMUNE_CLARIFYING": clarifying,
    "APPROVED": lambda: Play().approved(),
    "CONFIRMED": lambda: Play().confirmed(),
    "SETTLEMENT_ACTIVE": lambda: Play().settling(),
    "TERMINATING": lambda: Play().settling().terminate(),
}


@pytest.mark.rule("S0-R5", "S0-R12")
@pytest.mark.parametrize("state", OPEN_CASES)
def test_dialogue_is_possible_in_every_open_state_and_never_moves_the_case(state: str) -> None:
    play = OPEN_CASES[state]()
    before = play.agreement
    for role in ("acting", "facility", "authority"):
        play.happens("dialogue", role, {"text": "GODKENDT RM-2026-000001/1 i princippet"})
        assert (play.state, play.codes, play.agreement) == (state, [], before)
        assert any(mail.kind == "dialogue" for mail in play.mails().values())


def test_dialogue_goes_to_those_named_and_nobody_else() -> None:
    play = with_payer()
    play.happens("dialogue", "acting", {"text": "Kun jer", "recipients": ["payer"]})
    assert play.sent() == {("dialogue", "payer"), ("dialogue_received", "sender")}
    play.happens("dialogue", "acting", {"text": "Til tilbuddet"})
    assert ("dialogue", "payer") not in play.sent()
    assert ("dialogue", "facility") in play.sent()


def test_dialogue_for_one_party_never_goes_to_the_others_instead() -> None:
    play = with_payer()
    for nobody in ("acting", "authority"):
        body = {"text": "Kun jer", "recipients": ["payer", nobody]}
        play.happens("dialogue", "acting", body)
        assert play.codes == (["field.invalid"] if nobody == "acting" else [])
    play = Play().drafted()
    play.happens("dialogue", "acting", {"text": "Kun jer", "recipients": ["payer"]})
    assert play.refused == [("field.invalid", "recipients")]
    assert "en anden part i sagen" in play.last.refused[0].text("da")


@pytest.mark.rule("S0-R5")
def test_an_unclear_reply_is_kept_as_dialogue_and_answered_with_the_line_to_copy() -> None:
    play = Play().drafted()
    play.happens("unclear_reply", "acting", {"text": "Det er vist godkendt"}, assurance="sealed")
    assert play.state == "DRAFT_SENT"
    answer = play.mails()["unclear_reply", "sender"]
    line = f"GODKENDT RM-2026-000001/1 {play.version.digest[:16]}"
    assert (answer.kind, answer.values["line"]) == ("manual", line)
    early = Play().acknowledged()
    early.happens("unclear_reply", "acting", {"text": "Godkendt?"}, assurance="sealed")
    assert ("unclear_reply_no_draft", "sender") in early.sent()


# --- the draft ------------------------------------------------------------------------------------


@pytest.mark.rule("S0-R17")
def test_a_new_offer_supersedes_the_draft_and_only_the_new_one_can_be_approved() -> None:
    play = Play().drafted()
    first = play.version
    play.offer({"rate": {"amount": "1700.00", "unit": "day"}})
    assert [version.state for version in play.agreement.versions] == ["superseded", "sent"]
    play.approve(body={"version": 1, "digest": first.digest})
    assert play.codes == ["draft.superseded"]
    assert play.mails()["refused", "sender"].documents == ("draft-2.pdf", "draft-2.json")
    assert play.state == "DRAFT_SENT"
    play.approve()
    assert play.state == "APPROVED"


@pytest.mark.rule("S0-R17")
def test_an_approval_with_a_wrong_digest_is_refused() -> None:
    play = Play().drafted().approve(body={"digest": "f" * 64})
    assert play.codes == ["draft.digest"]


def test_a_signed_reply_approves_with_the_first_sixteen_digits() -> None:
    play = Play().drafted()
    play.approve(body={"digest": play.version.digest[:16]})
    assert play.state == "APPROVED"


@pytest.mark.rule("S0-R6")
def test_an_approval_needs_sealed_mail_and_a_listed_approver() -> None:
    play = Play().drafted().approve(assurance="signed")
    assert play.codes == ["sender.assurance"]
    play.approve(body={"approver": "Karen  KOMMUNE"}, approvers=("Karen Kommune",))
    assert play.state == "APPROVED"
    assert play.version.approvals[0].approver == "Karen  KOMMUNE"


def test_an_approver_is_known_by_the_certificate_where_the_reply_names_nobody() -> None:
    play = Play().drafted()
    karen = Actor("acting", "aarhus", "Aarhus Kommune", "Karen Kommune")
    play.approve(actor=karen, approvers=("Karen Kommune",))
    assert play.state == "APPROVED"


@pytest.mark.rule("S0-R17")
def test_the_same_approval_twice_is_answered_and_changes_nothing() -> None:
    play = Play().approved()
    before = play.case
    play.approve()
    assert play.case == before
    assert play.sent() == {("approved", "acting")}
    play.delivered("confirmation_accepted", "inbox").approve()
    assert play.state == "CONFIRMED"


@pytest.mark.rule("S0-R16")
def test_a_change_request_sends_the_draft_back_and_it_can_not_be_approved_any_more() -> None:
    play = Play().drafted()
    play.happens("agreement_change_request", "acting", {"text": "Lavere takst"})
    assert play.state == "UNDER_CLARIFICATION"
    assert play.version.state == "returned"
    assert ("change_request", "facility") in play.sent()
    assert ("change_request_received", "acting") in play.sent()
    play.approve()
    assert play.codes == ["case.state"]
    play.offer()
    assert [version.state for version in play.agreement.versions] == ["superseded", "sent"]


@pytest.mark.rule("S0-R16")
def test_a_rejection_closes_the_case_with_its_reason() -> None:
    play = Play().drafted()
    play.happens("agreement_rejection", "acting", {"reason": "For dyrt"})
    assert (play.state, play.version.state) == ("REJECTED", "rejected")
    assert play.mails()["rejected", "acting"].values["reason"] == "For dyrt"


@pytest.mark.rule("S0-R16")
def test_a_kommune_that_does_not_answer_is_reminded_in_working_days() -> None:
    play = Play().drafted()
    assert play.deadline("draft_answer").due == datetime(2026, 12, 7, 22, 59, 59, tzinfo=UTC)
    play.later(days=14).passed("draft_answer")
    reminder = play.mails()["reminder_draft", "acting"]
    assert reminder.documents == ("draft-1.pdf", "draft-1.json")
    assert play.deadline("draft_answer").due == datetime(2026, 12, 21, 22, 59, 59, tzinfo=UTC)
    play.later(days=14).passed("draft_answer").later(days=14).passed("draft_answer")
    assert ("overdue_draft", "inbox") in play.sent()
    assert [alert.code for alert in play.effects(Alert)] == ["draft_unanswered"]
    assert play.state == "DRAFT_SENT"


def test_a_draft_holds_as_long_as_it_says_and_no_longer() -> None:
    play = Play().acknowledged().offer({"valid_until": "2026-12-11"})
    assert play.deadline("draft_validity").due == datetime(2026, 12, 11, 22, 59, 59, tzinfo=UTC)
    play.later(days=19).passed("draft_validity")
    assert (play.state, play.version.state) == ("UNDER_CLARIFICATION", "expired")
    play.approve()
    assert play.codes == ["case.state"]


def test_a_start_before_the_approval_is_allowed_and_flagged() -> None:
    play = Play().acknowledged().offer({"start": "2026-11-01"}).approve()
    assert play.version.backdated
    assert "før godkendelsen" in play.mails()["confirmation", "inbox"].values["backdated"]
    on_time = Play().approved()
    assert not on_time.version.backdated


# --- a payer of its own ---------------------------------------------------------------------------


@pytest.mark.rule("S0-R17")
def test_where_another_kommune_pays_both_have_to_approve_in_any_order() -> None:
    for first, second in (("acting", "payer"), ("payer", "acting")):
        play = with_payer().offer().approve(first)
        assert play.state == "DRAFT_SENT"
        assert play.sent() == {("approval_registered", first)}
        play.approve(first)
        assert play.state == "DRAFT_SENT"
        play.approve(second)
        assert play.state == "APPROVED"
        assert {("approved", "acting"), ("approved", "payer")} <= play.sent()


def test_where_the_acting_kommune_decides_the_payer_is_told_and_not_asked() -> None:
    play = with_payer(with_policy(approval_by="acting")).offer()
    assert ("draft_payer", "payer") in play.sent()
    play.approve("payer")
    assert play.codes == ["sender.role"]
    play.approve()
    assert play.state == "APPROVED"


@pytest.mark.rule("S0-R16")
def test_only_those_who_have_not_answered_are_reminded() -> None:
    play = with_payer().offer().approve().later(days=14).passed("draft_answer")
    assert play.sent() == {("reminder_draft", "payer")}


@pytest.mark.rule("S0-R6", "S0-R17", "S0-R18")
def test_two_people_register_an_approval_that_came_another_way() -> None:
    play = Play().drafted().register()
    assert play.state == "APPROVED"
    approval = play.version.approvals[0]
    assert (approval.entered_by, approval.second_person) == ("Rie Region", "Anders Anden")
    assert approval.channel == "Digital Post"
    alone = Play().drafted().register({"second_person": "Rie Region"})
    assert (alone.state, alone.codes) == ("DRAFT_SENT", ["field.invalid"])
    assert alone.last.effects == ()


@pytest.mark.rule("S0-R17")
def test_the_payers_approval_can_be_registered_too() -> None:
    play = with_payer().offer().register({"party": "payer"})
    assert play.state == "DRAFT_SENT"
    play.approve()
    assert play.state == "APPROVED"


# --- confirmation and settlement ------------------------------------------------------------------


@pytest.mark.rule("S0-R19")
def test_settlement_never_starts_before_the_confirmation_is_delivered() -> None:
    for play in (Play().acknowledged(), Play().drafted(), Play().approved()):
        state = play.state
        play.start()
        assert (play.state, play.codes) == (state, ["case.state"])
    assert Play().confirmed().start().state == "SETTLEMENT_ACTIVE"


@pytest.mark.rule("S0-R18", "S0-R19")
def test_settlement_starts_by_itself_only_where_the_policy_says_so() -> None:
    play = Play(with_policy(settlement_start="automatic")).confirmed()
    assert play.last.path == ("CONFIRMED", "SETTLEMENT_ACTIVE")
    assert {("confirmed", "acting"), ("settlement_started", "acting")} <= play.sent()


@pytest.mark.rule("S0-R18")
def test_a_confirmation_to_the_kommune_confirms_nothing() -> None:
    play = Play().approved().delivered("confirmation_accepted", "acting")
    assert (play.state, play.codes) == ("APPROVED", [])


@pytest.mark.rule("S0-R18", "S0-R19")
def test_a_confirmation_that_does_not_arrive_alerts_because_it_blocks_money() -> None:
    play = Play().approved()
    assert play.deadline("confirmation_delivery").due == datetime(2026, 11, 23, 10, tzinfo=UTC)
    for left in (1, 1, 0):
        play.later(hours=1).passed("confirmation_delivery")
        assert [alert.code for alert in play.effects(Alert)] == ["confirmation_blocked"]
        assert len(play.effects(SetDeadline)) == left
    play.delivered("confirmation_failed", "inbox")
    assert (play.state, [a.code for a in play.effects(Alert)]) == (
        "APPROVED",
        ["confirmation_failed"],
    )


@pytest.mark.rule("S0-R18", "S0-R19")
def test_a_confirmation_that_bounces_later_blocks_settlement_again() -> None:
    play = Play().confirmed().delivered("confirmation_failed", "inbox")
    assert play.state == "APPROVED"
    assert ("corrected_confirmation", "acting") in play.sent()
    play.start()
    assert play.codes == ["case.state"]
    play.delivered("confirmation_accepted", "inbox").start()
    assert play.state == "SETTLEMENT_ACTIVE"
    play.delivered("confirmation_failed", "inbox")
    assert play.state == "SETTLEMENT_ACTIVE"
    assert [alert.code for alert in play.effects(Alert)] == ["confirmation_failed"]


def test_an_agreement_with_an_end_is_planned_to_its_end_and_ends_there() -> None:
    play = Play().acknowledged().offer({"end": "2027-01-15"}).approve()
    play.delivered("confirmation_accepted", "inbox").start()
    settlement = play.agreement.settlement
    assert settlement is not None
    assert [(line.month, line.amount) for line in settlement.lines] == [
        ("2026-12", Decimal("57210.50")),
        ("2027-01", Decimal("27682.50")),
    ]
    assert settlement.lines[0].label == "Takst"
    play.passed("agreement_end")
    assert play.state == "ENDED"
    assert play.mails()["ended", "acting"].values["end"] == "15. januar 2027"


def test_the_last_day_is_not_paid_where_the_policy_says_so() -> None:
    play = Play(with_policy(count_last_day=False)).acknowledged().offer({"end": "2026-12-11"})
    play.approve().delivered("confirmation_accepted", "inbox").start()
    assert play.agreement.settlement is not None
    assert play.agreement.settlement.lines[0].quantity == Decimal("10.00")


def test_an_agreement_without_an_end_is_planned_on_before_the_plan_runs_out() -> None:
    play = Play().settling()
    assert play.agreement.settlement is not None
    assert play.agreement.settlement.planned_to == date(2027, 11, 30)
    due = play.deadline("plan_renewal").due
    play.now = due
    play.passed("plan_renewal")
    assert play.agreement.settlement.planned_to == date(2028, 10, 31)
    assert len(play.agreement.settlement.lines) == 23
    assert play.deadline("plan_renewal").due > due


# --- termination ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["acting", "facility"])
def test_either_side_may_give_notice_and_the_end_is_computed(role: str) -> None:
    play = Play().settling().terminate(role=role)
    assert play.state == "TERMINATING"
    assert play.agreement.termination is not None
    assert play.agreement.termination.end == date(2026, 12, 30)
    assert play.mails()["terminating", "acting"].values["end"] == "30. december 2026"
    assert play.deadline("agreement_end").due == datetime(2026, 12, 30, 22, 59, 59, tzinfo=UTC)
    assert play.agreement.settlement is not None
    assert play.agreement.settlement.lines[-1].last == date(2026, 12, 30)


def test_a_wanted_end_counts_when_it_is_later_than_notice_allows() -> None:
    early = Play().settling().terminate({"end": "2026-11-30"}).agreement.termination
    late = Play().settling().terminate({"end": "2027-03-31"}).agreement.termination
    assert early is not None
    assert late is not None
    assert (early.end, late.end) == (date(2026, 12, 30), date(2027, 3, 31))


def test_the_agreements_own_notice_goes_before_the_authoritys() -> None:
    play = Play().acknowledged().offer({"notice_policy": {"plus_months": 1}}).approve()
    play.delivered("confirmation_accepted", "inbox").start().terminate()
    assert play.agreement.termination is not None
    assert play.agreement.termination.end == date(2026, 12, 31)


def test_notice_never_prolongs_an_agreement_that_ends_anyway() -> None:
    play = Play().acknowledged().offer({"end": "2026-12-11"}).approve()
    play.delivered("confirmation_accepted", "inbox").start().terminate()
    assert play.agreement.termination is not None
    assert play.agreement.termination.end == date(2026, 12, 11)


def test_a_case_is_kept_and_read_back_the_same_in_every_state() -> None:
    play = Play().settling().terminate()
    for step in play.steps:
        assert step.case is not None
        kept = step.case.to_json()
        assert type(step.case).from_json(play.procedure, kept) == step.case
