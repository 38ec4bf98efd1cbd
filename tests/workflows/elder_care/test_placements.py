"""Places found by offers, from a queue, or by proximity, and only then an order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.workflows.elder_care.stage import CARE, DECISION, ORDER, PERSON, UNIT, WORKER, Play
from workflows.effects import TellCase

URGENT = {
    "individual": PERSON,
    "caseworker": WORKER,
    "decision_date": "2026-11-20",
    "home": "Linden",
    "queue_ref": "K-4711",
    "whereabouts": "Danderyds sjukhus, avdelning 3",
    "ready_for_discharge": "2026-11-23",
    "payment_liability": "2026-11-26",
    "other": "Behöver hiss",
}
DAY = {
    "individual": PERSON,
    "caseworker": WORKER,
    "decision_date": "2026-11-20",
    "centres": ["Solgården", "Björken"],
    "days_per_week": 3,
}
STAY = {
    "individual": PERSON,
    "caseworker": WORKER,
    "decision_date": "2026-11-20",
    "kind": "short_term_home",
    "wished_from": "2026-11-27",
}
HOMES = {
    "homes": [
        {"home": "Fjärran", "distance_km": "12.50"},
        {"home": "omsorg", "distance_km": "4.00"},
        {"home": "Nära", "distance_km": "1.20"},
        {"home": "Grannen", "distance_km": "0.40", "free": False},
    ]
}
HOME = {"home": "omsorg", "unit": "2 tr", "available_from": "2026-11-27"}
YES = {"accepted": True}
NO = {"accepted": False, "reason": "För långt bort", "answered_by": "representative"}


def urgent(**own: Any) -> Play:
    return Play("urgent_placement", ("queue_unit",), own)


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in URGENT.items() if name not in names}


# --- urgent placement ----------------------------------------------------------------------------


@pytest.mark.rule("S3-R11", "S3-R12", "S3-R13", "S3-R14", "S3-R15", "S3-R16")
def test_the_mail_to_the_queue_unit_tells_all_that_the_routine_asks_for() -> None:
    play = urgent().does("urgent_placement", URGENT)
    assert play.last.path == ("QUEUED", "URGENT_MAIL_SENT")
    told = play.mail("urgent_placement", "queue_unit")
    assert told.evidence
    assert told.personal
    assert told.values["personnummer"] == "19640823-3234"
    assert told.values["individual"] == "Ulla Prov"
    assert told.values["queue_ref"] == "K-4711"
    assert told.values["whereabouts"] == "Danderyds sjukhus, avdelning 3"
    assert told.values["ready"] == "23 november 2026"
    assert told.values["liability"] == "26 november 2026"
    assert told.values["days_left"] == "3"
    assert told.values["other"] == "Behöver hiss"


@pytest.mark.rule("S3-R11", "S3-R14", "S3-R15")
def test_what_the_mail_must_hold_and_does_not_is_told_at_once() -> None:
    play = urgent().does(
        "urgent_placement",
        without("queue_ref", "whereabouts", "ready_for_discharge", "payment_liability"),
    )
    assert play.refused == {
        ("field.missing", "queue_ref"),
        ("field.missing", "whereabouts"),
        ("field.missing", "ready_for_discharge"),
        ("field.missing", "payment_liability"),
    }
    ahead = urgent().does("urgent_placement", {**URGENT, "decision_date": "2026-11-24"})
    assert ahead.refused == {("field.invalid", "decision_date")}


@pytest.mark.rule("S3-R15")
def test_somebody_at_home_has_no_day_of_discharge() -> None:
    at_home = without("ready_for_discharge", "payment_liability") | {"not_in_hospital": True}
    play = urgent().does("urgent_placement", at_home)
    told = play.mail("urgent_placement", "queue_unit").values
    assert told["ready"] == told["liability"] == "ej aktuellt (inte inlagd)"
    assert "payment_liability" not in play.due
    both = urgent().does("urgent_placement", {**URGENT, "not_in_hospital": True})
    assert both.refused == {("case.contradiction", "not_in_hospital")}


@pytest.mark.rule("S3-R15")
def test_the_day_before_the_municipality_pays_everybody_is_told() -> None:
    play = urgent().does("urgent_placement", URGENT)
    assert play.due["payment_liability"] == "2026-11-25"
    play.passed("payment_liability")
    assert play.sent == {("liability_begins", "queue_unit"), ("liability_begins", "inbox")}
    assert play.alerts == {"liability_begins"}


@pytest.mark.rule("S3-R15")
def test_an_odd_day_of_liability_makes_a_remark_and_no_refusal() -> None:
    play = urgent().does("urgent_placement", {**URGENT, "payment_liability": "2026-11-30"})
    assert play.state == "URGENT_MAIL_SENT"
    assert ("liability_mismatch", "inbox") in play.sent
    assert "Observera" in play.mail("urgent_placement", "queue_unit").values["remark"]
    usual = urgent(liability_days=7)
    usual.does("urgent_placement", {**URGENT, "payment_liability": "2026-11-30"})
    assert ("liability_mismatch", "inbox") not in usual.sent


@pytest.mark.rule("S3-R10")
@pytest.mark.parametrize("kind", ["short_term_home", "profile_home"])
def test_short_term_and_profile_homes_are_refused_with_the_way_to_go(kind: str) -> None:
    play = urgent().does("urgent_placement", {**URGENT, "kind": kind})
    assert play.refused == {("out_of_scope", "kind")}
    (problem,) = play.last.refused
    assert "biståndsenheten" in problem.text("sv")
    assert "short_stay_referral" in problem.text("sv")


@pytest.mark.rule("S3-R12")
def test_there_is_a_queue_unit_to_mail_to() -> None:
    nobody = Play("urgent_placement", ()).does("urgent_placement", URGENT)
    assert nobody.refused == {("partner.unknown", "queue_unit")}
    other = urgent().does("urgent_placement", {**URGENT, "queue_unit": "okänd"})
    assert other.refused == {("partner.unknown", "queue_unit")}
    named = urgent().does("urgent_placement", {**URGENT, "queue_unit": "ko"})
    assert named.refused == set()


@pytest.mark.rule("S3-R17")
def test_homes_are_offered_until_one_is_accepted_and_the_caseworker_is_told() -> None:
    play = urgent().does("urgent_placement", URGENT)
    assert play.due["offer_reminder"] == "2026-11-24"
    play.sends("queue_unit", "home_offer", {"home": "Fjärran"})
    assert play.state == "OFFERED"
    assert play.sent == {("offer_news", "inbox"), ("offer_received", "sender")}
    play.sends("queue_unit", "home_answer", NO)
    assert play.state == "URGENT_MAIL_SENT"
    assert play.mail("offer_declined", "inbox").values["answered_by"] == "företrädaren"
    play.sends("queue_unit", "home_offer", HOME).sends("queue_unit", "home_answer", YES)
    assert play.last.path == ("ACCEPTED", "CASEWORKER_INFORMED")
    assert play.sent == {("offer_accepted", "inbox"), ("answer_received", "sender")}
    assert [one.accepted for one in play.data.offers] == [False, True]
    assert play.due == {"order_reminder": "2026-11-24"}


@pytest.mark.rule("S3-R17")
def test_a_queue_unit_that_offers_nothing_is_reminded() -> None:
    play = urgent().does("urgent_placement", URGENT).passed("offer_reminder")
    assert play.sent == {("reminder_offer", "queue_unit"), ("reminder_offer", "inbox")}
    play.passed("offer_reminder").passed("offer_reminder")
    assert play.due == {}


def test_nobody_has_a_time_to_answer_unless_the_municipality_gives_one() -> None:
    play = urgent().does("urgent_placement", URGENT).sends("queue_unit", "home_offer", HOME)
    assert play.due == {}
    timed = urgent(answer_days=2).does("urgent_placement", URGENT)
    timed.sends("queue_unit", "home_offer", HOME)
    assert timed.due == {"offer_answer": "2026-11-25"}
    timed.passed("offer_answer")
    assert (timed.state, timed.sent) == (
        "OFFERED",
        {("reminder_answer", "queue_unit"), ("reminder_answer", "inbox")},
    )


# --- the order after the place -------------------------------------------------------------------


def accepted() -> Play:
    play = urgent().does("urgent_placement", URGENT).sends("queue_unit", "home_offer", HOME)
    return play.sends("queue_unit", "home_answer", YES)


def order_for(place: Play, decision: dict[str, Any] | None = None, **changes: Any) -> Play:
    """An order that names the case of the place, which has a number of its own."""
    assert place.case is not None
    case = replace(place.case, number="BE-2026-000009")
    care = {**CARE, "kind": "care_home"}
    play = Play(related=(case,), **changes)
    named = {**DECISION, "placement": "BE-2026-000009", **(decision or {})}
    return play.does("service_order", {**named, **ORDER, "services": [care]})


@pytest.mark.rule("S3-R18", "S3-R30")
def test_the_order_follows_the_accepted_place_and_tells_its_case() -> None:
    place = accepted()
    play = order_for(place)
    assert play.state == "ORDERED"
    (told,) = play.effects(TellCase)
    assert (told.number, told.event) == ("BE-2026-000009", "ordered")
    place.told("ordered", dict(told.body))
    assert place.state == "ORDERED"
    assert place.data.order == "BE-2026-000001"
    assert place.sent == {("order_placed", "queue_unit")}
    assert "order_reminder" in place.cleared


@pytest.mark.rule("S3-R18", "S3-R30")
def test_a_decision_that_names_the_place_lets_the_order_follow_later() -> None:
    place = accepted()
    assert place.case is not None
    play = Play(related=(replace(place.case, number="BE-2026-000009"),))
    play.does("decide", {**DECISION, "placement": "BE-2026-000009"}).does("order", ORDER)
    assert play.state == "ORDERED"
    assert [told.number for told in play.effects(TellCase)] == ["BE-2026-000009"]


@pytest.mark.rule("S3-R18", "S3-R30")
def test_no_order_goes_out_before_the_place_is_accepted() -> None:
    waiting = urgent().does("urgent_placement", URGENT).sends("queue_unit", "home_offer", HOME)
    assert order_for(waiting).refused == {("field.invalid", "placement")}
    unknown = Play().does("decide", {**DECISION, "placement": "BE-2026-000009"})
    assert unknown.refused == {("case.unknown", "placement")}


@pytest.mark.rule("S3-R18")
def test_the_order_goes_to_the_chosen_home_and_is_for_the_same_person() -> None:
    elsewhere = urgent().does("urgent_placement", URGENT)
    elsewhere.sends("queue_unit", "home_offer", {"home": "Fjärran"})
    elsewhere.sends("queue_unit", "home_answer", YES)
    assert order_for(elsewhere).refused == {("case.contradiction", "provider")}
    other = {"individual": {**PERSON, "personnummer": "701063-2391"}}
    assert order_for(accepted(), other).refused == {("case.contradiction", "placement")}


@pytest.mark.rule("S3-R18")
def test_the_caseworker_is_reminded_of_the_order() -> None:
    play = accepted().passed("order_reminder")
    assert play.sent == {("reminder_order", "inbox")}
    assert play.state in play.procedure.watched


def test_a_placement_that_is_not_wanted_any_more_is_withdrawn() -> None:
    play = accepted().does("withdraw", {"reason": "Avliden"})
    assert play.state == "WITHDRAWN"
    assert play.sent == {("withdrawn", "queue_unit")}


# --- short stay ----------------------------------------------------------------------------------


def stay(**own: Any) -> Play:
    return Play("short_stay", ("home",), own).does("stay", STAY)


@pytest.mark.rule("S3-R21", "S3-R22")
def test_a_short_stay_is_the_units_own_and_knows_no_queue() -> None:
    play = stay()
    assert play.state == "AT_BISTANDSENHET"
    assert "QUEUED" not in play.procedure.states
    care_home = Play("short_stay", ()).does("stay", {**STAY, "kind": "care_home"})
    assert care_home.refused == {("out_of_scope", "kind")}
    assert "urgent_placement" in care_home.last.refused[0].text("sv")


@pytest.mark.rule("S3-R22")
def test_what_came_to_the_queue_unit_is_routed_back_to_the_unit() -> None:
    play = Play("short_stay", ("referrer",))
    play.sends("referrer", "short_stay_referral", {"individual": PERSON, "kind": "profile_home"})
    assert play.state == "ROUTED_BACK"
    assert play.sent == {("routed_back", "inbox"), ("routed_back_received", "sender")}
    other = {**STAY, "individual": {**PERSON, "personnummer": "701063-2391"}}
    assert play.does("stay", other).refused == {("case.contradiction", "individual.personnummer")}
    play.does("stay", STAY)
    assert play.state == "AT_BISTANDSENHET"
    assert play.data.caseworker.name == "Siv Handläggare"


@pytest.mark.rule("S3-R23")
def test_candidates_stand_the_nearest_first() -> None:
    play = stay().does("candidates", HOMES)
    assert [one.home for one in play.data.candidates] == ["Grannen", "Nära", "omsorg", "Fjärran"]
    told = play.mail("candidates_listed", "inbox").values["homes"].splitlines()
    assert told[0] == "1. Grannen, 0,4 km, ingen ledig plats"
    assert told[1] == "2. Nära, 1,2 km"


@pytest.mark.rule("S3-R23")
def test_another_home_than_the_nearest_needs_a_reason() -> None:
    play = stay().does("candidates", HOMES)
    assert play.does("choose_home", {"home": "omsorg"}).refused == {("field.missing", "reason")}
    assert play.does("choose_home", {"home": "Okänd"}).refused == {("field.invalid", "home")}
    play.does("choose_home", {"home": "omsorg", "reason": "Maken bor där"})
    assert play.state == "ASKED"
    assert play.data.deviation == "Maken bor där"
    nearest = stay().does("candidates", HOMES).does("choose_home", {"home": "Nära"})
    assert nearest.state == "ASKED"


@pytest.mark.rule("S3-R22", "S3-R23")
def test_a_home_that_says_no_leads_to_the_next_and_one_that_agrees_to_the_order() -> None:
    play = stay().does("candidates", HOMES).does("choose_home", {"home": "Nära"})
    assert play.sent == {("stay_request", "home")}
    assert play.due == {"home_answer": "2026-11-25"}
    play.sends("home", "stay_answer", NO)
    assert play.state == "CANDIDATES"
    assert play.sent == {("home_declined", "inbox"), ("answer_received", "sender")}
    play.does("choose_home", {"home": "omsorg"})
    assert play.state == "ASKED"
    play.does("stay_answer", YES)
    assert play.state == "AGREED"
    assert play.sent == {("agreed", "inbox")}
    assert play.due == {"order_reminder": "2026-11-24"}
    assert order_for(play).state == "ORDERED"
    play.passed("order_reminder")
    assert play.sent == {("reminder_order", "inbox")}
    play.told("ordered", {"order": "BE-2026-000010"})
    assert play.state == "ORDERED"


def test_a_home_that_we_do_not_know_is_the_caseworkers_to_ask() -> None:
    play = Play("short_stay", ()).does("stay", STAY).does("candidates", HOMES)
    play.does("choose_home", {"home": "Nära"})
    assert play.sent == {("ask_yourself", "inbox")}
    assert play.mail("ask_yourself", "inbox").values["home"] == "Nära"
    assert play.passed("home_answer").sent == {("overdue_home", "inbox")}
    play.does("stay_answer", YES)
    assert (play.state, play.sent) == ("AGREED", {("agreed", "inbox")})


def test_a_home_that_does_not_answer_is_reminded_and_the_caseworker_told() -> None:
    play = stay().does("candidates", HOMES).does("choose_home", {"home": "Nära"})
    play.passed("home_answer")
    assert play.sent == {("reminder_home", "home"), ("overdue_home", "inbox")}
    silent = stay(offer_reminder_days=None).does("candidates", HOMES)
    assert silent.does("choose_home", {"home": "Nära"}).due == {}


def test_a_home_is_listed_once() -> None:
    twice = {"homes": [*HOMES["homes"], {"home": "NÄRA", "distance_km": "2"}]}
    assert stay().does("candidates", twice).refused == {("field.duplicate", "homes")}


# --- day activity --------------------------------------------------------------------------------


def day(**own: Any) -> Play:
    return Play("day_activity", ("reception_group",), own)


@pytest.mark.rule("S3-R28", "S3-R29")
def test_the_individual_stands_in_the_queue_to_several_centres_that_somebody_watches() -> None:
    play = day().does("day_activity_queue", DAY)
    assert play.state == "QUEUED"
    told = play.mail("queued", "reception_group")
    assert told.values["centres"] == "1. Solgården\n2. Björken"
    assert play.due == {}
    nobody = Play("day_activity", ()).does("day_activity_queue", DAY)
    assert nobody.refused == {("partner.unknown", "reception_group")}
    twice = day().does("day_activity_queue", {**DAY, "centres": ["Björken", "björken"]})
    assert twice.refused == {("field.duplicate", "centres")}
    ahead = day().does("day_activity_queue", {**DAY, "decision_date": "2026-11-24"})
    assert ahead.refused == {("field.invalid", "decision_date")}


@pytest.mark.rule("S3-R28", "S3-R29")
def test_a_place_is_offered_at_one_of_the_wished_centres() -> None:
    play = day().does("day_activity_queue", DAY)
    play.sends("reception_group", "centre_offer", {"home": "Fjärran"})
    assert play.refused == {("field.invalid", "home")}
    play.sends("reception_group", "centre_offer", {"home": "solgården", "days_per_week": 2})
    assert play.state == "OFFERED"
    play.sends("reception_group", "centre_answer", NO)
    assert play.state == "QUEUED"


@pytest.mark.rule("S3-R29")
def test_the_reception_group_is_reminded_where_the_unit_wants_it() -> None:
    play = day(offer_reminder_days=10).does("day_activity_queue", DAY)
    assert play.due == {"offer_reminder": "2026-12-07"}
    play.passed("offer_reminder")
    assert play.sent == {("reminder_offer", "reception_group"), ("reminder_offer", "inbox")}


@pytest.mark.rule("S3-R30")
def test_after_a_yes_the_caseworker_is_told_and_orders() -> None:
    play = day().does("day_activity_queue", {**DAY, "centres": ["omsorg"]})
    play.sends("reception_group", "centre_offer", {"home": "omsorg"})
    play.sends("reception_group", "centre_answer", YES)
    assert play.state == "CASEWORKER_INFORMED"
    assert play.sent == {("offer_accepted", "inbox"), ("answer_received", "sender")}
    assert order_for(play).state == "ORDERED"
    play.passed("order_reminder")
    assert play.sent == {("reminder_order", "inbox")}
    play.told("ordered", {"order": "BE-2026-000010"})
    assert play.state == "ORDERED"


def test_a_caseworker_who_answers_for_the_individual_tells_the_group() -> None:
    play = day().does("day_activity_queue", DAY).does("centre_offer", {"home": "Björken"})
    play.does("centre_answer", YES)
    assert play.sent == {("offer_accepted", "inbox"), ("offer_accepted", "reception_group")}


# --- whatever the procedure ----------------------------------------------------------------------


@pytest.mark.rule("S3-R13")
@pytest.mark.parametrize(
    ("name", "role", "message", "body"),
    [
        ("urgent_placement", "orderer", "urgent_placement", URGENT),
        ("day_activity", "orderer", "day_activity_queue", DAY),
        (
            "short_stay",
            "referrer",
            "short_stay_referral",
            {"individual": PERSON, "kind": "profile_home"},
        ),
    ],
)
def test_a_personal_number_that_comes_in_clear_is_not_taken(
    name: str, role: str, message: str, body: dict[str, Any]
) -> None:
    play = Play(name, (role, "queue_unit", "reception_group"))
    play.sends(role, message, body, assurance="none")
    assert play.refused == {("sender.assurance", "message")}


@pytest.mark.parametrize(
    "name", ["service_order", "urgent_placement", "short_stay", "day_activity"]
)
def test_the_days_are_swedish_whatever_the_calendar_of_the_gateway(name: str) -> None:
    for country in ("DK", "SE"):
        play = Play(name, policy={"calendar": country})
        assert play.procedure.days.country == "SE"
        assert UNIT.language == play.procedure.language


def test_after_the_last_reminder_people_are_told_that_nobody_answers() -> None:
    play = urgent().does("urgent_placement", URGENT)
    alerts = [play.passed("offer_reminder").alerts for _ in range(3)]
    assert alerts == [set(), set(), {"placing_silent"}]
    assert "offer_reminder" not in play.due
    asked = stay().does("candidates", HOMES).does("choose_home", {"home": "Nära"})
    assert [asked.passed("home_answer").alerts for _ in range(3)][-1] == {"placing_silent"}
    assert asked.sent == {("reminder_home", "home"), ("overdue_home", "inbox")}


def test_a_yes_can_be_taken_back_until_the_order() -> None:
    play = accepted().sends("queue_unit", "home_answer", NO)
    assert (play.state, play.data.chosen) == ("URGENT_MAIL_SENT", None)
    assert "order_reminder" in play.cleared
    assert play.due == {"offer_reminder": "2026-11-24"}
    again = accepted().sends("queue_unit", "home_answer", YES)
    assert again.refused == {("case.state", "case")}
    agreed = stay().does("candidates", HOMES).does("choose_home", {"home": "Nära"})
    agreed.sends("home", "stay_answer", YES).sends("home", "stay_answer", NO)
    assert (agreed.state, agreed.data.chosen) == ("CANDIDATES", None)
    assert agreed.data.nearest().home == "omsorg"
    assert "order_reminder" in agreed.cleared


def test_a_stay_ends_no_earlier_than_it_begins() -> None:
    backwards = {**STAY, "wished_from": "2026-12-01", "wished_to": "2026-11-30"}
    play = Play("short_stay", ()).does("stay", backwards)
    assert play.refused == {("field.invalid", "wished_to")}


def test_who_has_to_answer_is_told_until_when_and_reminders_name_whose_turn_it_is() -> None:
    offered = urgent(answer_days=2).does("urgent_placement", URGENT)
    reminded = offered.passed("offer_reminder").mail("reminder_offer", "inbox")
    assert reminded.values["offerer"] == "Handläggningsenheten"
    offered.sends("queue_unit", "home_offer", HOME)
    assert offered.mail("offer_news", "inbox").values["answer_due"] == "25 november 2026"
    assert offered.mail("offer_received", "sender").values["answer_due"] == "25 november 2026"
    untimed = urgent().does("urgent_placement", URGENT).sends("queue_unit", "home_offer", HOME)
    assert untimed.mail("offer_received", "sender").values["answer_due"] == ""
    asked = stay().does("candidates", HOMES).does("choose_home", {"home": "Nära"})
    assert asked.mail("stay_request", "home").values["answer_due"] == "25 november 2026"


@pytest.mark.rule("S3-R18")
def test_a_unit_learns_nothing_of_a_place_that_another_one_looks_for() -> None:
    place = accepted()
    assert place.case is not None
    case = replace(place.case, number="BE-2026-000009")
    care = {**CARE, "kind": "care_home"}
    order = {**DECISION, **ORDER, "services": [care], "placement": "BE-2026-000009"}
    play = Play(roles=("orderer", "provider"), related=(case,))
    assert play.sends("orderer", "service_order", order).refused == {("case.unknown", "placement")}
    asked = Play("urgent_placement", ("orderer", "queue_unit"))
    asked.sends("orderer", "urgent_placement", URGENT).sends("queue_unit", "home_offer", HOME)
    asked.sends("queue_unit", "home_answer", YES)
    assert asked.case is not None
    own = Play(
        roles=("orderer", "provider"), related=(replace(asked.case, number="BE-2026-000009"),)
    )
    assert own.sends("orderer", "service_order", order).state == "ORDERED"


def test_a_unit_takes_back_by_mail_what_it_asked_for_and_everybody_is_told() -> None:
    play = Play("urgent_placement", ("orderer", "queue_unit"))
    play.sends("orderer", "urgent_placement", URGENT).sends("queue_unit", "home_offer", HOME)
    assert play.sends("queue_unit", "urgent_withdrawal", {"reason": "x"}).refused == {
        ("sender.role", "message")
    }
    play.sends("orderer", "urgent_withdrawal", {"reason": "Avliden"})
    assert play.state == "WITHDRAWN"
    assert play.sent == {
        ("withdrawn", "queue_unit"),
        ("withdrawn", "inbox"),
        ("withdrawal_received", "sender"),
    }
    assert {"offer_reminder", "payment_liability"} <= play.cleared
    ours = Play("urgent_placement", ("orderer", "queue_unit"))
    ours.sends("orderer", "urgent_placement", URGENT).does("withdraw", {"reason": "Avliden"})
    assert ours.sent == {("withdrawn", "queue_unit"), ("withdrawn", "orderer")}
