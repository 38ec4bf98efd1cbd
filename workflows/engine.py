"""The one way in which a case changes: `advance(procedure, case, event, now) -> Step`.

Pure: the same arguments give the same step. What is asked, in this order:

1. Is the event known to the procedure, with the right kind of body? Else WrongEvent: our own bug.
2. Is the sender a party of the case? Else refused as if the case did not exist (`case.unknown`).
3. Is there a move for this event in this state? Else `case.state`; a delivery or a deadline that
   comes too late is no error, and changes nothing.
4. May this role make the move? Else `sender.role`.
5. Do all guards of the move hold? Else all their refusals at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Final

from parsers.problems import Problem
from workflows.definition import (
    Case,
    Guard,
    MessageRule,
    Move,
    Outcome,
    Procedure,
    Situation,
)
from workflows.effects import (
    Alert,
    ClearDeadline,
    Effect,
    FileUnder,
    ForwardAttachments,
    MakeDocument,
    MakeDraft,
    SendMail,
    SetDeadline,
    TellCase,
)
from workflows.errors import WrongEvent
from workflows.events import (
    ACT,
    AUTHORITY,
    INBOX,
    SENDER,
    Actor,
    AttachmentRef,
    DeadlinePassed,
    Delivery,
    Event,
    Party,
    kind_of,
)
from workflows.wording import LANGUAGES, Wording

__all__ = [
    "ACT",
    "AUTHORITY",
    "INBOX",
    "SENDER",
    "Actor",
    "Alert",
    "AttachmentRef",
    "Case",
    "ClearDeadline",
    "DeadlinePassed",
    "Delivery",
    "Effect",
    "Event",
    "FileUnder",
    "ForwardAttachments",
    "Guard",
    "MakeDocument",
    "MakeDraft",
    "MessageRule",
    "Move",
    "Outcome",
    "Party",
    "Procedure",
    "SendMail",
    "SetDeadline",
    "Situation",
    "Step",
    "TellCase",
    "advance",
    "fitting_role",
    "rules_of",
    "state_problem",
]

REFUSED: Final = "refused"


@dataclass(frozen=True, slots=True)
class Step:
    """What became of an event.

    `refused` not empty: the case is as it was, and the only effects are the refusal's receipt and
    an alert where a guard raises one. `case` is None only where an opening event was refused.
    `path`: the states entered, in order. `move`: the row that was taken, None where nothing was to
    be done.
    """

    case: Case | None
    from_state: str | None
    to_state: str | None
    rules: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    refused: tuple[Problem, ...] = ()
    path: tuple[str, ...] = ()
    move: str | None = None
    settings: tuple[str, ...] = ()
    """The names of the settings that the move rests on."""


def advance(procedure: Procedure, case: Case | None, event: Event, now: datetime) -> Step:
    """Return what an event makes of a case. Raises WrongEvent for what no gateway may hand in."""
    _require_known(procedure, case, event)
    situation = Situation(case, event, now, procedure)
    state = None if case is None else case.state
    if case is not None and _is_outsider(case, event):
        return _refusal(situation, (Problem("case.unknown", "case"),))
    move = _row(procedure, situation, state)
    if move is None:
        if event.by_system:
            return Step(case, state, state)
        return _refusal(situation, (state_problem(situation),))
    if kind_of(event.actor.role) not in move.who:
        return _refusal(situation, (Problem("sender.role", "message"),))
    refused = tuple(
        (guard, problem) for guard in move.guards for problem in _refusals(guard, situation)
    )
    if refused:
        return _refused_by(situation, tuple(refused))
    return _taken(procedure, situation, move)


def _refusals(guard: Guard, situation: Situation) -> tuple[Problem, ...]:
    found = guard.check(situation)
    if found is None:
        return ()
    several = found if isinstance(found, tuple) else (found,)
    return tuple(_as_people_call_it(situation, one) for one in several)


def _as_people_call_it(situation: Situation, problem: Problem) -> Problem:
    """Name the field by its label, as a person knows it who filled a form or wrote a mail."""
    label, language = f"label.{problem.path}", situation.reader()
    known = situation.event.by_mail and situation.wording.has(label, language)
    if not known or "label" in problem.params:
        return problem
    params = {**problem.params, "label": situation.wording.text(label, language)}
    return replace(problem, params=params)


def fitting_role(
    procedure: Procedure, state: str | None, event: str, roles: Sequence[str]
) -> str | None:
    """Return which of somebody's roles in a case an event is for: the first that may cause it.

    A kommune may vote as a council and post as the secretariat. Where none may, its first role.
    """
    who = {role for move in procedure.index.get((state, event), ()) for role in move.who}
    return next((role for role in roles if kind_of(role) in who), roles[0] if roles else None)


def _require_known(procedure: Procedure, case: Case | None, event: Event) -> None:
    model = procedure.body_model(event.name)
    if model is None:
        raise WrongEvent(f"{event.name}: no event of {procedure.name}")
    if not isinstance(event.body, model):
        raise WrongEvent(f"{event.name}: the body is not a {model.__name__}")
    if event.at.tzinfo is None:
        raise WrongEvent(f"{event.name}: its time has no zone")
    if case is not None and case.procedure != procedure.name:
        raise WrongEvent(f"{event.name}: the case belongs to {case.procedure}")
    if case is None and (None, event.name) not in procedure.index:
        raise WrongEvent(f"{event.name}: it needs a case")
    if case is None and event.number is None:
        raise WrongEvent(f"{event.name}: it opens a case, and no number was given")


def _is_outsider(case: Case, event: Event) -> bool:
    if event.by_system or event.actor.role == AUTHORITY:
        return False
    party = case.party(event.actor.role)
    return party is None or party.key != event.actor.key


def state_problem(situation: Situation) -> Problem:
    """Return the refusal of an event that does not fit the case's state, in the sender's words."""
    if situation.case is None:
        return Problem("case.state", "case")
    words = situation.wording.text(f"state.{situation.case.state}", situation.reader())
    return Problem("case.state", "case", {"state": words})


def _row(procedure: Procedure, situation: Situation, state: str | None) -> Move | None:
    rows = procedure.index.get((state, situation.event.name), ())
    body = situation.event.body
    passed = body.name if isinstance(body, DeadlinePassed) else None
    return next(
        (
            row
            for row in rows
            if row.deadline == passed and (row.when is None or row.when(situation))
        ),
        None,
    )


def _refused_by(situation: Situation, refused: tuple[tuple[Guard, Problem], ...]) -> Step:
    guards = tuple(guard for guard, _ in refused)
    problems = tuple(_named(problem, situation.procedure.wording) for _, problem in refused)
    step = _refusal(situation, problems, _attached(situation, guards))
    codes = dict.fromkeys(guard.alert for guard in guards if guard.alert is not None)
    number = situation.case.number if situation.case else ""
    values = {"number": number, "sender": situation.event.actor.name}
    return replace(step, effects=(*step.effects, *(Alert(code, values) for code in codes)))


def _named(problem: Problem, wording: Wording) -> Problem:
    """Return a guard's problem with its field as people call it, in every language."""
    path = ".".join(step for step in problem.path.split(".") if not step.isdigit())
    if "label" in problem.params or not all(wording.has(f"label.{path}", x) for x in LANGUAGES):
        return problem
    labels = {f"label.{each}": wording.text(f"label.{path}", each) for each in LANGUAGES}
    return replace(problem, params={**problem.params, **labels})


def _attached(situation: Situation, guards: tuple[Guard, ...]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for guard in guards:
        if guard.attach is not None:
            names |= dict.fromkeys(guard.attach(situation))
    return tuple(names)


def _refusal(
    situation: Situation, problems: tuple[Problem, ...], documents: tuple[str, ...] = ()
) -> Step:
    """Refuse: a mail gets its receipt, an act is told at once where it was made."""
    case, event = situation.case, situation.event
    state = None if case is None else case.state
    effects: tuple[Effect, ...] = ()
    if event.by_mail:
        mail = SendMail(
            kind=REFUSED, to=SENDER, wording=REFUSED, documents=documents, evidence=True
        )
        effects = (mail,)
    return Step(case, state, state, effects=effects, refused=problems)


def _taken(procedure: Procedure, situation: Situation, move: Move) -> Step:
    outcome = move.act(situation)
    case, event = situation.case, situation.event
    source = None if case is None else case.state
    path = (*move.passing, move.target) if move.target is not None else ()
    if case is None:
        assert move.target is not None
        sender = situation.party(event.actor.role)
        case = Case(
            number=event.number or "",
            procedure=procedure.name,
            state=move.target,
            opened_at=event.at,
            parties=event.parties if outcome.parties is None else outcome.parties,
            language=sender.language if sender else procedure.language,
            data=outcome.data,
        )
    else:
        parties = case.parties if outcome.parties is None else outcome.parties
        case = replace(case, state=move.target or case.state, data=outcome.data, parties=parties)
    return Step(
        case,
        source,
        case.state,
        rules_of(move),
        outcome.effects,
        path=path,
        move=move.name,
        settings=move.settings if move.rests_on is None else move.rests_on(situation),
    )


@cache
def rules_of(move: Move) -> tuple[str, ...]:
    """Return the seed rules that a move and its guards keep, in the seed's order."""
    found = {*move.rules, *(rule for guard in move.guards for rule in guard.rules)}
    return tuple(sorted(found, key=lambda rule: (rule.split("-")[0], int(rule.split("R")[-1]))))
