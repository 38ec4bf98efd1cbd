"""Plays any case of the framework cooperation: each call is one event, and the effects are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from parsers.identifiers import MUNICIPALITIES
from tests.workflows import stage
from workflows.engine import Party

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
class Stage(stage.Stage):
    """A case of the cooperation, whose deadlines pass when they are due."""

    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def happens(self, name: str, role: str, body: Any = None, **changes: Any) -> Self:
        actor = self.as_party(role, *changes.get("parties", ()))
        self.play(name, actor, body, **changes)
        return self

    def at(self, year: int, month: int, day: int, hour: int = 9) -> Self:
        self.now = datetime(year, month, day, hour, tzinfo=UTC)
        return self

    def passed(self, deadline: str) -> Self:
        self.now = max(self.now, self.due(deadline) + timedelta(seconds=2))
        return super().passed(deadline)

    def sent(self) -> list[tuple[str, str]]:
        return self.posted

    def told(self, wording: str) -> list[str]:
        return [to for found, to in self.posted if found == wording]
