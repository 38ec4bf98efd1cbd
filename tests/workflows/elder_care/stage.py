"""Plays a case of Swedish elder care: each call is one event, and the case moves on or refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.workflows.stage import Followed
from workflows.catalogue import procedures
from workflows.definition import Case
from workflows.effects import Alert, ClearDeadline, SendMail, SetDeadline
from workflows.engine import Step, advance
from workflows.events import ACT, Actor, DeadlinePassed, Delivery, Event, Party
from workflows.policy import Policy

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
UNIT = Party("authority", "authority", "Biståndsenheten", "2120000142", "sv")
PEOPLE = {
    "orderer": Party("orderer", "farsta", "Farsta biståndsenhet", "2120000142", "sv"),
    "provider": Party("provider", "omsorg", "Omsorg AB", "5599990016", "sv"),
    "fee_officer": Party("fee_officer", "avgift", "Avgiftshandläggaren", "2120000142", "sv"),
    "queue_unit": Party("queue_unit", "ko", "Handläggningsenheten", "2120000142", "sv"),
    "reception_group": Party("reception_group", "mott", "Mottagningsgruppen", "2120000142", "sv"),
    "home": Party("home", "lind", "Linden", "", "sv"),
    "referrer": Party("referrer", "ko", "Handläggningsenheten", "2120000142", "sv"),
}
PERSON = {"personnummer": "640823-3234", "name": "Ulla Prov", "address": "Provgatan 1"}
WORKER = {"name": "Siv Handläggare", "phone": "08-508 00 000"}
DECISION = {
    "individual": PERSON,
    "caseworker": WORKER,
    "provider": "omsorg",
    "decision_date": "2026-11-20",
    "legal_basis": "SoL 11 kap. 1 §",
}
CARE = {
    "kind": "home_care",
    "hours_per_month": "30",
    "goal": "Klara vardagen hemma",
    "valid_from": "2026-11-23",
}
ORDER = {"services": [CARE], "needs": "Fallrisk"}
ORAL = {
    "individual": PERSON,
    "caseworker": WORKER,
    "provider": "omsorg",
    "acute": True,
    "said_by": "Siv Handläggare",
    "said_to": "Jourledaren",
    "said_on": "2026-11-20",
    "said_time": "16:40",
    "what": "Hjälp morgon och kväll",
}
PLAN = {
    "adopted_on": "2026-11-25",
    "goals": "Klara vardagen hemma",
    "how": "Morgon och kväll, alla dagar",
    "made_with": "individual",
    "participation": "Samtal i hemmet",
    "follow_up": "Om tre månader",
}


@dataclass
class Play(Followed):
    """A case on the stage."""

    name: str = "service_order"
    roles: tuple[str, ...] = ("provider",)
    own: dict[str, Any] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=dict)
    now: datetime = MONDAY
    case: Case | None = None
    related: tuple[Case, ...] = ()
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = {**self.policy, "procedures": {self.name: self.own}}
        self.procedure = procedures(Policy.model_validate(settings))[self.name]

    @property
    def refused(self) -> set[tuple[str, str]]:
        return {(problem.code, problem.path) for problem in self.last.refused}

    def does(self, name: str, body: dict[str, Any] | None = None, **changes: Any) -> Play:
        """A caseworker acts."""
        return self._happens(name, Actor("authority", "authority", UNIT.name, "Siv"), body, changes)

    def sends(
        self, role: str, name: str, body: dict[str, Any] | None = None, **changes: Any
    ) -> Play:
        """Somebody writes a sealed mail."""
        party = PEOPLE[role]
        return self._happens(
            name, Actor(role, party.key, party.name), body, {"assurance": "sealed", **changes}
        )

    def passed(self, deadline: str) -> Play:
        return self._happens("deadline_passed", _system("clock"), DeadlinePassed(name=deadline), {})

    def delivered(self, name: str = "order_delivered", role: str = "provider") -> Play:
        return self._happens(name, _system("gateway"), Delivery(role=role), {})

    def told(self, name: str, body: dict[str, Any]) -> Play:
        return self._happens(name, _system("gateway"), body, {})

    def on(self, year: int, month: int, day: int) -> Play:
        self.now = datetime(year, month, day, 8, 0, tzinfo=UTC)
        return self

    def _happens(self, name: str, actor: Actor, body: Any, changes: dict[str, Any]) -> Play:
        model = self.procedure.body_model(name)
        assert model is not None
        read = body if isinstance(body, model) else model.model_validate(body or {})
        event = {
            "name": name,
            "actor": actor,
            "at": self.now,
            "body": read,
            "assurance": ACT,
            "submission": {"to": UNIT.cvr},
            "number": "BE-2026-000001",
            "parties": (UNIT, *(PEOPLE[role] for role in self.roles)),
            "may": frozenset({"request"}),
            "related": self.related,
        }
        step = advance(self.procedure, self.case, Event(**{**event, **changes}), self.now)
        self.steps.append(step)
        self.case = step.case
        return self

    # --- what came of it -------------------------------------------------------------------------

    @property
    def sent(self) -> set[tuple[str, str]]:
        return {(mail.wording, mail.to) for mail in self.effects(SendMail)}

    def mail(self, wording: str, to: str) -> SendMail:
        return next(m for m in self.effects(SendMail) if (m.wording, m.to) == (wording, to))

    @property
    def due(self) -> dict[str, str]:
        """The deadlines that the last step set, by the local day on which each ends."""
        zone = self.procedure.days.zone
        return {d.name: f"{d.due.astimezone(zone):%Y-%m-%d}" for d in self.effects(SetDeadline)}

    def waits(self, name: str) -> SetDeadline:
        return next(d for d in self.effects(SetDeadline) if d.name == name)

    @property
    def cleared(self) -> set[str]:
        return {one.name for one in self.effects(ClearDeadline)}

    @property
    def alerts(self) -> set[str]:
        return {one.code for one in self.effects(Alert)}


def _system(role: str) -> Actor:
    return Actor(role, role, "Sagspost")


def decided(**changes: Any) -> Play:
    return Play(**changes).does("decide", DECISION)


def ordered(**changes: Any) -> Play:
    return decided(**changes).does("order", ORDER)


def started(**changes: Any) -> Play:
    return ordered(**changes).sends(
        "provider", "confirmation", {"received_on": "2026-11-23", "started_on": "2026-11-23"}
    )
