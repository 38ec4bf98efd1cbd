"""Plays any case of the framework cooperation: each call is one event, and the effects are kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from parsers.identifiers import MUNICIPALITIES
from workflows.engine import (
    ACT,
    Actor,
    Case,
    DeadlinePassed,
    Effect,
    Event,
    Party,
    Procedure,
    SendMail,
    SetDeadline,
    Step,
    advance,
)

REGION = Party("authority", "authority", "Region Midtjylland", "29190925", "da")
VIBORG = Party("secretariat", "k0791", "Viborg Kommune", "29189846", "da", "0791")


def kommuner(role: str) -> tuple[Party, ...]:
    """All kommuner of the region, each in a role of its own."""
    return tuple(
        Party(f"{role}.k{one.code}", f"k{one.code}", f"{one.name} Kommune", one.cvr, "da", one.code)
        for one in MUNICIPALITIES.values()
        if one.region == "1082"
    )


@dataclass
class Stage:
    """A case on the stage, with everything that was sent on its way."""

    procedure: Procedure
    parties: tuple[Party, ...]
    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    case: Case | None = None
    steps: list[Step] = field(default_factory=list)
    number: str = "RM-2026-000001"

    @property
    def state(self) -> str | None:
        return self.case.state if self.case else None

    @property
    def data(self) -> Any:
        assert self.case is not None
        return self.case.data

    @property
    def last(self) -> Step:
        return self.steps[-1]

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.last.refused]

    @property
    def places(self) -> list[str]:
        return [problem.path for problem in self.last.refused]

    def happens(self, name: str, role: str, body: Any = None, **changes: Any) -> Stage:
        model = self.procedure.body_model(name)
        assert model is not None
        act = role in {"authority", "clock", "gateway"}
        known = {party.role: party for party in (*self.parties, *changes.get("parties", ()))}
        known |= {party.role: party for party in (self.case.parties if self.case else ())}
        party = known.get(role)
        event = Event(
            name=name,
            actor=Actor(
                role, party.key if party else role, party.name if party else role, "Rie Region"
            ),
            at=self.now,
            body=model.model_validate(body or {}),
            assurance=ACT if act else "sealed",
            submission=None if act else {"to": "29190925"},
            number=self.number,
            parties=self.parties if self.case is None else (),
            may=frozenset({"request", "approve"}),
        )
        step = advance(self.procedure, self.case, replace(event, **changes), self.now)
        self.steps.append(step)
        self.case = step.case
        return self

    def at(self, year: int, month: int, day: int, hour: int = 9) -> Stage:
        self.now = datetime(year, month, day, hour, tzinfo=UTC)
        return self

    def passed(self, deadline: str) -> Stage:
        due = next(
            one.due
            for step in reversed(self.steps)
            for one in step.effects
            if isinstance(one, SetDeadline) and one.name == deadline
        )
        self.now = max(self.now, due + timedelta(seconds=2))
        said = DeadlinePassed(name=deadline).model_dump()
        return self.happens("deadline_passed", "clock", said)

    def effects(self, kind: type[Effect]) -> list[Any]:
        return [one for one in self.last.effects if isinstance(one, kind)]

    def sent(self) -> list[tuple[str, str]]:
        return [(one.wording, one.to) for one in self.effects(SendMail)]

    def told(self, wording: str) -> list[str]:
        return [to for found, to in self.sent() if found == wording]

    def mail(self, wording: str) -> SendMail:
        found: SendMail = next(m for m in self.effects(SendMail) if m.wording == wording)
        return found

    def deadline(self, name: str) -> SetDeadline:
        found: SetDeadline = next(d for d in self.effects(SetDeadline) if d.name == name)
        return found
