"""Conditions without which an event is refused; one named guard each, with the rules it keeps."""

from __future__ import annotations

from typing import Final

from parsers.problems import Problem
from workflows.definition import Guard, Situation
from workflows.participants import own_cvr, secretariat_missing, unreachable
from workflows.procedures.framework_agreement.framework import Framework, newest
from workflows.procedures.framework_agreement.messages import (
    FaPublished,
    FaRecommendation,
    FaVote,
    OpenFramework,
    SettleCondition,
)
from workflows.security import addressed_to_us, secure_enough

BODY_OF: Final = {"DASSOS_REVIEW": "DASSOS", "KD_NET_REVIEW": "KD_NET", "KKR_REVIEW": "KKR"}


def _everybody_known(situation: Situation) -> tuple[Problem, ...]:
    """Each council and the regional council can be reached, or is the authority itself."""
    return unreachable(situation, "council", "first_year")


def _secretariat_known(situation: Situation) -> Problem | None:
    return secretariat_missing(situation, situation.policy.cooperation.secretariat, "title")


def _period_to_come(situation: Situation) -> Problem | None:
    today = situation.calendar.local_date(situation.event.at)
    if situation.body(OpenFramework).first_year > today.year:
        return None
    return Problem("field.invalid", "first_year", {"expected": "range"})


def _by_the_secretariat(situation: Situation) -> Problem | None:
    """Only the secretariat's organisation speaks for Takstgruppen and DASSOS."""
    if own_cvr(situation) == situation.policy.cooperation.secretariat:
        return None
    return Problem("sender.role", "message")


def _speaks_for_the_body(situation: Situation) -> Problem | None:
    serviced = situation.body(FaRecommendation).organ == "DASSOS"
    return _by_the_secretariat(situation) if serviced else None


def _has_its_turn(situation: Situation) -> Problem | None:
    assert situation.case is not None
    if situation.body(FaRecommendation).organ == BODY_OF[situation.case.state]:
        return None
    return Problem("field.invalid", "organ", {"allowed": BODY_OF[situation.case.state]})


def _steering_there(situation: Situation) -> Problem | None:
    if situation.data(Framework).steering is not None:
        return None
    return Problem("field.missing", "steering_agreement")


def _own_council(situation: Situation) -> Problem | None:
    """A vote is the council's own: by its own organisation's certificate, or by our own people."""
    named = situation.body(FaVote).organisation
    if named == own_cvr(situation) and situation.data(Framework).approver(named) is not None:
        return None
    return Problem("sender.municipality", "organisation")


def _on_the_frozen_text(situation: Situation) -> Problem | None:
    named = situation.body(FaVote).digest
    framework = situation.data(Framework)
    if newest(framework).digest.startswith(named):
        return None
    older = any(draft.digest.startswith(named) for draft in framework.drafts)
    version = {"version": str(newest(framework).number)}
    return Problem("draft.superseded" if older else "draft.digest", "digest", version)


def _frozen_text(situation: Situation) -> tuple[str, ...]:
    return newest(situation.data(Framework)).documents[:2]


def _extract_attached(situation: Situation) -> Problem | None:
    named, files = situation.body(FaVote).protocol_extract, situation.event.attachments
    if not situation.event.by_mail:
        return None if named else Problem("field.missing", "protocol_extract")
    if not files:
        return Problem("field.missing", "protocol_extract")
    if named is None or any(file.name == named for file in files):
        return None
    return Problem("field.invalid", "protocol_extract")


def _decided_already(situation: Situation) -> Problem | None:
    today = situation.calendar.local_date(situation.event.at)
    if situation.body(FaVote).meeting_date <= today:
        return None
    return Problem("field.invalid", "meeting_date", {"expected": "range"})


def _may_vote(situation: Situation) -> Problem | None:
    if not situation.event.by_mail or "approve" in situation.event.may:
        return None
    return Problem("sender.role", "message")


def _four_eyes(situation: Situation) -> Problem | None:
    if situation.event.by_mail:
        return None
    second = situation.body(FaVote).second_person
    if second is None:
        return Problem("field.missing", "second_person")
    first = situation.event.actor.person or situation.event.actor.name
    if _plain(first) != _plain(second):
        return None
    return Problem("field.invalid", "second_person")


def _condition_open(situation: Situation) -> Problem | None:
    rounds = situation.data(Framework).rounds
    vote = rounds[-1].standing(situation.body(SettleCondition).organisation)
    if vote is not None and vote.condition == "open":
        return None
    return Problem("field.invalid", "organisation")


def _published_by_now(situation: Situation) -> tuple[Problem, ...] | None:
    body, today = situation.body(FaPublished), situation.calendar.local_date(situation.event.at)
    late = [name for name in ("published_on", "sent_to_agency_on") if getattr(body, name) > today]
    return tuple(Problem("field.invalid", name, {"expected": "range"}) for name in late)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


SECURE: Final = secure_enough("S4-R10")
ADDRESSED: Final = addressed_to_us()
MAIL: Final = (SECURE, ADDRESSED)
OPENING: Final = (
    Guard("everybody_known", ("S4-R10", "S4-R11"), _everybody_known),
    Guard("secretariat_known", ("S4-R18",), _secretariat_known),
    Guard("period_to_come", ("S4-R5",), _period_to_come),
)
BY_SECRETARIAT: Final = Guard("by_the_secretariat", ("S4-R17", "S4-R18"), _by_the_secretariat)
SPEAKS: Final = Guard("speaks_for_the_body", ("S4-R17", "S4-R18"), _speaks_for_the_body)
TURN: Final = Guard("has_its_turn", ("S4-R14", "S4-R15"), _has_its_turn)
STEERING_THERE: Final = Guard("steering_there", ("S4-R16",), _steering_there)
VOTING: Final = (
    *MAIL,
    Guard("own_council", ("S4-R10",), _own_council),
    Guard("on_the_frozen_text", ("S4-R10",), _on_the_frozen_text, attach=_frozen_text),
    Guard("extract_attached", ("S4-R10",), _extract_attached),
    Guard("decided_already", ("S4-R10",), _decided_already),
    Guard("may_vote", ("S4-R10",), _may_vote),
    Guard("four_eyes", ("S4-R10",), _four_eyes),
)
CONDITION_OPEN: Final = Guard("condition_open", ("S4-R10",), _condition_open)
PUBLISHED_BY_NOW: Final = Guard("published_by_now", ("S4-R8",), _published_by_now)
