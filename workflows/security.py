"""The guards that every message passes, whatever the procedure: sealed enough, and meant for us."""

from __future__ import annotations

from parsers.problems import Problem
from workflows.definition import Guard, Situation
from workflows.events import ASSURANCES


def secure_enough(*rules: str) -> Guard:
    """Return the guard that a message has at least its minimum of assurance."""
    return Guard("secure_enough", rules, _secure_enough)


def addressed_to_us(*rules: str) -> Guard:
    """Return the guard that a message which names its addressee names us."""
    return Guard("addressed_to_us", rules, _addressed_to_us)


def _secure_enough(situation: Situation) -> Problem | None:
    event, procedure = situation.event, situation.procedure
    rule = procedure.message(event.name)
    wanted = procedure.minimum(event.name) if rule else "tunnel"
    if not event.by_mail or ASSURANCES.index(event.assurance) >= ASSURANCES.index(wanted):
        return None
    return Problem("sender.assurance", "message", {"minimum": wanted})


def _addressed_to_us(situation: Situation) -> Problem | None:
    to = (situation.event.submission or {}).get("to")
    authority = situation.party("authority")
    if to is None or authority is None or to == authority.cvr:
        return None
    return Problem("addressee.wrong", "to")
