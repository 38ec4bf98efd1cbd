"""A provider asks: in time or late, whole or incomplete, for help that is covered or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from tests.workflows.home_care_change.play import (
    KOMMUNE,
    OTHER_PROVIDER,
    PROCEDURE,
    REQUEST,
    Play,
    with_settings,
)
from workflows.effects import Alert, ClearDeadline, FileUnder, SendMail
from workflows.events import Actor, Party
from workflows.explain import count_in_words
from workflows.wording import LANGUAGES

ZONE = ZoneInfo("Europe/Copenhagen")


@pytest.mark.rule("S1-R4", "S1-R7", "S1-R10", "S1-R11", "S1-R14")
def test_a_request_after_delivery_began_is_received_and_both_deadlines_are_told() -> None:
    play = Play().request()
    assert play.state == "SUBMITTED"
    assert play.sent() == {("received", "provider"), ("notice_request", "inbox")}
    assert play.care.request_deadline == date(2026, 11, 16)
    assert play.day("handling") == date(2026, 11, 19)
    text = play.letter("received").text
    assert "Anmodningen er rettidig: Fristen var 16. november 2026." in text
    assert "Vi behandler opgaven senest 19. november 2026." in text
    assert play.care.exceeded == ()
    filed = [(one.kind, one.value) for one in play.effects(FileUnder)]
    assert filed == [("care", "670765-4005 personal_care")]


@pytest.mark.rule("S1-R10", "S1-R12")
def test_a_late_request_is_told_so_at_once_with_the_exceeded_days() -> None:
    play = Play().at("2026-11-19 10:00").request()
    assert play.care.exceeded == tuple(date(2026, 11, day) for day in (17, 18, 19))
    text = play.letter("received").text
    assert "kommet efter fristen 16. november 2026" in text
    assert "17. november 2026 til og med 19. november 2026 (3 dage)" in text
    assert "17. november 2026" in play.letter("notice_request").text


def test_by_the_fifth_a_request_after_its_deadline_has_no_exceeded_days_and_hears_that() -> None:
    play = Play(with_settings(late_by="fifth")).at("2026-11-19 10:00").request()
    assert "ingen overskredne dage" in play.letter("received").text


def test_the_last_minute_of_the_fifth_working_day_is_in_time() -> None:
    assert Play().at("2026-11-16 23:59").request().care.exceeded == ()
    assert Play().at("2026-11-17 00:00").request().care.exceeded == (date(2026, 11, 17),)


@pytest.mark.rule("S1-R10")
def test_the_deadline_is_counted_from_the_delivery_where_that_began_earlier() -> None:
    play = Play().request(delivery_start="2026-11-03")
    assert play.care.request_deadline == date(2026, 11, 10)
    assert play.care.exceeded == (date(2026, 11, 11), date(2026, 11, 12))


@pytest.mark.rule("S1-R5")
def test_a_citizen_who_is_not_known_yet_needs_no_order() -> None:
    play = Play().request(direction="new", order_reference=None, minutes_before=None)
    assert play.state == "SUBMITTED"
    assert (
        "ingen (borgeren har ikke en bestilling i forvejen)" in play.letter("notice_request").text
    )


@pytest.mark.rule("S1-R9")
@pytest.mark.parametrize(
    ("direction", "words"), [("new", "ny hjælp"), ("up", "mere hjælp"), ("down", "mindre hjælp")]
)
def test_more_help_less_help_and_new_help_take_the_same_way(direction: str, words: str) -> None:
    play = Play().request(direction=direction)
    assert play.state == "SUBMITTED"
    assert words in play.letter("notice_request").text


@pytest.mark.rule("S1-R8", "S1-R9")
def test_the_provider_is_reminded_of_its_own_part() -> None:
    play = Play().request(condition_updated=False, planning_updated=False)
    text = play.letter("received").text
    assert "Opdatér den relevante Tilstand nu" in text
    assert "ikke er trukket ind i planlægningen" in text
    done = Play().request().letter("received").text
    assert "Tilstand" not in done
    assert "planlægningen" not in done


@pytest.mark.rule("S1-R1", "S1-R6")
@pytest.mark.parametrize("service", ["cleaning", "meal_service", "shopping", "respite_at_home"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_excluded_services_are_out_of_scope_and_the_answer_says_where_to_go(
    service: str, language: str
) -> None:
    procedure = with_settings(ordinary_contact="Visitationen, tlf. 89 40 00 00")
    parties = tuple(_speaking(party, language) for party in Play().parties)
    play = Play(procedure, parties=parties).request(service=service)
    assert play.case is None
    assert play.refused == [("out_of_scope", "service")]
    said = play.last.refused[0].text(language)
    assert "tlf. 89 40 00 00" in said
    assert PROCEDURE.wording.text(f"choice.service.{service}", language) in said
    assert play.sent() == {("refused", "sender")}


def _speaking(party: Party, language: str) -> Party:
    return replace(party, language=language)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("sv", ("Överskridna dagar: den 17 november 2026", "senast den 26 november 2026")),
        ("en", ("Exceeded days: 17 November 2026", "by 26 November 2026")),
    ],
)
def test_a_provider_reads_its_receipt_in_its_own_language(
    language: str, words: tuple[str, ...]
) -> None:
    parties = tuple(_speaking(party, language) for party in Play().parties)
    play = Play(parties=parties).at("2026-11-19 10:00").request()
    assert all(word in play.letter("received", language).text for word in words)


@pytest.mark.rule("S1-R6")
def test_an_incomplete_request_for_an_excluded_service_is_out_of_scope_too() -> None:
    play = Play().request(service="cleaning", requested_effective_date=None)
    assert play.refused == [("out_of_scope", "service")]


# --- without an effective date --------------------------------------------------------------------


@pytest.mark.rule("S1-R10", "S1-R11", "S1-R13")
def test_without_an_effective_date_the_request_is_asked_back_and_the_deadline_runs() -> None:
    play = Play().request(requested_effective_date=None, delivery_start="2026-11-09")
    assert play.state == "INCOMPLETE"
    assert play.sent() == {("incomplete", "provider"), ("notice_incomplete", "inbox")}
    assert play.day("request") == date(2026, 11, 16)
    assert play.day("request_reminder") == date(2026, 11, 13)
    assert "Jeres frist for anmodningen: 16. november 2026" in play.letter("incomplete").text
    play.at("2026-11-13 08:00").passed("request_reminder")
    assert play.sent() == {("reminder_completion", "provider")}
    play.at("2026-11-17 00:00").passed("request")
    assert play.sent() == {("overdue_completion", "provider")}
    assert play.state == "INCOMPLETE"


@pytest.mark.rule("S1-R13")
def test_where_no_delivery_start_is_known_the_provider_is_reminded_after_two_days() -> None:
    play = Play().request(requested_effective_date=None)
    assert play.care.request_deadline is None
    assert play.day("request_reminder") == date(2026, 11, 16)
    text = play.letter("incomplete").text
    assert "Jeres frist for anmodningen:" not in text
    assert "Jeres frist er 5 hverdage fra den dag, hvor hjælpen blev ændret." in text
    play.at("2026-11-16 23:59").passed("request_reminder")
    assert play.sent() == {("reminder_completion", "provider"), ("still_incomplete", "inbox")}


@pytest.mark.rule("S1-R13")
def test_after_the_deadline_whoever_still_owes_the_date_is_reminded_and_then_asked_by_us() -> None:
    play = Play().request(requested_effective_date=None, delivery_start="2026-11-09")
    assert "Fristen løber videre imens." in play.letter("incomplete").text
    play.at("2026-11-17 00:00").passed("request")
    assert play.sent() == {("overdue_completion", "provider")}
    assert play.day("request_reminder") == date(2026, 11, 19)
    play.at("2026-11-19 23:59").passed("request_reminder")
    assert play.sent() == {("reminder_completion", "provider"), ("still_incomplete", "inbox")}
    assert "Borgeren får hjælp, som ikke er bestilt endnu" in play.letter("still_incomplete").text


@pytest.mark.rule("S1-R11", "S1-R13")
def test_an_incomplete_request_that_is_late_already_says_so_and_is_not_forgotten() -> None:
    play = Play().at("2026-11-19 09:00")
    play.request(requested_effective_date=None, delivery_start="2026-11-09")
    text = play.letter("incomplete").text
    assert "Fristen er udløbet." in text
    assert "løber videre" not in text
    assert play.day("request_reminder") == date(2026, 11, 23)


@pytest.mark.rule("S1-R10", "S1-R11")
def test_completed_within_the_deadline_the_time_of_the_first_mail_counts() -> None:
    play = Play().request(requested_effective_date=None, delivery_start="2026-11-09")
    first = play.now
    play.at("2026-11-16 23:00").complete("2026-11-09")
    assert play.state == "SUBMITTED"
    assert play.care.counted_at == first
    assert play.care.exceeded == ()
    assert play.day("handling") == date(2026, 11, 23)
    assert {one.name for one in play.effects(ClearDeadline)} == {"request", "request_reminder"}


@pytest.mark.rule("S1-R10", "S1-R11", "S1-R12")
def test_completed_after_the_deadline_the_later_time_counts() -> None:
    play = Play().request(requested_effective_date=None, delivery_start="2026-11-09")
    play.at("2026-11-18 10:00").complete("2026-11-09")
    assert play.care.counted_at == play.now
    assert play.care.exceeded == (date(2026, 11, 17), date(2026, 11, 18))
    assert "Regnes for modtaget: 18. november 2026" in play.letter("received").text
    assert "Regnes for modtaget" not in Play().request().letter("received").text


def test_a_completion_can_name_the_delivery_start_too() -> None:
    play = Play().request(requested_effective_date=None)
    play.complete("2026-11-11", delivery_start="2026-11-10")
    assert play.care.request_deadline == date(2026, 11, 17)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.rule("S1-R16")
def test_nothing_can_be_ordered_from_a_day_before_delivery_began() -> None:
    play = Play().request(delivery_start="2026-11-10")
    assert play.refused == [("field.invalid", "requested_effective_date")]
    late = Play().request(requested_effective_date=None, delivery_start="2026-11-10")
    late.complete("2026-11-09")
    assert late.refused == [("field.invalid", "requested_effective_date")]


@pytest.mark.parametrize("day", ["1899-12-31", "2999-01-01", "2024-01-01"])
def test_a_date_that_can_only_be_a_slip_is_refused(day: str) -> None:
    play = Play().request(requested_effective_date=day)
    assert play.refused == [("field.invalid", "requested_effective_date")]


@pytest.mark.rule("S1-R4")
def test_a_request_in_the_name_of_another_provider_is_refused() -> None:
    play = Play().request(provider=OTHER_PROVIDER.cvr)
    assert play.refused == [("field.invalid", "provider")]
    assert Play().request(provider="24256790").state == "SUBMITTED"


@pytest.mark.rule("S1-R4")
def test_only_who_may_request_and_only_the_provider_asks() -> None:
    play = Play()
    play.happens("care_change_request", "provider", _body(), may=frozenset())
    assert play.refused == [("sender.role", "message")]
    play = Play()
    stranger = Actor("acting", "aarhus", "Aarhus Kommune")
    play.happens("care_change_request", "provider", _body(), actor=stranger)
    assert play.refused == [("sender.role", "message")]


def _body() -> dict[str, object]:
    return dict(REQUEST)


def test_weak_mail_and_mail_for_others_are_refused() -> None:
    play = Play()
    play.happens("care_change_request", "provider", _body(), assurance="none")
    assert ("sender.assurance", "message") in play.refused
    play.happens("care_change_request", "provider", _body(), submission={"to": "55133018"})
    assert play.refused == [("addressee.wrong", "to")]


def test_a_second_request_of_the_same_provider_is_sent_to_the_open_case() -> None:
    first = Play().request()
    assert first.case is not None
    second = Play(related=(first.case,), number="VK-2026-000002").request()
    assert second.refused == [("case.state", "case")]
    said = second.last.refused[0].text("da")
    assert "VK-2026-000001" in said
    assert "Modtaget hos bestiller" in said
    first.grant()
    again = Play(related=(first.case,), number="VK-2026-000002").request()
    assert again.state == "SUBMITTED"


def test_another_providers_request_is_taken_and_the_orderer_hears_of_both() -> None:
    first = Play().request()
    assert first.case is not None
    parties = (KOMMUNE, OTHER_PROVIDER)
    second = Play(parties=parties, related=(first.case,), number="VK-2026-000002").request()
    assert second.state == "SUBMITTED"
    assert "VK-2026-000001" in second.letter("notice_request").text
    assert "VK-2026-000001" not in second.letter("received").text


def test_the_provider_can_withdraw_until_it_has_its_answer() -> None:
    play = Play().request()
    play.happens("care_request_withdrawal", "provider", {"reason": "Sendt ved en fejl"})
    assert play.state == "WITHDRAWN"
    assert play.sent() == {("withdrawn", "provider"), ("notice_withdrawn", "inbox")}
    answered = Play().request().grant()
    answered.happens("care_request_withdrawal", "provider", {"reason": "Fejl"})
    assert answered.refused == [("case.state", "case")]


def test_a_completion_does_nothing_in_a_case_that_is_complete() -> None:
    play = Play().request().complete("2026-11-10")
    assert play.refused == [("case.state", "case")]
    assert play.state == "SUBMITTED"


# --- the orderer's deadline: golden vectors -------------------------------------------------------

VECTORS = [
    ("2026-10-30", "2026-11-05", "2026-11-04"),
    ("2026-11-23", "2026-11-30", "2026-11-27"),
    ("2026-11-27", "2026-12-04", "2026-12-03"),
    ("2026-11-30", "2026-12-05", "2026-12-04"),
    ("2026-12-22", "2027-01-04", "2026-12-30"),
    ("2026-12-30", "2027-01-05", "2027-01-04"),
    ("2027-03-24", "2027-04-05", "2027-04-02"),
    ("2027-04-30", "2027-05-05", "2027-05-04"),
    ("2027-05-31", "2027-06-05", "2027-06-04"),
    ("2028-03-31", "2028-04-05", "2028-04-04"),
]


@pytest.mark.rule("S1-R2", "S1-R3", "S1-R14")
@pytest.mark.parametrize(("received", "due", "reminder"), VECTORS)
def test_the_deadline_is_five_working_days_but_never_after_the_fifth(
    received: str, due: str, reminder: str
) -> None:
    play = Play().at(f"{received} 12:00").request(requested_effective_date=received)
    assert play.day("handling") == date.fromisoformat(due)
    local = play.deadline("handling").due.astimezone(ZONE)
    assert f"{local:%H:%M:%S}" == "23:59:59"
    reminded = play.deadline("handling_reminder").due.astimezone(ZONE)
    assert f"{reminded:%Y-%m-%d %H:%M}" == f"{reminder} 08:00"


def test_amb_2_by_the_effective_date_the_fifth_comes_a_month_earlier() -> None:
    by_effective = with_settings(cap_anchor="effective")
    asked = {"requested_effective_date": "2026-11-26"}
    usual = Play().at("2026-12-01 09:00").request(**asked)
    assert usual.day("handling") == date(2026, 12, 8)
    assert "Af hensyn til budgettet" in usual.letter("notice_request").text
    other = Play(by_effective).at("2026-12-01 09:00").request(**asked)
    assert other.day("handling") == date(2026, 12, 5)
    assert "Af hensyn til budgettet" not in other.letter("notice_request").text


def test_amb_2_a_fifth_that_has_passed_already_binds_nobody() -> None:
    play = Play(with_settings(cap_anchor="effective")).at("2026-12-08 09:00")
    play.request(requested_effective_date="2026-11-26")
    assert play.day("handling") == date(2026, 12, 15)


def test_amb_3_the_fifth_moves_only_where_the_authority_says_so() -> None:
    asked = {"requested_effective_date": "2026-11-30"}
    moved = Play(with_settings(fifth_on_day_off="next_working_day")).at("2026-11-30 09:00")
    assert moved.request(**asked).day("handling") == date(2026, 12, 7)
    usual = Play().at("2026-11-30 09:00").request(**asked)
    assert usual.day("handling") == date(2026, 12, 5)


@pytest.mark.rule("S1-R2", "S1-R3")
@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("da", ("Den tidligste af to", "5 hverdage efter 30. november 2026", "lørdag", "4. dec")),
        ("sv", ("Den tidigaste av två", "5 vardagar efter", "lördag", "4 december 2026")),
        ("en", ("The earlier of two", "5 working days after", "Saturday", "4 December 2026")),
    ],
)
def test_the_count_of_the_earlier_deadline_is_told_in_words(
    language: str, parts: tuple[str, ...]
) -> None:
    play = Play().at("2026-11-30 09:00").request(requested_effective_date="2026-11-30")
    count = play.deadline("handling").count
    said = count_in_words(count, PROCEDURE.wording, language, ZONE)
    assert all(part.casefold() in said.casefold() for part in parts), said
    reminder = play.deadline("handling_reminder").count
    assert "08:00" in count_in_words(reminder, PROCEDURE.wording, language, ZONE)


# --- time passes ----------------------------------------------------------------------------------


@pytest.mark.rule("S1-R14")
def test_the_orderer_is_reminded_a_working_day_before_and_the_leader_told_after() -> None:
    play = Play().request()
    play.at("2026-11-18 08:00").passed("handling_reminder")
    assert play.sent() == {("reminder_handling", "inbox")}
    play.at("2026-11-20 00:00").passed("handling")
    assert play.state == "OVERDUE"
    assert play.sent() == {("overdue_handling", "inbox")}
    assert [one.code for one in play.effects(Alert)] == ["handling_overdue"]
    assert not play.care.crosses_cut_off
    assert "den imødekommes ikke af sig selv" in play.letter("overdue_handling").text


@pytest.mark.rule("S1-R2", "S1-R3")
def test_an_overdue_case_stays_open_and_crosses_the_budgets_day() -> None:
    play = Play().request()
    assert play.day("budget_cut_off") == date(2026, 12, 5)
    play.at("2026-11-20 00:00").passed("handling")
    play.at("2026-12-06 00:00").passed("budget_cut_off")
    assert play.state == "OVERDUE"
    assert play.care.crosses_cut_off
    assert play.care.decision is None
    assert "senere afregningsmåned" in play.letter("cut_off").text


@pytest.mark.rule("S1-R3")
def test_where_the_fifth_is_the_deadline_itself_the_escalation_says_what_it_costs() -> None:
    play = Play().at("2026-11-30 09:00").request(requested_effective_date="2026-11-30")
    assert [one.name for one in play.effects(type(play.deadline("handling")))] == [
        "handling",
        "handling_reminder",
    ]
    play.at("2026-12-06 00:00").passed("handling")
    assert play.care.crosses_cut_off
    assert "senere afregningsmåned" in play.letter("overdue_handling").text


def test_dialogue_reaches_the_other_side_and_moves_nothing() -> None:
    play = Play().request()
    play.happens("dialogue", "provider", {"text": "Hvornår kommer I?"})
    assert play.sent() == {("dialogue", "inbox"), ("dialogue_received", "sender")}
    play.happens("dialogue", "authority", {"text": "I morgen."})
    assert play.sent() == {("dialogue", "provider")}
    assert play.state == "SUBMITTED"
    assert all(isinstance(one, SendMail) for one in play.last.effects)
