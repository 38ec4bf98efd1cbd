"""The acting kommune asks the residence kommune which other benefits run, and gets its answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from tests.workflows.network import stage
from tests.workflows.network.stage import REGION, Stage, as_role
from workflows.catalogue import procedures
from workflows.drawing import draw
from workflows.effects import Alert, ClearDeadline, SendMail, SetDeadline
from workflows.engine import (
    Party,
    Procedure,
)
from workflows.explain import count_in_words, settings_in_words
from workflows.policy import Policy
from workflows.procedures.coordination.messages import CoordinationReply, CoordinationRequest
from workflows.procedures.coordination.moves import ALERTS, MAILS
from workflows.wording import LANGUAGES

PROCEDURE = procedures()["coordination"]
ZONE = ZoneInfo("Europe/Copenhagen")
MONDAY = datetime(2026, 12, 21, 9, tzinfo=UTC)
AARHUS = as_role(stage.AARHUS, "acting")
VIBORG = as_role(stage.VIBORG, "residence")
OWN_VIBORG = replace(REGION, name="Viborg Kommune", cvr="29189846")
OWN_AARHUS = replace(REGION, name="Aarhus Kommune", cvr="55133018")
REQUEST = {
    "citizen": {"cpr": "670765-4005", "name": "Prøve Borger"},
    "acting_municipality": "0751",
    "residence_municipality": "0791",
    "caseworker": {"name": "S. Behandler", "phone": "89400000"},
    "legal_basis": "SEL § 107",
    "areas": ["employment", "pension"],
    "question": "Hvilke ydelser får borgeren?",
    "disclosure_basis": "consent",
}
REPLY = {
    "benefits": [
        {
            "area": "employment",
            "name": "Ressourceforløb",
            "from": "2026-09-01",
            "contact": "Jobcenter",
        }
    ],
    "caseworker": {"name": "V. Behandler"},
    "disclosure_basis": "retssikkerhedsloven § 11 a",
}
GIVEN = {"authority": "Region Midtjylland", "contacts": "Tlf. 00000000", "link": "https://x.test"}


@dataclass
class Play(Stage):
    """A coordination on the stage."""

    procedure: Procedure = PROCEDURE
    parties: tuple[Party, ...] = (REGION, AARHUS, VIBORG)
    now: datetime = MONDAY

    def ask(self, role: str = "acting", **body: Any) -> Self:
        return self.does("coordination_request", role, REQUEST | body)

    def reply(self, role: str = "residence", **body: Any) -> Self:
        return self.does("coordination_reply", role, REPLY | body)

    def close(self, role: str = "acting") -> Self:
        return self.does("coordination_closed", role, {"outcome": "Fælles møde i januar."})

    def silence(self) -> Self:
        return self.passed("answer")


@pytest.mark.rule("S2-R2")
def test_the_residence_kommune_gets_the_question_and_the_acting_its_answer() -> None:
    play = Play().ask()
    assert play.state == "SENT"
    assert play.sent() == {("asked", "residence"), ("received", "acting")}
    text = play.text("asked")
    assert "Der spørges om: beskæftigelse, pension" in text
    assert "Grundlag for videregivelse: borgerens samtykke" in text
    assert "Aarhus Kommune koordinerer" in text
    play.reply()
    assert play.state == "ANSWERED"
    assert play.sent() == {("answered", "acting"), ("reply_received", "residence")}
    assert "- beskæftigelse: Ressourceforløb, fra 1. september 2026, Jobcenter" in play.text(
        "answered"
    )
    assert [one.name for one in play.effects(ClearDeadline)] == ["answer"]
    play.close()
    assert play.state == "CLOSED"
    assert play.sent() == {("closed", "residence"), ("close_received", "acting")}
    assert play.data.outcome == "Fælles møde i januar."


@pytest.mark.rule("S2-R2")
@pytest.mark.parametrize(
    ("model", "body"), [(CoordinationRequest, REQUEST), (CoordinationReply, REPLY)]
)
@pytest.mark.parametrize("basis", [None, "", "fordi det er nemmest"])
def test_question_and_answer_state_the_legal_basis_of_disclosure(
    model: Any, body: dict[str, Any], basis: str | None
) -> None:
    given = {name: value for name, value in body.items() if name != "disclosure_basis"}
    with pytest.raises(ValidationError, match="disclosure_basis"):
        model.model_validate(given if basis is None else given | {"disclosure_basis": basis})


@pytest.mark.rule("S2-R2")
def test_our_own_authority_can_be_the_residence_kommune_and_answer_by_an_act() -> None:
    play = Play(parties=(OWN_VIBORG, AARHUS)).ask()
    assert play.sent() == {("asked", "inbox"), ("received", "acting")}
    play.reply("authority")
    assert play.state == "ANSWERED"
    assert play.sent() == {("answered", "acting")}
    assert play.close().sent() == {("closed", "inbox"), ("close_received", "acting")}


@pytest.mark.rule("S2-R2")
def test_our_own_authority_can_ask_by_an_act() -> None:
    play = Play(parties=(OWN_AARHUS, VIBORG)).ask("authority")
    assert play.state == "SENT"
    assert play.sent() == {("asked", "residence")}
    play.reply()
    assert play.sent() == {("answered", "inbox"), ("reply_received", "residence")}
    assert play.close("authority").state == "CLOSED"


def test_ten_working_days_without_an_answer_bring_a_reminder_over_new_year() -> None:
    play = Play().ask()
    (deadline,) = play.effects(SetDeadline)
    assert deadline.due.astimezone(ZONE).date() == date(2027, 1, 8)
    assert "31. december 2026 (nytårsaftensdag)" in count_in_words(
        deadline.count, PROCEDURE.wording, "da", ZONE
    )
    for number in (1, 2):
        play.silence()
        assert play.sent() == {("reminder", "residence")}
        assert f"påmindelse nr. {number}." in play.text("reminder")
        assert "sendte 21. december 2026 et spørgsmål" in play.text("reminder")
        assert "Svar ønskes senest: 8. januar 2027" in play.text("reminder")
    play.silence()
    assert play.sent() == {("reminder", "residence"), ("overdue", "acting")}
    assert "Svar ønskes senest" not in play.text("reminder")
    assert "Vi har sendt 3 påmindelser" in play.text("overdue")
    assert [one.code for one in play.effects(Alert)] == ["unanswered"]
    assert play.effects(SetDeadline) == []
    assert play.reply().state == "ANSWERED"


def test_both_are_told_at_once_until_when_an_answer_is_waited_for() -> None:
    play = Play().ask()
    assert "Svar ønskes senest: 8. januar 2027 kl. 23:59" in play.text("asked")
    assert "Er det ikke kommet 8. januar 2027 kl. 23:59" in play.text("received")
    (told,) = settings_in_words(PROCEDURE, play.last.settings, "da")
    assert "Efter 10 hverdage" in told.text


@pytest.mark.rule("S2-R2")
def test_a_question_that_does_not_arrive_is_told_to_who_asked() -> None:
    play = Play().ask()
    assert play.mail("asked").on_failed == "question_failed"
    play.bounced("question_failed", "residence")
    assert (play.state, play.sent(), play.alerts()) == (
        "SENT",
        {("not_delivered", "acting")},
        ["not_delivered"],
    )
    assert "ikke afleveres hos Viborg Kommune" in play.text("not_delivered")


def test_the_days_until_a_reminder_are_a_setting() -> None:
    policy = Policy(procedures={"coordination": {"reminder_days": 3}})
    play = Play(procedures(policy)["coordination"]).ask()
    (deadline,) = play.effects(SetDeadline)
    assert deadline.due.astimezone(ZONE).date() == date(2026, 12, 28)


@pytest.mark.rule("S2-R2")
@pytest.mark.parametrize(
    ("parties", "body", "codes"),
    [
        ((REGION, AARHUS), {}, [("partner.unknown", "residence_municipality")]),
        (
            (REGION, AARHUS, VIBORG),
            {"residence_municipality": "0751"},
            [("field.invalid", "residence_municipality")],
        ),
        (
            (REGION, AARHUS, VIBORG),
            {"acting_municipality": "0740"},
            [("sender.municipality", "acting_municipality")],
        ),
    ],
)
def test_a_question_is_asked_by_the_acting_kommune_of_another_that_is_known(
    parties: tuple[Party, ...], body: dict[str, Any], codes: list[tuple[str, str]]
) -> None:
    play = Play(parties=parties).ask(**body)
    assert play.refused == codes
    assert play.case is None


@pytest.mark.rule("S2-R2")
def test_only_who_is_asked_answers_and_only_who_asked_closes() -> None:
    play = Play().ask()
    assert play.reply("authority").refused == [("sender.role", "message")]
    assert play.reply("acting").refused == [("sender.role", "message")]
    assert play.close("authority").refused == [("sender.role", "message")]
    assert play.close("residence").refused == [("sender.role", "message")]
    assert play.state == "SENT"


@pytest.mark.rule("S2-R2")
def test_an_answer_says_something() -> None:
    play = Play().ask()
    assert play.reply(benefits=[]).refused == [("field.missing", "benefits")]
    wrong = [{"area": "health", "name": "Genoptræning", "from": "2026-12-01", "to": "2026-11-01"}]
    assert play.reply(benefits=wrong).refused == [("field.invalid", "benefits.0.to")]
    play.reply(benefits=[], text="Ingen.")
    assert "har svaret i sag RM-2026-000001:\n\nIngen.\n\nGrundlag" in play.text("answered")


def test_an_answer_can_be_added_to_until_the_case_is_closed() -> None:
    play = Play().ask().reply().reply(text="Også førtidspension fra 1. marts.")
    assert play.state == "ANSWERED"
    assert len(play.data.replies) == 2
    assert play.close().reply().refused == [("case.state", "case")]


def test_weak_mail_and_senders_without_the_right_are_refused() -> None:
    play = Play().does("coordination_request", "acting", REQUEST, may=frozenset())
    assert play.refused == [("sender.role", "message")]
    play = Play().does("coordination_request", "acting", REQUEST, assurance="none")
    assert play.refused == [("sender.assurance", "message")]


@pytest.mark.rule("S2-R2")
def test_two_kommuner_talk_without_our_own_authority_reading_it() -> None:
    play = Play().ask()
    play.does("dialogue", "residence", {"text": "Hvem er kontakt hos jer?"})
    assert play.sent() == {("dialogue", "acting"), ("dialogue_received", "sender")}
    play.does("unclear_reply", "acting", {"text": "Ja"})
    assert play.sent() == {("dialogue", "residence"), ("unclear_reply_no_draft", "sender")}


@pytest.mark.rule("S2-R2")
def test_our_own_authority_talks_where_it_takes_part() -> None:
    play = Play(parties=(OWN_VIBORG, AARHUS)).ask()
    play.does("dialogue", "acting", {"text": "Hvornår svarer I?"})
    assert play.sent() == {("dialogue", "inbox"), ("dialogue_received", "sender")}
    assert play.does("dialogue", "authority", {"text": "Snart."}).sent() == {("dialogue", "acting")}
    play.does("unclear_reply", "acting", {"text": "Ja"})
    assert play.sent() == {("dialogue", "inbox"), ("unclear_reply_no_draft", "sender")}


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ({"to": "2026-12-31"}, ", til 31. december 2026"),
        ({"from": "2026-01-01", "to": "2026-12-31"}, ", 1. januar 2026 til 31. december 2026"),
        ({}, "Pension\n"),
    ],
)
def test_a_period_is_told_as_far_as_it_is_known(period: dict[str, str], words: str) -> None:
    play = Play().ask().reply(benefits=[{"area": "pension", "name": "Pension"} | period])
    assert words in play.text("answered")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_procedure_draws_itself_with_everybody_who_takes_part(language: str) -> None:
    drawn = draw(PROCEDURE, language)
    for role in {role for move in PROCEDURE.moves for role in move.who} - {"gateway"}:
        assert PROCEDURE.wording.text(f"role.{role}", language) in drawn


def performances(language: str) -> list[Play]:
    parties = tuple(replace(one, language=language) for one in (REGION, AARHUS, VIBORG))
    talk = Play(parties=parties).ask().does("dialogue", "acting", {"text": "Hej"})
    talk.does("unclear_reply", "acting", {"text": "Ja"})
    talk.bounced("question_failed", "residence").silence().silence().silence()
    own = Play(parties=tuple(replace(one, language=language) for one in (OWN_VIBORG, AARHUS)))
    refused = Play(parties=parties[:2]).ask()
    return [talk.reply().close(), own.ask().reply("authority").close(), refused]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_in_every_language(language: str) -> None:
    wording = PROCEDURE.wording
    effects = [e for play in performances(language) for step in play.steps for e in step.effects]
    mails = [one for one in effects if isinstance(one, SendMail)]
    assert {mail.wording for mail in mails} == set(MAILS)
    assert {one.code for one in effects if isinstance(one, Alert)} == set(ALERTS)
    for mail in mails:
        values = {**mail.values, **GIVEN, "errors": "– x"}
        assert "{" not in wording.letter(mail.wording, language, values).text
        assert not wording.fields(f"mail.{mail.wording}.subject", language)
        if mail.to == "inbox":
            assert not mail.evidence
            assert wording.fields(f"mail.{mail.wording}.plain_body", language) <= {"number", "link"}
    keys = {key for key in wording.texts[language] if not key.startswith("alias.")}
    danish = {key for key in wording.texts["da"] if not key.startswith("alias.")}
    assert keys == danish
    for key in keys:
        assert wording.fields(key, language) == wording.fields(key, "da"), key
