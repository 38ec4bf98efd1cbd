"""Plays a change of home care: each method is one event; the case moves unless it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.workflows.stage import Stage
from workflows.catalogue import procedures
from workflows.engine import Actor, Party, Procedure
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
class Play(Stage):
    """A change of home care on the stage."""

    procedure: Procedure = PROCEDURE
    parties: tuple[Party, ...] = (KOMMUNE, PROVIDER)
    now: datetime = THURSDAY
    number: str = "VK-2026-000001"

    @property
    def care(self) -> CareCase:
        assert isinstance(self.data, CareCase)
        return self.data

    @property
    def settlement(self) -> Settlement:
        return self.care.settled

    def happens(self, name: str, role: str, body: Any = None, **changes: Any) -> Play:
        provider = next(one for one in self.parties if one.role == "provider")
        actor = PEOPLE.get(role) or Actor("provider", provider.key, provider.name)
        said = {"parties": self.parties, "may": frozenset({"request"})}
        self.play(name, actor, body, **(said | changes))
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

    # --- what came of it -------------------------------------------------------------------------

    def letter(self, wording: str, language: str = "da") -> Letter:
        values = self.mail(wording).values
        return self.procedure.wording.letter(wording, language, {**values, **GIVEN})

    def sent(self) -> set[tuple[str, str]]:
        return {*self.posted}

    def day(self, name: str) -> date:
        """The local day on which a deadline of the last step is over."""
        return self.procedure.policy.days.local_date(self.deadline(name).due)


def with_settings(**settings: Any) -> Procedure:
    policy = {"procedures": {"home_care_change": settings}}
    return procedures(Policy.model_validate(policy))["home_care_change"]
