"""Conditions without which an event is refused; one named guard each, with the rules it keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from parsers.problems import Problem
from workflows.citizen_numbers import fields_with_numbers, holds_a_citizens_number
from workflows.definition import Guard, Situation
from workflows.events import AUTHORITY
from workflows.participants import own_cvr, secretariat_missing, taking_part
from workflows.procedures.governance_mail.body import GovernanceBody
from workflows.procedures.governance_mail.messages import (
    BodyCode,
    BodyOpen,
    MemberChange,
    Membership,
)
from workflows.procedures.governance_mail.seats import (
    BODIES,
    kind_of_organisation,
    too_many,
    wrong_levels,
)
from workflows.security import addressed_to_us, secure_enough

_RULES: Final[dict[str, tuple[BodyCode, ...]]] = {
    "S4-R11": ("REGIONSRAAD", "BYRAAD"),
    "S4-R12": ("KKR",),
    "S4-R13": ("KONTAKTUDVALG",),
    "S4-R14": ("KD_NET",),
    "S4-R15": ("DASSOS",),
    "S4-R16": ("TAKSTGRUPPE",),
    "S4-R19": ("HJERNESKADESAMRAAD", "AD_HOC"),
    "S4-R20": ("PSYKIATRIFORUM", "SUNDHEDSKLYNGE"),
    "S4-R21": ("SUNDHEDSKOORDINATIONSUDVALG",),
    "S4-R22": ("SUNDHEDSSTYREGRUPPE",),
}
"""Which rule says who sits in which bodies."""
_PERIOD: Final = {"expected": "period"}


def wanted_members(situation: Situation) -> tuple[BodyCode, tuple[Membership, ...], date]:
    """Return the body, its members if the event were followed, and the day that it is about."""
    body = situation.event.body
    if isinstance(body, BodyOpen):
        return body.code, body.members, body.valid_from
    data, change = situation.data(GovernanceBody), situation.body(MemberChange)
    return data.code, changed(data.members, change), change.on


def changed(members: tuple[Membership, ...], change: MemberChange) -> tuple[Membership, ...]:
    """Return the members after a change; nobody is ever taken out of the list."""
    if change.change == "APPOINTED":
        new = Membership(
            person=change.person,
            organisation=change.organisation,
            level=change.level,
            chair=change.chair,
            valid_from=change.on,
            valid_to=change.until,
        )
        return (*members, new)
    return tuple(
        one.model_copy(update={"valid_to": change.on}) if _is_meant(one, change) else one
        for one in members
    )


def _is_meant(member: Membership, change: MemberChange) -> bool:
    return (
        _plain(member.person) == _plain(change.person)
        and member.organisation == change.organisation
        and member.level == change.level
        and member.valid_from <= change.on
        and (member.valid_to is None or change.on <= member.valid_to)
    )


def _where(situation: Situation, at: int, field: str) -> str:
    return f"members.{at}.{field}" if isinstance(situation.event.body, BodyOpen) else field


def _seats(rule: str) -> Guard:
    """Return the guard that a body has the members which its rule gives it, and no others.

    So it has to be on the day that the event is about, and whenever somebody comes after it.
    """

    def check(situation: Situation) -> tuple[Problem, ...] | None:
        code, members, day = wanted_members(situation)
        if code not in _RULES[rule]:
            return None
        cooperation = taking_part(situation)
        wrong = {*wrong_levels(code, members, cooperation)}
        for comes in {day, *(one.valid_from for one in members if one.valid_from > day)}:
            beyond = too_many(code, members, cooperation, comes)
            wrong |= {at for at, one in enumerate(members) if any(one is other for other in beyond)}
        return tuple(
            Problem("field.invalid", _where(situation, at, "level")) for at in sorted(wrong)
        )

    return Guard(f"seats_{rule.casefold().replace('-', '_')}", (rule,), check)


def _chairs_it(situation: Situation) -> tuple[Problem, ...] | None:
    """The regional council's chair is the chair of Sundhedskoordinationsudvalget (S4-R21)."""
    code, members, _ = wanted_members(situation)
    if code != "SUNDHEDSKOORDINATIONSUDVALG":
        return None
    wrong = [
        at for at, one in enumerate(members) if one.chair is not (one.level == "REGIONAL_CHAIR")
    ]
    return tuple(Problem("field.invalid", _where(situation, at, "chair")) for at in wrong)


def _ends_some_day(situation: Situation) -> Problem | None:
    body = situation.body(BodyOpen)
    if not BODIES[body.code].ends or body.valid_to is not None:
        return None
    return Problem("field.missing", "valid_to")


def _ends_after_it_begins(situation: Situation) -> Problem | None:
    body = situation.body(BodyOpen)
    if body.valid_to is None or body.valid_to >= body.valid_from:
        return None
    return Problem("field.invalid", "valid_to", _PERIOD)


def _seats_end_after_they_begin(situation: Situation) -> tuple[Problem, ...] | None:
    _, members, _ = wanted_members(situation)
    opening = isinstance(situation.event.body, BodyOpen)
    wrong = [
        at
        for at, one in enumerate(members)
        if one.valid_to is not None and one.valid_to < one.valid_from
    ]
    return tuple(
        Problem("field.invalid", f"members.{at}.valid_to" if opening else "until", _PERIOD)
        for at in wrong
    )


def _observers_only(situation: Situation) -> tuple[Problem, ...] | None:
    """Interest organisations read along; they have no seat (S4-R23)."""
    _, members, _ = wanted_members(situation)
    cooperation = taking_part(situation)
    wrong = [
        at
        for at, one in enumerate(members)
        if (kind_of_organisation(one.organisation, cooperation) == "interest")
        is not (one.level == "OBSERVER")
    ]
    return tuple(Problem("field.invalid", _where(situation, at, "level")) for at in wrong)


def _serviced_rightly(situation: Situation) -> Problem | None:
    """DASSOS, Takstgruppen and what lies below them have the joint secretariat (S4-R17)."""
    body, joint = situation.body(BodyOpen), situation.policy.cooperation.secretariat
    if not BODIES[body.code].joint_secretariat or body.secretariat in {None, joint}:
        return None
    return Problem("field.invalid", "secretariat", {"allowed": joint})


def _secretariat_known(situation: Situation) -> Problem | None:
    wanted = situation.body(BodyOpen).secretariat or situation.policy.cooperation.secretariat
    return secretariat_missing(situation, wanted, "secretariat")


def _everybody_known(situation: Situation) -> tuple[Problem, ...] | None:
    """Whoever sends a member can be written to: each is sealed for singly."""
    body = situation.event.body
    known = {party.cvr for party in (*situation.parties, *situation.event.parties)}
    if isinstance(body, MemberChange):
        unknown = body.organisation not in known
        return (Problem("partner.unknown", "organisation"),) if unknown else None
    members = situation.body(BodyOpen).members
    return tuple(
        Problem("partner.unknown", f"members.{at}.organisation")
        for at, one in enumerate(members)
        if one.organisation not in known
    )


def _by_its_secretariat(situation: Situation) -> Problem | None:
    """Only the body's own secretariat posts to its list (S4-R17, S4-R18)."""
    if own_cvr(situation) == situation.data(GovernanceBody).secretariat:
        return None
    return Problem("sender.role", "message")


def _own_members(situation: Situation) -> Problem | None:
    """An organisation changes its own members; the secretariat those of all.

    So does the authority that keeps the list: it entered them all when it opened the body.
    """
    data, change = situation.data(GovernanceBody), situation.body(MemberChange)
    if situation.event.actor.role == AUTHORITY:
        return None
    if own_cvr(situation) in {data.secretariat, change.organisation}:
        return None
    return Problem("sender.municipality", "organisation")


def _is_a_member(situation: Situation) -> Problem | None:
    data, change = situation.data(GovernanceBody), situation.body(MemberChange)
    if change.change == "APPOINTED" or any(_is_meant(one, change) for one in data.members):
        return None
    return Problem("field.invalid", "person")


def _no_citizens(situation: Situation) -> tuple[Problem, ...] | None:
    """No citizen is named on a list of the cooperation: not in text, not in files."""
    body, event = situation.event.body, situation.event
    found = list(fields_with_numbers(body)) if body is not None else []
    if any(holds_a_citizens_number(f.name) or f.citizen_number for f in event.attachments):
        found.append("attachments")
    return tuple(
        Problem("field.invalid", path, {"expected": "no_citizen_number"}) for path in found
    )


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _guard(name: str, check: Callable[[Situation], Problem | None], *rules: str) -> Guard:
    return Guard(name, rules, check)


SECURE: Final = secure_enough()
ADDRESSED: Final = addressed_to_us()
NO_CITIZENS: Final = Guard("no_citizens", (), _no_citizens, alert="citizen_number")
MAIL: Final = (SECURE, ADDRESSED, NO_CITIZENS)
SEATS: Final = (
    *(_seats(rule) for rule in _RULES),
    Guard("seats_end_after_they_begin", (), _seats_end_after_they_begin),
    Guard("chairs_it", ("S4-R21",), _chairs_it),
    Guard("observers_only", ("S4-R23",), _observers_only),
)
OPENING: Final = (
    NO_CITIZENS,
    _guard("ends_some_day", _ends_some_day, "S4-R19"),
    _guard("ends_after_it_begins", _ends_after_it_begins),
    _guard("serviced_rightly", _serviced_rightly, "S4-R17"),
    _guard("secretariat_known", _secretariat_known, "S4-R18"),
    Guard("everybody_known", (), _everybody_known),
    *SEATS,
)
POSTING: Final = (*MAIL, _guard("by_its_secretariat", _by_its_secretariat, "S4-R17", "S4-R18"))
CHANGING: Final = (
    *MAIL,
    _guard("own_members", _own_members),
    _guard("is_a_member", _is_a_member),
    Guard("everybody_known", (), _everybody_known),
    *SEATS,
)
