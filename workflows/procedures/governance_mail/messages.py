"""What is said about a body: who sits in it, when it meets, what it decided.

Field names are the wire names of docs/protocol.md.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from parsers.identifiers import Cvr
from workflows.bodies import Body, Line, Text

BodyCode = Literal[
    "REGIONSRAAD",
    "BYRAAD",
    "KKR",
    "KONTAKTUDVALG",
    "KD_NET",
    "DASSOS",
    "TAKSTGRUPPE",
    "HJERNESKADESAMRAAD",
    "AD_HOC",
    "PSYKIATRIFORUM",
    "SUNDHEDSKLYNGE",
    "SUNDHEDSKOORDINATIONSUDVALG",
    "SUNDHEDSSTYREGRUPPE",
    "L550_NETWORK",
]
Level = Literal[
    "MAYOR",
    "POLITICIAN",
    "REGIONAL_CHAIR",
    "REGIONAL_COUNCILLOR",
    "CHIEF_EXECUTIVE",
    "GROUP_DIRECTOR",
    "DIRECTOR",
    "MANAGER",
    "ECONOMY_STAFF",
    "STAFF",
    "OBSERVER",
]
"""(da: borgmester, kommunalpolitiker, regionsrådsformand, regionsrådsmedlem, kommunaldirektør,
koncerndirektør, socialdirektør, leder, økonomimedarbejder, medarbejder, interesseorganisation)"""


class Membership(Body):
    """A person's seat, for an organisation, at a level, in a time."""

    person: Line
    organisation: Cvr
    level: Level
    chair: bool = False
    valid_from: date
    valid_to: date | None = None


class BodyOpen(Body):
    """Opens a body's list."""

    code: BodyCode
    name: Line
    secretariat: Cvr | None = None
    """Whose organisation posts to the list; the joint secretariat where nobody is named."""
    valid_from: date
    valid_to: date | None = None
    members: tuple[Membership, ...] = Field(default=(), max_length=400)

    @property
    def organisations(self) -> tuple[str, ...]:
        """The CVR numbers of all who send somebody."""
        return tuple(dict.fromkeys(str(one.organisation) for one in self.members))


class MemberChange(Body):
    """Somebody comes or goes (da: udpegning, udtræden)."""

    change: Literal["APPOINTED", "LEFT"]
    person: Line
    organisation: Cvr
    level: Level
    chair: bool = False
    on: date
    """The first day of a new seat, the last day of one that is left."""
    until: date | None = None

    @property
    def organisations(self) -> tuple[str, ...]:
        """The CVR number of whom it is about, as a list of one."""
        return (str(self.organisation),)


class MeetingCall(Body):
    """The call to a meeting (da: indkaldelse)."""

    title: Line
    meeting_date: date
    time: Line
    place: Line
    text: Text | None = None


class Agenda(Body):
    """The agenda of a meeting (da: dagsorden); papers go along as files."""

    title: Line
    meeting_date: date
    text: Text


class Minutes(Body):
    """The minutes of a meeting (da: referat)."""

    title: Line
    meeting_date: date
    text: Text
    remarks_by: date | None = None
    """By when members say what is wrong with them."""


class MinutesApproval(Body):
    """That the minutes of a meeting are approved, and with which corrections."""

    title: Line
    meeting_date: date
    approved_on: date
    text: Text | None = None
