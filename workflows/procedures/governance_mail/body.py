"""What a case keeps about one body: its seats, its secretariat, what was posted to it."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from workflows.procedures.governance_mail.messages import BodyCode, Membership


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Post(_Kept):
    """One mail to the list."""

    what: str
    title: str
    meeting_date: date
    at: datetime
    by: str
    readers: tuple[str, ...]
    """The roles that it went to."""


class GovernanceBody(_Kept):
    """All of it."""

    code: BodyCode
    name: str
    secretariat: str
    valid_from: date
    valid_to: date | None = None
    members: tuple[Membership, ...] = ()
    posts: tuple[Post, ...] = ()
    closing_reason: str | None = None
