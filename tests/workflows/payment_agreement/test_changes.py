"""Changes of an agreement that settles: the one in force goes on until its successor holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.payment_agreement.scenes import running
from tests.workflows.play import (
    AARHUS,
    GRANBO,
    PROCEDURE,
    REGION,
    SKIVE,
    VIBORG,
    Play,
    with_payer,
    with_policy,
)
from workflows.effects import MakeDraft
from workflows.engine import Actor


def states(play: Play) -> list[str]:
    return [version.state for version in play.agreement.versions]


def at(play: Play, *day: int) -> Play:
    play.now = datetime(*day, 9, 0, tzinfo=UTC)  # type: ignore[misc,arg-type]  # year, month, day
    return play


@pytest.mark.rule("S0-R14", "S0-R15")
def test_new_terms_are_the_next_version_and_the_one_in_force_settles_on() -> None:
    play = Play().settling()
    before = play.lines
    play.amend()
    assert (play.state, states(play)) == ("SETTLEMENT_ACTIVE", ["active", "sent"])
    assert play.lines == before
    assert play.mails()["amendment", "acting"].documents == ("draft-2.pdf", "draft-2.json")
    (draft,) = play.effects(MakeDraft)
    assert draft.canonical["terms"]["start"] == "2027-02-01"
    assert draft.canonical["terms"]["rates"][0]["amount"] == "2000.00"


def test_the_document_of_a_change_says_what_it_replaces_and_plans_its_first_day() -> None:
    play = Play(with_policy(count_first_day=False, count_last_day=False)).settling().amend()
    (draft,) = play.effects(MakeDraft)
    assert draft.view["purpose"] == "amendment"
    assert draft.view["terms"]["special_terms"].startswith("Denne version afløser version 1 fra")
    assert draft.view["plan"][0]["first"] == "2027-02-01"
    assert draft.view["plan"][0]["amount"] == "56000.00"


@pytest.mark.rule("S0-R17", "S0-R18", "S0-R19")
def test_the_plan_is_split_when_the_confirmation_is_delivered_and_not_before() -> None:
    play = Play().settling().amend()
    before = play.lines
    play.approve()
    assert states(play) == ["active", "approved"]
    assert ("confirmation", "inbox") in play.sent()
    assert play.lines == before
    play.delivered("confirmation_accepted", "acting")
    assert play.lines == before
    play.delivered("confirmation_accepted", "inbox")
    assert states(play) == ["active", "approved"]
    assert play.lines[1:3] == [
        ("2027-01", "01-01", "01-31", "57210.50"),
        ("2027-02", "02-01", "02-28", "56000.00"),
    ]
    assert play.deadline("change_takes_effect").due == datetime(2027, 1, 31, 22, 59, 59, tzinfo=UTC)
    play.passed("change_takes_effect")
    assert states(play) == ["superseded", "active"]


@pytest.mark.rule("S0-R17", "S0-R18")
def test_two_people_may_register_the_approval_of_a_change() -> None:
    play = Play().settling().amend().register()
    assert states(play) == ["active", "approved"]
    assert ("confirmation", "inbox") in play.sent()


@pytest.mark.rule("S0-R17")
def test_a_first_approval_that_comes_twice_is_kept_once() -> None:
    by_mail = with_payer().offer().approve().approve()
    assert (by_mail.state, len(by_mail.version.approvals)) == ("DRAFT_SENT", 1)
    assert by_mail.sent() == {("approved", "acting")}
    registered = with_payer().offer().register().register()
    assert (registered.state, len(registered.version.approvals)) == ("DRAFT_SENT", 1)


@pytest.mark.rule("S0-R17")
def test_where_another_kommune_pays_both_approve_the_change_too() -> None:
    play = with_payer().offer().approve().approve("payer")
    play.delivered("confirmation_accepted", "inbox").start().amend().approve("payer")
    assert states(play) == ["active", "sent"]
    assert play.sent() == {("approval_registered", "payer")}
    play.approve("payer")
    assert len(play.version.approvals) == 1
    play.approve()
    assert states(play) == ["active", "approved"]
    alone = with_payer(with_policy(approval_by="acting")).offer().approve()
    alone.delivered("confirmation_accepted", "inbox").start().amend().approve("payer")
    assert alone.codes == ["sender.role"]


@pytest.mark.rule("S0-R16")
@pytest.mark.parametrize(
    ("event", "body", "state"),
    [
        ("agreement_rejection", {"reason": "For dyrt"}, "rejected"),
        ("agreement_change_request", {"text": "Billigere"}, "returned"),
    ],
)
def test_a_change_that_is_turned_down_leaves_everything_as_it_was(
    event: str, body: dict[str, Any], state: str
) -> None:
    play = Play().settling()
    before = play.lines
    play.amend().happens(event, "acting", body)
    assert (play.state, states(play), play.lines) == (
        "SETTLEMENT_ACTIVE",
        ["active", state],
        before,
    )
    assert ("fact", "facility") in play.sent()
    play.approve()
    assert play.codes == ["draft.superseded"]
    play.amend()
    assert states(play)[-1] == "sent"


@pytest.mark.rule("S0-R16")
def test_whoever_does_not_answer_a_change_is_reminded_and_then_it_expires() -> None:
    play = Play().settling().amend({"valid_until": "2026-12-20"})
    assert play.deadline("draft_answer").due == datetime(2026, 12, 7, 22, 59, 59, tzinfo=UTC)
    play.passed("draft_answer")
    assert play.sent() == {("reminder_draft", "acting")}
    play.passed("draft_validity")
    assert states(play) == ["active", "expired"]


def test_a_change_that_is_confirmed_after_its_day_holds_from_its_day() -> None:
    play = at(Play().settling().amend({"effective": "2026-12-11"}).approve(), 2027, 1, 5)
    play.delivered("confirmation_accepted", "inbox")
    assert states(play) == ["superseded", "active"]
    # December is over: it stays, and 21 days of difference stand in January.
    assert play.lines[0] == ("2026-12", "12-01", "12-31", "57210.50")
    assert ("2027-01", "12-01", "12-31", "3244.50") in play.lines


def test_a_change_may_end_the_agreement_and_its_end_is_waited_for() -> None:
    play = Play().amended({"end": "2027-02-28"})
    assert play.deadline("agreement_end").due == datetime(2027, 2, 28, 22, 59, 59, tzinfo=UTC)
    assert play.lines[-1][0] == "2027-02"


def test_notice_drops_a_change_that_nobody_approved() -> None:
    play = Play().settling().amend().terminate()
    assert states(play) == ["active", "withdrawn"]
    play.passed("agreement_end")
    assert states(play) == ["ended", "withdrawn"]


def test_a_change_that_is_approved_still_takes_effect_while_notice_runs() -> None:
    play = at(Play().amended({"effective": "2026-12-15"}), 2026, 11, 30).terminate()
    assert states(play) == ["active", "approved"]
    play.passed("change_takes_effect")
    assert states(play) == ["superseded", "active"]
    assert play.state == "TERMINATING"
    play.passed("agreement_end")
    assert states(play) == ["superseded", "ended"]


def test_a_confirmation_of_a_change_that_does_not_arrive_alerts() -> None:
    play = Play().settling().amend().approve().passed("confirmation_delivery")
    assert play.last.move == "confirmation_late"


def test_rates_that_a_change_does_not_name_go_on_as_they_are() -> None:
    play = running(PROCEDURE).amend({"rate": None, "service": "Mere støtte"})
    assert play.version.terms.rates[0].amount == Decimal("1845.50")
    assert play.version.terms.service == "Mere støtte"


# --- another kommune ------------------------------------------------------------------------------


@pytest.mark.rule("S2-R1", "S4-R1", "S4-R2")
def test_a_new_kommune_approves_and_settlement_is_split_at_the_day() -> None:
    play = running(PROCEDURE).transfer()
    assert play.mails()["transfer", "successor"].documents == ("draft-2.pdf", "draft-2.json")
    assert play.version.purpose == "transfer"
    (draft,) = play.effects(MakeDraft)
    assert draft.canonical["parties"]["acting"] == SKIVE.cvr
    assert [one["name"] for one in draft.view["parties"] if one["role"] == "acting"] == [SKIVE.name]
    play.approve()
    assert play.codes == ["sender.role"]
    play.approve("successor").delivered("confirmation_accepted", "inbox")
    assert play.agreement.settlement is not None
    payers = [(one.month, one.payer) for one in play.agreement.settlement.lines[2:6]]
    assert payers == [
        ("2027-02", None),
        ("2027-03", None),
        ("2027-03", "skive"),
        ("2027-04", "skive"),
    ]
    assert play.lines[3][1:3] == ("03-01", "03-14")
    assert play.lines[4][1:3] == ("03-15", "03-31")
    play.passed("change_takes_effect")
    assert play.case is not None
    assert play.case.party("acting") == replace(SKIVE, role="acting")
    assert play.case.party("former.aarhus") is not None
    assert play.agreement.transfer is None
    assert ("fact", "former.aarhus") in play.sent()


@pytest.mark.rule("S2-R1")
def test_a_former_kommune_reads_no_more_and_has_no_say() -> None:
    play = running(PROCEDURE).transfer().approve("successor")
    play.delivered("confirmation_accepted", "inbox").passed("change_takes_effect")
    old = Actor("former.aarhus", "aarhus", "Aarhus Kommune")
    play.happens("agreement_termination", "acting", {"reason": "Vi siger op"}, actor=old)
    assert play.codes == ["sender.role"]
    play.happens("agreement_termination", "acting", {"reason": "x"})
    assert play.codes == ["case.unknown"]
    new = Actor("acting", "skive", "Skive Kommune")
    play.happens("agreement_termination", "acting", {"reason": "Flytter"}, actor=new)
    assert play.state == "TERMINATING"
    assert "former.aarhus" not in {to for _, to in play.sent()}


def test_a_payer_of_its_own_is_followed_by_the_new_kommune() -> None:
    play = with_payer().offer().approve().approve("payer")
    play.delivered("confirmation_accepted", "inbox").start()
    play.transfer(parties=(SKIVE,)).approve("successor")
    play.delivered("confirmation_accepted", "inbox").passed("change_takes_effect")
    assert play.case is not None
    roles = {one.role for one in play.case.parties}
    assert roles == {"authority", "acting", "facility", "former.aarhus", "former.viborg"}


def test_a_kommune_that_does_not_take_over_is_out_of_the_case() -> None:
    play = running(PROCEDURE).transfer()
    play.happens("agreement_rejection", "successor", {"reason": "Ikke vores borger"})
    assert play.codes == []
    assert play.case is not None
    assert play.case.party("successor") is None
    assert play.agreement.transfer is None
    assert states(play) == ["active", "rejected"]


def test_a_kommune_may_take_back_what_the_other_has_not_accepted() -> None:
    play = running(PROCEDURE).transfer().amend()
    assert play.codes == ["case.state"]
    play.transfer()
    assert play.codes == ["case.state"]
    play.happens("agreement_rejection", "acting", {"reason": "Fejl i datoen"})
    assert play.agreement.transfer is None
    assert ("fact", "successor") in play.sent()
    play.amend()
    assert states(play) == ["active", "rejected", "sent"]


# --- before it begins -----------------------------------------------------------------------------


def test_a_cancelled_agreement_has_no_plan_and_can_be_brought_back() -> None:
    play = Play().settling()
    play.reported("agreement_cancellation", "acting", reason="Borgeren vil ikke")
    assert (play.state, play.agreement.settlement) == ("CANCELLED", None)
    assert states(play) == ["withdrawn"]
    assert {to for _, to in play.sent()} == {"acting", "facility", "inbox"}
    play.reported("reopen", "authority", reason="Forkert sag").start()
    assert (play.state, states(play)) == ("SETTLEMENT_ACTIVE", ["active"])


# --- who decides, and who pays --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("basis", "start", "told"),
    [
        ("SEL § 66, stk. 1, nr. 6", "2026-12-01", "gælder ikke længere 1. december 2026"),
        ("SEL § 107 + SEL § 76", "2026-12-01", "SEL § 76 gælder ikke længere"),
        ("BL § 43", "2023-12-31", "BL § 43 gælder endnu ikke 31. december 2023"),
    ],
)
def test_a_paragraph_that_does_not_hold_on_the_wished_day_is_refused_with_what_followed_it(
    basis: str, start: str, told: str
) -> None:
    play = Play().request({"legal_basis": basis, "requested_start": start})
    assert play.case is None
    assert play.refused == [("field.invalid", "legal_basis")]
    text = play.last.refused[0].text("da")
    assert told in text
    assert ("Mente I »BL § " in text) == basis.startswith("SEL")


@pytest.mark.parametrize(
    ("basis", "start"),
    [
        ("SEL § 66, stk. 1, nr. 6", "2023-12-31"),
        ("BL § 43", "2024-01-01"),
        ("SEL § 12", "2026-12-01"),
    ],
)
def test_a_paragraph_that_held_then_or_that_no_register_lists_is_no_reason_to_refuse(
    basis: str, start: str
) -> None:
    play = Play().request({"legal_basis": basis, "requested_start": start})
    assert (play.state, play.refused) == ("NOTIFIED", [])


@pytest.mark.rule("S4-R1", "S4-R4")
def test_only_a_kommune_decides_about_a_place_and_a_region_only_sells() -> None:
    region = replace(AARHUS, key="rm", name="Region Midtjylland", municipality=None)
    play = Play(parties=(REGION, region, GRANBO))
    play.request(actor=Actor("acting", "rm", "Region Midtjylland"))
    assert play.codes == ["sender.municipality"]


@pytest.mark.rule("S4-R1")
def test_only_a_kommune_that_is_registered_pays() -> None:
    nobody = replace(VIBORG, municipality=None)
    play = Play(parties=(REGION, AARHUS, nobody, GRANBO))
    play.request({"paying_municipality": "0791"})
    assert play.codes == ["partner.unknown"]


@pytest.mark.rule("S4-R2")
def test_who_decides_pays_and_an_exception_names_its_reference() -> None:
    usual = Play(parties=(REGION, AARHUS, VIBORG, GRANBO)).request()
    assert usual.agreement.request.payer == usual.agreement.request.acting_municipality
    assert usual.last.settings == ("payer_reference",)
    strict = with_policy(procedures={"payment_agreement": {"payer_reference": "required"}})
    body = {"paying_municipality": "0791"}
    play = Play(strict, parties=usual.parties).request(body)
    assert play.codes == ["field.missing"]
    play.request(body | {"payer_reference": "Aftale 17"})
    assert play.state == "NOTIFIED"


@pytest.mark.rule("S2-R1")
def test_the_kommune_where_the_facility_lies_takes_part_where_it_is_named() -> None:
    lies = replace(SKIVE, role="location")
    play = Play(parties=(REGION, AARHUS, lies, GRANBO))
    play.request({"location_municipality": "0779"}).delivered("notice_accepted", "facility")
    assert play.case is not None
    assert play.case.party("location") == lies
    where = Actor("location", "skive", "Skive Kommune")
    play.happens("dialogue", "acting", {"text": "Vi er underrettet"}, actor=where)
    assert play.codes == []
    play.offer().approve().delivered("confirmation_accepted", "inbox").start()
    assert ("status", "location") in play.sent()


@pytest.mark.rule("S2-R8")
@pytest.mark.parametrize("covered", [True, False, None])
def test_the_way_is_the_same_inside_and_outside_the_framework_agreement(
    covered: bool | None,
) -> None:
    play = Play().request({"covered_by_framework": covered})
    assert play.agreement.request.covered_by_framework is covered
    assert play.last.path == ("RECEIVED", "NOTIFIED")


@pytest.mark.rule("S2-R11")
def test_a_kommune_that_sells_uses_the_same_documents_and_no_word_of_a_region() -> None:
    randers = replace(REGION, name="Randers Kommune")
    play = Play(parties=(randers, AARHUS, GRANBO))
    region = Play().drafted().effects(MakeDraft)[0]
    drafted = play.acknowledged().offer().effects(MakeDraft)[0]
    assert drafted.view.keys() == region.view.keys()
    play.approve().delivered("confirmation_accepted", "inbox").start()
    for step in play.steps:
        for effect in step.effects:
            if hasattr(effect, "wording"):
                letter = PROCEDURE.wording.letter(
                    effect.wording,
                    "da",
                    {**effect.values, "authority": "Randers Kommune", "contacts": "", "errors": ""},
                )
                assert "region" not in f"{letter.subject} {letter.text}".casefold()


@pytest.mark.rule("S4-R3")
@pytest.mark.parametrize("operator", ["own", "other_kommune", "region", "private"])
def test_a_place_may_be_with_any_kind_of_operator_and_a_change_keeps_it(operator: str) -> None:
    play = Play().acknowledged().offer({"operator": operator})
    (draft,) = play.effects(MakeDraft)
    assert (draft.view["terms"]["operator"], draft.canonical["terms"]["operator"]) == (
        operator,
        operator,
    )
    play.approve().delivered("confirmation_accepted", "inbox").start().amend()
    assert play.version.terms.operator == operator


def test_the_same_citizen_at_the_same_facility_is_told_to_both_sides() -> None:
    first = Play().acknowledged().case
    assert first is not None
    other = replace(first, number="RM-2026-000002", parties=(REGION, VIBORG, GRANBO))
    play = Play().request(related=(first, other))
    warned = play.mails()["notice_facility", "facility"].values["warning"]
    assert "RM-2026-000001, RM-2026-000002" in warned
    assert play.mails()["notice_inbox", "inbox"].values["warning"] == warned
    receipt = play.delivered("notice_accepted", "facility").mails()["received", "acting"]
    assert "(RM-2026-000001)" in receipt.values["warning"]
    stranger = Play().request(related=(other,)).delivered("notice_accepted", "facility")
    assert "(–)" in stranger.mails()["received", "acting"].values["warning"]
    closed = replace(first, state="ENDED")
    elsewhere = replace(first, parties=(REGION, AARHUS, replace(GRANBO, key="solbo")))
    quiet = Play().request(related=(closed, elsewhere))
    assert quiet.mails()["notice_facility", "facility"].values["warning"] == ""


def test_a_payer_is_told_nothing_that_people_wrote() -> None:
    play = with_payer().offer().approve().approve("payer")
    play.delivered("confirmation_accepted", "inbox").start()
    play.now = datetime(2027, 1, 18, 9, 0, tzinfo=UTC)
    secret = "Borgeren er syg af X"
    play.reported("start_changed", start="2026-12-03", reason=secret)
    play.amend({"reason": secret})
    play.happens("agreement_rejection", "acting", {"reason": secret})
    play.reported("move_out", "acting", last_day="2027-01-20", reason=secret)
    play.reported("death", died="2027-01-18")
    last = play.mails()["fact", "payer"].values
    assert "død" in play.mails()["fact", "acting"].values["what"]
    assert "død" not in last["what"]
    assert last["effect"].startswith("Der afregnes til og med 1. februar 2027")
    told = [
        effect
        for step in play.steps
        for effect in step.effects
        if getattr(effect, "to", None) == "payer" and hasattr(effect, "values")
    ]
    assert len(told) > 6
    assert not any(secret in value for effect in told for value in effect.values.values())
