"""Refuses a procedure whose definition does not hold, when it is imported, all faults at once.

A wrong table is found by whoever writes it, not by the kommune whose case gets stuck: unreachable
states, dead ends, moves without a rule or a reason, two moves for one event, missing texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from parsers.leaves import leaves_of
from workflows.definition import Move, Procedure
from workflows.errors import WrongProcedure
from workflows.wording import LANGUAGES

_DEADLINE = "deadline_passed"
_REOPEN = "reopen"
"""The act that takes up what had ended; it alone leads out of a terminal state."""


def checked(procedure: Procedure) -> Procedure:
    """Return the procedure with its index. Raises WrongProcedure, which lists every fault."""
    faults = [
        *_names(procedure),
        *_moves(procedure),
        *_reach(procedure),
        *_choices(procedure),
        *_unknown(procedure),
        *_texts(procedure),
    ]
    if faults:
        raise WrongProcedure(f"{procedure.name}: " + "; ".join(faults))
    return replace(procedure, index=index_of(procedure.moves))


def index_of(moves: tuple[Move, ...]) -> Mapping[tuple[str | None, str], tuple[Move, ...]]:
    """Return the moves by source and event, those of one pair in their order."""
    rows: dict[tuple[str | None, str], tuple[Move, ...]] = {}
    for move in moves:
        for source in move.sources:
            for event in move.events:
                rows[source, event] = (*rows.get((source, event), ()), move)
    return MappingProxyType(rows)


def _names(procedure: Procedure) -> Iterator[str]:
    moves = [move.name for move in procedure.moves]
    for kind, names in (("state", procedure.states), ("move", moves), ("mail", procedure.mails)):
        yield from (f"two {kind}s {name}" for name in set(names) if list(names).count(name) > 1)
    yield from (f"terminal state {s} is no state" for s in procedure.terminal - {*procedure.states})


def _moves(procedure: Procedure) -> Iterator[str]:
    deadlines = {rule.name for rule in procedure.deadlines}
    used = {move.deadline for move in procedure.moves}
    yield from (f"deadline {name} moves nothing" for name in sorted(deadlines - used))
    for rule in procedure.deadlines:
        if not rule.rules and not rule.reason:
            yield f"deadline {rule.name} has neither rule nor reason"
    for move in procedure.moves:
        if not move.rules and not move.reason:
            yield f"move {move.name} has neither rule nor reason"
        if (move.deadline is not None) != (move.events == (_DEADLINE,)):
            yield f"move {move.name} does not say which deadline"
        if move.deadline is not None and move.deadline not in deadlines:
            yield f"move {move.name} waits for an unknown deadline"
        if move.target is None and (move.passing or None in move.sources):
            yield f"move {move.name} leads nowhere"
        named = {move.target, *move.passing, *move.sources} - {None, *procedure.states}
        yield from (f"move {move.name} knows a state {state} that is none" for state in named)
        for event in move.events:
            if procedure.body_model(event) is None:
                yield f"move {move.name} waits for an unknown event {event}"
        raised = {guard.alert for guard in move.guards} - {None, *procedure.alerts}
        yield from (f"move {move.name} raises an unknown alert {code}" for code in raised)


def _reach(procedure: Procedure) -> Iterator[str]:
    forward: dict[str | None, set[str]] = {}
    for move in procedure.moves:
        if move.target is not None and move.events != (_REOPEN,):
            for source in move.sources:
                forward.setdefault(source, set()).update((move.target, *move.passing))
    reached = _closure({None}, forward)
    yield from (f"state {s} is unreachable" for s in procedure.states if s not in reached)
    passing = {state for move in procedure.moves for state in move.passing}
    for state in procedure.states:
        ends = _closure({state}, forward) & procedure.terminal
        if not ends and not (state in passing and state not in forward):
            yield f"state {state} is a dead end"
        if state in procedure.terminal and state in forward:
            yield f"state {state} is terminal and has a way out"


def _closure(start: set[str | None], forward: Mapping[str | None, set[str]]) -> set[str | None]:
    seen, waiting = set(start), list(start)
    while waiting:
        for state in forward.get(waiting.pop(), ()):
            if state not in seen:
                seen.add(state)
                waiting.append(state)
    return seen


def _choices(procedure: Procedure) -> Iterator[str]:
    """Only the last of several moves for the same state and event may be without a condition."""
    for (state, event), rows in index_of(procedure.moves).items():
        for deadline in {row.deadline for row in rows}:
            same = [row for row in rows if row.deadline == deadline]
            if any(row.when is None for row in same[:-1]):
                yield f"a move for {event} in {state} can never be taken"


def _texts(procedure: Procedure) -> Iterator[str]:
    events = [*(rule.name for rule in procedure.messages), *procedure.acts, *procedure.system]
    wanted = [
        "procedure.title",
        *(f"role.{role}" for move in procedure.moves for role in move.who),
        *(f"state.{state}" for state in procedure.states),
        *(f"move.{move.name}" for move in procedure.moves),
        *(f"event.{event}" for event in events),
        *(f"deadline.{rule.name}" for rule in procedure.deadlines),
        *(f"alert.{code}" for code in procedure.alerts),
        *(f"mail.{name}.{part}" for name in procedure.mails for part in ("subject", "body")),
        *(f"message.{rule.name}.title" for rule in procedure.messages),
        *(f"setting.{name}" for name in procedure.named_settings),
        *_labels(procedure),
    ]
    for language in LANGUAGES:
        missing = [key for key in dict.fromkeys(wanted) if not procedure.wording.has(key, language)]
        yield from (f"text {key} is missing in {language}" for key in missing)


def _unknown(procedure: Procedure) -> Iterator[str]:
    for name in procedure.named_settings:
        try:
            procedure.setting(name)
        except AttributeError:
            yield f"setting {name} does not exist"
    for event in procedure.parties:
        if procedure.body_model(event) is None:
            yield f"parties are named by an unknown event {event}"
    for relation in procedure.relations:
        yield from (
            f"a relation waits for an unknown event {event}"
            for event in relation.events
            if procedure.body_model(event) is None
        )


def _labels(procedure: Procedure) -> Iterator[str]:
    for rule in procedure.messages:
        for leaf in leaves_of(rule.model):
            yield f"label.{leaf.path}"
            yield from (f"choice.{leaf.path}.{choice}" for choice in leaf.choices)
