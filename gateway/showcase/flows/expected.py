"""What must be seen after a step of a flow; `line` is where the flow says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Literal, TypeAlias

Fate = Literal["processed", "refused", "quarantined", "manual", "duplicate"]


@dataclass(frozen=True, slots=True)
class Gets:
    """One mail to somebody; `texts` stand in its subject or its words, `absent` do not."""

    line: int
    who: str
    kind: str
    texts: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """Attachments by name; a * stands for anything."""


@dataclass(frozen=True, slots=True)
class Nobody:
    """No mail goes out in this step."""

    line: int


@dataclass(frozen=True, slots=True)
class Others:
    """Further mails may go out in this step."""

    line: int


@dataclass(frozen=True, slots=True)
class CaseIs:
    """The state that a case is in."""

    line: int
    label: str | None
    state: str


@dataclass(frozen=True, slots=True)
class DeadlineIs:
    """A deadline that is waited for, in local time; without a time of day, any of that day."""

    line: int
    label: str | None
    name: str
    day: date
    at: time | None


@dataclass(frozen=True, slots=True)
class NoDeadline:
    """A deadline that is not waited for; with no name, none is."""

    line: int
    label: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the mail or act of this step; `code` says why, `path` at which field."""

    line: int
    fate: Fate
    code: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Shows:
    """A value of `sagspost case show`, by its dotted path; lists are counted from 1."""

    line: int
    label: str | None
    path: str
    value: str


@dataclass(frozen=True, slots=True)
class Explained:
    """What `sagspost case explain` tells of a case, or `deadline explain` of one deadline."""

    line: int
    label: str | None
    deadline: str | None
    texts: tuple[str, ...]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a case's settlement plan, or of one month of it (YYYY-MM)."""

    line: int
    label: str | None
    month: str | None
    amount: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of the sources that the step kept, among others."""

    line: int
    label: str | None
    ids: tuple[str, ...]


Expectation: TypeAlias = (
    Gets
    | Nobody
    | Others
    | CaseIs
    | DeadlineIs
    | NoDeadline
    | Judged
    | Shows
    | Explained
    | Total
    | Rules
)
