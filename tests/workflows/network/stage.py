"""A stage for any procedure: each event is one line, and other cases can stand beside the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from workflows.catalogue import procedures
from workflows.definition import Procedure
from workflows.engine import (
    ACT,
    Actor,
    Alert,
    AttachmentRef,
    Case,
    DeadlinePassed,
    Delivery,
    Effect,
    Event,
    Party,
    SendMail,
    SetDeadline,
    Step,
    advance,
)
from workflows.policy import Policy

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REGION = Party("authority", "authority", "Region Midtjylland", "29190925", "da")
AARHUS = Party("sender", "aarhus", "Aarhus Kommune", "55133018", "da", "0751")
VIBORG = Party("sender", "viborg", "Viborg Kommune", "29189846", "da", "0791")
AALBORG = Party("sender", "aalborg", "Aalborg Kommune", "29189420", "da", "0851")
GRANBO = Party("facility", "granbo", "Granbo", "", "da")


def under(name: str, settings: Mapping[str, Any] | None = None, **policy: Any) -> Procedure:
    """A procedure under settings of its own."""
    own = {"procedures": {name: dict(settings)}} if settings else {}
    return procedures(Policy.model_validate(policy | own))[name]


def as_role(party: Party, role: str) -> Party:
    """The same organisation in a role of the case."""
    return Party(role, party.key, party.name, party.cvr, party.language, party.municipality)


@dataclass
class Stage:
    """One case, with everything that was sent on its way."""

    procedure: Procedure
    parties: tuple[Party, ...]
    now: datetime = MONDAY
    case: Case | None = None
    number: str = "RM-2026-000001"
    related: tuple[Case, ...] = ()
    steps: list[Step] = field(default_factory=list)

    @property
    def state(self) -> str | None:
        return self.case.state if self.case else None

    @property
    def last(self) -> Step:
        return self.steps[-1]

    @property
    def data(self) -> Any:
        assert self.case is not None
        return self.case.data

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.last.refused]

    @property
    def paths(self) -> list[str]:
        return [problem.path for problem in self.last.refused]

    def does(self, name: str, role: str, body: Any = None, **changes: Any) -> Stage:
        """An event: a message by mail, an act, or what the gateway itself tells."""
        model = self.procedure.body_model(name)
        assert model is not None, name
        read = body if isinstance(body, BaseModel) else model.model_validate(body or {})
        people = self.case.parties if self.case else self.parties
        party = next((one for one in people if one.role == role), None)
        key, called = (party.key, party.name) if party else (role, role)
        own = next((one.cvr for one in self.parties if one.role == "authority"), None)
        given: dict[str, Any] = {
            "assurance": "sealed" if self.procedure.message(name) else ACT,
            "submission": {"to": own} if self.procedure.message(name) else None,
            "number": self.number,
            "parties": self.parties if self.case is None else (),
            "may": frozenset({"request", "approve"}),
            "related": self.related,
            "actor": Actor(role, key, called, "Rie Region" if role == "authority" else None),
        }
        event = Event(
            name=name,
            at=self.now,
            body=read,
            **(given | changes),
        )
        step = advance(self.procedure, self.case, event, self.now)
        self.steps.append(step)
        self.case = step.case
        return self

    def passed(self, deadline: str) -> Stage:
        return self.does("deadline_passed", "clock", DeadlinePassed(name=deadline))

    def bounced(self, event: str, role: str) -> Stage:
        return self.does(event, "gateway", Delivery(role=role, evidence="dsn"))

    def later(self, **span: float) -> Stage:
        self.now += timedelta(**span)
        return self

    def at(self, year: int, month: int, day: int, hour: int = 9) -> Stage:
        self.now = datetime(year, month, day, hour, tzinfo=UTC)
        return self

    # --- what came of it -------------------------------------------------------------------------

    def effects(self, kind: type[Effect]) -> list[Any]:
        return [effect for effect in self.last.effects if isinstance(effect, kind)]

    def sent(self) -> set[tuple[str, str]]:
        return {(one.wording, one.to) for one in self.effects(SendMail)}

    def mail(self, wording: str, to: str) -> SendMail:
        found: list[SendMail] = self.effects(SendMail)
        return next(one for one in found if (one.wording, one.to) == (wording, to))

    def text(self, wording: str, to: str, language: str = "da") -> str:
        """What a mail says, as its reader gets it."""
        values = dict(self.mail(wording, to).values)
        more = {"authority": "Region", "contacts": "", "link": "", "errors": ""}
        return self.procedure.wording.letter(wording, language, more | values).text

    def alerts(self) -> list[str]:
        return [alert.code for alert in self.effects(Alert)]

    def due(self, name: str) -> datetime:
        set_now: list[SetDeadline] = self.effects(SetDeadline)
        return next(one.due for one in set_now if one.name == name)


PLAN = AttachmentRef("afgoerelse.pdf", "ab" * 32, "7")
