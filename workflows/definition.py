"""The parts that a procedure is made of. A procedure is data: rows of moves, no class to extend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from parsers.problems import Problem
from workflows.calendars import Calendar, Country
from workflows.effects import Effect
from workflows.errors import WrongEvent
from workflows.events import ASSURANCES, AUTHORITY, INBOX, SENDER, Event, Party
from workflows.policy import Policy
from workflows.wording import Wording

Body = TypeVar("Body", bound=BaseModel)

NO_CASE = None
"""The source of a move that opens a case."""
BY_NUMBER = "case"
"""The kind of a relation that names another case by its number."""


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
    procedure: Procedure = field(repr=False)

    @property
    def policy(self) -> Policy:
        """How the authority reads what the seeds leave open."""
        return self.procedure.policy

    @property
    def wording(self) -> Wording:
        """The procedure's texts."""
        return self.procedure.wording

    def settings(self, model: type[Body]) -> Body:
        """Return the procedure's own settings as the model that they are. Raises WrongEvent."""
        if not isinstance(self.procedure.settings, model):
            raise WrongEvent(f"{self.procedure.name}: its settings are not a {model.__name__}")
        return self.procedure.settings

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
        wanted = self.event.actor.role if role in {None, SENDER} else role
        party = self.party(AUTHORITY if wanted == INBOX else str(wanted))
        if party is not None:
            return party.language
        return self.case.language if self.case else self.procedure.language

    @property
    def number(self) -> str:
        """The case's number, also while it is being opened."""
        return self.case.number if self.case else self.event.number or ""

    @property
    def calendar(self) -> Calendar:
        """The calendar by which days are counted."""
        return self.procedure.days


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a move makes of the case's data, and the effects in order."""

    data: BaseModel
    effects: tuple[Effect, ...] = ()
    parties: tuple[Party, ...] | None = None
    """The case's parties from now on. None: as before; of a new case, all who were found."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition without which an event is refused.

    `check` gives the refusal, or None; of a long report, all that is wrong with its rows.
    """

    name: str
    rules: tuple[str, ...]
    check: Callable[[Situation], Problem | tuple[Problem, ...] | None]
    attach: Callable[[Situation], tuple[str, ...]] | None = None
    """Documents to send along with its refusal, such as the current draft."""
    alert: str | None = None
    """The alert that its refusal raises, where people have to know: `alert.<code>` may name
    `number` and `sender`."""


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
    settings: tuple[str, ...] = ()
    """The settings that it rests on, told in its receipts: `policy.<name>` of all procedures,
    else a name of the procedure's own. Text: `setting.<name>`."""
    rests_on: Callable[[Situation], tuple[str, ...]] | None = None
    """Which of them a step rests on, where not all. None: all."""


@dataclass(frozen=True, slots=True)
class MessageRule:
    """A message type of the procedure and the least assurance that it takes.

    `forms` are those that make sense for the model, where none are named. `sender`: the role of
    whoever opens a case with it.
    """

    name: str
    model: type[BaseModel]
    assurance: str
    opens: bool = False
    needs_addressee: bool = False
    forms: tuple[str, ...] = ()
    sender: str = "acting"


@dataclass(frozen=True, slots=True)
class PartyRule:
    """Somebody who takes part, found by what a field of an event's body says.

    `field` is dotted: of the body; after `policy.` of the authority's settings, after `settings.`
    of the procedure's, after `cooperation.` of those who take part in it on the day. `by`: a
    municipality's code, a partner's key, CVR or organisation number, or a facility's key. A list
    names several: each is in the role `role.<key>`. Who is not registered is left out, and it is
    for a guard to refuse that. Of several rules for one role the first that finds somebody counts.
    """

    role: str
    by: Literal["municipality", "partner", "facility"]
    field: str


@dataclass(frozen=True, slots=True)
class Relation:
    """Other cases that an event has to be judged beside: those filed under the same value.

    `value` gives what to look for, or None. `procedures`: whose cases; none named means all. Every
    case is filed under its own number: the kind `BY_NUMBER`.
    """

    events: tuple[str, ...]
    kind: str
    value: Callable[[Case | None, BaseModel], str | None]
    procedures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MoneyRule:
    """One rule of what is paid: it makes of some amounts or days other ones.

    The procedure's arithmetic calls `apply` of each; what a rule takes and gives is of its kind, so
    that taking a rule out leaves the first argument as it was.
    """

    name: str
    rules: tuple[str, ...]
    apply: Callable[..., Any]


class NoSettings(BaseModel):
    """The settings of a procedure that has none of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """A deadline of the procedure: who is waited for, and by which rule or for what reason."""

    name: str
    who: str
    rules: tuple[str, ...] = ()
    reason: str = ""
    settings: tuple[str, ...] = ()
    """The settings that its count rests on, as of `Move.settings`."""


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
    parties: Mapping[str, tuple[PartyRule, ...]] = field(default_factory=dict)
    """By the message or act that names them."""
    relations: tuple[Relation, ...] = ()
    money: tuple[MoneyRule, ...] = ()
    settings: BaseModel = field(default_factory=NoSettings)
    """Its own, from `[policy.procedures.<name>]`; what stands here are the defaults."""
    searches_files: bool = False
    """Whether attached files are searched for citizens' numbers: `AttachmentRef.citizen_number`."""
    language: str = "da"
    """The language of most of its users: of its blank forms and pictures."""
    country: Country | None = None
    """Whose working days count in it, where the law behind it is one country's: a gateway may serve
    Danish and Swedish procedures at once. None: the policy's calendar."""
    watched: frozenset[str] = frozenset()
    """States in which a case waits for our own caseworkers: `sagspost watchlist` shows it."""
    index: Mapping[tuple[str | None, str], tuple[Move, ...]] = field(default_factory=dict)

    @property
    def days(self) -> Calendar:
        """The calendar by which its days are counted."""
        days = self.policy.days
        return days if self.country is None else replace(days, country=self.country)

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

    def setting(self, name: str) -> Any:
        """Return the value of a setting by its dotted name. Raises AttributeError."""
        shared = name.startswith("policy.")
        value: Any = self.policy if shared else self.settings
        for step in name.removeprefix("policy.").split("."):
            value = getattr(value, step)
        return value

    @property
    def named_settings(self) -> tuple[str, ...]:
        """The settings that any row rests on, in the order of the rows."""
        found = [name for move in self.moves for name in move.settings]
        found += [name for rule in self.deadlines for name in rule.settings]
        return tuple(dict.fromkeys(found))

    def body_model(self, event: str) -> type[BaseModel] | None:
        """Return the model of an event's body; None for an event that is not known."""
        rule = self.message(event)
        if rule is not None:
            return rule.model
        return self.acts.get(event) or self.system.get(event)
