"""What members tell the network, and what its secretariat and the styringsaftalegruppe do with it.

The topics are points of the Hjallerup meeting; their text is in an annex that nobody has (S2-R5).
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from parsers.identifiers import CaseNumber
from workflows.bodies import Body, Caseworker, Line, Text

Topic = Literal["1", "2", "4", "6", "7", "OTHER"]
Kind = Literal["problem", "experience", "good_story"]
Side = Literal["buyer_authority", "seller_operations", "both"]
Month = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^\d{4}-(?:0[1-9]|1[0-2])$")
]
"""A month, `2012-02`: what is due in it is due on its last day (S2-R14)."""


def last_day(month: str) -> date:
    """Return the last day of a month."""
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, monthrange(year, number)[1])


class IssueSubmission(Body):
    """A problem, an experience or a good story (da: problemstilling, erfaring, god historie)."""

    topic: Topic
    kind: Kind = "problem"
    title: Line
    text: Text
    proposal: Text | None = None
    side: Side | None = None
    """Whether it is about the buyer's authority or the seller's operations (S2-R7)."""
    contact: Caseworker


class Discussion(Body):
    """The network has discussed an issue (da: drøftet)."""

    note: Text


class Inclusion(Body):
    """An issue goes into a report."""

    report: CaseNumber
    note: Text | None = None


class Parking(Body):
    """An issue stays out of the report for the time being (da: parkeret)."""

    reason: Text


class ReportOpening(Body):
    """A report is due in a month, for the framework agreement of a year."""

    title: Line
    due_month: Month
    agreement_year: int = Field(ge=2000, le=2199)
    steering_group: Line | None = None
    """The partner (its key or CVR number) who receives for the styringsaftalegruppe."""


class Circulation(Body):
    """The draft of the report goes round among the members."""

    text: Text
    comments_by: date | None = None


class ReportOutcome(Body):
    """Whether the report was taken into the framework agreement (da: indarbejdet)."""

    incorporated: bool
    text: Text | None = None
