"""Whom an event names: the parties of a message or an act, as far as they can be found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from gateway.pipeline.decisions import Desk
from gateway.pipeline.sender import Sender
from parsers.organisations import names
from workflows.cooperation import Members
from workflows.definition import PartyRule, Procedure
from workflows.engine import AUTHORITY, Party

_NOBODY: Final = ""
_POLICY: Final = "policy."
_SETTINGS: Final = "settings."
_COOPERATION: Final = "cooperation."


def parties_of(
    procedure: Procedure,
    event: str,
    body: BaseModel,
    desk: Desk,
    sender: Sender | None,
    at: datetime,
) -> tuple[Party, ...]:
    """The authority, the sender in the role of whoever opens a case so, and whom the body names.

    Who is not registered is left out; the procedure refuses what it cannot do without. Nobody is
    named beside themselves: a payer that is the sender is no second party.
    """
    own = desk.authority
    found = [Party(AUTHORITY, AUTHORITY, own.name, own.cvr, own.language)]
    rule = procedure.message(event)
    if sender is not None and rule is not None:
        opener = _sender(rule.sender, sender, desk)
        found += [opener] if opener else []
    for party_rule in procedure.parties.get(event, ()):
        if any(party.role == party_rule.role for party in found):
            continue
        source, path = _source(procedure, party_rule.field, body, at)
        named = _named(party_rule, source, path, desk)
        found += [party for party in named if not _is_in(party, found)]
    return tuple(found)


def _is_in(party: Party, found: list[Party]) -> bool:
    """Whether somebody is there already, as the one who writes."""
    return len(found) > 1 and party.key == found[1].key and "." not in party.role


def _sender(role: str, sender: Sender, desk: Desk) -> Party | None:
    if sender.kind == "facility":
        return _facility(role, sender.key, desk)
    return _partner(role, sender.key, desk)


def _source(
    procedure: Procedure, field: str, body: BaseModel, at: datetime
) -> tuple[BaseModel | Members, list[str]]:
    """What a party rule's field is read from: the event's body, or what the authority has set."""
    if field.startswith(_POLICY):
        return procedure.policy, field.removeprefix(_POLICY).split(".")
    if field.startswith(_SETTINGS):
        return procedure.settings, field.removeprefix(_SETTINGS).split(".")
    if field.startswith(_COOPERATION):
        members = procedure.policy.cooperation.on(procedure.days.local_date(at))
        return members, field.removeprefix(_COOPERATION).split(".")
    return body, field.split(".")


def _named(
    rule: PartyRule, source: BaseModel | Members, path: list[str], desk: Desk
) -> Iterator[Party]:
    values = list(_values(source, path))
    several = isinstance(_at(source, path), list | tuple)
    for value in dict.fromkeys(str(value) for value in values if value is not None):
        key = _key(rule.by, value, desk)
        role = f"{rule.role}.{key}" if several else rule.role
        found = _facility(role, key, desk) if rule.by == "facility" else _partner(role, key, desk)
        if found is not None:
            yield found


def _key(by: str, value: str, desk: Desk) -> str:
    directory = desk.directory
    match by:
        case "municipality":
            return directory.by_municipality.get(value, _NOBODY)
        case "facility":
            return value.casefold()
        case _:
            alive = (p for p in directory.partners.values() if not p.retired)
            named = (p.key for p in alive if names(value, p.key, p.cvr))
            return next(named, _NOBODY)


def _at(body: Any, steps: list[str]) -> Any:
    """What stands at a path: a list as soon as one is met on the way."""
    for number, step in enumerate(steps):
        if isinstance(body, list | tuple):
            return [_at(one, steps[number:]) for one in body]
        body = getattr(body, step, None)
    return body


def _values(body: Any, steps: list[str]) -> Iterator[Any]:
    found = _at(body, steps)
    if isinstance(found, list | tuple):
        yield from found
    else:
        yield found


def _facility(role: str, key: str, desk: Desk) -> Party | None:
    facility = desk.directory.facilities.get(key)
    if facility is None or facility.retired:
        return None
    return Party(role, facility.key, facility.name, "", facility.language)


def _partner(role: str, key: str, desk: Desk) -> Party | None:
    partner = desk.directory.partners.get(key)
    if partner is None or partner.retired:
        return None
    return Party(role, key, partner.name, partner.cvr, partner.language, partner.municipality)
