"""Notices of changed grants: the earliest date, the form, the addressee, and who may say what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.identifiers import LegalBasis
from tests.workflows.network.stage import (
    AARHUS,
    GRANBO,
    PLAN,
    REGION,
    VIBORG,
    Stage,
    as_role,
    under,
)
from tests.workflows.network.test_contact_directory import kept as contact_of
from tests.workflows.play import Play
from workflows.definition import Case
from workflows.effects import ClearDeadline, FileUnder, ForwardAttachments, SendMail, TellCase
from workflows.events import Party
from workflows.explain import settings_in_words
from workflows.procedures.grant_change_notice.judging import needs_citizen_notice
from workflows.procedures.grant_change_notice.messages import ChangeNotice
from workflows.procedures.grant_change_notice.procedure import PROCEDURE
from workflows.procedures.grant_change_notice.settings import ChangeSettings, PairRule, Period

BUYER = as_role(AARHUS, "notifier")
SELLER = as_role(VIBORG, "operator")
NOTICE = {
    "citizen": {"cpr": "670765-4005", "name": "Prøve Borger"},
    "acting_municipality": "0751",
    "operator_municipality": "0791",
    "change": "decrease",
    "old_service": "Støtte",
    "new_service": "Mindre støtte",
    "old_rate": "1845.50",
    "new_rate": "1200.00",
    "rate_unit": "day",
    "decision_date": "2026-11-20",
    "effective_date": "2027-01-01",
    "legal_basis": "SEL § 107",
    "caseworker": {"name": "S. Behandler", "phone": "89400000"},
    "disclosure_basis": "consent",
}
PROPOSAL = {
    name: NOTICE[name]
    for name in ("citizen", "acting_municipality", "legal_basis", "caseworker", "disclosure_basis")
} | {"change": "supplement", "proposed_date": "2027-01-01", "text": "Ti timer mere om ugen"}


def between(level: str = "FIXED_RULE", **more: Any) -> dict[str, Any]:
    """Settings with one rule between Aarhus and Viborg: 30 days."""
    rule = {"one": "0751", "other": "0791", "level": level, "period": {"days": 30}} | more
    return {"pairs": [rule]}


def stage(settings: Any = None, parties: Any = (REGION, BUYER, SELLER), **more: Any) -> Stage:
    return Stage(under("grant_change_notice", settings), parties, **more)


def notified(body: Any = None, settings: Any = None, **more: Any) -> Stage:
    return stage(settings, **more).does("change_notice", "notifier", NOTICE | (body or {}))


def to_us(body: Any = None, settings: Any = None, *related: Case, **changes: Any) -> Stage:
    """A notice to our own authority, for a citizen at Granbo."""
    play = stage(settings, (REGION, BUYER, GRANBO))
    play.related = related
    ours = {"operator_municipality": None, "facility": "granbo"} | (body or {})
    return play.does("change_notice", "notifier", NOTICE | ours, **changes)


# --- the earliest date ---------------------------------------------------------------------------


@pytest.mark.rule("S2-R10")
def test_a_notice_in_time_is_valid_and_the_receipt_says_from_when() -> None:
    play = notified({"effective_date": "2026-12-23"}, between())

    assert play.state == "NOTICE_VALID"
    assert play.last.path == ("NOTICE_RECEIVED", "NOTICE_VALID")
    assert "træder i kraft 23. december 2026" in play.text("receipt_valid", "notifier")
    assert play.mail("receipt_valid", "notifier").evidence
    assert "Tidligste dato efter varslet: 23. december 2026" in play.text("notice", "operator")


@pytest.mark.rule("S2-R10")
def test_one_day_too_early_under_a_fixed_rule_keeps_the_old_rate_until_the_earliest_date() -> None:
    play = notified({"effective_date": "2026-12-22"}, between())

    assert play.state == "NOTICE_SHORT"
    text = play.text("receipt_short", "notifier")
    assert "den tidligste dato er 23. december 2026" in text
    assert "den hidtidige takst gælder" in text
    assert play.data.verdict.takes_effect == date(2026, 12, 23)
    assert play.due("change_takes_effect").date() == date(2026, 12, 22)
    play.passed("objection").at(2026, 12, 23, 0).passed("change_takes_effect")
    assert play.state == "EFFECTIVE"
    assert "23. december 2026" in play.text("effective", "operator")


@pytest.mark.rule("S2-R12")
def test_where_nothing_is_agreed_the_usual_period_warns() -> None:
    assert notified({"effective_date": "2026-12-30"}).state == "NOTICE_VALID_WITH_WARNING"
    assert notified({"effective_date": "2026-12-31"}).state == "NOTICE_VALID"
    assert {"fallback.level", "fallback.period"} <= set(notified().last.settings)
    (told,) = settings_in_words(PROCEDURE, ("fallback.period",), "da")
    assert "løbende måned + 30 dage" in told.text


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ({"days": 30}, "30 dage efter modtagelsen"),
        ({"running_month": True, "days": 30}, "løbende måned + 30 dage"),
        ({"running_month": True, "months": 1}, "løbende måned + 1 måned\n"),
        ({"months": 3}, "3 måneder efter modtagelsen"),
        ({"days": 1}, "1 dag efter modtagelsen"),
        ({"running_month": True}, "Varsel: løbende måned\n"),
        ({}, "uden varsel"),
    ],
)
def test_both_sides_can_count_the_earliest_date_again(period: Any, words: str) -> None:
    play = notified({"effective_date": "2028-01-01"}, between(period=period))
    assert words in play.text("receipt_valid", "notifier")
    assert words in play.text("notice", "operator")


@pytest.mark.parametrize(
    ("period", "received", "earliest"),
    [
        ({"days": 30}, date(2026, 11, 23), date(2026, 12, 23)),
        ({"running_month": True, "days": 30}, date(2026, 11, 23), date(2026, 12, 31)),
        ({"running_month": True, "months": 1}, date(2026, 11, 23), date(2027, 1, 1)),
        ({"months": 1}, date(2027, 1, 31), date(2027, 2, 28)),
        ({"months": 3}, date(2026, 11, 30), date(2027, 2, 28)),
        ({}, date(2026, 12, 31), date(2026, 12, 31)),
        ({"running_month": True}, date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
@pytest.mark.rule("S2-R10")
def test_the_earliest_date_is_the_day_of_receipt_and_the_period(
    period: Any, received: date, earliest: date
) -> None:
    assert Period.model_validate(period).earliest(received) == earliest


@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    st.booleans(),
    st.integers(0, 400),
)
def test_who_gives_notice_later_is_never_earlier(
    one: date, other: date, running: bool, days: int
) -> None:
    period = Period(running_month=running, days=days)
    first, second = sorted((one, other))
    assert first <= period.earliest(first) <= period.earliest(second)


def test_a_notice_late_in_the_evening_counts_on_its_local_day() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=ZoneInfo("Europe/Copenhagen"))
    assert notified({"effective_date": "2026-12-23"}, between(), now=late).state == "NOTICE_VALID"
    after = datetime(2026, 11, 24, 0, 10, tzinfo=ZoneInfo("Europe/Copenhagen"))
    assert notified({"effective_date": "2026-12-23"}, between(), now=after).state == "NOTICE_SHORT"


# --- which rule holds between two ----------------------------------------------------------------


def rule(**given: Any) -> PairRule:
    return PairRule.model_validate(given)


def test_the_closest_rule_holds_between_two_kommuner() -> None:
    pair = {"one": "0791", "other": "0751"}
    settings = ChangeSettings(
        pairs=(
            rule(region="1082", period={"days": 10}),
            rule(**pair, period={"days": 20}),
            rule(**pair, period={"days": 30}, valid_from="2027-01-01"),
            rule(one="0751", period={"days": 40}),
        )
    )

    def days(*sides: str, on: date = date(2026, 11, 23)) -> int:
        return settings.rule_for(frozenset(sides), on).period.days

    assert days("0751", "0791") == 20
    assert days("0751", "0791", on=date(2027, 1, 1)) == 30
    assert days("0730", "0791") == 10
    assert days("0751", "0851") == 40
    assert days("0851", "0791") == 30  # the fallback: running month + 30 days
    assert settings.rule_for(frozenset({"0851", "0791"}), date(2026, 1, 1)) is settings.fallback
    assert days("0730") == 30


def test_a_rule_of_a_region_holds_among_its_kommuner_by_the_register() -> None:
    for region, two, strange in (
        ("1081", ("0851", "0773"), "0751"),
        ("1082", ("0751", "0615"), "0851"),
    ):
        one = rule(region=region)
        assert one.rank(frozenset(two), date(2026, 1, 1)) > 0
        assert one.rank(frozenset({two[0], strange}), date(2026, 1, 1)) == 0
        assert one.rank(frozenset(two), date(2006, 12, 31)) == 0


def test_a_rule_ends_on_its_last_day() -> None:
    one = rule(valid_to="2026-12-31")
    assert one.rank(frozenset(), date(2026, 12, 31)) == 1
    assert one.rank(frozenset(), date(2027, 1, 1)) == 0


STEERING = {"steering": [{"region": "1082", "period": {"days": 60}}]}


@pytest.mark.rule("S2-R7", "S2-R8")
def test_the_steering_agreement_goes_before_what_two_kommuner_agreed_on() -> None:
    body = {"covered_by_framework": True, "effective_date": "2026-12-23"}
    play = notified(body, between("CONTACTS_ONLY") | STEERING)

    assert play.state == "NOTICE_SHORT"
    assert play.data.verdict.earliest == date(2027, 1, 22)
    assert "styringsaftalens varsel" in play.text("receipt_short", "notifier")


@pytest.mark.rule("S2-R8")
def test_a_facility_outside_the_framework_agreement_is_not_bound_by_it() -> None:
    play = notified({"effective_date": "2026-12-23"}, between() | STEERING)
    assert (play.state, play.data.verdict.steering) == ("NOTICE_VALID", False)


def test_a_steering_agreement_of_another_region_or_year_binds_nobody() -> None:
    body = {"covered_by_framework": True, "effective_date": "2026-12-23"}
    elsewhere = {"steering": [{"region": "1081", "period": {"days": 60}}]}
    over = {"steering": [STEERING["steering"][0] | {"valid_to": "2025-12-31"}]}
    for settings in (elsewhere, over):
        assert notified(body, between() | settings).state == "NOTICE_VALID"


# --- the citizen's own notice --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("basis", "needs"),
    [
        ("SEL § 95", True),
        ("SEL § 96, stk. 1", True),
        ("SEL § 98", True),
        ("SEL § 114", True),
        ("BL § 83", True),
        ("BL § 84, stk. 2", True),
        ("BL § 87, stk. 4", True),
        ("BL § 87, stk. 4, nr. 1", True),
        ("BL § 87, stk. 3", False),
        ("BL § 87", False),
        ("SEL § 107", False),
        ("SEL § 83", False),
        ("SEL § 107 + SEL § 95", True),
    ],
)
def test_the_paragraphs_of_the_citizens_fourteen_weeks(basis: str, needs: bool) -> None:
    assert needs_citizen_notice(LegalBasis(LegalBasis.parse(basis))) is needs


@pytest.mark.parametrize(
    ("change", "effective", "warned"),
    [
        ("decrease", "2027-02-25", ("citizen_notice",)),
        ("end", "2027-02-25", ("citizen_notice",)),
        ("end", "2027-02-26", ()),
        ("increase", "2027-01-01", ()),
    ],
)
def test_a_reduction_before_fourteen_weeks_is_warned_of(
    change: str, effective: str, warned: Any
) -> None:
    body = {"legal_basis": "SEL § 95", "change": change, "effective_date": effective}
    play = notified(body, between())
    assert (play.state, play.data.verdict.warnings) == ("NOTICE_VALID", warned)
    assert ("14 uger" in play.text("receipt_valid", "notifier")) is bool(warned)


def test_without_the_day_of_the_decision_the_citizens_notice_cannot_be_checked() -> None:
    play = notified({"legal_basis": "SEL § 96", "decision_date": None}, between())
    assert play.data.verdict.warnings == ("decision_date_missing",)


# --- form ----------------------------------------------------------------------------------------


@pytest.mark.rule("S2-R10")
def test_a_fixed_rule_about_the_form_is_kept_or_the_notice_is_refused() -> None:
    sealed, decided = between(form="sealed_message"), between(form="message_with_decision")
    play = stage(sealed).does("change_notice", "notifier", NOTICE, assurance="signed")
    assert play.codes == ["sender.assurance"]
    assert stage(sealed).does("change_notice", "notifier", NOTICE).codes == []
    play = stage(decided).does("change_notice", "notifier", NOTICE)
    assert (play.codes, play.places) == (["field.missing"], ["attachments"])
    assert "vedhæftet afgørelse" in play.last.refused[0].text("da")
    play = stage(decided).does("change_notice", "notifier", NOTICE, attachments=(PLAN,))
    assert play.codes == []
    assert play.effects(ForwardAttachments) == [ForwardAttachments("operator", (PLAN,))]


@pytest.mark.rule("S2-R12")
def test_an_intent_about_the_form_warns() -> None:
    settings = between("DECLARATION_OF_INTENT", form="message_with_decision")
    play = notified({}, settings)
    assert play.data.verdict.warnings == ("form",)
    assert "ikke givet i den form" in play.text("receipt_valid", "notifier")


# --- to whom -------------------------------------------------------------------------------------


def ours(number: str, role: str, **body: Any) -> Case:
    return contact_of(number, REGION, role=role, **body)


@pytest.mark.rule("S2-R9", "S2-R10")
@pytest.mark.parametrize(
    ("roles", "addresses"),
    [
        (("DRIFT",), {"facility"}),
        (("MYNDIGHED",), {"inbox"}),
        (("DRIFT", "MYNDIGHED"), {"facility", "inbox"}),
    ],
)
def test_a_notice_goes_to_the_role_that_the_receiver_has_registered(
    roles: Any, addresses: Any
) -> None:
    contacts = [ours(f"RM-2026-00001{at}", role) for at, role in enumerate(roles)]
    play = to_us({}, None, *contacts)

    assert {to for wording, to in play.sent() if wording == "notice"} == addresses
    assert play.alerts() == []
    needs = {one.value for one in play.effects(FileUnder) if one.kind == "contact_needed"}
    assert needs == {f"29190925 {role}" for role in roles}


@pytest.mark.rule("S2-R12")
def test_without_a_registered_contact_it_goes_to_the_main_mailbox_and_is_logged() -> None:
    for related in ((), (ours("RM-2026-000010", "FINANCE"),)):
        play = to_us({}, None, *related)
        assert {to for wording, to in play.sent() if wording == "notice"} == {"inbox"}
        assert play.alerts() == ["no_contact"]
    stale = replace(ours("RM-2026-000010", "DRIFT"), state="STALE")
    assert to_us({}, None, stale).alerts() == ["no_contact"]


@pytest.mark.rule("S2-R10")
def test_what_two_have_agreed_on_narrows_what_the_receiver_has_registered() -> None:
    both = ours("RM-2026-000010", "DRIFT"), ours("RM-2026-000011", "MYNDIGHED")
    settings = {"pairs": [{"one": "0751", "addressee": "DRIFT"}]}
    play = to_us({}, settings, *both)
    assert play.data.routed == ("facility",)
    assert to_us({"addressee": "MYNDIGHED"}, None, *both).data.routed == ("inbox",)
    # Only drift is registered: there it goes, whatever was meant.
    assert to_us({"addressee": "MYNDIGHED"}, None, both[0]).data.routed == ("facility",)


@pytest.mark.rule("S2-R9")
def test_another_kommune_has_one_mailbox_and_is_told_for_whom_the_mail_is() -> None:
    play = stage(between())
    play.related = (contact_of("RM-2026-000010", VIBORG, role="DRIFT", name="Dorte Drift"),)
    play.does("change_notice", "notifier", NOTICE)
    assert "Att.: drift: Dorte Drift, 89400000" in play.text("notice", "operator")
    assert "Att.: drift: Dorte Drift" in play.text("receipt_valid", "notifier")
    assert "Att." not in notified({}, between()).text("notice", "operator")


# --- who may say what ----------------------------------------------------------------------------


@pytest.mark.rule("S2-R1")
def test_a_notice_needs_two_kommuner() -> None:
    play = notified({"operator_municipality": "0751"})
    assert (play.codes, play.places) == (["field.invalid"], ["operator_municipality"])


@pytest.mark.rule("S2-R1")
def test_the_other_side_has_to_take_part() -> None:
    play = stage(parties=(REGION, BUYER)).does("change_notice", "notifier", NOTICE)
    assert (play.codes, play.places) == (["partner.unknown"], ["operator_municipality"])
    body = NOTICE | {"acting_municipality": "0730", "operator_municipality": "0751"}
    play = stage(parties=(REGION, BUYER)).does("change_notice", "notifier", body)
    assert (play.codes, play.places) == (["partner.unknown"], ["acting_municipality"])


@pytest.mark.rule("S2-R1")
def test_who_is_neither_buyer_nor_seller_tells_of_no_change() -> None:
    randers = Party("notifier", "randers", "Randers Kommune", "29189668", "da", "0730")
    acting = as_role(AARHUS, "acting")
    play = stage(parties=(REGION, randers, acting, SELLER))
    play.does("change_notice", "notifier", NOTICE)
    assert play.codes == ["sender.municipality"]


def test_a_facility_that_does_not_exist_is_refused() -> None:
    body = NOTICE | {"operator_municipality": None, "facility": "ukendt"}
    play = stage(parties=(REGION, BUYER)).does("change_notice", "notifier", body)
    assert play.codes == ["facility.unknown"]


@pytest.mark.rule("S2-R9")
def test_a_buyer_needs_the_right_to_ask() -> None:
    play = stage().does("change_notice", "notifier", NOTICE, may=frozenset())
    assert play.codes == ["sender.role"]


SELLS = as_role(VIBORG, "notifier"), as_role(AARHUS, "acting")


@pytest.mark.rule("S2-R9")
def test_a_seller_who_may_inform_gives_notice_too_and_one_who_may_not_is_refused() -> None:
    parties = (REGION, *SELLS)
    body = NOTICE | {"change": "rate_change"}
    play = stage(parties=parties).does("change_notice", "notifier", body)
    assert play.state == "NOTICE_VALID"
    assert ("notice", "acting") in play.sent()
    silent = {"mandates": [{"organisation": "viborg", "may_inform": False}]}
    play = stage(silent, parties).does("change_notice", "notifier", body)
    assert play.codes == ["sender.role"]


def proposed(settings: Any = None, body: Any = None) -> Stage:
    """Our facility proposes something to Aarhus."""
    granbo = Party("notifier", "granbo", "Granbo", "", "da")
    play = stage(settings, (REGION, granbo, as_role(AARHUS, "acting")))
    return play.does("change_proposal", "notifier", PROPOSAL | (body or {}))


@pytest.mark.rule("S2-R9")
def test_a_facility_that_may_inform_proposes_a_change() -> None:
    play = proposed()
    assert play.state == "PROPOSED"
    assert play.sent() == {("proposal", "acting"), ("proposal_received", "notifier")}
    assert not play.mail("proposal_received", "notifier").evidence  # it has no certificate
    assert "Ti timer mere om ugen" in play.text("proposal", "acting")
    silent = {"mandates": [{"organisation": "granbo", "may_inform": False}]}
    assert proposed(silent).codes == ["sender.role"]


def test_a_proposal_that_opens_a_case_says_whom_it_is_about() -> None:
    play = proposed(body={"citizen": None})
    assert (play.codes, play.places) == (["field.missing"], ["citizen"])


def test_a_buyer_sends_notices_and_no_proposals() -> None:
    body = PROPOSAL | {"operator_municipality": "0791"}
    assert stage().does("change_proposal", "notifier", body).codes == ["sender.role"]


@pytest.mark.rule("S2-R9")
def test_only_a_seller_who_may_negotiate_answers_a_notice_with_terms() -> None:
    counter = {"text": "Hellere fra april", "proposed_date": "2027-04-01"}
    play = notified({}, between()).does("change_proposal", "operator", counter)
    assert play.codes == ["sender.role"]
    settings = between() | {"mandates": [{"organisation": "viborg", "may_negotiate": True}]}
    play = notified({}, settings).does("change_proposal", "operator", counter)
    assert (play.codes, play.state) == ([], "NOTICE_VALID")
    assert "Hellere fra april" in play.text("counter_proposal", "notifier")
    assert play.last.settings == ()
    usual = between() | {"usual_mandate": {"organisation": "", "may_negotiate": True}}
    told = notified({}, usual).does("change_proposal", "operator", counter).last.settings
    assert told == ("usual_mandate.may_negotiate",)
    assert play.does("change_proposal", "notifier", counter).codes == ["sender.role"]


@pytest.mark.rule("S2-R9")
def test_a_buyer_follows_a_proposal_with_a_notice_or_declines_it() -> None:
    body = NOTICE | {"operator_municipality": None, "change": "supplement"}
    followed = proposed().does("change_notice", "acting", body)
    assert followed.state == "NOTICE_VALID"
    assert followed.data.notifier == "acting"
    assert ClearDeadline("proposal_answer") in followed.last.effects
    declined = proposed().does("change_objection", "acting", {"text": "Behovet er dækket"})
    assert declined.state == "DECLINED"
    assert declined.sent() == {("declined", "notifier"), ("declined_receipt", "acting")}
    own = proposed().does("change_objection", "notifier", {"text": "Nej"})
    assert own.codes == ["sender.role"]


def test_an_unanswered_proposal_is_reminded_of_and_then_left_to_people() -> None:
    play = proposed().passed("proposal_answer")
    assert play.sent() == {("proposal_reminder", "acting")}
    play.passed("proposal_answer").passed("proposal_answer")
    assert (play.sent(), play.alerts()) == (
        {("proposal_overdue", "notifier")},
        ["proposal_unanswered"],
    )
    assert play.state == "PROPOSED"


# --- what becomes of a notice --------------------------------------------------------------------


@pytest.mark.rule("S2-R10")
def test_an_objection_in_time_disputes_the_notice() -> None:
    play = notified({}, between())
    assert play.due("objection").date() == date(2026, 12, 7)
    play.does("change_objection", "operator", {"text": "For kort tid", "wanted_date": "2027-03-01"})
    assert play.state == "DISPUTED"
    assert "For kort tid" in play.text("objection", "notifier")
    assert ("objection_received", "operator") in play.sent()


@pytest.mark.rule("S2-R10")
def test_without_an_objection_the_notifier_hears_so_and_a_later_one_disputes_nothing() -> None:
    play = notified({}, between()).passed("objection")
    assert play.sent() == {("no_objection", "notifier")}
    play.does("change_objection", "operator", {"text": "For sent"})
    assert (play.state, play.sent()) == (
        "NOTICE_VALID",
        {("late_objection", "notifier"), ("late_objection_received", "operator")},
    )
    play.passed("change_takes_effect")
    assert play.state == "EFFECTIVE"


def disputed() -> Stage:
    return notified({}, between()).does("change_objection", "operator", {"text": "Nej"})


def test_nobody_objects_to_their_own_notice() -> None:
    play = notified({}, between()).does("change_objection", "notifier", {"text": "Nej"})
    assert play.codes == ["sender.role"]


def test_who_only_hosts_a_case_speaks_for_neither_side() -> None:
    for act, body in (
        ("object", {"text": "Nej"}),
        ("withdraw_notice", {}),
        ("propose_change", {"text": "Senere", "proposed_date": "2027-04-01"}),
        ("notify_change", NOTICE),
    ):
        play = notified({}, between()).does(act, "authority", body)
        assert (play.state, play.codes[:1]) == ("NOTICE_VALID", ["sender.role"]), act
    ours = to_us().does("object", "authority", {"text": "Nej"})
    assert ours.state == "DISPUTED"
    assert ours.does("notify_change", "authority", NOTICE).codes[:1] == ["sender.role"]
    withdrawn = proposed().does("withdraw_notice", "authority")  # for our own facility
    assert withdrawn.state == "WITHDRAWN"


def test_a_facility_of_ours_is_not_named_beside_another_kommune_that_runs_it() -> None:
    play = stage(parties=(REGION, BUYER, SELLER, GRANBO))
    play.does("change_notice", "notifier", NOTICE | {"facility": "granbo"})
    assert (play.case, play.refused) == (None, [("field.invalid", "facility")])


def test_a_disputed_change_takes_no_effect_on_its_day() -> None:
    play = disputed().passed("change_takes_effect")
    assert (play.state, play.alerts()) == ("DISPUTED", ["still_disputed"])
    assert play.sent() == {("still_disputed", "notifier"), ("still_disputed", "operator")}


def test_a_dispute_ends_with_a_new_notice_of_the_same_matter() -> None:
    play = disputed()
    play.does("change_notice", "notifier", NOTICE | {"effective_date": "2027-03-01"})
    assert (play.state, play.data.verdict.takes_effect) == ("NOTICE_VALID", date(2027, 3, 1))
    other = NOTICE | {"citizen": {"cpr": "610190-4006", "name": "Anden"}}
    play = disputed().does("change_notice", "notifier", other)
    assert (play.codes, play.places) == (["field.invalid"], ["citizen.cpr"])
    play = disputed().does("change_notice", "notifier", NOTICE | {"acting_municipality": "0730"})
    assert play.codes == ["field.invalid"]
    assert disputed().does("change_notice", "operator", NOTICE).codes == ["sender.role"]


def test_a_dispute_ends_with_what_a_caseworker_enters() -> None:
    body = {"effective_date": "2027-02-01", "note": "Aftalt i telefon 3. december"}
    play = disputed().does("settle_dispute", "authority", body)
    assert play.state == "NOTICE_VALID"
    assert play.sent() == {("settled", "notifier"), ("settled", "operator")}
    play.passed("change_takes_effect")
    assert play.state == "EFFECTIVE"


def test_who_notified_may_take_it_back_and_nobody_else() -> None:
    assert notified().does("change_withdrawal", "operator").codes == ["sender.role"]
    play = notified().does("change_withdrawal", "notifier", {"reason": "Fejl"})
    assert (play.state, play.sent()) == (
        "WITHDRAWN",
        {("withdrawn", "operator"), ("withdrawn_receipt", "notifier")},
    )
    assert disputed().does("change_withdrawal", "notifier").state == "WITHDRAWN"


def test_our_own_people_give_notice_by_an_act() -> None:
    play = stage(parties=(REGION, GRANBO, as_role(AARHUS, "acting")))
    body = NOTICE | {"operator_municipality": None, "facility": "granbo", "change": "rate_change"}
    play.does("notify_change", "authority", body)
    assert play.sent() == {("notice", "acting")}
    play.does("change_objection", "acting", {"text": "For dyrt"})
    assert ("objection", "inbox") in play.sent()
    assert play.does("withdraw_notice", "authority").sent() == {("withdrawn", "acting")}


@pytest.mark.rule("S2-R10")
def test_a_message_below_its_assurance_or_for_others_is_refused() -> None:
    play = stage().does("change_notice", "notifier", NOTICE, assurance="none")
    assert play.codes == ["sender.assurance"]
    play = stage().does("change_notice", "notifier", NOTICE, submission={"to": "55133018"})
    assert play.codes == ["addressee.wrong"]


@pytest.mark.rule("S2-R7")
def test_buyer_and_seller_may_talk_and_nothing_moves() -> None:
    play = notified().does("dialogue", "operator", {"text": "Kan vi tale sammen?"})
    assert ("dialogue", "notifier") in play.sent()
    assert play.last.to_state == play.last.from_state


def test_who_hosts_the_case_of_two_others_reads_none_of_what_they_write() -> None:
    play = notified().does("dialogue", "operator", {"text": "Kan vi tale sammen?"})
    assert "inbox" not in {to for _, to in play.sent()}
    asked = {"text": "Hjælp", "recipients": ["authority"]}
    play = notified().does("dialogue", "operator", asked)
    assert ("dialogue", "inbox") in play.sent()
    ours = to_us().does("dialogue", "notifier", {"text": "Kan vi tale sammen?"})
    assert {("dialogue", "inbox"), ("dialogue", "facility")} <= ours.sent()


# --- the agreement's own case --------------------------------------------------------------------


def running(parties: str = "acting") -> Case:
    play = Play().settling()
    assert play.case is not None
    return play.case if parties == "acting" else replace(play.case, parties=(REGION, GRANBO))


def about_agreement(case: Case, **body: Any) -> Stage:
    given = {"agreement_case": case.number, "needs_new_agreement": True} | body
    play = stage(None, (REGION, BUYER, GRANBO), number="RM-2026-000002")
    play.related = (case,)
    base = {"operator_municipality": None, "facility": "granbo"}
    return play.does("change_notice", "notifier", NOTICE | base | given)


def test_the_agreement_that_runs_here_is_told_of_the_change() -> None:
    play = about_agreement(running())
    (told,) = play.effects(TellCase)
    assert (told.number, told.event) == ("RM-2026-000001", "grant_changed")
    assert "har fået besked" in play.text("receipt_valid", "notifier")

    agreement = Play().settling()
    agreement.happens("grant_changed", "gateway", dict(told.body))
    assert agreement.sent() == {("grant_changed", "inbox"), ("grant_changed", "facility")}
    assert agreement.state == "SETTLEMENT_ACTIVE"
    assert "Forbered et nyt udkast" in agreement.mails()["grant_changed", "inbox"].values["what"]

    play.does("change_withdrawal", "notifier")
    (told,) = play.effects(TellCase)
    assert told.body["withdrawn"] is True


@pytest.mark.parametrize(
    "case", [running("others"), replace(running(), state="ENDED"), replace(running(), number="X")]
)
def test_an_agreement_of_others_or_that_is_over_is_not_told(case: Case) -> None:
    play = about_agreement(case, agreement_case="RM-2026-000001")
    assert play.effects(TellCase) == []
    assert "Send en anmodning" in play.text("receipt_valid", "notifier")


def test_the_agreement_and_the_contacts_of_both_sides_are_looked_up() -> None:
    body = ChangeNotice.model_validate(NOTICE | {"agreement_case": "RM-2026-000001"})
    found = [r.value(None, body) for r in PROCEDURE.relations if "change_notice" in r.events]
    assert found == ["55133018", "29189846", "own", "RM-2026-000001"]


def test_a_case_is_kept_and_read_back() -> None:
    play = disputed()
    assert play.case is not None
    assert Case.from_json(PROCEDURE, play.case.to_json()) == play.case


def test_no_mail_of_ours_says_none_or_a_dash_for_what_is_not_known() -> None:
    small = dict.fromkeys(("old_service", "new_service", "old_rate", "new_rate"))
    play = notified(small | {"rate_unit": None, "decision_date": None})
    texts = [play.text(mail.wording, mail.to) for mail in play.effects(SendMail)]
    assert all("None" not in text and ": –" not in text for text in texts)


@pytest.mark.rule("S2-R10", "S2-R12")
@pytest.mark.parametrize(
    ("level", "effective", "state"),
    [
        ("FIXED_RULE", "2026-12-01", "NOTICE_SHORT"),
        ("DECLARATION_OF_INTENT", "2026-12-01", "NOTICE_VALID_WITH_WARNING"),
        ("FIXED_RULE", "2027-03-01", "NOTICE_VALID"),
    ],
)
def test_a_new_notice_is_judged_as_the_first_was(level: str, effective: str, state: str) -> None:
    play = notified({"effective_date": "2027-02-01"}, between(level))
    play.does("change_notice", "notifier", NOTICE | {"effective_date": effective})
    assert (play.state, play.last.path) == (state, ("NOTICE_RECEIVED", state))
    assert ClearDeadline("change_takes_effect") in play.last.effects


@pytest.mark.rule("S2-R10", "S2-R12")
@pytest.mark.parametrize(
    ("level", "effective", "state"),
    [
        ("FIXED_RULE", "2026-12-01", "NOTICE_SHORT"),
        ("CONTACTS_ONLY", "2026-12-01", "NOTICE_VALID_WITH_WARNING"),
        ("FIXED_RULE", "2027-03-01", "NOTICE_VALID"),
    ],
)
def test_a_notice_that_follows_a_proposal_is_judged_too(
    level: str, effective: str, state: str
) -> None:
    settings = {"pairs": [{"one": "0751", "level": level, "period": {"days": 30}}]}
    body = NOTICE | {"operator_municipality": None, "effective_date": effective}
    assert proposed(settings).does("change_notice", "acting", body).state == state


@pytest.mark.rule("S2-R7")
def test_an_unclear_answer_of_a_seller_moves_nothing_and_is_passed_on() -> None:
    play = notified().does("unclear_reply", "operator", {"text": "Ja tak"}, assurance="sealed")
    assert ("unclear_reply_no_draft", "sender") in play.sent()
    assert ("dialogue", "notifier") in play.sent()
    assert play.state == "NOTICE_VALID"
