"""What people read: complete in three languages, and nothing personal where it must not be."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from parsers.forms import blank
from tests.workflows.payment_agreement.scenes import ANSWER, OBJECTION
from tests.workflows.play import (
    AARHUS,
    AMENDMENT,
    GRANBO,
    PROCEDURE,
    REGION,
    VIBORG,
    Play,
    with_payer,
    with_policy,
)
from workflows.calendars import Calendar
from workflows.catalogue import catalogue, procedures
from workflows.effects import SendMail, SetDeadline
from workflows.errors import MissingText, WrongEvent
from workflows.explain import count_in_words
from workflows.procedures.payment_agreement.mails import MAILS, TO_OUR_OWN
from workflows.wording import LANGUAGES, SHARED, load

GIVEN = {"authority": "Region Prøve", "contacts": "Tlf. 00000000", "link": "https://example.test"}
ZONE = ZoneInfo("Europe/Copenhagen")


def performances(language: str) -> list[Play]:
    """Plays that together send every mail there is."""
    region, aarhus, viborg, granbo = (
        type(party)(**{**vars_of(party), "language": language})
        for party in (REGION, AARHUS, VIBORG, GRANBO)
    )
    parties = (region, aarhus, granbo)

    def new() -> Play:
        return Play(parties=parties)

    silent = new().request().passed("facility_acceptance").delivered("notice_accepted", "facility")
    for _ in range(3):
        silent.passed("facility_answer")
    bounced = new().acknowledged().delivered("notice_failed", "facility")
    full = new().acknowledged()
    full.happens("unavailable", "facility", {"reason": "Fuldt"}, assurance="sealed")
    taken_back = new().acknowledged()
    taken_back.happens("request_withdrawal", "acting", {"reason": "Fejl"})
    changed = new().drafted()
    changed.happens("agreement_change_request", "acting", {"text": "Billigere"})
    refused = new().drafted()
    refused.happens("agreement_rejection", "acting", {"reason": "For dyrt"})
    talking = new().acknowledged()
    talking.happens("dialogue", "acting", {"text": "Hej"})
    talking.happens("unclear_reply", "acting", {"text": "Ja"}, assurance="sealed")
    talking.happens("agreement_offer", "facility", {**offer_body(), "valid_until": "2026-12-11"})
    talking.happens("unclear_reply", "acting", {"text": "Ja"}, assurance="sealed")
    for _ in range(3):
        talking.passed("draft_answer")
    talking.passed("draft_validity").approve()
    ended = new().confirmed().delivered("confirmation_failed", "inbox")
    ended.delivered("confirmation_accepted", "inbox").start()
    ended.happens("grant_changed", "gateway", GRANT_CHANGED)
    ended.terminate().passed("agreement_end")
    paid = Play(parties=(region, aarhus, viborg, granbo)).request({"paying_municipality": "0791"})
    paid.delivered("notice_accepted", "facility").offer().approve().approve("payer")
    shared = Play(parties=(region, aarhus, viborg, granbo))
    lives = [*(play() for play in lives_of(new, shared)), *stories(new)]
    return [silent, bounced, full, taken_back, changed, refused, talking, ended, paid, *lives]


def lives_of(new: Callable[[], Play], shared: Play) -> list[Callable[[], Play]]:
    """Changes of an agreement that settles."""

    def amended() -> Play:
        shared.request({"paying_municipality": "0791"}).delivered("notice_accepted", "facility")
        shared.offer().approve().approve("payer").delivered("confirmation_accepted", "inbox")
        shared.start().amend().approve().approve("payer")
        return shared.delivered("confirmation_accepted", "inbox").passed("change_takes_effect")

    def moved() -> Play:
        play = new().settling().transfer().approve("successor")
        return play.delivered("confirmation_accepted", "inbox").passed("change_takes_effect")

    def turned_down() -> Play:
        play = new().settling().amend({"valid_until": "2026-12-20"}).passed("draft_validity")
        play.amend().happens("agreement_rejection", "acting", {"reason": "For dyrt"})
        play.amend().happens("agreement_change_request", "acting", {"text": "Billigere"})
        play.happens("agreement_amendment", "acting", AMENDMENT)
        return play

    return [amended, moved, turned_down]


def stories(new: Callable[[], Play]) -> list[Play]:
    """What happens while an agreement runs, and when it is over."""
    running = new().settling()
    running.now = datetime(2027, 1, 18, 9, 0, tzinfo=UTC)
    running.reported("move_in_confirmed", moved_in="2026-12-02")
    running.reported("start_changed", start="2026-12-02", reason="Syg")
    running.reported("absence", **{"from": "2027-01-02", "until": None})
    running.reported("caseworker_change", "acting", caseworker={"name": "Ny Behandler"})
    running.reported("invoice_dispute", "acting", **OBJECTION)
    running.passed("dispute_answer").reported("invoice_dispute", **ANSWER)
    running.reported("correct", "authority", reason="Fejl", month="2026-12", amount="-10.00")
    running.reported("misdirected", "authority", what="Plan", recipient="acting")
    running.reported("move_out", last_day="2027-01-20")
    running.reported("correct", "authority", reason="Fejl", end="2027-02-20")
    running.reported("death", died="2027-01-18").passed("agreement_end")
    running.reported("reopen", "authority", reason="Forkert borger")
    for announced in ("2027-11-15", "2027-11-16"):
        body = {"year": 2028, "announced": announced, "announcement": "RM-2", "percent": "2.50"}
        running.happens("rates_announced", "gateway", body)
    running.happens(
        "rates_announced",
        "gateway",
        {"year": 2029, "announced": "2028-01-01", "announcement": "RM-3"},
    )
    off = new().confirmed().reported("agreement_cancellation", "acting", reason="Fejl")
    off.reported("reopen", "authority", reason="Forkert sag")
    twice = new().acknowledged()
    assert twice.case is not None
    again = new().request({"legal_basis": "SEL § 110"}, related=(twice.case,))
    again.reported("admission_notice", admitted="2026-11-20")
    return [running, off, again]


GRANT_CHANGED = {
    "notice": "RM-2026-000002",
    "change": "increase",
    "takes_effect": "2027-01-01",
    "needs_new_agreement": True,
}


def vars_of(party: object) -> dict[str, object]:
    return {name: getattr(party, name) for name in party.__slots__}  # type: ignore[attr-defined]  # slots


def offer_body() -> dict[str, object]:
    return {"rate": {"amount": "1845.50", "unit": "day"}, "start": "2026-12-01"}


def mails_of(plays: list[Play]) -> list[SendMail]:
    effects = [effect for play in plays for step in play.steps for effect in step.effects]
    return [effect for effect in effects if isinstance(effect, SendMail)]


@pytest.mark.rule("S0-R20", "S0-R21")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_can_be_written_in_every_language(language: str) -> None:
    mails = mails_of(performances(language))
    assert {mail.wording for mail in mails} == set(MAILS)
    for mail in mails:
        letter = PROCEDURE.wording.letter(
            mail.wording, language, {**mail.values, **GIVEN, "errors": "– x"}
        )
        assert "Region Prøve" in letter.text
        assert "{" not in letter.text + letter.subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_subject_holds_a_value_and_no_plain_text_more_than_number_and_link(
    language: str,
) -> None:
    wording = PROCEDURE.wording
    for name in MAILS:
        assert not wording.fields(f"mail.{name}.subject", language)
    for name in TO_OUR_OWN:
        assert not wording.fields(f"mail.{name}.plain_subject", language)
        assert wording.fields(f"mail.{name}.plain_body", language) <= {"number", "link"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_mails_that_belong_to_no_procedure_are_complete(language: str) -> None:
    given = {**GIVEN, "errors": "– x", "forms": "- x", "line": "GODKENDT", "what": "x"}
    names = ("refused", "manual", "help", "quarantine_notice", "head", "again", "unclear", "alert")
    for name in names:
        assert not SHARED.fields(f"mail.{name}.subject", language)
        assert SHARED.letter(name, language, given).text.endswith("Tlf. 00000000\n")
    assert SHARED.text("rehearsal", language)
    # Content-free: it goes to an address that only claims to have written.
    assert not SHARED.fields("mail.quarantine_notice.body", language)


def test_evidence_never_waits_for_a_facility_that_has_no_certificate() -> None:
    assert not [one for one in mails_of(performances("da")) if one.to in OURS and one.evidence]


def test_what_goes_to_our_own_inbox_or_facility_has_a_plain_variant() -> None:
    to_ours = {mail.wording for mail in mails_of(performances("da")) if mail.to in OURS}
    assert to_ours <= set(TO_OUR_OWN)


OURS = {"inbox", "facility"}


@pytest.mark.rule("S0-R15")
def test_the_draft_mail_shows_the_line_to_copy_on_a_line_of_its_own() -> None:
    play = Play().drafted()
    mail = play.mails()["draft", "acting"]
    text = PROCEDURE.wording.letter("draft", "da", {**mail.values, **GIVEN}).text
    line = f"GODKENDT RM-2026-000001/1 {play.version.digest[:16]}"
    assert line in text.splitlines()
    assert "1.845,50 kr. pr. døgn" in text


def test_a_value_is_never_read_as_a_text() -> None:
    play = Play().acknowledged()
    play.happens("dialogue", "acting", {"text": "{number} {link} {authority}"})
    mail = play.mails()["dialogue", "facility"]
    text = PROCEDURE.wording.letter("dialogue", "da", {**mail.values, **GIVEN}).text
    assert "{number} {link} {authority}" in text


def test_a_missing_text_or_value_is_named() -> None:
    with pytest.raises(MissingText, match=r"no\.such\.key"):
        SHARED.text("no.such.key", "da")
    with pytest.raises(MissingText, match="date"):
        SHARED.text("moment", "da", {})
    with pytest.raises(MissingText, match=r"wording\.da\.toml"):
        load(Path(__file__).parent)


def test_all_languages_have_the_same_keys_and_ask_for_the_same_values() -> None:
    for wording in (SHARED, PROCEDURE.wording):
        keys = {language: set(wording.texts[language]) for language in LANGUAGES}
        core = {
            lang: {k for k in found if not k.startswith("alias.")} for lang, found in keys.items()
        }
        assert core["da"] == core["sv"] == core["en"]
        for key in core["da"]:
            asked = {language: wording.fields(key, language) for language in LANGUAGES}
            assert asked["da"] == asked["sv"] == asked["en"], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_of_a_message_are_distinct_and_hold_no_colon(language: str) -> None:
    for kind in catalogue(procedures()):
        labels = [kind.labels[language][leaf.path] for leaf in kind.leaves]
        assert len({label.casefold() for label in labels}) == len(labels), kind.name
        assert not any(":" in label for label in labels)
        names = [a.casefold() for one in kind.aliases[language].values() for a in one]
        assert len(set(names) - {label.casefold() for label in labels}) == len(names), kind.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_has_a_blank_form(language: str) -> None:
    for kind in catalogue(procedures()):
        for form in ("json", "text"):
            assert blank(kind, form, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_group_that_is_missing_is_named_in_words(language: str) -> None:
    for kind in catalogue(procedures()):
        groups = {leaf.path.rpartition(".")[0] for leaf in kind.leaves} - {""}
        assert groups <= set(kind.labels[language]), kind.name


# --- counts in words ------------------------------------------------------------------------------


def told(deadline: SetDeadline, language: str = "da") -> str:
    return count_in_words(deadline.count, PROCEDURE.wording, language, ZONE)


def test_a_count_of_working_days_names_every_day_that_it_skips() -> None:
    play = Play(now=datetime(2026, 12, 22, 9, tzinfo=UTC)).acknowledged()
    said = told(play.deadline("facility_answer"))
    assert "5 hverdage efter 22. december 2026" in said
    assert "4. januar 2027" in said
    assert "24. december 2026 (juleaftensdag)" in said
    assert "2. januar 2027 (lørdag)" in said
    assert "påmindelse af tilbuddet" in said


def test_minutes_dates_and_notice_are_told_too() -> None:
    play = Play().request()
    assert "15 minutter efter 23. november 2026 kl. 10:00" in told(
        play.deadline("facility_acceptance")
    )
    ending = Play().settling().terminate({"end": "2026-11-30"})
    said = told(ending.deadline("agreement_end"))
    assert "Løbende måned og 30 dage derefter giver 30. december 2026" in said
    assert "ønsket ophør 30. november 2026" in said
    fixed = Play().acknowledged().offer({"valid_until": "2026-12-11"})
    assert "udgangen af 11. december 2026" in told(fixed.deadline("draft_validity"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_deadline_can_be_explained_in_every_language(language: str) -> None:
    plays = [*performances(language), Play().confirmed().start(), payer_play()]
    deadlines = [e for p in plays for s in p.steps for e in s.effects if isinstance(e, SetDeadline)]
    assert {one.name for one in deadlines} == {rule.name for rule in PROCEDURE.deadlines}
    for one in deadlines:
        assert told(one, language).endswith(".")
        assert not re.search(r"[{}]", told(one, language))


def payer_play() -> Play:
    return with_payer(with_policy(approval_by="acting")).offer()


def test_every_reason_for_a_day_off_has_its_word() -> None:
    for country in ("DK", "SE"):
        calendar = Calendar(country)  # type: ignore[arg-type]  # a literal
        counted = calendar.add_working_days(datetime(2020, 1, 1, tzinfo=UTC).date(), 5000)
        for language in LANGUAGES:
            for _, reason in counted.skipped:
                assert SHARED.has(f"day.{reason}", language)


def test_an_unknown_count_is_a_broken_promise() -> None:
    with pytest.raises(WrongEvent):
        count_in_words({"unit": "moons"}, PROCEDURE.wording, "da", ZONE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_without_a_link_does_not_point_to_one(language: str) -> None:
    wording = PROCEDURE.wording
    values = {"number": "RM-2026-000001", "authority": "Region Prøve", "contacts": ""}

    for key in sorted(wording.texts[language]):
        if key.startswith("mail.") and key.endswith(".plain_body"):
            name = key.removeprefix("mail.").removesuffix(".plain_body")
            without = wording.letter(name, language, values | {"link": ""}, plain=True).text
            linked = wording.letter(name, language, values | {"link": "https://x.test"}, plain=True)
            assert not any(line.rstrip().endswith(":") for line in without.splitlines())
            assert "\n\n\n" not in without
            assert ("https://x.test" in linked.text) is ("link" in wording.fields(key, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_label_with_nothing_behind_it_is_left_out(language: str) -> None:
    values = {"number": "RM-2026-000001", "authority": "Region Prøve", "contacts": "", "what": "x"}
    facts = {"kommune": "Aarhus Kommune", "facility": "Granbo", "link": ""}

    without = PROCEDURE.wording.letter("status", language, values | facts | {"why": ""}).text
    remarked = PROCEDURE.wording.letter("status", language, values | facts | {"why": "Ny dato"})

    assert not any(line.rstrip().endswith((":", "–")) for line in without.splitlines())
    assert remarked.text.count(": Ny dato") == 1


COUNTED = re.compile(
    r"\{\w+\} (?:calendar |working )?(?:dage|hverdage|kalenderdage|arbejdsdage|måneder|minutter"
    r"|timer|rækker|indberetninger|påmindelser|dagar|vardagar|arbetsdagar|kalenderdagar|månader"
    r"|minuter|timmar|rapporter|påminnelser|days|months|minutes|hours|reports|reminders|years)\b"
    r"|\w\((?:er|e|r|ar|s)\)"
)


@pytest.mark.parametrize("name", sorted(procedures()))
def test_no_text_counts_one_thing_in_the_plural(name: str) -> None:
    texts = procedures()[name].wording.texts
    wrong = [
        (language, key)
        for language in LANGUAGES
        for key, text in texts[language].items()
        if COUNTED.search(text) and not key.endswith(("several", "many"))
    ]
    assert not wrong


def test_a_number_takes_the_word_that_goes_with_it() -> None:
    def told(n: str) -> str:
        return SHARED.text("count.calendar_days", "da", {"n": n, "from": "i dag", "due": "onsdag"})

    assert told("1").startswith("1 kalenderdag efter")
    assert told("2").startswith("2 kalenderdage efter")
    assert told("0").startswith("0 kalenderdage efter")
