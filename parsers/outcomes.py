"""What the content of a mail can turn out to be. Every reader gives one of these, and never raises.

Submission     a message in one of its forms, complete and valid
Unreadable     meant as a message, but wrong: every problem at once
Reply          a signed answer to a draft, in the words that the draft asks for
UnclearReply   looks like such an answer, and is none that could count
Help           asks for our certificate and blank forms
NoSubmission   anything else
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pydantic import BaseModel

from parsers.canonical import JsonValue
from parsers.content import Attachment
from parsers.problems import Problem

RowNumbers: TypeAlias = tuple[str, tuple[int, ...]]
"""The path before the rows of a file, and the number that each has in it; empty for other forms."""
Keyword: TypeAlias = Literal["approved", "not_approved", "change"]


@dataclass(frozen=True)
class Submission:
    """A valid message. ``fields`` is its canonical JSON object, ``digest`` the SHA-256 over it."""

    form: str
    message: str
    id: str
    to: str | None
    reference: str | None
    case: str | None
    body: BaseModel
    digest: str
    fields: Mapping[str, JsonValue]
    warnings: tuple[Problem, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    row_numbers: RowNumbers = field(default=("", ()), repr=False, compare=False)


@dataclass(frozen=True)
class Unreadable:
    """Wrong content; what could be read of the submission's own keys is kept for the refusal."""

    problems: tuple[Problem, ...]
    message: str | None = None
    id: str | None = None
    reference: str | None = None
    case: str | None = None


@dataclass(frozen=True)
class Reply:
    """A signed answer: the draft's token, and the reason or the wish (empty for an approval)."""

    keyword: Keyword
    case: str
    version: int
    digest_start: str
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class UnclearReply:
    """Dialogue that looks like an answer; ``text`` is the sender's own text."""

    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Help:
    """The mail asks for help and says nothing else."""


@dataclass(frozen=True)
class NoSubmission:
    """Ordinary mail; ``text`` is the sender's own text."""

    text: str
    attachments: tuple[Attachment, ...] = ()


Outcome: TypeAlias = Submission | Unreadable | Reply | UnclearReply | Help | NoSubmission
