"""What all procedures share: roles of several, parties that change, settings, and their words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.workflows.play import AARHUS, MONDAY, OFFER, PEOPLE, PROCEDURE, REGION, VIBORG, Play
from workflows.catalogue import procedures
from workflows.definition import Move, Outcome, Procedure, Situation
from workflows.engine import fitting_role
from workflows.errors import WrongPolicy, WrongProcedure
from workflows.events import SENDER, Actor, Event, kind_of
from workflows.explain import settings_in_words
from workflows.letters import letter
from workflows.policy import Policy
from workflows.procedures.payment_agreement.settings import PaymentSettings
from workflows.validation import checked
from workflows.wording import LANGUAGES, Wording


class Own(PaymentSettings):
    leap: bool = True


def changed(name: str, **changes: object) -> Procedure:
    """The payment agreement, with one of its moves changed."""
    moves = tuple(replace(m, **changes) if m.name == name else m for m in PROCEDURE.moves)  # type: ignore[arg-type]  # fields of a move
    return checked(replace(with_text(PROCEDURE, "role.council", "The council"), moves=moves))


def with_text(procedure: Procedure, key: str, text: str) -> Procedure:
    texts = {lang: {**procedure.wording.texts[lang], key: text} for lang in LANGUAGES}
    return replace(procedure, wording=Wording(texts))


def test_of_several_in_one_role_each_may_make_the_move_that_the_role_may() -> None:
    councils = tuple(replace(p, role=f"council.{p.key}") for p in (AARHUS, VIBORG))
    procedure = changed("pass_on", who=("council",))
    play = Play(procedure)
    play.request()
    assert play.case is not None
    play.case = replace(play.case, parties=(REGION, *councils))
    actor = Actor("council.viborg", "viborg", "Viborg Kommune")

    play.happens("dialogue", "acting", {"text": "Vi er enige."}, actor=actor)
    assert play.codes == []
    play.happens("dialogue", "acting", {"text": "Os også."}, actor=PEOPLE["payer"])
    assert play.codes == ["case.unknown"]
    assert kind_of("council.viborg") == "council"


def test_whoever_has_several_roles_acts_in_the_one_that_may() -> None:
    roles = ["payer", "facility", "acting"]
    assert fitting_role(PROCEDURE, "ACKNOWLEDGED", "unavailable", roles) == "facility"
    assert fitting_role(PROCEDURE, "DRAFT_SENT", "request_withdrawal", roles) == "acting"
    assert fitting_role(PROCEDURE, "ENDED", "request_withdrawal", roles) == "payer"
    assert fitting_role(PROCEDURE, "ENDED", "request_withdrawal", []) is None


def test_a_move_can_change_who_takes_part() -> None:
    def hand_over(situation: Situation) -> Outcome:
        assert situation.case is not None
        kept = tuple(p for p in situation.parties if p.role != "acting")
        return Outcome(situation.case.data, parties=(*kept, replace(VIBORG, role="acting")))

    play = Play(changed("pass_on", act=hand_over)).request()
    play.happens("dialogue", "acting", {"text": "Borgeren er flyttet."})
    assert play.case is not None
    assert play.case.party("acting") == replace(VIBORG, role="acting")
    play.happens("dialogue", "acting", {"text": "Endnu en besked."})
    assert play.codes == ["case.unknown"]


def test_a_procedure_has_settings_of_its_own_and_refuses_what_is_none() -> None:
    with pytest.raises(WrongPolicy, match=r"policy\.procedures\.payment_agreement\.leap"):
        procedures(Policy(procedures={"payment_agreement": {"leap": True}}))
    with pytest.raises(WrongPolicy, match=r"there are: .*payment_agreement"):
        procedures(Policy(procedures={"no_such_procedure": {}}))


def test_settings_of_a_move_are_told_in_words_with_their_values() -> None:
    procedure = replace(PROCEDURE, settings=Own())
    procedure = with_text(procedure, "setting.leap", "Leap days are counted: {value}.")
    procedure = with_text(procedure, "setting_value.leap.yes", "as days of their own")
    (told,) = settings_in_words(procedure, ("leap",), "en")
    assert (told.name, told.value) == ("leap", "yes")
    assert told.text == "Leap days are counted: as days of their own."
    assert procedure.setting("policy.timers.reminders") == 3

    told_with_steps = replace(procedure, moves=_with_settings(procedure.moves, ("leap",)))
    play = Play(checked(told_with_steps)).acknowledged()
    step = play.happens("offer", "authority", OFFER)
    assert step.settings == ("leap",)


def _with_settings(moves: tuple[Move, ...], names: tuple[str, ...]) -> tuple[Move, ...]:
    return tuple(replace(move, settings=names) for move in moves)


def test_a_move_that_rests_on_a_setting_that_is_none_is_found_at_import() -> None:
    with pytest.raises(WrongProcedure, match=r"text setting\.leap is missing in da"):
        changed("pass_on", settings=("leap",))
    with pytest.raises(WrongProcedure, match="setting leap does not exist"):
        changed("pass_on", settings=("leap",))


def test_a_refusal_rests_on_no_setting() -> None:
    play = Play(checked(replace(PROCEDURE, settings=Own()))).request()
    step = play.happens("unavailable", "acting", {"reason": "Optaget"})
    assert play.codes == ["sender.role"]
    assert step.settings == ()


def test_who_wrote_the_mail_that_opens_a_case_is_answered_in_their_own_language() -> None:
    svensk = replace(AARHUS, language="sv")
    event = Event("dialogue", Actor("acting", "aarhus", "Aarhus"), MONDAY, None, parties=(svensk,))
    opening = Situation(None, event, MONDAY, PROCEDURE)
    told = letter(opening, "received", SENDER, "received", day=MONDAY.date())

    assert told.values["day"] == "23 november 2026"
    assert opening.reader("nobody") == PROCEDURE.language
