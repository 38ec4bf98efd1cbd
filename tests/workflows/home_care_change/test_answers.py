"""The orderer answers in one of three ways: orders, payment, the care record, corrections."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.home_care_change.play import KOMMUNE, OTHER_PROVIDER, Play, with_settings
from workflows.effects import ClearDeadline, MakeDocument, TellCase
from workflows.explain import settings_in_words
from workflows.procedures.home_care_change.care import Order
from workflows.procedures.home_care_change.days import Interval, between
from workflows.procedures.home_care_change.lines import net_days

RATE = {"rate": {"amount": "412.35", "unit": "day"}}


def on(text: str) -> date:
    """A day of 2026, such as 11-09."""
    return date.fromisoformat(f"2026-{text}")


def orders(play: Play) -> list[tuple[str, str, date, date | None]]:
    return [(o.kind, o.what, o.first, o.last) for o in play.care.answer.orders]


def lines(play: Play) -> list[tuple[str, str, int, Decimal | None]]:
    return [(one.kind, one.month, one.days, one.amount) for one in play.settlement.lines]


def late() -> Play:
    return Play().at("2026-11-19 10:00").request()


# --- three answers --------------------------------------------------------------------------------


@pytest.mark.rule("S1-R14")
def test_a_caseworker_takes_the_task_up() -> None:
    play = Play().request().happens("open", "authority")
    assert play.state == "ASSESSING"
    assert play.at("2026-11-17 10:00").grant().state == "GRANTED"


@pytest.mark.rule("S1-R15", "S1-R16", "S1-R17", "S1-R18")
def test_a_grant_orders_from_the_effective_date_and_raises_the_task_to_align() -> None:
    play = Play().request().at("2026-11-17 10:00").grant(**RATE)
    assert play.state == "GRANTED"
    assert orders(play) == [
        ("order", "personal_care", on("11-09"), None),
        ("existing_closed", "B-77", on("11-09"), None),
    ]
    assert play.sent() == {("granted", "provider"), ("nexus_task", "inbox")}
    assert lines(play) == [("paid", "2026-11", 9, Decimal("3711.15"))]
    assert play.settlement.month == "2026-11"
    assert play.settlement.runs_on_from == on("11-18")
    text = play.letter("granted").text
    assert "Bestilt: personlig pleje, fra 9. november 2026 og indtil videre, 105 minutter" in text
    assert (
        "Betales til og med den dag: 9. november 2026 til og med 17. november 2026 (9 dage)" in text
    )
    assert play.day("nexus_alignment") == on("11-24")
    cleared = {one.name for one in play.effects(ClearDeadline)}
    assert {"handling", "handling_reminder", "budget_cut_off"} <= cleared


@pytest.mark.rule("S1-R18")
def test_a_grant_in_a_later_settlement_month_pays_that_month_only() -> None:
    play = Play().at("2026-10-30 10:00").request(requested_effective_date="2026-10-26")
    play.at("2026-11-06 10:00").grant()
    assert [(one.first, one.last) for one in play.settlement.lines] == [(on("11-01"), on("11-06"))]
    assert play.settlement.month == "2026-11"
    assert "utenfor" not in play.letter("granted").text
    assert "uden for den aktuelle afregningsmåned: 26. oktober" in play.letter("granted").text


@pytest.mark.rule("S1-R15", "S1-R19", "S1-R20", "S1-R21", "S1-R22", "S1-R24")
def test_another_intervention_ends_the_order_on_the_day_of_handling() -> None:
    play = Play().request().at("2026-11-17 10:00").other(**RATE, other_minutes_per_week=20)
    assert play.state == "OTHER"
    assert orders(play) == [
        ("order", "personal_care", on("11-09"), on("11-17")),
        ("other_order", "Badetalje", on("11-18"), None),
        ("existing_closed", "B-77", on("11-09"), on("11-17")),
    ]
    assert play.sent() == {("other_intervention", "provider"), ("nexus_task", "inbox")}
    assert lines(play) == [("paid", "2026-11", 9, Decimal("3711.15"))]
    text = play.letter("other_intervention").text
    assert "Anden indsats: Badetalje, fra 18. november 2026 og indtil videre, 20 minutter" in text
    assert "Begrundelse: Hjælpemiddel i stedet for hjælp." in text
    assert "for sent" not in text


@pytest.mark.rule("S1-R12", "S1-R19")
def test_late_and_not_agreed_the_exceeded_days_are_named_and_not_paid() -> None:
    play = late().at("2026-11-23 10:00").other(**RATE)
    assert lines(play) == [
        ("paid", "2026-11", 8, Decimal("3298.80")),
        ("paid", "2026-11", 4, Decimal("1649.40")),
        ("exceeded", "2026-11", 0, Decimal("0.00")),
    ]
    text = play.letter("other_intervention").text
    assert "Beløb: 4.948,20" in text
    assert "er bestilt til og med 23. november 2026." in text
    assert "Den anden indsats gælder fra og med 24. november 2026." in text
    assert "for sent: 17. november 2026 til og med 19. november 2026 (3 dage)" in text
    closed = [(o.first, o.last) for o in play.care.answer.orders if o.kind == "existing_closed"]
    assert closed == [(on("11-09"), on("11-16")), (on("11-20"), on("11-23"))]


@pytest.mark.rule("S1-R12")
def test_late_and_agreed_nothing_is_lost() -> None:
    play = late().at("2026-11-23 10:00").grant(**RATE)
    assert lines(play) == [("paid", "2026-11", 15, Decimal("6185.25"))]


@pytest.mark.rule("S1-R15", "S1-R25", "S1-R26", "S1-R27", "S1-R29")
def test_a_decline_orders_what_was_given_and_the_existing_order_comes_back() -> None:
    play = late().at("2026-11-23 10:00").decline(**RATE)
    assert play.state == "DECLINED"
    assert orders(play) == [
        ("order", "personal_care", on("11-09"), on("11-23")),
        ("existing_closed", "B-77", on("11-09"), on("11-16")),
        ("existing_closed", "B-77", on("11-20"), on("11-23")),
        ("existing_resumes", "B-77", on("11-24"), None),
    ]
    assert sum(one.days for one in play.settlement.lines) == 12
    assert play.sent() == {("declined", "provider"), ("nexus_task", "inbox")}


@pytest.mark.rule("S1-R25", "S1-R27")
def test_by_the_literal_reading_a_decline_pays_nothing_and_still_orders_the_days() -> None:
    play = Play(with_settings(decline_pay="lose_current_month")).request()
    play.at("2026-11-17 10:00").decline(**RATE)
    assert lines(play) == []
    assert orders(play) == [
        ("order", "personal_care", on("11-09"), on("11-17")),
    ]
    assert "Betales ikke efter afslaget" in play.letter("declined").text


@pytest.mark.parametrize("answer", ["other", "decline"])
def test_where_no_help_was_given_yet_no_mail_says_that_it_is_ordered(answer: str) -> None:
    play = Play().request(requested_effective_date="2026-11-25", delivery_start="2026-11-09")
    getattr(play.at("2026-11-17 10:00"), answer)(**RATE)
    wording = "other_intervention" if answer == "other" else "declined"
    text = play.letter(wording).text
    assert "Den hjælp, I har leveret" not in text
    assert "Beløb" not in text
    assert "gælder igen" not in text


def test_a_citizen_without_an_order_gets_none_closed() -> None:
    play = Play().request(direction="new", order_reference=None).at("2026-11-17 10:00").decline()
    assert [order.kind for order in play.care.answer.orders] == ["order"]


def test_the_caseworker_can_order_other_minutes_and_name_the_existing_order() -> None:
    play = Play().request().at("2026-11-17 10:00")
    play.grant(
        minutes_per_week=90, existing_order="B-78", rate={"amount": "389.00", "unit": "hour"}
    )
    (order, closed) = play.care.answer.orders
    assert order == Order(
        kind="order",
        what="personal_care",
        first=on("11-09"),
        last=None,
        minutes_per_week=90,
    )
    assert closed.what == "B-78"
    assert [(one.quantity, one.amount) for one in play.settlement.lines] == [
        (Decimal("1.93"), Decimal("750.21"))
    ]


def test_the_orders_go_along_as_a_file() -> None:
    play = Play().request().at("2026-11-17 10:00").grant(**RATE)
    (made,) = play.effects(MakeDocument)
    assert made.key == "orders.json"
    assert made.view["orders"][0]["first"] == "2026-11-09"
    assert play.mail("granted").documents == ("orders.json",)
    assert play.mail("granted").evidence


def test_nobody_but_the_authority_answers() -> None:
    play = Play().request().happens("grant", "provider", {}, assurance="act")
    assert play.refused == [("sender.role", "message")]


@pytest.mark.parametrize("answer", ["grant", "other", "decline"])
def test_an_answer_is_given_once_and_also_when_it_is_overdue(answer: str) -> None:
    play = Play().request().at("2026-11-20 00:00").passed("handling")
    getattr(play.at("2026-11-23 10:00"), answer)()
    assert play.state in {"GRANTED", "OTHER", "DECLINED"}
    getattr(play, answer)()
    assert play.refused == [("case.state", "case")]


# --- reason and task deadline ---------------------------------------------------------------------


@pytest.mark.rule("S1-R23", "S1-R28")
@pytest.mark.parametrize("answer", ["other", "decline"])
def test_an_answer_without_a_reason_is_not_sent(answer: str) -> None:
    play = Play().request()
    getattr(play, answer)(reason=None)
    assert play.refused == [("field.missing", "reason")]
    assert play.state == "SUBMITTED"
    assert not play.last.effects


@pytest.mark.rule("S1-R23", "S1-R28")
@pytest.mark.parametrize("answer", ["other", "decline"])
@pytest.mark.parametrize(
    ("day", "code"),
    [
        (None, "field.missing"),
        ("2026-11-16", "field.invalid"),
        ("2026-11-19", "field.invalid"),
        ("2199-11-19", "field.invalid"),
    ],
)
def test_the_task_deadline_is_moved_before_the_answer_is_sent(
    answer: str, day: str | None, code: str
) -> None:
    play = Play().request().at("2026-11-17 10:00")
    getattr(play, answer)(new_task_deadline=day)
    assert play.refused == [(code, "new_task_deadline")]
    assert play.state == "SUBMITTED"


@pytest.mark.rule("S1-R23", "S1-R28")
@pytest.mark.parametrize("answer", ["other", "decline"])
def test_the_moved_deadline_is_watched_and_the_provider_reminded(answer: str) -> None:
    play = Play().request().at("2026-11-17 10:00")
    getattr(play, answer)()
    assert play.day("task") == date(2027, 1, 29)
    play.passed("task")
    assert play.sent() == {("reminder_task", "provider")}


def test_a_grant_needs_neither_reason_nor_task_deadline() -> None:
    assert Play().request().grant().state == "GRANTED"


# --- the care record ------------------------------------------------------------------------------


@pytest.mark.rule("S1-R17", "S1-R21", "S1-R26")
@pytest.mark.parametrize("answer", ["grant", "other", "decline"])
def test_the_case_is_closed_when_somebody_says_what_was_aligned(answer: str) -> None:
    play = Play().request().at("2026-11-17 10:00")
    getattr(play, answer)()
    assert play.day("nexus_alignment") == on("11-24")
    play.passed("nexus_alignment")
    assert play.sent() == {("reminder_nexus", "inbox")}
    play.happens("nexus_aligned", "authority", {"what": "Bestilling B-78 oprettet fra 9/11"})
    assert play.state == "CLOSED"
    assert play.care.alignment is not None
    assert (play.care.alignment.what, play.care.alignment.by) == (
        "Bestilling B-78 oprettet fra 9/11",
        "Vera Visitator",
    )
    assert play.sent() == {("ended", "provider")}


@pytest.mark.rule("S1-R17", "S1-R21", "S1-R26")
def test_nothing_is_closed_before_there_is_an_answer() -> None:
    play = Play().request().happens("nexus_aligned", "authority", {"what": "Alt"})
    assert play.refused == [("case.state", "case")]


@pytest.mark.rule("S1-R31")
def test_the_case_in_the_authoritys_own_records_is_kept() -> None:
    play = Play().request()
    play.happens("link_case", "authority", {"external_case_ref": "GO-2026-4711"})
    assert play.care.external_case_ref == "GO-2026-4711"
    assert play.state == "SUBMITTED"


# --- post-adjustment ------------------------------------------------------------------------------


def lost() -> Play:
    """E5: handled on the 6th, a day after the orderer's own deadline."""
    play = Play().at("2026-10-30 10:00").request(requested_effective_date="2026-10-26")
    return play.at("2026-11-06 10:00").grant(**RATE)


@pytest.mark.rule("S1-R30")
def test_days_lost_only_because_the_orderer_was_late_are_proposed() -> None:
    play = lost()
    assert play.care.proposed == (Interval(first=on("10-26"), last=on("10-31")),)
    assert ("proposal", "inbox") in play.sent()
    assert "26. oktober 2026 til og med 31. oktober 2026" in play.letter("proposal").text
    in_time = Play().at("2026-10-30 10:00").request(requested_effective_date="2026-10-26")
    in_time.at("2026-11-04 10:00").grant()
    assert in_time.care.proposed == ()
    assert ("proposal", "inbox") not in in_time.sent()


@pytest.mark.rule("S1-R30")
def test_an_adjustment_is_a_line_of_its_own_with_reason_and_role() -> None:
    play = lost()
    before = play.settlement.lines
    play.adjust(reason="Vores egen frist var overskredet", role="Leder af visitationen")
    assert play.settlement.lines[: len(before)] == before
    (line,) = play.settlement.lines[len(before) :]
    assert (line.kind, line.month, line.days, line.amount) == (
        "adjustment",
        "2026-10",
        6,
        Decimal("2474.10"),
    )
    (done,) = play.care.adjustments
    assert (done.role, done.by) == ("Leder af visitationen", "Vera Visitator")
    assert play.care.proposed == ()
    assert play.sent() == {("adjusted", "provider")}
    assert "2.474,10 kr." in play.letter("adjusted").text


@pytest.mark.rule("S1-R30")
def test_an_adjustment_is_possible_after_the_case_is_closed() -> None:
    play = lost().happens("nexus_aligned", "authority", {"what": "Alt"})
    assert play.adjust().state == "CLOSED"
    assert len(play.care.adjustments) == 1


@pytest.mark.rule("S1-R30")
@pytest.mark.parametrize(
    ("settings", "body", "code"),
    [
        ({}, {"reason": None}, ("field.missing", "reason")),
        ({}, {"role": None}, ("field.missing", "role")),
        ({"adjustment_roles": ["Leder"]}, {"role": "Vikar"}, ("sender.role", "role")),
        ({"adjustment_four_eyes": True}, {}, ("field.missing", "second_person")),
        (
            {"adjustment_four_eyes": True},
            {"second_person": "vera  visitator"},
            ("field.invalid", "second_person"),
        ),
    ],
)
def test_an_adjustment_needs_a_reason_the_right_role_and_where_wanted_two_people(
    settings: dict[str, Any], body: dict[str, Any], code: tuple[str, str]
) -> None:
    play = Play(with_settings(**settings)).at("2026-10-30 10:00")
    play.request(requested_effective_date="2026-10-26").at("2026-11-06 10:00").grant()
    before = play.settlement.lines
    play.adjust(**body)
    assert play.refused == [code]
    assert play.settlement.lines == before


def test_with_four_eyes_a_second_person_is_enough() -> None:
    play = Play(with_settings(adjustment_four_eyes=True, adjustment_roles=["leder"]))
    play.at("2026-10-30 10:00").request(requested_effective_date="2026-10-26")
    play.at("2026-11-06 10:00").grant().adjust(second_person="Lone Leder")
    assert play.care.adjustments[0].second_person == "Lone Leder"


@pytest.mark.rule("S1-R29", "S1-R30")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"first": "2026-11-01", "last": "2026-11-02"}, ("field.invalid", "days")),
        ({"first": "2026-10-31", "last": "2026-10-26"}, ("field.invalid", "last")),
        ({"last": "2026-11-07"}, ("field.invalid", "last")),
        ({"days": "take_back"}, ("field.invalid", "days")),
        ({"days": "keep"}, ("field.missing", "amount")),
        ({"last": "2026-11-02", "amount": "100.00"}, ("field.invalid", "last")),
    ],
)
def test_an_adjustment_pays_no_day_twice_and_takes_back_only_what_was_paid(
    body: dict[str, Any], code: tuple[str, str]
) -> None:
    assert lost().adjust(**body).refused == [code]


def test_days_can_be_taken_back_and_amounts_corrected() -> None:
    play = lost().adjust(first="2026-11-01", last="2026-11-02", days="take_back")
    assert play.settlement.lines[-1].amount == Decimal("-824.70")
    assert net_days(play.settlement.lines) == between(on("11-03"), on("11-06"))
    play.adjust(first="2026-11-03", last="2026-11-06", days="keep", amount="-12.50")
    assert play.settlement.lines[-1].amount == Decimal("-12.50")
    assert net_days(play.settlement.lines) == between(on("11-03"), on("11-06"))


# --- no day twice, across cases -------------------------------------------------------------------


def earlier() -> Play:
    """A grant to another provider, for the same citizen and service, that runs on."""
    play = Play(parties=(KOMMUNE, OTHER_PROVIDER)).request()
    return play.at("2026-11-17 10:00").grant(**RATE)


@pytest.mark.rule("S1-R29")
def test_an_answer_closes_the_orders_of_other_cases_for_exactly_the_days_that_it_pays() -> None:
    first = earlier()
    assert first.case is not None
    second = Play(related=(first.case,), number="VK-2026-000002").at("2026-11-18 10:00")
    second.request(requested_effective_date="2026-11-16").at("2026-11-20 10:00").decline(**RATE)
    (told,) = second.effects(TellCase)
    assert (told.number, told.event) == ("VK-2026-000001", "order_suspended")
    first.happens("order_suspended", "gateway", told.body)
    assert first.state == "GRANTED"
    assert first.care.suspended == (Interval(first=on("11-16"), last=on("11-20")),)
    assert lines(first) == [
        ("paid", "2026-11", 9, Decimal("3711.15")),
        ("suspended", "2026-11", -2, Decimal("-824.70")),
    ]
    assert not net_days(first.settlement.lines) & net_days(second.settlement.lines)
    assert first.sent() == {("suspended", "provider"), ("notice_suspended", "inbox")}
    assert "VK-2026-000002" not in first.letter("suspended").text
    assert "VK-2026-000002" in first.letter("notice_suspended").text


@pytest.mark.rule("S1-R29")
def test_a_grant_takes_the_place_of_a_running_order_until_further_notice() -> None:
    first = earlier()
    assert first.case is not None
    second = Play(related=(first.case,), number="VK-2026-000002").at("2026-11-24 10:00")
    second.request(requested_effective_date="2026-11-23").grant()
    told = [(one.body["first"], one.body["last"]) for one in second.effects(TellCase)]
    assert told == [("2026-11-23", "2026-11-24"), ("2026-11-25", None)]


@pytest.mark.rule("S1-R29")
def test_an_order_that_was_taken_over_is_not_closed_a_second_time() -> None:
    first = earlier()
    first.happens(
        "order_suspended", "gateway", {"by_case": "VK-2026-000002", "first": "2026-11-25"}
    )
    assert first.settlement.runs_on_to == on("11-24")
    assert first.case is not None
    third = Play(related=(first.case,), number="VK-2026-000003").at("2026-12-02 10:00")
    third.request(requested_effective_date="2026-11-30").at("2026-12-04 10:00").decline()
    assert third.effects(TellCase) == []
    first.happens(
        "order_suspended", "gateway", {"by_case": "VK-2026-000003", "first": "2026-11-09"}
    )
    assert first.settlement.runs_on_from is None
    assert net_days(first.settlement.lines) == frozenset()


def test_days_that_were_closed_already_are_not_closed_again() -> None:
    first = earlier()
    told = {"by_case": "VK-2026-000002", "first": "2026-11-23", "last": "2026-11-27"}
    first.happens("order_suspended", "gateway", told)
    assert first.case is not None
    third = Play(related=(first.case,), number="VK-2026-000003").at("2026-11-25 10:00")
    third.request(requested_effective_date="2026-11-24").at("2026-11-26 10:00").decline()
    assert third.effects(TellCase) == []


def test_an_order_that_does_not_pay_those_days_is_left_alone() -> None:
    first = Play(parties=(KOMMUNE, OTHER_PROVIDER)).request().at("2026-11-17 10:00").decline()
    waiting = Play(parties=(KOMMUNE, OTHER_PROVIDER), number="VK-2026-000003").request()
    assert first.case is not None
    assert waiting.case is not None
    second = Play(related=(first.case, waiting.case), number="VK-2026-000002")
    second.at("2026-11-24 10:00").request(requested_effective_date="2026-11-23").decline()
    assert second.effects(TellCase) == []


@pytest.mark.rule("S1-R29")
def test_days_that_another_case_pays_are_not_paid_by_an_adjustment() -> None:
    first = Play(parties=(KOMMUNE, OTHER_PROVIDER)).at("2026-10-30 10:00")
    first.request(requested_effective_date="2026-10-26").at("2026-11-04 10:00").decline()
    assert first.case is not None
    play = lost()
    play.related = (first.case,)
    assert play.adjust().refused == [("field.invalid", "days")]


# --- readings are told ----------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["da", "sv", "en"])
def test_every_reading_that_an_answer_rests_on_is_told_with_its_number(language: str) -> None:
    requested = Play().request()
    declined = Play().request().decline()
    told = [
        one
        for play in (requested, declined, Play().request().grant())
        for one in settings_in_words(play.procedure, play.last.settings, language)
    ]
    numbers = " ".join(one.text for one in told)
    assert all(f"AMB-{number}" in numbers for number in range(1, 8))
    assert all("{" not in one.text for one in told)
