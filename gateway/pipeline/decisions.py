"""What admission may decide, each way out a type of its own with one fate, and what it decides by.

`Quarantined` is kept and gets no answer, `Refused` is told every error, `SetAside` waits for a
person, `Silent` is kept and not answered, `Admitted` goes to the procedure, `Standing` is answered
by the gateway itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from gateway.pipeline.sender import Sender
from gateway.settings import AuthoritySettings
from gateway.store.registry import Directory
from parsers.content import Attachment
from parsers.outcomes import Submission
from parsers.problems import Problem
from workflows.definition import Procedure


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Nobody can be named, or not surely enough."""

    code: str
    words: str
    sender: Sender | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Wrong content from an authenticated sender: every problem at once."""

    sender: Sender
    problems: tuple[Problem, ...]
    message: str | None = None
    submission_id: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class SetAside:
    """Authenticated, but no submission and no case: a person sorts it; `wording` says so."""

    sender: Sender
    code: str
    wording: str


@dataclass(frozen=True, slots=True)
class Silent:
    """Automatic mail that is no submission: kept, never answered."""

    sender: Sender
    code: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """Something that a procedure must judge."""

    sender: Sender
    procedure: Procedure
    event: str
    body: BaseModel
    case: str | None
    """The case's number; None opens a new one."""
    submission: Submission | None = None
    attachments: tuple[Attachment, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)

    def refused(self, *problems: Problem) -> Refused:
        """The same message, refused."""
        submission = self.submission
        return Refused(
            self.sender,
            problems,
            self.event,
            submission.id if submission else None,
            submission.reference if submission else None,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """A message that belongs to no case, which the gateway answers by itself."""

    sender: Sender
    submission: Submission


Decision = Quarantined | Refused | SetAside | Silent | Admitted | Standing


@dataclass(frozen=True, slots=True)
class Desk:
    """What admission decides by."""

    directory: Directory
    procedures: Mapping[str, Procedure]
    authority: AuthoritySettings
    mailboxes: Mapping[str, frozenset[str]]
    """The procedures that each of our addresses takes."""

    def takes(self, mailbox: str, procedure: Procedure) -> bool:
        """Whether an address takes messages of a procedure."""
        return procedure.name in self.takes_all(mailbox)

    def takes_all(self, mailbox: str) -> frozenset[str]:
        """The procedures whose messages an address takes."""
        return self.mailboxes.get(mailbox, frozenset())

    def procedure_of(self, message: str) -> Procedure | None:
        """The procedure that a message type belongs to."""
        return next((p for p in self.procedures.values() if p.message(message)), None)
