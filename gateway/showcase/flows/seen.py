"""What is to be seen around a gateway: cases, mail that came in, mail that went out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.showcase.flows.reading_mail import ReadPost
from gateway.showcase.flows.stage import ALL, StageOfFlow, listed


@dataclass(frozen=True)
class Cases:
    """All cases at one moment, as `case show` shows them, by number."""

    shown: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def state(self, number: str) -> str | None:
        """Give a case's state; None where there was no such case."""
        case = self.shown.get(number)
        return None if case is None else str(case["state"])

    def events(self, number: str) -> Sequence[Mapping[str, Any]]:
        """Give what happened in a case."""
        case = self.shown.get(number)
        return () if case is None else case["events"]

    def waiting(self, number: str) -> dict[str, datetime]:
        """Give the deadlines of a case that are waited for, UTC."""
        case = self.shown.get(number) or {"deadlines": ()}
        return {
            row["name"]: datetime.fromisoformat(row["due"])
            for row in case["deadlines"]
            if row["state"] == "waiting"
        }


@dataclass(frozen=True)
class Fate:
    """What became of a mail or an act: its state, and each reason with the field it is about."""

    state: str
    reasons: tuple[tuple[str, str], ...] = ()

    def in_words(self) -> str:
        """Say it as a flow does."""
        told = [f"{code} at {path}" if path else code for code, path in self.reasons]
        return " ".join([self.state, ", ".join(told)]).strip()


@dataclass(frozen=True)
class Seen:
    """Everything that one step led to."""

    before: Cases
    after: Cases
    posts: tuple[ReadPost, ...]
    fate: Fate | None
    """None where nothing was sent or done, as when time passes."""
    whos: tuple[str, ...]
    """Who sent something."""

    def moved(self) -> list[str]:
        """Give the numbers of the cases whose state is another than before."""
        return [n for n in self.after.shown if self.before.state(n) != self.after.state(n)]

    def new_events(self, number: str) -> Sequence[Mapping[str, Any]]:
        """Give what happened in a case in this step."""
        return self.after.events(number)[len(self.before.events(number)) :]


def cases_on(stage: StageOfFlow) -> Cases:
    """Look at every case."""
    numbers = [row["number"] for row in listed(stage, "case", "list", *ALL)]
    return Cases({number: listed(stage, "case", "show", number) for number in reversed(numbers)})


def mails_after(stage: StageOfFlow, last: int) -> list[Mapping[str, Any]]:
    """Give the mails that came in after the one with that number, oldest first."""
    rows = [row for row in listed(stage, "message", "list", *ALL) if row["direction"] == "in"]
    return sorted((row for row in rows if number_of(row) > last), key=number_of)


def number_of(row: Mapping[str, Any]) -> int:
    """Give the number of a mail that came in."""
    return int(row["id"][1:])
