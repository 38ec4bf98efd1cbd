"""What a case keeps of a coordination, who asks in it and who answers."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from workflows.definition import Situation
from workflows.events import AUTHORITY
from workflows.letters import address_of
from workflows.procedures.coordination.messages import CoordinationReply, CoordinationRequest

OPEN: Final = ("SENT", "ANSWERED")


class Coordination(BaseModel):
    """All of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    request: CoordinationRequest
    reference: str | None
    sent_at: datetime
    reminders: int = 0
    replies: tuple[CoordinationReply, ...] = ()
    """The answer and what was added to it, in order."""
    outcome: str | None = None


def asker(situation: Situation) -> str:
    """Return the role of who asks: a kommune that wrote, or our own authority."""
    return "acting" if situation.party("acting") is not None else AUTHORITY


def answerer(situation: Situation) -> str:
    """Return the role of who answers: another kommune, or our own authority."""
    return "residence" if situation.party("residence") is not None else AUTHORITY


def at_asker(situation: Situation) -> str:
    """Return how a mail names who asks."""
    return address_of(asker(situation))


def at_answerer(situation: Situation) -> str:
    """Return how a mail names who answers."""
    return address_of(answerer(situation))
