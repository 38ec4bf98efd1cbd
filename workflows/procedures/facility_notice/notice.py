"""What a case keeps about a notice: what it says, who was told, when it takes effect."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from workflows.procedures.facility_notice.messages import (
    NewOfferProposal,
    OfferClosureNotice,
    TakstChangeNotice,
)


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Buyer(_Kept):
    """A kommune with open agreements at the facility."""

    role: str
    name: str
    cases: tuple[str, ...]


class FacilityNotice(_Kept):
    """All of it. `wanted` is the day that the notice names, `effective` the one that counts."""

    what: Literal["new_offer", "closure", "rate"]
    said: NewOfferProposal | OfferClosureNotice | TakstChangeNotice
    sender: str
    """The role of whoever gave it."""
    received: date
    wanted: date
    earliest: date | None = None
    effective: date
    buyers: tuple[Buyer, ...] = ()
    readers: tuple[str, ...] = ()
    """Roles of the members of Takstgruppen and DASSOS that were told."""
    objections: tuple[str, ...] = ()
    objections_until: date | None = None
    """The last day on which buyers can object."""
    closing_reason: str | None = None
