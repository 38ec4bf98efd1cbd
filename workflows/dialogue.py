"""Free words between the parties of any case (da: dialog): kept, passed on, never moving it.

A procedure takes the message `DIALOGUE`, the events of `DIALOGUE_EVENTS`, the mails of
`DIALOGUE_MAILS` and the moves that `dialogue_moves` makes; the texts are shared by all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal

from pydantic import BaseModel

from parsers.problems import Problem
from workflows.bodies import Body, Text
from workflows.definition import Guard, MessageRule, Move, Outcome, Situation
from workflows.effects import Effect
from workflows.errors import WrongEvent
from workflows.events import SENDER, Party
from workflows.letters import address_of, forward, letter, members

Recipient = Literal["acting", "payer", "facility", "authority"]
Readers = Callable[[str], tuple[str, ...]]
"""From the kind of role that writes to the kinds of roles that read, when nobody is named."""
Concerns = Callable[[Situation, Party], bool]
"""Whether a reader is concerned in this very case: whose gateway it runs in need not be."""


class Dialogue(Body):
    """Free words between the parties (S0-R5); to all others where nobody is named."""

    text: Text
    recipients: tuple[Recipient, ...] = ()


class UnclearReply(Body):
    """Looks like an answer to a draft, and is none: kept as dialogue."""

    text: str


DIALOGUE: Final = MessageRule("dialogue", Dialogue, assurance="tunnel")
SHARED_MESSAGES: Final = frozenset({DIALOGUE.name})
"""Messages that several procedures take; the case says whose it is."""
DIALOGUE_EVENTS: Final[Mapping[str, type[BaseModel]]] = MappingProxyType(
    {"unclear_reply": UnclearReply}
)
DIALOGUE_MAILS: Final = ("dialogue", "dialogue_received", "unclear_reply_no_draft")


def _everybody(_: Situation, __: Party) -> bool:
    return True


def dialogue_moves(
    *,
    sources: tuple[str, ...],
    people: tuple[str, ...],
    guards: tuple[Guard, ...],
    readers: Readers | None = None,
    rules: tuple[str, ...] = (),
    reason: str = "",
    concerns: Concerns = _everybody,
) -> tuple[Move, ...]:
    """Return the moves that keep and pass on what the parties of a case write to each other.

    Without `readers` all other people of the case read.
    """

    def others(own: str) -> tuple[str, ...]:
        return tuple(kind for kind in people if kind != own)

    def usual(situation: Situation) -> tuple[Party, ...]:
        return tuple(p for p in _usual(situation, readers or others) if concerns(situation, p))

    def pass_on(situation: Situation) -> Outcome:
        body = situation.body(Dialogue)
        to = _named(situation, body) or usual(situation)
        effects = _copies(situation, body.text, to)
        if situation.event.by_mail:
            names = ", ".join(dict.fromkeys(party.name for party in to)) or None
            receipt = letter(
                situation, "received", SENDER, "dialogue_received", evidence=True, recipients=names
            )
            effects.append(receipt)
        return Outcome(_data(situation), tuple(effects))

    def keep_unclear(situation: Situation) -> Outcome:
        body = situation.body(UnclearReply)
        copies = _copies(situation, body.text, usual(situation))
        answer = letter(situation, "manual", SENDER, "unclear_reply_no_draft", evidence=True)
        return Outcome(_data(situation), (*copies, answer))

    def row(name: str, event: str, act: Callable[[Situation], Outcome]) -> Move:
        return Move(
            name=name,
            sources=sources,
            events=(event,),
            target=None,
            who=people,
            rules=rules,
            reason=reason,
            guards=(*guards, NAMED_ARE_THERE),
            act=act,
        )

    return (
        row("pass_on", "dialogue", pass_on),
        row("keep_unclear_reply", "unclear_reply", keep_unclear),
    )


def _data(situation: Situation) -> BaseModel:
    if situation.case is None:
        raise WrongEvent("dialogue needs a case")
    return situation.case.data


def _named_are_there(situation: Situation) -> Problem | None:
    """Words that are meant for one of the parties never go to the others instead."""
    body = situation.event.body
    if not isinstance(body, Dialogue):
        return None
    own = situation.event.actor.role
    for kind in body.recipients:
        if all(party.role == own for party in members(situation, kind)):
            return Problem("field.invalid", "recipients", {"expected": "other_party"})
    return None


NAMED_ARE_THERE: Final = Guard("named_are_there", (), _named_are_there)


def _named(situation: Situation, body: Dialogue) -> tuple[Party, ...]:
    own = situation.event.actor.role
    return tuple(
        party
        for kind in dict.fromkeys(body.recipients)
        for party in members(situation, kind)
        if party.role != own
    )


def _usual(situation: Situation, readers: Readers) -> tuple[Party, ...]:
    own = situation.event.actor.role
    kinds = readers(own.partition(".")[0])
    return tuple(p for kind in kinds for p in members(situation, kind) if p.role != own)


def _copies(situation: Situation, text: str, to: tuple[Party, ...]) -> list[Effect]:
    effects: list[Effect] = []
    sender = situation.event.actor.name
    for role in dict.fromkeys(address_of(party.role) for party in to):
        effects.append(letter(situation, "dialogue", role, "dialogue", sender=sender, text=text))
        effects += forward(situation, role)
    return effects
