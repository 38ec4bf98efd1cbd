"""What a case keeps about its framework agreement: texts, recommendations, rounds, votes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from workflows.errors import WrongEvent
from workflows.participants import Participant
from workflows.procedures.framework_agreement.messages import (
    Outcome,
    ReviewBody,
    Section,
    SteeringAgreement,
)

Condition = Literal["none", "open", "yes", "no"]
"""Whether the remarks are a condition: not asked, asked, found to be one, found to be none."""


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class File(_Kept):
    """A file that belongs to the text."""

    name: str
    sha256: str
    document: str


class Draft(_Kept):
    """One text of the agreement. It never changes; its digest says which it is."""

    number: int
    title: str
    sections: tuple[Section, ...]
    steering: SteeringAgreement
    files: tuple[File, ...]
    digest: str
    made_at: datetime
    made_by: str

    @property
    def documents(self) -> tuple[str, ...]:
        """Everything that a council gets: for people, for machines, and the files."""
        own = (f"framework-{self.number}.pdf", f"framework-{self.number}.json")
        return (*own, *(file.document for file in self.files))


class Recommendation(_Kept):
    """What a body decided about a text."""

    body: ReviewBody
    decision: Literal["RECOMMENDED", "RETURNED"]
    draft: int
    meeting_date: date
    text: str | None
    at: datetime
    by: str


class Vote(_Kept):
    """A council's decision. One that was replaced is kept, and counts no more."""

    organisation: str
    outcome: Outcome
    draft: int
    meeting_date: date
    agenda_item: str
    voted_by: str
    protocol_extract: str
    remarks: str | None
    condition: Condition
    at: datetime
    source: str | None
    second_person: str | None = None
    replaced: bool = False

    @property
    def approves(self) -> bool:
        """Whether it is an approval without an open question."""
        return self.outcome != "NOT_APPROVED" and self.condition in {"none", "no"}


class Round(_Kept):
    """One approval round: all councils, one text, one day by which they have to answer."""

    number: int
    draft: int
    digest: str
    started_at: datetime
    due: date
    votes: tuple[Vote, ...] = ()

    def standing(self, organisation: str) -> Vote | None:
        """The vote of an organisation that counts now."""
        return next(
            (v for v in self.votes if v.organisation == organisation and not v.replaced), None
        )

    def with_vote(self, vote: Vote) -> Round:
        """Return the round with a vote that replaces an earlier one of the same organisation."""
        kept = tuple(
            one.model_copy(update={"replaced": True})
            if one.organisation == vote.organisation
            else one
            for one in self.votes
        )
        return self.model_copy(update={"votes": (*kept, vote)})


class Framework(_Kept):
    """All of it."""

    title: str
    first_day: date
    last_day: date
    due: date
    approvers: tuple[Participant, ...]
    steering: SteeringAgreement | None = None
    steering_files: tuple[File, ...] = ()
    drafts: tuple[Draft, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    rounds: tuple[Round, ...] = ()
    published_where: str | None = None
    published_on: date | None = None
    sent_to_agency_on: date | None = None
    closing_reason: str | None = None

    @property
    def current(self) -> Draft | None:
        """The latest text."""
        return self.drafts[-1] if self.drafts else None

    def approver(self, cvr: str) -> Participant | None:
        """Find an approver by its CVR number."""
        return next((one for one in self.approvers if one.cvr == cvr), None)

    def with_round(self, changed: Round) -> Framework:
        """Return the agreement with its latest round replaced."""
        return self.model_copy(update={"rounds": (*self.rounds[:-1], changed)})


def newest(framework: Framework) -> Draft:
    """Return the latest text. Raises WrongEvent where there is none."""
    if framework.current is None:
        raise WrongEvent("the case has no text yet")
    return framework.current


def open_round(framework: Framework) -> Round:
    """Return the latest round. Raises WrongEvent where there is none."""
    if not framework.rounds:
        raise WrongEvent("the case has no round yet")
    return framework.rounds[-1]


def missing(framework: Framework) -> tuple[Participant, ...]:
    """Return the organisations without a vote in the round, in the order of the approvers."""
    votes = open_round(framework)
    return tuple(one for one in framework.approvers if votes.standing(one.cvr) is None)


def all_approve(framework: Framework) -> bool:
    """Whether every one of them approves; silence is no approval (S4-R10)."""
    votes = open_round(framework)
    standing = [votes.standing(one.cvr) for one in framework.approvers]
    return all(vote is not None and vote.approves for vote in standing)
