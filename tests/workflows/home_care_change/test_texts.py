"""What people read about a change of home care: complete in three languages, nothing secret."""

from __future__ import annotations

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from tests.workflows.home_care_change.play import (
    GIVEN,
    KOMMUNE,
    OTHER_PROVIDER,
    PROCEDURE,
    PROVIDER,
    Play,
    with_settings,
)
from workflows.drawing import draw
from workflows.effects import Alert, SendMail, SetDeadline
from workflows.explain import count_in_words
from workflows.procedures.home_care_change.mails import ALERTS, MAILS, TO_INBOX
from workflows.wording import LANGUAGES

ZONE = ZoneInfo("Europe/Copenhagen")


def performances(language: str) -> list[Play]:
    """Plays that together send every mail there is."""
    parties = tuple(replace(party, language=language) for party in (KOMMUNE, PROVIDER))

    def new() -> Play:
        return Play(parties=parties)

    asked = {"requested_effective_date": None, "delivery_start": "2026-11-09"}
    waiting = new().request(**asked).passed("request_reminder").passed("request")
    waiting.at("2026-11-19 23:59").passed("request_reminder").complete("2026-11-09")
    gone = new().request()
    gone.happens("care_request_withdrawal", "provider", {"reason": "Fejl"})
    out = new().request(service="shopping")
    late = new().at("2026-11-30 09:00").request(condition_updated=False)
    late.passed("handling_reminder").passed("handling").passed("budget_cut_off")
    late.happens("dialogue", "provider", {"text": "Hej"}).happens("unclear_reply", "provider", TEXT)
    late.at("2026-12-08 10:00").other()
    late.passed("task").passed("nexus_alignment").adjust(first="2026-11-20", last="2026-11-20")
    granted = Play(parties=(parties[0], replace(OTHER_PROVIDER, language=language)))
    granted.request().at("2026-11-17 10:00").grant()
    assert granted.case is not None
    second = Play(parties=parties, related=(granted.case,)).request().at("2026-11-18 10:00")
    second.decline().happens("nexus_aligned", "authority", {"what": "Alt"})
    told = {"by_case": "VK-2026-000002", "first": "2026-11-09", "last": None}
    granted.happens("order_suspended", "gateway", told)
    return [waiting, gone, out, late, granted, second]


TEXT = {"text": "Ja"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_can_be_written_in_every_language(language: str) -> None:
    effects = [e for play in performances(language) for step in play.steps for e in step.effects]
    mails = [one for one in effects if isinstance(one, SendMail)]
    assert {mail.wording for mail in mails} == set(MAILS)
    assert {one.code for one in effects if isinstance(one, Alert)} == set(ALERTS)
    for mail in mails:
        values = {**mail.values, **GIVEN, "errors": "– x"}
        letter = PROCEDURE.wording.letter(mail.wording, language, values)
        assert "{" not in letter.text + letter.subject
        assert "\n\n\n" not in letter.text
        assert ": \n" not in letter.text
        if mail.to == "inbox":
            assert mail.wording in {*TO_INBOX, "dialogue"}
            assert not mail.evidence
            plain = PROCEDURE.wording.letter(mail.wording, language, values, plain=True)
            assert "Prøve Borger" not in plain.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_subject_holds_a_value_and_no_plain_text_more_than_number_and_link(
    language: str,
) -> None:
    wording = PROCEDURE.wording
    for name in MAILS:
        assert not wording.fields(f"mail.{name}.subject", language)
    for name in TO_INBOX:
        assert not wording.fields(f"mail.{name}.plain_subject", language)
        assert wording.fields(f"mail.{name}.plain_body", language) <= {"number", "link"}


def test_all_languages_have_the_same_keys_and_ask_for_the_same_values() -> None:
    wording = PROCEDURE.wording
    core = {
        language: {key for key in wording.texts[language] if not key.startswith("alias.")}
        for language in LANGUAGES
    }
    assert core["da"] == core["sv"] == core["en"]
    for key in core["da"]:
        asked = {language: wording.fields(key, language) for language in LANGUAGES}
        assert asked["da"] == asked["sv"] == asked["en"], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_deadline_can_be_explained_in_every_language(language: str) -> None:
    plays = [*performances(language), Play(with_settings(nexus_days=3)).request().grant()]
    plays.append(Play().request(requested_effective_date=None))
    deadlines = [e for p in plays for s in p.steps for e in s.effects if isinstance(e, SetDeadline)]
    assert {one.name for one in deadlines} == {rule.name for rule in PROCEDURE.deadlines}
    for one in deadlines:
        said = count_in_words(one.count, PROCEDURE.wording, language, ZONE)
        assert said.endswith(".")
        assert not re.search(r"[{}]", said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_procedure_draws_itself_with_everybody_who_takes_part(language: str) -> None:
    drawn = draw(PROCEDURE, language)
    for role in {role for move in PROCEDURE.moves for role in move.who} - {"gateway"}:
        assert PROCEDURE.wording.text(f"role.{role}", language) in drawn


def test_every_setting_says_in_words_what_was_chosen() -> None:
    wording = PROCEDURE.wording
    for move in PROCEDURE.moves:
        for name in move.settings:
            assert wording.fields(f"setting.{name}", "da") == {"value"}
            assert wording.under(f"setting_value.{name}", "da")
