"""Where a flow is played: what a stage must be able to do, and what it gives back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from gateway.showcase.flows.language import Delivery
from gateway.showcase.stage import Done

UNTOLD: Final = "head"
"""The kind of mail that is no post."""
ALL: Final = ("--limit", "1000")
"""For listings: more than any flow has."""


@dataclass(frozen=True, slots=True)
class Post:
    """A mail of the gateway that its reader's mail server has taken."""

    id: str
    """As `sagspost outbox list` has it."""
    kind: str
    to: str
    """The address."""
    case: str | None
    raw: bytes = field(repr=False)


class StageOfFlow(Protocol):
    """A gateway, and the world around it, in a process of our own or beside it.

    The day's signed head over all cases is no post: it comes every day, whatever a flow is about.
    """

    @property
    def certificate(self) -> Path:
        """The gateway's certificate: partners encrypt to it, and verify with it."""

    @property
    def mailbox(self) -> str:
        """The address that partners write to."""

    def now(self) -> datetime:
        """The gateway's time, UTC."""

    def run(self, *arguments: str) -> Done:
        """Run one command of `sagspost`; its exit status may be any."""

    def hand_over(self, mail: bytes, sender: str, *, tunnel: str | None = None) -> None:
        """Hand a raw mail to the door; `tunnel` names the partner whose tunnel it comes through."""

    def move_to(self, moment: datetime) -> None:
        """Let time pass until a moment; deadlines that have passed are noticed."""

    def settle(self, posts: int) -> None:
        """Let the gateway come to rest; so many posts are expected since the beginning."""

    def look_again(self) -> bool:
        """Wait a little where that could change anything; False when it is no use any more."""

    def posts(self) -> Sequence[Post]:
        """All mail that was taken by its readers' mail servers so far, in that order."""

    def route(self, address: str, delivery: Delivery) -> None:
        """Let mail to an address arrive, wait or fail from now on; or let the last one bounce."""


def listed(stage: StageOfFlow, *arguments: str) -> Any:
    """Run a command that lists or shows, and read its JSON. Raises ValueError when it fails."""
    done = stage.run(*arguments, "--json")
    if done.status != 0:
        raise ValueError(f"sagspost {' '.join(arguments)}: {done.err.strip() or done.out.strip()}")
    return json.loads(done.out)
