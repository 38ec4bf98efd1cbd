"""What the case keeps: versions of the agreement, each with its digest and who has accepted it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from parsers.canonical import digest
from workflows.bodies import Body
from workflows.definition import Situation
from workflows.errors import WrongEvent
from workflows.events import AUTHORITY, Party
from workflows.letters import address_of
from workflows.procedures.delegation_agreement.messages import DelegationProposal

NAME: Final = "delegation_agreement"
DELEGATOR: Final = "acting"
DELEGATE: Final = "delegate"
PEOPLE: Final = (DELEGATOR, DELEGATE, "facility", AUTHORITY)
TEMPLATE: Final = "delegation/1"
"""The common template and its version (S2-R11); it stands in what the digest is over."""
Side = Literal["delegator", "delegate"]


class Acceptance(Body):
    """Who has accepted a version, and when."""

    side: Side
    party: str
    signer: str | None
    at: datetime
    source: str | None


class Version(Body):
    """One version of the agreement."""

    number: int
    state: Literal["draft", "sent", "superseded", "accepted", "ended"]
    digest: str
    proposal: DelegationProposal
    made_at: datetime
    acceptances: tuple[Acceptance, ...] = ()

    @property
    def documents(self) -> tuple[str, ...]:
        """The names of its documents."""
        return f"delegation-{self.number}.pdf", f"delegation-{self.number}.json"

    def accepted_by(self, side: Side | None) -> bool:
        """Whether a side has accepted it."""
        return any(one.side == side for one in self.acceptances)


class Delegation(Body):
    """One delegation."""

    versions: tuple[Version, ...]
    reminders: int = 0
    reference: str | None = None
    closing_reason: str | None = None

    @property
    def current(self) -> Version:
        """The latest version."""
        return self.versions[-1]

    def with_current(self, version: Version, **changes: Any) -> Delegation:
        """Return the same with its latest version replaced."""
        return self.model_copy(update={"versions": (*self.versions[:-1], version), **changes})

    def with_next(self, version: Version) -> Delegation:
        """Return the same with one more version; the one before is superseded."""
        before = self.current.model_copy(update={"state": "superseded"})
        versions = (*self.versions[:-1], before, version)
        return self.model_copy(update={"versions": versions, "reminders": 0})


def delegator(situation: Situation) -> Party:
    """Return the kommune that delegates. Raises WrongEvent without any."""
    return _party(situation, DELEGATOR)


def delegate(situation: Situation) -> Party:
    """Return who takes the tasks over. Raises WrongEvent without any."""
    return _party(situation, DELEGATE, "facility")


def _party(situation: Situation, *roles: str) -> Party:
    found = [situation.party(role) for role in (*roles, AUTHORITY)]
    party = next((one for one in found if one is not None), None)
    if party is None:
        raise WrongEvent("the case has no authority")
    return party


def side_of(situation: Situation, role: str) -> Side | None:
    """Return the side that a role speaks for; None: the authority is only the host of the case."""
    if role == DELEGATOR:
        return "delegator"
    if role in {DELEGATE, "facility"}:
        return "delegate"
    if delegator(situation).role == AUTHORITY:
        return "delegator"
    return "delegate" if delegate(situation).role in {AUTHORITY, "facility"} else None


def missing_sides(version: Version) -> tuple[Side, ...]:
    """Return who still has to accept a version."""
    sides: tuple[Side, ...] = ("delegator", "delegate")
    return tuple(side for side in sides if not version.accepted_by(side))


def address_for(situation: Situation, side: Side) -> str:
    """Return the role that mails to a side go to."""
    party = delegator(situation) if side == "delegator" else delegate(situation)
    return address_of(party.role)


def both(situation: Situation) -> tuple[str, ...]:
    """Return the addresses of both sides."""
    return address_for(situation, "delegator"), address_for(situation, "delegate")


def canonical_version(
    situation: Situation, number: int, proposal: DelegationProposal
) -> dict[str, Any]:
    """Return what the digest of a version is over: all of it, and whose gateway it runs in."""
    authority = situation.party(AUTHORITY)
    return {
        "authority": authority.cvr if authority else None,
        "case": situation.number,
        "version": number,
        "template": TEMPLATE,
        "parties": {
            "delegator": delegator(situation).cvr,
            "delegate": delegate(situation).cvr or None,
            "facility": proposal.facility,
        },
        "agreement": proposal.model_dump(mode="json"),
    }


def new_version(
    situation: Situation, number: int, proposal: DelegationProposal, state: Literal["draft", "sent"]
) -> tuple[Version, Mapping[str, Any]]:
    """Return a version, and what its digest is over."""
    canonical = canonical_version(situation, number, proposal)
    version = Version(
        number=number,
        state=state,
        digest=digest(canonical),
        proposal=proposal,
        made_at=situation.event.at,
    )
    return version, canonical
