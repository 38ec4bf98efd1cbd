"""The parts that a procedure is made of. A procedure is data: rows of moves, no class to extend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self, TypeVar

from pydantic import BaseModel

from parsers.problems import Problem
from workflows.calendars import Calendar
from workflows.effects import Effect
from workflows.errors import WrongEvent
from workflows.events import ASSURANCES, Event, Party
from workflows.policy import Policy
from workflows.wording import Wording

Body = TypeVar("Body", bound=BaseModel)

NO_CASE = None
"""The source of a move that opens a case."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case: where it stands, whom it concerns, and what its procedure keeps about it."""

    number: str
    procedure: str
    state: str
    opened_at: datetime
    parties: tuple[Party, ...]
    language: str
    data: BaseModel = field(repr=False)

    def party(self, role: str) -> Party | None:
        """Find the party in a role."""
        return next((party for party in self.parties if party.role == role), None)

    def to_json(self) -> dict[str, Any]:
        """Return the case as JSON values, to be kept."""
        return {
            "number": self.number,
            "procedure": self.procedure,
            "state": self.state,
            "opened_at": self.opened_at.isoformat(),
            "parties": [party.to_json() for party in self.parties],
            "language": self.language,
            "data": self.data.model_dump(mode="json", by_alias=True),
        }

    @classmethod
    def from_json(cls, procedure: Procedure, kept: Mapping[str, Any]) -> Self:
        """Return a kept case. Raises pydantic's ValidationError when it is not one of ours."""
        return cls(
            number=kept["number"],
            procedure=kept["procedure"],
            state=kept["state"],
            opened_at=datetime.fromisoformat(kept["opened_at"]),
            parties=tuple(Party(**party) for party in kept["parties"]),
            language=kept["language"],
            data=procedure.data_model.model_validate(kept["data"]),
        )


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a guard or a move may look at."""

    case: Case | None
    event: Event
    now: datetime
    policy: Policy
    wording: Wording = field(repr=False)

    def body(self, model: type[Body]) -> Body:
        """Return the event's body as the model that it is. Raises WrongEvent."""
        if not isinstance(self.event.body, model):
            raise WrongEvent(f"{self.event.name}: the body is not a {model.__name__}")
        return self.event.body

    def data(self, model: type[Body]) -> Body:
        """Return the case's data as the model that it is. Raises WrongEvent without a case."""
        if self.case is None or not isinstance(self.case.data, model):
            raise WrongEvent(f"{self.event.name}: there is no case with {model.__name__}")
        return self.case.data

    @property
    def parties(self) -> tuple[Party, ...]:
        """The case's parties; before there is a case, those who came with the event."""
        return self.event.parties if self.case is None else self.case.parties

    def party(self, role: str) -> Party | None:
        """Find the party in a role."""
        return next((party for party in self.parties if party.role == role), None)

    def reader(self, role: str | None = None) -> str:
        """Return the language of a recipient; by default of whoever caused the event."""
        wanted = role or self.event.actor.role
        party = self.party("authority" if wanted == "inbox" else wanted)
        if party is not None:
            return party.language
        return self.case.language if self.case else "da"

    @property
    def number(self) -> str:
        """The case's number, also while it is being opened."""
        return self.case.number if self.case else self.event.number or ""

    @property
    def calendar(self) -> Calendar:
        """The calendar by which days are counted."""
        return self.policy.days


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a move makes of the case's data, and the effects in order."""

    data: BaseModel
    effects: tuple[Effect, ...] = ()
    parties: tuple[Party, ...] | None = None
    """The parties of a case that is opened, where not all who were found take part."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition without which an event is refused. `check` gives the refusal, or None."""

    name: str
    rules: tuple[str, ...]
    check: Callable[[Situation], Problem | None]
    attach: Callable[[Situation], tuple[str, ...]] | None = None
    """Documents to send along with its refusal, such as the current draft."""


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table.

    Of the moves for a state and an event, the first whose `when` holds is taken; then all its
    guards are asked, and all their refusals are told at once. `target` None: the case stays where
    it is. `passing`: states that are entered and left within the same step.
    """

    name: str
    sources: tuple[str | None, ...]
    events: tuple[str, ...]
    target: str | None
    who: tuple[str, ...]
    act: Callable[[Situation], Outcome]
    rules: tuple[str, ...] = ()
    reason: str = ""
    """Why the move exists where no seed rule asks for it."""
    guards: tuple[Guard, ...] = ()
    when: Callable[[Situation], bool] | None = None
    deadline: str | None = None
    """For `deadline_passed`: which."""
    passing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageRule:
    """A message type of the procedure and the least assurance that it takes."""

    name: str
    model: type[BaseModel]
    assurance: str
    opens: bool = False
    needs_addressee: bool = False
    forms: tuple[str, ...] = ("json", "text")


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """A deadline of the procedure: who is waited for, and by which rule or for what reason."""

    name: str
    who: str
    rules: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure, whole. Construct it through `workflows.validation.checked`."""

    name: str
    states: tuple[str, ...]
    terminal: frozenset[str]
    moves: tuple[Move, ...]
    messages: tuple[MessageRule, ...]
    acts: Mapping[str, type[BaseModel]]
    """Acts of people and the model of each one's body."""
    system: Mapping[str, type[BaseModel]]
    """Events that the gateway raises by itself, and the model of each one's body."""
    deadlines: tuple[DeadlineRule, ...]
    mails: tuple[str, ...]
    """Every wording that an effect may name."""
    alerts: tuple[str, ...]
    data_model: type[BaseModel]
    policy: Policy
    wording: Wording
    index: Mapping[tuple[str | None, str], tuple[Move, ...]] = field(default_factory=dict)

    def message(self, name: str) -> MessageRule | None:
        """Find a message type by its name."""
        return next((rule for rule in self.messages if rule.name == name), None)

    def minimum(self, message: str) -> str:
        """Return the least assurance of a message: its own, or the policy's where that is higher.

        Raises WrongEvent for a name that is no message of the procedure.
        """
        rule = self.message(message)
        if rule is None:
            raise WrongEvent(f"{message}: no message of {self.name}")
        wanted = self.policy.assurance.get(message, rule.assurance)
        return max(wanted, rule.assurance, key=ASSURANCES.index)

    def body_model(self, event: str) -> type[BaseModel] | None:
        """Return the model of an event's body; None for an event that is not known."""
        rule = self.message(event)
        if rule is not None:
            return rule.model
        return self.acts.get(event) or self.system.get(event)
