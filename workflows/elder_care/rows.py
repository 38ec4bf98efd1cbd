"""What many tables of elder care have in common: the clock's rows, and a count of reminders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from pydantic import BaseModel, ConfigDict

from workflows.definition import DeadlineRule, Move, Outcome, PartyRule, Situation
from workflows.effects import Alert, SetDeadline
from workflows.letters import alarm


class Reminding(BaseModel):
    """A case that keeps how often each of its deadlines was reminded of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reminders: dict[str, int] = {}

    def reminded(self, deadline: str) -> Self:
        """Return the case with one more reminder for a deadline counted."""
        count = self.reminders.get(deadline, 0) + 1
        return self.model_copy(update={"reminders": self.reminders | {deadline: count}})


def again_or_alarm(
    situation: Situation, count: int, again: list[SetDeadline], alert: str
) -> list[SetDeadline | Alert]:
    """Return the next reminder, or after the last one that the policy wants the alert."""
    return [*again] if count < situation.policy.timers.reminders else [alarm(situation, alert)]


def on_passing(
    rule: DeadlineRule,
    name: str,
    sources: tuple[str, ...],
    act: Callable[[Situation], Outcome],
    *,
    target: str | None = None,
    rules: tuple[str, ...] = (),
    reason: str = "",
    settings: tuple[str, ...] = (),
) -> Move:
    """Return the row for a deadline that passes."""
    return Move(
        name=name,
        sources=sources,
        events=("deadline_passed",),
        deadline=rule.name,
        target=target,
        who=("clock",),
        rules=rules,
        reason=reason,
        settings=settings,
        act=act,
    )


def named_or_set(role: str) -> tuple[PartyRule, PartyRule]:
    """Return how a partner is found whom a body may name, and whom else the settings do."""
    return (PartyRule(role, "partner", role), PartyRule(role, "partner", f"settings.{role}"))
