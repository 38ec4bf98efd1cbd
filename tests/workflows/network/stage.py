"""A stage for any procedure: each event is one line, and other cases can stand beside the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from tests.workflows import stage
from workflows.catalogue import procedures
from workflows.definition import Procedure
from workflows.engine import Alert, AttachmentRef, Delivery, Party
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
class Stage(stage.Stage):
    """One case of the network, where each event is one line."""

    now: datetime = MONDAY

    def does(self, name: str, role: str, body: Any = None, **changes: Any) -> Self:
        """An event: a message by mail, an act, or what the gateway itself tells."""
        own = next((one.cvr for one in self.parties if one.role == "authority"), None)
        mail = {"submission": {"to": own}} if self.procedure.message(name) else {}
        self.play(name, self.as_party(role), body, **(mail | changes))
        return self

    def bounced(self, event: str, role: str) -> Self:
        return self.does(event, "gateway", Delivery(role=role, evidence="dsn"))

    def at(self, year: int, month: int, day: int, hour: int = 9) -> Self:
        self.now = datetime(year, month, day, hour, tzinfo=UTC)
        return self

    def due(self, deadline: str) -> datetime:
        """When a deadline that the last event set is over."""
        due: datetime = self.deadline(deadline).due
        return due

    # --- what came of it -------------------------------------------------------------------------

    def sent(self) -> set[tuple[str, str]]:
        return set(self.posted)

    def text(self, wording: str, to: str | None = None, language: str = "da") -> str:
        """What a mail says, as its reader gets it."""
        values = dict(self.mail(wording, to).values)
        more = {"authority": "Region", "contacts": "", "link": "", "errors": ""}
        return self.procedure.wording.letter(wording, language, more | values).text

    def alerts(self) -> list[str]:
        return [alert.code for alert in self.effects(Alert)]


PLAN = AttachmentRef("afgoerelse.pdf", "ab" * 32, "7")
