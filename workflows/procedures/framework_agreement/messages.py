"""What people say about a framework agreement: one model for each message and act.

Field names are the wire names of docs/protocol.md.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from parsers.identifiers import Cvr
from parsers.problems import field_fault
from workflows.bodies import Body, Digest, Line, Text

ReviewBody = Literal["DASSOS", "KD_NET", "KKR"]
Outcome = Literal["APPROVED", "APPROVED_WITH_REMARKS", "NOT_APPROVED"]


class OpenFramework(Body):
    """Opens the work on an agreement: it begins on 1 January of `first_year` (S4-R5)."""

    title: Line
    first_year: int = Field(ge=2000, le=2900)
    due: date | None = None
    """By when all councils have to have approved, where it is not the usual day."""


class Section(Body):
    """A heading and what stands below it."""

    heading: Line
    text: Text


def _some(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    if not sections:
        raise PydanticCustomError("missing", "a text has sections")
    return sections


Sections = Annotated[tuple[Section, ...], Field(max_length=100), AfterValidator(_some)]
"""At least one; asked afterwards, since a least number would also count what is there and wrong."""


class SteeringAgreement(Body):
    """The steering agreement (da: styringsaftale) that Takstgruppen writes (S4-R16)."""

    title: Line
    sections: Sections


class FaDraft(Body):
    """The text of the framework agreement; files go along as attachments."""

    title: Line
    sections: Sections


class FaRecommendation(Body):
    """What a body says of the draft (da: indstilling, KKR-anbefaling)."""

    organ: ReviewBody
    decision: Literal["RECOMMENDED", "RETURNED"]
    meeting_date: date
    text: Text | None = None


class FaConsultationReply(Body):
    """What a council's organisation says while the draft is being worked on (da: høringssvar)."""

    text: Text


class FaVote(Body):
    """One council's decision about one exact text (S4-R10)."""

    organisation: Cvr
    outcome: Outcome
    digest: Digest
    meeting_date: date
    agenda_item: Line
    """The item's number on the agenda."""
    voted_by: Line
    """Who sends the decision, for the council."""
    protocol_extract: Line | None = None
    """The protocol extract (da: protokoludskrift): the name of the file that is attached."""
    remarks: Text | None = None
    condition: bool = False
    """Whether the approval depends on the remarks."""
    second_person: Line | None = None
    """For the authority's own council, whose vote is entered by one person and seen by another."""

    @model_validator(mode="after")
    def _remarks_are_there(self) -> FaVote:
        if self.outcome == "APPROVED_WITH_REMARKS" and self.remarks is None:
            raise field_fault("field.missing", "remarks")
        if self.condition and self.outcome != "APPROVED_WITH_REMARKS":
            raise field_fault("field.invalid", "condition")
        return self


class SettleCondition(Body):
    """What the secretariat found out about remarks that read like a condition."""

    organisation: Cvr
    is_condition: bool
    text: Text


class FaPublished(Body):
    """Where and when the adopted agreement was published, and sent to the agency (SEL § 6)."""

    where: Line
    published_on: date
    sent_to_agency_on: date


class FaFailed(Body):
    """There will be no agreement."""

    reason: Text
