"""What happens to a case, and to whom it matters.

An event is a fact from outside: a mail that was admitted, a person's act, a delivery, a deadline
that passed. Its time is the time of receipt; everything local is counted from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from workflows.definition import Case

SYSTEM_ROLES: Final = frozenset({"gateway", "clock"})
INBOX: Final = "inbox"
"""As a recipient: the authority's own inbox (the party `authority` in its role as reader)."""
SENDER: Final = "sender"
"""As a recipient: whoever the gateway authenticated as the sender of this event."""
ACT: Final = "act"
"""The assurance of an act: a person at the console or the command line, no mail."""
ASSURANCES: Final = ("none", "tunnel", "signed", "sealed", ACT)
"""Weakest first."""
AUTHORITY: Final = "authority"
"""The role of the authority that the gateway serves: its caseworkers act in it."""


def kind_of(role: str) -> str:
    """Return what kind of role it is: of several councils each is `council.<key>`."""
    return role.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody whom a case concerns, and how to address them.

    Of several in one role each is `role.<key>`: a round has twenty councils.

    `municipality` is the four-digit code of a kommune; a facility and the authority have none.
    """

    role: str
    key: str
    name: str
    cvr: str
    language: str
    municipality: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return the party as JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who caused an event: a party by its key, and the person where one is known."""

    role: str
    key: str
    name: str
    person: str | None = None


@dataclass(frozen=True, slots=True)
class AttachmentRef:
    """A file that came with an event and is kept with the case."""

    name: str
    sha256: str
    document_id: str
    citizen_number: bool | None = None
    """Whether it holds a citizen's number, where the procedure has files searched. None: it was not
    searched, or can not be read."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, told in full."""

    name: str
    actor: Actor
    at: datetime
    body: BaseModel | None = field(default=None, repr=False)
    source: str | None = None
    """The id of the mail or act."""
    assurance: str = ACT
    submission: Mapping[str, Any] | None = field(default=None, repr=False)
    """The submission's own fields (`id`, `to`, `reference`, `case`, `digest`)."""
    parties: tuple[Party, ...] = ()
    """Everybody whom the event itself names and who could be found; the parties of a new case."""
    number: str | None = None
    """For an event that opens a case: its number."""
    attachments: tuple[AttachmentRef, ...] = ()
    may: frozenset[str] = frozenset()
    """The rights of the sending partner."""
    approvers: tuple[str, ...] = ()
    """The persons whom the sending partner lists as approvers; empty: no list."""
    related: tuple[Case, ...] = field(default=(), repr=False)
    """Other cases that the procedure's relations ask for, as they stand, by number."""

    @property
    def by_system(self) -> bool:
        """Whether nobody stands behind it: a delivery, or the clock."""
        return self.actor.role in SYSTEM_ROLES

    @property
    def by_mail(self) -> bool:
        """Whether it came as a mail that expects a receipt."""
        return not self.by_system and self.assurance != ACT


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Delivery(_Fact):
    """A mail of ours was accepted by the next hop, or came back."""

    role: str
    """Its recipient: a party's role, or `inbox`."""
    evidence: Literal["250", "dsn"] = "250"
    """What was observed: the relay's answer, or a delivery status notification."""


class DeadlinePassed(_Fact):
    """A deadline's time has come."""

    name: str
