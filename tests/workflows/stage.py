"""What every play of a case has: events go in one by one, and what came of each can be asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from pydantic import BaseModel

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

OUR_CVR = "29190925"


class Followed:
    """Where a case stands, and what its last step did."""

    case: Case | None
    steps: list[Step]
    now: datetime

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

    def effects(self, kind: type[Effect]) -> list[Any]:
        return [effect for effect in self.last.effects if isinstance(effect, kind)]

    def later(self, **span: float) -> Self:
        self.now += timedelta(**span)
        return self


@dataclass
class Stage(Followed):
    """A case on the stage, with everything that was sent on its way."""

    procedure: Procedure
    parties: tuple[Party, ...]
    now: datetime
    case: Case | None = None
    number: str = "RM-2026-000001"
    related: tuple[Case, ...] = ()
    steps: list[Step] = field(default_factory=list)

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.last.refused]

    @property
    def places(self) -> list[str]:
        return [problem.path for problem in self.last.refused]

    @property
    def refused(self) -> list[tuple[str, str]]:
        return [*zip(self.codes, self.places, strict=True)]

    def play(self, name: str, actor: Actor, body: Any = None, /, **changes: Any) -> Step:
        """An event, sealed where it is a mail: the case moves on unless it is refused."""
        model = self.procedure.body_model(name)
        assert model is not None, name
        mail = self.procedure.message(name) and actor.role != "authority"
        event = Event(
            name=name,
            actor=actor,
            at=self.now,
            body=body if isinstance(body, BaseModel) else model.model_validate(body or {}),
            assurance="sealed" if mail else ACT,
            submission={"to": OUR_CVR} if mail else None,
            number=self.number,
            parties=self.parties if self.case is None else (),
            may=frozenset({"request", "approve"}),
            related=self.related,
        )
        step = advance(self.procedure, self.case, replace(event, **changes), self.now)
        self.steps.append(step)
        self.case = step.case
        return step

    def as_party(self, role: str, *more: Party) -> Actor:
        """The party in a role of the case, or somebody who is none."""
        people = (*more, *(self.case.parties if self.case else ()), *self.parties)
        party = next((one for one in people if one.role == role), None)
        key, called = (party.key, party.name) if party else (role, role)
        return Actor(role, key, called, "Rie Region" if role == "authority" else None)

    def passed(self, deadline: str) -> Self:
        """A deadline passes now."""
        self.play("deadline_passed", self.as_party("clock"), DeadlinePassed(name=deadline))
        return self

    def due(self, deadline: str) -> datetime:
        """When a deadline that some step set is over."""
        return next(
            one.due
            for step in reversed(self.steps)
            for one in step.effects
            if isinstance(one, SetDeadline) and one.name == deadline
        )

    # --- what came of it -------------------------------------------------------------------------

    @property
    def posted(self) -> list[tuple[str, str]]:
        """What the last step sent to whom, in its order."""
        return [(one.wording, one.to) for one in self.effects(SendMail)]

    def mail(self, wording: str, to: str | None = None) -> SendMail:
        found: list[SendMail] = self.effects(SendMail)
        return next(m for m in found if m.wording == wording and to in {None, m.to})

    def deadline(self, name: str) -> SetDeadline:
        found: list[SetDeadline] = self.effects(SetDeadline)
        return next(one for one in found if one.name == name)
