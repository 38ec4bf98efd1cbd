"""Who takes part: the ordering side, and the guards that everybody asked for is there."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from pydantic import BaseModel

from parsers.organisations import is_public, names
from parsers.problems import Problem
from workflows.definition import Guard, Situation
from workflows.effects import ForwardAttachments, SendMail
from workflows.elder_care.bodies import Individual
from workflows.events import INBOX, SENDER
from workflows.letters import forward, letter
from workflows.security import addressed_to_us, secure_enough

ORDERER: Final = "orderer"
"""A needs-assessment unit that writes by mail instead of acting here (sv: beställare)."""


def ordering_side(situation: Situation) -> tuple[str, ...]:
    """Return who reads for the caseworker: our inbox, and the orderer that wrote by mail."""
    return (INBOX,) if situation.party(ORDERER) is None else (INBOX, ORDERER)


def to_caseworker(
    situation: Situation, kind: str, wording: str, *, files: bool = False, **facts: Any
) -> list[SendMail | ForwardAttachments]:
    """Return the mails that tell the caseworker; `files`: with what came along.

    An orderer that caused the event gets its receipt instead.
    """
    made: list[SendMail | ForwardAttachments] = []
    for role in ordering_side(situation):
        if role != situation.event.actor.role:
            made.append(letter(situation, kind, role, wording, **facts))
            made += forward(situation, role) if files else []
    return made


def receipt(situation: Situation, wording: str, **facts: Any) -> list[SendMail]:
    """Return the receipt of a mail; an act needs none."""
    if not situation.event.by_mail:
        return []
    return [letter(situation, "received", SENDER, wording, evidence=True, **facts)]


def today(situation: Situation) -> date:
    """Return the local day of the event."""
    return situation.calendar.local_date(situation.event.at)


def with_century(situation: Situation, one: Individual) -> Individual:
    """Return the individual with the long form of their number, which is the one to keep (C.5)."""
    return one.model_copy(update={"personnummer": one.personnummer.on(today(situation))})


def same_person(situation: Situation, one: Individual, other: Individual) -> bool:
    """Whether two numbers are one person's, with the century or without."""
    day = today(situation)
    return one.personnummer.on(day) == other.personnummer.on(day)


def known(name: str, role: str, path: str, *rules: str) -> Guard:
    """Return the guard that a party whom the body or the settings name is registered."""

    def check(situation: Situation) -> Problem | None:
        return None if is_known(situation, role, path) else Problem("partner.unknown", path)

    return Guard(name, rules, check)


def is_known(situation: Situation, role: str, path: str) -> bool:
    """Whether a role is filled by whom the body names, or by the settings where it names nobody."""
    named = getattr(situation.event.body, path)
    party = next((one for one in situation.event.parties if one.role == role), None)
    if party is None:
        return False
    return named is None or names(named, party.key, party.cvr)


def not_after_today(name: str, path: str, *rules: str) -> Guard:
    """Return the guard that something that is told to have happened lies not ahead of us."""

    def check(situation: Situation) -> Problem | None:
        day: Any = situation.event.body
        for step in path.split("."):
            day = getattr(day, step)
        if day is None or day <= today(situation):
            return None
        return Problem("field.invalid", path, {"expected": "today_or_earlier"})

    return Guard(name, rules, check)


def _may_order(situation: Situation) -> Problem | None:
    if not situation.event.by_mail:
        return None
    unit = situation.party(ORDERER)
    public = unit is not None and (unit.municipality is not None or is_public(unit.cvr))
    if public and "request" in situation.event.may:
        return None
    return Problem("sender.role", "message")


def _same_individual(situation: Situation) -> Problem | None:
    body: Any = situation.event.body
    kept: Any = situation.data(BaseModel)
    if same_person(situation, body.individual, kept.individual):
        return None
    return Problem("case.contradiction", "individual.personnummer")


SECURE: Final = secure_enough("S3-R13")
"""A personal number and health data never travel in clear: sealed or through a tunnel."""
MAIL: Final = (SECURE, addressed_to_us())
"""What every message has to pass."""
MAY_ORDER: Final = Guard("may_order", (), _may_order)
"""Needs-assessment units order, never a private provider, whatever else it may ask for."""
SAME_INDIVIDUAL: Final = Guard("same_individual", (), _same_individual)
"""What is said in a running case is about the same person as the case."""
