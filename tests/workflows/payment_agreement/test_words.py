"""What the parties read about an agreement that stands: whole sentences, and nothing empty."""

from __future__ import annotations

import re

import pytest

from tests.workflows.payment_agreement import scenes
from tests.workflows.play import PROCEDURE, Play, with_payer
from workflows.effects import SendMail

GIVEN = {"authority": "Region Prøve", "contacts": "Tlf. 00000000", "link": "https://x.test"}
EMPTY = re.compile(r": –$|\.\.|\(\)|  ", re.MULTILINE)
RAW = re.compile(r"\b[0-9]{4}-[0-9]{2}\b(?!-)|\b[a-z]+_[a-z]+\b")


def texts(play: Play) -> dict[str, str]:
    """What each party reads after the last step, by its role."""
    wording = play.procedure.wording
    return {
        mail.to: wording.letter(mail.wording, "da", {**mail.values, **GIVEN}).text
        for mail in play.last.effects
        if isinstance(mail, SendMail)
    }


@pytest.mark.parametrize("name", scenes.SCENES)
def test_no_mail_has_an_empty_line_a_code_word_or_two_full_stops(name: str) -> None:
    scene, event, role, make = scenes.SCENES[name]
    play = scene(PROCEDURE)
    play.happens(event, role, make(play), assurance="sealed", **scenes.named("", name))
    assert not play.codes
    for to, text in texts(play).items():
        told = text.replace("RM-2026-000001", "")
        assert not EMPTY.search(told), (to, told)
        assert not RAW.search(told), (to, told)


def test_a_wish_names_its_terms_as_people_call_them() -> None:
    play = scenes.running(PROCEDURE)
    wish = {
        "effective": "2027-03-01",
        "reason": "Mere støtte",
        "service": "Nat",
        "end": "2027-09-30",
    }
    play.happens("agreement_amendment", "acting", wish, assurance="sealed")
    assert "Ønsket gælder: Slutdato, Ydelse." in texts(play)["facility"]
    plain = {"effective": "2027-03-01", "reason": "Borgeren er urolig"}
    play.happens("agreement_amendment", "acting", plain, assurance="sealed")
    assert "Ønsket gælder" not in texts(play)["facility"]


def test_a_correction_says_only_what_was_corrected() -> None:
    play = scenes.running(PROCEDURE)
    play.happens(
        "correct", "authority", {"reason": "Kørsel", "month": "2026-12", "amount": "-400.00"}
    )
    told = texts(play)["acting"]
    assert "Afregningen for december 2026 rettes med -400,00 kr. på en linje for sig." in told
    assert "sidste dag" not in told


def test_a_field_that_is_refused_is_called_by_its_label() -> None:
    play = scenes.running(PROCEDURE)
    play.happens("death", "facility", {"died": "2027-12-24"}, assurance="sealed")
    (problem,) = play.last.refused
    assert problem.text("da") == "Feltet »Dødsdato« kan ikke bruges: dagen er ikke kommet endnu."


def test_who_is_silent_is_named_where_two_kommuner_have_to_approve() -> None:
    play = with_payer(PROCEDURE).offer().approve()
    for _ in range(play.procedure.policy.timers.reminders):
        play.passed("draft_answer")
    assert "Viborg Kommune har ikke besvaret udkastet" in texts(play)["inbox"]


def test_a_notice_of_admission_under_another_paragraph_is_told_where_it_is_meant_for() -> None:
    play = Play(PROCEDURE).acknowledged()
    play.happens("admission_notice", "facility", scenes.ADMITTED, assurance="sealed")
    assert play.refused == [("out_of_scope", "message")]
    assert "gælder kun ophold efter SEL § 110" in play.last.refused[0].text("da")
