"""What people read in elder care: complete in three languages, and plain where it must be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from parsers.forms import blank
from tests.workflows.elder_care import stage
from tests.workflows.elder_care.stage import DECISION, ORAL, ORDER, PLAN, Play, started
from tests.workflows.elder_care.test_placements import DAY, HOME, HOMES, NO, STAY, URGENT, YES
from workflows.catalogue import catalogue, procedures
from workflows.effects import Alert, SendMail, SetDeadline
from workflows.explain import count_in_words, settings_in_words
from workflows.wording import LANGUAGES

NAMES = ("service_order", "urgent_placement", "short_stay", "day_activity")
GIVEN = {
    "authority": "Biståndsenheten",
    "contacts": "Tfn 08-508 00 000",
    "link": "https://example.test",
    "errors": "-",
}
SHARED = {"refused", "dialogue", "dialogue_received", "unclear_reply_no_draft"}


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Everybody reads this language."""
    spoken: str = request.param
    people = {role: replace(one, language=spoken) for role, one in stage.PEOPLE.items()}
    monkeypatch.setattr(stage, "PEOPLE", people)
    monkeypatch.setattr(stage, "UNIT", replace(stage.UNIT, language=spoken))
    return spoken


def plays() -> Iterator[Play]:
    """Plays that together send every mail that there is."""
    yield from orders()
    yield from placements()


def orders() -> Iterator[Play]:
    spoken = Play(roles=("orderer", "provider")).does("oral_order", ORAL)
    for name in ("written_order_reminder", *["written_order_overdue"] * 3):
        spoken.passed(name)
    yield spoken.does("withdraw", {"reason": "Avböjt"})
    apart = Play(roles=("provider", "fee_officer")).does("decide", {**DECISION, "connected": False})
    apart.does("order", ORDER).sends("provider", "confirmation", {"received_on": "2026-11-23"})
    yield apart.does("order_end", {"last_day": "2026-11-23", "reason": "Flyttar"})
    later = {**ORDER, "services": [{**ORDER["services"][0], "valid_from": "2026-12-01"}]}
    never = Play().does("decide", DECISION).does("order", later)
    yield never.does("order_end", {"last_day": "2026-11-24", "reason": "Avliden"})
    mailed = Play(roles=("orderer", "provider"))
    mailed.sends("orderer", "service_order", {**DECISION, **ORDER}).delivered("order_failed")
    mailed.sends("provider", "order_info_request", {"text": "Var?"}).passed("receipt_confirmation")
    mailed.sends("provider", "confirmation", {"received_on": "2026-11-23"})
    mailed.passed("start_confirmation").passed("start_confirmation").passed("start_confirmation")
    yield mailed.sends("provider", "confirmation", {"started_on": "2026-11-23"})
    planned = started().on(2026, 11, 27)
    for _ in range(3):
        planned.passed("implementation_plan")
    planned.sends("provider", "plan", PLAN).does("plan_returned", {"reason": "Mål saknas"})
    planned.sends("provider", "plan", PLAN).does("plan_accepted")
    planned.sends("provider", "time_report", {"days": [{"day": "2026-11-24", "hours": "20"}]})
    care = {**ORDER["services"][0], "valid_from": "2026-11-27"}  # type: ignore[index]  # a list
    planned.does("order_change", {**ORDER, "services": [care]})
    yield planned.passed("order_end")
    answered = Play(roles=("orderer", "provider"))
    answered.sends("orderer", "service_order", {**DECISION, **ORDER})
    both = {"received_on": "2026-11-23", "started_on": "2026-11-23"}
    answered.sends("provider", "confirmation", both).on(2026, 11, 27)
    yield answered.sends("provider", "plan", PLAN).sends("orderer", "plan_accepted")


def placements() -> Iterator[Play]:
    urgent = Play("urgent_placement", ("orderer", "queue_unit"), {"answer_days": 2})
    urgent.sends("orderer", "urgent_placement", {**URGENT, "payment_liability": "2026-11-30"})
    urgent.passed("offer_reminder").passed("payment_liability")
    offered(urgent, "queue_unit", "home")
    yield urgent
    own = Play("urgent_placement", ("queue_unit",)).does(
        "urgent_placement", {**URGENT, "payment_liability": "2026-11-30"}
    )
    yield own.does("withdraw", {"reason": "Avliden"})
    day = Play("day_activity", ("orderer", "reception_group"), {"offer_reminder_days": 5})
    day.sends("orderer", "day_activity_queue", {**DAY, "centres": ["omsorg"]})
    offered(day.passed("offer_reminder"), "reception_group", "centre")
    yield day
    again = Play("day_activity", ("reception_group",), {"answer_days": 2})
    again.does("day_activity_queue", DAY).does("centre_offer", {"home": "Björken"})
    yield again.passed("offer_answer").does("withdraw", {"reason": "Flyttar"})
    sent = Play("short_stay", ("referrer",))
    yield sent.sends(
        "referrer", "short_stay_referral", {"individual": PERSON, "kind": "profile_home"}
    )
    stay = Play("short_stay", ("home",)).does("stay", STAY).does("candidates", HOMES)
    stay.does("choose_home", {"home": "Nära"}).passed("home_answer").sends(
        "home", "stay_answer", NO
    )
    stay.does("choose_home", {"home": "omsorg"}).sends("home", "stay_answer", YES)
    yield stay.passed("order_reminder").told("ordered", {"order": "BE-2026-000010"})
    back = Play("day_activity", ("orderer", "reception_group"))
    back.sends("orderer", "day_activity_queue", {**DAY, "centres": ["omsorg"]})
    yield back.sends("orderer", "day_activity_withdrawal", {"reason": "Flyttar"})
    gone_too = Play("urgent_placement", ("orderer", "queue_unit"))
    gone_too.sends("orderer", "urgent_placement", URGENT)
    yield gone_too.sends("orderer", "urgent_withdrawal", {"reason": "Avliden"})
    alone = Play("short_stay", ()).does("stay", STAY).does("candidates", HOMES)
    yield alone.does("choose_home", {"home": "Nära"}).passed("home_answer")
    gone = Play("short_stay", ("home",)).does("stay", STAY).does("candidates", HOMES)
    yield gone.does("choose_home", {"home": "Nära"}).does("withdraw", {"reason": "Avliden"})


def offered(play: Play, role: str, what: str) -> None:
    play.sends(role, f"{what}_offer", HOME).passed("offer_answer").sends(role, f"{what}_answer", NO)
    play.sends(role, f"{what}_offer", HOME).sends(role, f"{what}_answer", YES)
    play.passed("order_reminder").told("ordered", {"order": "BE-2026-000010"})


PERSON = DECISION["individual"]


def test_every_mail_can_be_written_in_every_language(language: str) -> None:
    seen: dict[str, set[str]] = {name: set() for name in NAMES}
    for play in plays():
        assert all(not step.refused for step in play.steps), [s.refused for s in play.steps]
        for step in play.steps:
            for mail in (one for one in step.effects if isinstance(one, SendMail)):
                seen[play.name].add(mail.wording)
                written(play, mail, language)
            for alert in (one for one in step.effects if isinstance(one, Alert)):
                play.procedure.wording.text(f"alert.{alert.code}", language, alert.values)
    for name in NAMES:
        assert {*procedures()[name].mails} - SHARED == seen[name] - SHARED, name


def written(play: Play, mail: SendMail, language: str) -> None:
    wording, values = play.procedure.wording, {**mail.values, **GIVEN}
    letter = wording.letter(mail.wording, language, values)
    assert "{" not in letter.text
    assert not wording.fields(f"mail.{mail.wording}.subject", language)
    if mail.to in {"inbox", "provider", "home"} or (mail.to == "sender" and from_a_facility(mail)):
        plain = wording.letter(mail.wording, language, GIVEN | {"number": "BE-1"}, plain=True)
        assert wording.fields(f"mail.{mail.wording}.plain_body", language) <= {"number", "link"}
        assert "Ulla" not in plain.text


def from_a_facility(mail: SendMail) -> bool:
    """Whether a home or a provider may be its reader, which may have no certificate."""
    return mail.wording in {"confirmation_received", "confirmation_partial", "plan_received"}


def test_every_deadline_and_setting_is_told_in_every_language(language: str) -> None:
    for play in plays():
        wording, zone = play.procedure.wording, play.procedure.days.zone
        for step in play.steps:
            for due in (one for one in step.effects if isinstance(one, SetDeadline)):
                assert "{" not in count_in_words(due.count, wording, language, zone)
    for name in NAMES:
        procedure = procedures()[name]
        told = settings_in_words(procedure, procedure.named_settings, language)
        assert [one.name for one in told] == list(procedure.named_settings)
        assert all("None" not in one.text for one in told)


def test_all_languages_have_the_same_keys_and_ask_for_the_same_values() -> None:
    for name in NAMES:
        wording = procedures()[name].wording
        keys = {language: set(wording.texts[language]) for language in LANGUAGES}
        for language in ("da", "en"):
            apart = {key for key in keys["sv"] ^ keys[language] if not key.startswith("alias.")}
            assert apart == set(), (name, language)
            for key in keys["sv"] & keys[language]:
                if not key.startswith("alias."):
                    assert wording.fields(key, "sv") == wording.fields(key, language), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_has_a_blank_form_and_labels_that_are_distinct(language: str) -> None:
    known = procedures()
    types = catalogue(known)
    for name in NAMES:
        for rule in known[name].messages:
            kind: Any = types.get(rule.name)
            labels = [kind.label(leaf.path, language).casefold() for leaf in kind.leaves]
            assert len(set(labels)) == len(labels), (rule.name, labels)
            assert not any(":" in label for label in labels)
            assert kind.titles[language] in blank(kind, "text", language).decode()


def test_a_refusal_calls_fields_as_people_do_and_says_what_fits() -> None:
    urgent = Play("urgent_placement", ("orderer", "queue_unit"))
    wrong = {**URGENT, "whereabouts": None, "not_in_hospital": True, "decision_date": "2026-11-24"}
    urgent.sends("orderer", "urgent_placement", wrong)
    assert [problem.text("sv") for problem in urgent.last.refused] == [
        "Värdet i fältet ”Beslutsdatum” kan inte användas."
        " Där ska stå dagens datum eller en tidigare dag.",
        "Fältet ”Var den enskilde befinner sig” saknas och måste fyllas i.",
        "Fältet ”Ej aktuellt, inte inlagd” stämmer inte med det som redan har uppgetts.",
    ]
    nobody = Play(roles=("orderer",)).sends("orderer", "service_order", {**DECISION, **ORDER})
    (problem,) = nobody.last.refused
    assert problem.text("sv") == "Den som anges i fältet ”Utförare” är inte registrerad hos oss."
    retroactive = {**ORDER, "services": [{**ORDER["services"][0], "valid_from": "2026-11-22"}]}
    (late,) = Play().does("decide", DECISION).does("order", retroactive).last.refused
    assert late.text("sv") == (
        "Fältet ”Giltig från” kan inte användas: beställningen får inte dateras retroaktivt."
        " Tidigaste dag är 23 november 2026, den dag då den skickas."
    )


def test_every_reason_of_a_refusal_is_told_in_every_language(language: str) -> None:
    report = {"days": [{"day": "2026-11-01", "hours": "1"}]}
    early = {"received_on": "2026-11-01", "started_on": "2026-11-01"}
    refused = [
        Play().does("oral_order", {**ORAL, "acute": False}),
        started().sends("provider", "time_report", report),
        started().does("order_end", {"last_day": "2026-11-01", "reason": "Fel"}),
        Play()
        .does("decide", DECISION)
        .does("order", ORDER)
        .sends("provider", "confirmation", early),
        day_offered("Okänd"),
        Play("short_stay", ())
        .does("stay", STAY)
        .does("candidates", HOMES)
        .does("choose_home", {"home": "Okänd"}),
    ]
    for play in refused:
        assert play.last.refused
        for problem in play.last.refused:
            assert problem.params["why"]
            assert "{" not in problem.text(language)
            assert "Ulla" not in problem.text(language)


def day_offered(home: str) -> Play:
    play = Play("day_activity", ("reception_group",)).does("day_activity_queue", DAY)
    return play.sends("reception_group", "centre_offer", {"home": home})
