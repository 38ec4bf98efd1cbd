"""What a flow is made of: who takes part, what they do, and what must be seen after each step.

`line` is the line of the file, counted from 1, so that whatever fails can be found there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from gateway.showcase.flows.expected import Expectation

Language = Literal["da", "sv", "en"]
Sealing = Literal["sealed", "signed only", "in clear", "through the tunnel"]
Trust = Literal["registered", "stranger", "forger"]
Delivery = Literal["arrives", "waits", "fails", "bounces"]


class FlowError(Exception):
    """A flow cannot be read; the text names the line and says what is wrong."""

    def __init__(self, line: int, said: str) -> None:
        super().__init__(f"line {line}: {said}")
        self.line = line
        self.said = said


@dataclass(frozen=True, slots=True)
class Partner:
    """Somebody who writes: a registered partner, a stranger to us, or one who lies.

    A stranger (known to the certificate authority, registered nowhere) and a forger (an authority
    that we do not trust) are never told of to the gateway.
    """

    line: int
    key: str
    name: str
    number: str
    """CVR, or the Swedish organisation number."""
    address: str
    municipality: str | None = None
    may: str = "request,approve"
    language: str = "da"
    approvers: tuple[str, ...] = ()
    tunnel: bool = False
    """Whether its unsigned mail may come through a tunnel of its own."""
    trust: Trust = "registered"


@dataclass(frozen=True, slots=True)
class Facility:
    """A place where citizens live or are helped (da: tilbud)."""

    line: int
    key: str
    name: str
    address: str
    language: str = "da"
    sealed: bool = True
    """Whether it has a certificate; without one it gets nothing personal."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a facility who acts by signed mail."""

    line: int
    key: str
    name: str
    facility: str
    address: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of `sagspost.toml`: a dotted name below `[policy]`, and its TOML value."""

    line: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message or an act; `value` None takes it out of what was said before."""

    line: int
    path: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Fields under a name, to be sent several times."""

    line: int
    name: str
    fields: tuple[Field, ...]


# --- what people do ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Manner:
    """How something is sent or done, beyond its content."""

    label: str | None = None
    """The label of the case that it opens."""
    case: str | None = None
    """The label of the case that it belongs to; None: the newest."""
    without_case: bool = False
    form: str = "json"
    sealing: Sealing = "sealed"
    sheet: str | None = None
    subject: str | None = None
    address: str | None = None
    person: str | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, as it is written, and all that must be seen after it."""

    line: int
    words: str
    expected: tuple[Expectation, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter(Step):
    """A heading for the reader; nothing happens."""


@dataclass(frozen=True, slots=True)
class Sends(Step):
    """Partners send a submission; what stands for the sender in it is each one's own."""

    whos: tuple[str, ...] = ()
    message: str = ""
    fields: tuple[Field, ...] = ()
    manner: Manner = Manner()


@dataclass(frozen=True, slots=True)
class Writes(Step):
    """Partners write a mail in their own words."""

    whos: tuple[str, ...] = ()
    text: str = ""
    manner: Manner = Manner()


@dataclass(frozen=True, slots=True)
class SendsAgain(Step):
    """A partner hands over its last mail once more: the same bytes, or `anew` the same content."""

    who: str = ""
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Acts(Step):
    """A person at the authority acts on a case."""

    act: str = ""
    fields: tuple[Field, ...] = ()
    manner: Manner = Manner()


@dataclass(frozen=True, slots=True)
class Opens(Step):
    """A person at the authority opens a case by an act."""

    procedure: str = ""
    act: str = ""
    fields: tuple[Field, ...] = ()
    manner: Manner = Manner()


@dataclass(frozen=True, slots=True)
class Waits(Step):
    """Time passes: to a local moment, by a span, or until just after a case's deadline."""

    to: datetime | None = None
    by: timedelta | None = None
    past: str | None = None
    manner: Manner = Manner()


@dataclass(frozen=True, slots=True)
class Routes(Step):
    """From now on mail to somebody arrives, waits or fails; or the last that arrived comes back."""

    who: str = ""
    delivery: Delivery = "arrives"


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole dialogue. `start` is local time, without a zone: the calendar names the zone."""

    title: str
    procedure: str
    start: datetime
    authority: tuple[str, str]
    """Name and CVR."""
    language: str = "da"
    calendar: Literal["DK", "SE"] = "DK"
    partners: tuple[Partner, ...] = ()
    facilities: tuple[Facility, ...] = ()
    persons: tuple[Person, ...] = ()
    settings: tuple[Setting, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    steps: tuple[Step, ...] = ()

    def sheet(self, name: str) -> Sheet | None:
        """Find the fields of that name."""
        return next((sheet for sheet in self.sheets if sheet.name == name), None)
