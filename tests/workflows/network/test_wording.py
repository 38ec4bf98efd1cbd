"""What people read of the network's procedures: the same in three languages, nothing personal."""

from __future__ import annotations

import pytest

from workflows.catalogue import procedures
from workflows.wording import LANGUAGES

NAMES = ("contact_directory", "delegation_agreement", "grant_change_notice", "network_issue")
TO_OUR_OWN = {
    "contact_directory": {
        "confirm_request",
        "confirm_reminder",
        "unanswered",
        "bounced",
        "expired",
        "network_complete",
        "network_incomplete",
    }
}
"""Mails to the inbox or a facility; of the other three procedures every mail can go there."""
SHARED = {"refused", "dialogue", "dialogue_received", "unclear_reply_no_draft"}


@pytest.mark.parametrize("name", NAMES)
def test_every_mail_says_the_same_things_in_every_language(name: str) -> None:
    procedure = procedures()[name]
    for mail in set(procedure.mails) - SHARED:
        asked = {
            language: procedure.wording.fields(f"mail.{mail}.body", language)
            for language in LANGUAGES
        }
        assert asked["sv"] == asked["da"] == asked["en"], mail


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_subject_and_no_plain_text_says_anything_personal(name: str, language: str) -> None:
    procedure = procedures()[name]
    own = set(procedure.mails) - SHARED
    for mail in own:
        assert not procedure.wording.fields(f"mail.{mail}.subject", language)
    for mail in TO_OUR_OWN.get(name, own):
        assert not procedure.wording.fields(f"mail.{mail}.plain_subject", language)
        plain = procedure.wording.fields(f"mail.{mail}.plain_body", language)
        assert plain <= {"number", "link"}, mail


@pytest.mark.parametrize("name", NAMES)
def test_every_text_of_one_language_is_there_in_the_others(name: str) -> None:
    texts = procedures()[name].wording.texts
    wanted = {key for key in texts["da"] if not key.startswith(("alias.", "help."))}
    for language in ("sv", "en"):
        found = {key for key in texts[language] if not key.startswith(("alias.", "help."))}
        assert wanted ^ found == set(), language


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_alerts_ask_for_what_they_are_given(name: str, language: str) -> None:
    procedure = procedures()[name]
    raised = {guard.alert for move in procedure.moves for guard in move.guards}
    for code in procedure.alerts:
        given = {"number", "sender"} if code in raised else {"number"}
        assert procedure.wording.fields(f"alert.{code}", language) <= given
