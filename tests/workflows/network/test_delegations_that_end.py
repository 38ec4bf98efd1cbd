"""A delegation that is withdrawn, unanswered or over: nobody accepts what cannot run any more."""

from __future__ import annotations

from typing import Any

from tests.workflows.network.stage import AARHUS, Stage, as_role
from tests.workflows.network.test_delegation_agreement import (
    KOMMUNE,
    PROPOSAL,
    accept,
    proposed,
    stage,
)
from workflows.effects import MakeDocument

SHORT = {"start": "2026-12-01", "end": "2026-12-31"}
OURS = {"delegating_municipality": "0791", "delegate_municipality": "0751"}


def test_what_is_over_by_its_own_last_day_is_accepted_by_nobody() -> None:
    play = accept(proposed(SHORT).at(2026, 12, 31), "delegate")
    assert play.refused == []
    accept(play.at(2027, 1, 1), "acting")
    assert (play.refused, play.state) == ([("case.state", "case")], "PROPOSED")
    assert "sidste dag er passeret" in play.last.refused[0].text("da")
    play.does("delegation_proposal", "acting", PROPOSAL)
    assert accept(play, "acting").refused == []


def test_a_draft_that_is_over_is_not_sent_any_more() -> None:
    play = stage((KOMMUNE, as_role(AARHUS, "delegate")))
    play.does("draft_delegation", "authority", PROPOSAL | OURS | SHORT).at(2027, 1, 1)
    assert play.does("propose_delegation", "authority").codes == ["case.state"]


def test_a_proposal_is_withdrawn_and_an_agreement_is_revoked() -> None:
    play = proposed().does("delegation_revoke", "acting", {"reason": "Borgeren flytter"})
    assert (play.state, play.sent()) == (
        "REVOKED",
        {("proposal_withdrawn", "acting"), ("proposal_withdrawn", "delegate")},
    )
    text = play.text("proposal_withdrawn", "delegate")
    assert "Ingen opgaver er delegeret" in text
    assert "Begrundelse: Borgeren flytter" in text


def unanswered(**settings: Any) -> Stage:
    play = accept(proposed(play=stage(settings=settings or None)), "acting")
    for _ in range(settings.get("reminders", 2) + 1):
        play.passed("delegation_answer")
    return play


def test_who_proposed_is_told_that_nobody_answers_and_who_is_missing() -> None:
    play = unanswered()
    assert (play.sent(), play.alerts()) == (
        {("answer_overdue", "acting")},
        ["delegation_unanswered"],
    )
    text = play.text("answer_overdue", "acting")
    assert "efter 2 påmindelser" in text
    assert "Der mangler accept fra: Viborg Kommune" in text
    assert "efter 1 påmindelse." in unanswered(reminders=1).text("answer_overdue", "acting")


def test_an_agreement_without_an_end_says_so_in_the_mail_and_on_paper() -> None:
    play = proposed({"end": None})
    words = "uden slutdato; gælder, til den tilbagekaldes"
    assert f"Gælder til: {words}" in play.text("proposal", "delegate")
    assert ["Gælder til og med", words] in parties(play)


def test_the_paper_says_how_the_caseworker_is_reached_and_what_the_framework_covers() -> None:
    worker = {"name": "S. Behandler", "phone": "89400000", "email": "s@aarhus.example"}
    rows = parties(proposed({"caseworker": worker, "covered_by_framework": True}))
    assert ["Sagsbehandler", "S. Behandler, 89400000, s@aarhus.example"] in rows
    assert ["Omfattet af rammeaftalen", "Ja"] in rows


def parties(play: Stage) -> list[list[str]]:
    (paper, _) = play.effects(MakeDocument)
    rows: list[list[str]] = paper.view["sections"][0]["blocks"][0]["table"]["rows"]
    return rows
