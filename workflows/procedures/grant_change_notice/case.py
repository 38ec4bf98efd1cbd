"""What a notice's case keeps: the notice, how it was judged, and who stands on which side."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from pydantic import BaseModel

from parsers.identifiers import MunicipalityCode
from workflows.bodies import Body
from workflows.definition import Situation
from workflows.events import AUTHORITY
from workflows.letters import Key, address_of
from workflows.procedures.grant_change_notice.messages import (
    ChangeNotice,
    ChangeObjection,
    ChangeProposal,
)
from workflows.procedures.grant_change_notice.settings import Level, Period

NAME: Final = "grant_change_notice"
NOTIFIER: Final = "notifier"
"""Whoever opened the case by mail: the buyer with a notice, or the seller."""
PEOPLE: Final = (NOTIFIER, "acting", "operator", "facility", AUTHORITY)


class Verdict(Body):
    """How a notice was judged."""

    level: Level
    period: Period
    earliest: date
    takes_effect: date
    received_at: datetime
    steering: bool = False
    """Whether the steering agreement's period was taken."""
    warnings: tuple[str, ...] = ()


class ChangeCase(Body):
    """One change of one citizen's grant."""

    notice: ChangeNotice | None = None
    proposal: ChangeProposal | None = None
    counter: ChangeProposal | None = None
    """The latest proposal of the other side to a notice."""
    ours: bool = True
    """Whether our authority stands on a side, by itself or by its facility; else it only hosts."""
    buyer: str
    """The role in which the buyer is a party."""
    seller: str
    notifier: str
    """The role that the current notice or proposal came from."""
    verdict: Verdict | None = None
    objections: tuple[ChangeObjection, ...] = ()
    objections_closed: bool = False
    undelivered: tuple[str, ...] = ()
    """The addresses at which the notice did not arrive."""
    routed: tuple[str, ...] = ()
    """The addresses on the other side that the notice went to."""
    contacts: tuple[str, ...] = ()
    """The cases of the contacts to whose attention it went."""
    reminders: int = 0
    reference: str | None = None
    closing_reason: str | None = None

    @property
    def arrived(self) -> bool:
        """Whether the notice went to somebody, as far as anybody knows."""
        return not self.routed or not set(self.routed) <= set(self.undelivered)


class Sides(Body):
    """The two sides as a body names them."""

    acting: MunicipalityCode | None
    operator: MunicipalityCode | None
    facility: str | None

    @property
    def kommuner(self) -> frozenset[str]:
        """The kommuner that are named."""
        return frozenset(str(code) for code in (self.acting, self.operator) if code is not None)


def sides_of(body: BaseModel | None) -> Sides:
    """Return the sides that a notice or a proposal names."""
    if isinstance(body, ChangeNotice | ChangeProposal):
        return Sides(
            acting=body.acting_municipality,
            operator=body.operator_municipality,
            facility=body.facility,
        )
    return Sides(acting=None, operator=None, facility=None)


def side_roles(situation: Situation, sides: Sides) -> tuple[str | None, str | None]:
    """Return the roles of buyer and seller; None: nobody registered stands there.

    The authority is a side where its own CVR number is the kommune's, and the seller where no
    operator is named. A facility of ours that writes is the seller.
    """
    buyer = _kommune_role(situation, sides.acting, "acting")
    notifier = situation.party(NOTIFIER)
    if notifier is not None and not notifier.cvr:
        return buyer, NOTIFIER
    if sides.operator is not None:
        return buyer, _kommune_role(situation, sides.operator, "operator")
    return buyer, AUTHORITY if notifier is None or buyer == NOTIFIER else NOTIFIER


def _kommune_role(situation: Situation, code: MunicipalityCode | None, named: str) -> str | None:
    if code is None:
        return None
    for role in (NOTIFIER, named):
        party = situation.party(role)
        if party is not None and party.municipality == code:
            return role
    own = situation.party(AUTHORITY)
    return AUTHORITY if own is not None and own.cvr == code.cvr else None


def is_ours(situation: Situation, *sides: str) -> bool:
    """Whether one of the sides is our authority, or a facility of ours, which has no number."""
    parties = (situation.party(role) for role in sides)
    return any(one is not None and (one.role == AUTHORITY or not one.cvr) for one in parties)


def side_of(role: str, case: ChangeCase) -> str:
    """Return the side that a role speaks for: for our facility it and our people are the seller.

    Whoever only hosts the case speaks for nobody: its role is on no side.
    """
    hosts = role == AUTHORITY and AUTHORITY not in {case.buyer, case.seller}
    return case.seller if role == "facility" or (hosts and case.ours) else role


def other_side(case: ChangeCase, role: str) -> str:
    """Return the role on the other side."""
    return case.seller if side_of(role, case) == case.buyer else case.buyer


def everybody(case: ChangeCase) -> tuple[str, ...]:
    """Return the addresses of both sides, as the case's notice was sent."""
    return tuple(dict.fromkeys((address_of(case.notifier), *case.routed)))


def matter(case: ChangeCase) -> Key:
    """Return what the case is about so far, in words: a notice, or only a proposal."""
    return Key("matter.notice" if case.notice is not None else "matter.proposal")


def kept(situation: Situation, **changes: Any) -> ChangeCase:
    """Return the case's data with changes."""
    return situation.data(ChangeCase).model_copy(update=changes)
