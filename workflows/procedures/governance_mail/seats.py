"""The bodies of the cooperation as data: whom each consists of, at which level, under which body.

The tree: every council and the regional council > KKR and Kontaktudvalget > KD-net > DASSOS >
Takstgruppen and ad hoc groups; beside it the forums of health and of brain injury. How many
kommuner there are is the authority's setting.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, Literal, get_args

from workflows.cooperation import Members
from workflows.procedures.governance_mail.messages import BodyCode, Level, Membership

Kind = Literal["kommune", "region", "interest"]


@dataclass(frozen=True, slots=True)
class Seat:
    """So many members of a level from each organisation of a kind, no more and no fewer."""

    kind: Kind
    level: Level
    count: int = 1


@dataclass(frozen=True, slots=True)
class BodyRule:
    """What one kind of body is made of."""

    parent: BodyCode | None
    levels: Mapping[Kind, frozenset[Level]]
    """The levels at which organisations of a kind take part; a kind that is not here does not."""
    seats: tuple[Seat, ...] = ()
    joint_secretariat: bool = False
    """Whether it is always serviced by the joint secretariat (S4-R17)."""
    ends: bool = False
    """Whether it has an end from the beginning (S4-R19)."""


def _levels(**by_kind: str) -> Mapping[Kind, frozenset[Level]]:
    known = {level: level for level in get_args(Level)}
    kinds = {kind: kind for kind in get_args(Kind)}
    return MappingProxyType(
        {kinds[kind]: frozenset(known[word] for word in t.split()) for kind, t in by_kind.items()}
    )


_HEALTH: Final = _levels(
    kommune="MAYOR POLITICIAN CHIEF_EXECUTIVE DIRECTOR MANAGER STAFF",
    region="REGIONAL_CHAIR REGIONAL_COUNCILLOR GROUP_DIRECTOR DIRECTOR MANAGER STAFF",
    interest="OBSERVER",
)

BODIES: Final[Mapping[BodyCode, BodyRule]] = MappingProxyType(
    {
        "REGIONSRAAD": BodyRule(
            None,
            _levels(region="REGIONAL_CHAIR REGIONAL_COUNCILLOR"),
            (Seat("region", "REGIONAL_CHAIR"),),
        ),
        "BYRAAD": BodyRule(None, _levels(kommune="MAYOR POLITICIAN")),
        "KKR": BodyRule("BYRAAD", _levels(kommune="MAYOR POLITICIAN"), (Seat("kommune", "MAYOR"),)),
        "KONTAKTUDVALG": BodyRule(
            "BYRAAD",
            _levels(kommune="MAYOR", region="REGIONAL_CHAIR"),
            (Seat("kommune", "MAYOR"), Seat("region", "REGIONAL_CHAIR")),
        ),
        "KD_NET": BodyRule(
            "KKR",
            _levels(kommune="CHIEF_EXECUTIVE", region="GROUP_DIRECTOR"),
            (Seat("kommune", "CHIEF_EXECUTIVE"), Seat("region", "GROUP_DIRECTOR")),
        ),
        "DASSOS": BodyRule(
            "KD_NET",
            _levels(kommune="DIRECTOR MANAGER", region="DIRECTOR"),
            (Seat("region", "DIRECTOR"),),
            joint_secretariat=True,
        ),
        "TAKSTGRUPPE": BodyRule(
            "DASSOS",
            _levels(kommune="MANAGER ECONOMY_STAFF STAFF", region="ECONOMY_STAFF"),
            joint_secretariat=True,
        ),
        "HJERNESKADESAMRAAD": BodyRule(
            "DASSOS",
            _levels(
                kommune="DIRECTOR MANAGER STAFF",
                region="DIRECTOR MANAGER STAFF",
                interest="OBSERVER",
            ),
            joint_secretariat=True,
        ),
        "AD_HOC": BodyRule(
            "DASSOS",
            _levels(
                kommune="DIRECTOR MANAGER ECONOMY_STAFF STAFF",
                region="DIRECTOR MANAGER ECONOMY_STAFF STAFF",
                interest="OBSERVER",
            ),
            joint_secretariat=True,
            ends=True,
        ),
        "PSYKIATRIFORUM": BodyRule(None, _HEALTH),
        "SUNDHEDSKLYNGE": BodyRule(None, _HEALTH),
        "SUNDHEDSKOORDINATIONSUDVALG": BodyRule(
            None,
            _HEALTH,
            (Seat("region", "REGIONAL_CHAIR"), Seat("region", "REGIONAL_COUNCILLOR", 4)),
        ),
        "SUNDHEDSSTYREGRUPPE": BodyRule(
            None, _levels(kommune="CHIEF_EXECUTIVE DIRECTOR MANAGER"), joint_secretariat=True
        ),
        "L550_NETWORK": BodyRule(None, _levels(kommune="MANAGER STAFF", region="MANAGER STAFF")),
    }
)


def kind_of_organisation(cvr: str, cooperation: Members) -> Kind:
    """Return what an organisation is in the cooperation; a stranger is an interest organisation."""
    if cvr == cooperation.regional_council:
        return "region"
    return "kommune" if cvr in cooperation.councils else "interest"


def valid_on(members: Iterable[Membership], day: date) -> tuple[Membership, ...]:
    """Return the memberships that hold on a day, the first and the last one included."""
    return tuple(
        one
        for one in members
        if one.valid_from <= day and (one.valid_to is None or day <= one.valid_to)
    )


def wrong_levels(
    code: BodyCode, members: tuple[Membership, ...], cooperation: Members
) -> tuple[int, ...]:
    """Return the places of members whose organisation does not take part at their level.

    Whether an interest organisation only reads is a question of its own; here only whether the
    body has any.
    """
    levels = BODIES[code].levels
    none: frozenset[Level] = frozenset()
    wrong = []
    for at, one in enumerate(members):
        kind = kind_of_organisation(one.organisation, cooperation)
        reads = kind == "interest" or one.level == "OBSERVER"
        fits = "interest" in levels if reads else one.level in levels.get(kind, none)
        if not fits:
            wrong.append(at)
    return tuple(wrong)


def too_many(
    code: BodyCode, members: tuple[Membership, ...], cooperation: Members, day: date
) -> tuple[Membership, ...]:
    """Return the members for whom there is no seat left on a day."""
    found: list[Membership] = []
    for seat in BODIES[code].seats:
        for cvr in _organisations(seat.kind, cooperation):
            found += _sitting(members, seat, cvr, day)[seat.count :]
    return tuple(found)


def missing_seats(
    code: BodyCode, members: tuple[Membership, ...], cooperation: Members, day: date
) -> tuple[tuple[str, Level], ...]:
    """Return the seats that nobody has on a day: the organisation's CVR number, and the level."""
    return tuple(
        (cvr, seat.level)
        for seat in BODIES[code].seats
        for cvr in _organisations(seat.kind, cooperation)
        for _ in range(seat.count - len(_sitting(members, seat, cvr, day)))
    )


def _sitting(members: tuple[Membership, ...], seat: Seat, cvr: str, day: date) -> list[Membership]:
    return [
        one for one in valid_on(members, day) if one.organisation == cvr and one.level == seat.level
    ]


def _organisations(kind: Kind, cooperation: Members) -> tuple[str, ...]:
    return cooperation.councils if kind == "kommune" else (cooperation.regional_council,)
