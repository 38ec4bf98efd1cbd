"""Plays a change of home care: each method is one event; the case moves unless it is refused."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from workflows.catalogue import procedures
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
from workflows.policy import Policy
from workflows.procedures.home_care_change.care import CareCase, Settlement
from workflows.wording import Letter

PROCEDURE = procedures()["home_care_change"]
THURSDAY = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
"""Three working days after the delivery of the worked examples began, and so in time."""
KOMMUNE = Party("authority", "authority", "Prøve Kommune", "29190925", "da")
PROVIDER = Party("provider", "omsorg", "Omsorg ApS", "24256790", "da")
OTHER_PROVIDER = Party("provider", "pleje", "Pleje ApS", "10150817", "da")
PEOPLE = {
    "provider": Actor("provider", "omsorg", "Omsorg ApS"),
    "authority": Actor("authority", "authority", "Prøve Kommune", "Vera Visitator"),
    "gateway": Actor("gateway", "gateway", "Sagspost"),
    "clock": Actor("clock", "clock", "Sagspost"),
}
REQUEST = {
    "citizen": {"cpr": "670765-4005", "name": "Prøve Borger"},
    "contact": {"name": "Pia Plejer", "phone": "89400001"},
    "service": "personal_care",
    "direction": "up",
    "order_reference": "B-77",
    "requested_effective_date": "2026-11-09",
    "minutes_before": 60,
    "minutes_after": 105,
    "reason": "Borgeren kan ikke længere selv komme i bad.",
    "condition_updated": True,
    "planning_updated": True,
}
ANSWER = {"reason": "Hjælpemiddel i stedet for hjælp.", "new_task_deadline": "2027-01-29"}
GIVEN = {"authority": "Prøve Kommune", "contacts": "Tlf. 00000000", "link": "https://x.test"}


@dataclass
class Play:
    """A case on the stage, with everything that was sent on its way."""

    procedure: Procedure = PROCEDURE
    now: datetime = THURSDAY
    parties: tuple[Party, ...] = (KOMMUNE, PROVIDER)
    case: Case | None = None
    related: tuple[Case, ...] = ()
    number: str = "VK-2026-000001"
    steps: list[Step] = field(default_factory=list)

    @property
    def state(self) -> str | None:
        return self.case.state if self.case else None

    @property
    def last(self) -> Step:
        return self.steps[-1]

    @property
    def care(self) -> CareCase:
        assert self.case is not None
        assert isinstance(self.case.data, CareCase)
        return self.case.data

    @property
    def settlement(self) -> Settlement:
        return self.care.settled

    @property
    def codes(self) -> list[tuple[str, str]]:
        return [(problem.code, problem.path) for problem in self.last.refused]

    def happens(self, name: str, role: str, body: Any = None, **changes: Any) -> Play:
        model = self.procedure.body_model(name)
        assert model is not None
        provider = next(one for one in self.parties if one.role == "provider")
        actor = PEOPLE[role]
        if role == "provider":
            actor = Actor("provider", provider.key, provider.name)
        event = Event(
            name=name,
            actor=actor,
            at=self.now,
            body=model.model_validate(body or {}),
            assurance="sealed" if role == "provider" else ACT,
            submission={"to": "29190925", "reference": "OM-1"},
            number=self.number,
            parties=self.parties,
            may=frozenset({"request"}),
            related=self.related,
        )
        step = advance(self.procedure, self.case, replace(event, **changes), self.now)
        self.steps.append(step)
        self.case = step.case
        return self

    def at(self, text: str) -> Play:
        """Let it be a local time, in winter."""
        self.now = datetime.fromisoformat(text).replace(tzinfo=UTC) - timedelta(hours=1)
        return self

    # --- what people and machines do -------------------------------------------------------------

    def request(self, **body: Any) -> Play:
        given = {name: value for name, value in (REQUEST | body).items() if value is not None}
        return self.happens("care_change_request", "provider", given)

    def complete(self, effective: str, **body: Any) -> Play:
        given = {"requested_effective_date": effective} | body
        return self.happens("care_request_completion", "provider", given)

    def grant(self, **body: Any) -> Play:
        return self.happens("grant", "authority", body)

    def other(self, **body: Any) -> Play:
        given = ANSWER | {"intervention": "Badetalje"} | body
        return self.happens("other_intervention", "authority", given)

    def decline(self, **body: Any) -> Play:
        return self.happens("decline", "authority", ANSWER | body)

    def adjust(self, **body: Any) -> Play:
        given = {"first": "2026-10-26", "last": "2026-10-31", "role": "Leder", "reason": "Vi var"}
        return self.happens("post_adjustment", "authority", given | body)

    def passed(self, deadline: str) -> Play:
        return self.happens("deadline_passed", "clock", DeadlinePassed(name=deadline).model_dump())

    # --- what came of it -------------------------------------------------------------------------

    def effects(self, kind: type[Effect]) -> list[Any]:
        return [effect for effect in self.last.effects if isinstance(effect, kind)]

    def mail(self, wording: str) -> SendMail:
        return next(one for one in self.effects(SendMail) if one.wording == wording)

    def letter(self, wording: str, language: str = "da") -> Letter:
        mail = self.mail(wording)
        return self.procedure.wording.letter(wording, language, {**mail.values, **GIVEN})

    def sent(self) -> set[tuple[str, str]]:
        return {(one.wording, one.to) for one in self.effects(SendMail)}

    def deadline(self, name: str) -> SetDeadline:
        return next(one for one in self.effects(SetDeadline) if one.name == name)

    def due(self, name: str) -> date:
        return self.procedure.policy.days.local_date(self.deadline(name).due)


def with_settings(**settings: Any) -> Procedure:
    policy = {"procedures": {"home_care_change": settings}}
    return procedures(Policy.model_validate(policy))["home_care_change"]
