"""What is asked is asked again so many times, and then left to people: two rows of a table.

The time to answer passes, a reminder goes out and the time runs anew; after the last reminder the
same deadline gives the matter up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workflows.definition import DeadlineRule, Move, Outcome, Situation


@dataclass(frozen=True, slots=True)
class Turn:
    """One of the two rows: its name, what it does, and a reason where no seed rule asks for it."""

    name: str
    act: Callable[[Situation], Outcome]
    reason: str = ""
    target: str | None = None


def reminder_moves(
    deadline: DeadlineRule,
    *,
    sources: tuple[str, ...],
    may_remind: Callable[[Situation], bool],
    remind: Turn,
    give_up: Turn,
    rules: tuple[str, ...] = (),
) -> tuple[Move, Move]:
    """Return the moves of a deadline that may pass several times: remind while one may, give up."""

    def row(turn: Turn, when: Callable[[Situation], bool] | None) -> Move:
        return Move(
            name=turn.name,
            sources=sources,
            events=("deadline_passed",),
            deadline=deadline.name,
            when=when,
            target=turn.target,
            who=("clock",),
            rules=rules,
            reason=turn.reason,
            act=turn.act,
        )

    return row(remind, may_remind), row(give_up, None)
