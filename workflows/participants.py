"""Who takes part in a case of the cooperation: who they are, how they are told and reminded.

What framework agreements, reports, bodies and notices of facilities (S4) and the network (S2) have
in common.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from parsers.identifiers import MUNICIPALITIES
from parsers.problems import Problem
from workflows.cooperation import Members
from workflows.definition import DeadlineRule, Situation
from workflows.effects import ClearDeadline, Effect, SetDeadline
from workflows.events import AUTHORITY, INBOX
from workflows.letters import letter, members
from workflows.timing import on_date


class Participant(BaseModel):
    """An organisation that has to approve or report; `role` is where its mails go."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cvr: str
    name: str
    role: str


def taking_part(situation: Situation) -> Members:
    """Return who takes part in the cooperation on the day of the event."""
    day = situation.calendar.local_date(situation.event.at)
    return situation.policy.cooperation.on(day)


OperatorType = Literal["OWN", "OTHER_KOMMUNE", "REGION", "PRIVATE"]
"""Whose a facility is, seen from the kommune that tells of it (S4-R3)."""


def kommuner() -> frozenset[str]:
    """Return the CVR numbers of all kommuner, in the cooperation or not."""
    return frozenset(row.cvr for row in MUNICIPALITIES.values())


def own_cvr(situation: Situation) -> str | None:
    """Return the CVR number of the organisation that causes the event."""
    party = situation.party(situation.event.actor.role)
    return party.cvr if party else None


def secretariat(situation: Situation) -> str:
    """Return where the secretariat reads: at its own organisation, or the authority's inbox."""
    return "secretariat" if situation.party("secretariat") else INBOX


def secretariat_missing(situation: Situation, cvr: str, path: str) -> Problem | None:
    """Return the refusal where a secretariat is neither a partner nor the authority itself."""
    known = (situation.party("secretariat"), situation.party(AUTHORITY))
    if any(party is not None and party.cvr == cvr for party in known):
        return None
    return Problem("partner.unknown", path, {"label": cvr})


def participants(situation: Situation, kind: str) -> tuple[Participant, ...]:
    """Return all who take part, in the order of the cooperation; ourselves at our inbox.

    `kind`: the kind of role that the others have. Who is not registered is left out.
    """
    found = {party.cvr: (party.name, party.role) for party in members(situation, kind)}
    authority = situation.party(AUTHORITY)
    if authority is not None:
        found[authority.cvr] = (authority.name, INBOX)
    return tuple(
        Participant(cvr=cvr, name=found[cvr][0], role=found[cvr][1])
        for cvr in taking_part(situation).organisations
        if cvr in found
    )


def unreachable(situation: Situation, kind: str, path: str) -> tuple[Problem, ...]:
    """Return a refusal for each who takes part and is neither registered nor ourselves."""
    known = {one.cvr for one in participants(situation, kind)}
    unknown = (cvr for cvr in taking_part(situation).organisations if cvr not in known)
    return tuple(Problem("partner.unknown", path, {"label": cvr}) for cvr in unknown)


def to_each(
    situation: Situation, those: Iterable[Participant], kind: str, wording: str, **facts: Any
) -> list[Effect]:
    """Return one mail to each of them, with evidence, sealed for it alone."""
    return [
        letter(situation, kind, one.role, wording, evidence=True, organisation=one.name, **facts)
        for one in those
    ]


def names(those: Iterable[Participant]) -> str | None:
    """Return names on a line each; None where there are none."""
    return "\n".join(f"- {one.name}" for one in those) or None


def next_reminder(
    situation: Situation, rule: DeadlineRule, due: date, days: Iterable[int]
) -> list[SetDeadline | ClearDeadline]:
    """Return the next reminder that is still to come, as its day begins; else stop reminding."""
    today = situation.calendar.local_date(situation.now)
    coming = [day for n in days if (day := due - timedelta(days=n)) > today]
    if not coming:
        return [ClearDeadline(rule.name)]
    return [on_date(situation, rule, min(coming) - timedelta(days=1), "reminder_days")]
