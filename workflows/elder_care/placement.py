"""What a case keeps in which a place is found for somebody, whatever the way to it.

An order of `service_order` that names such a case carries on from it: the place has been accepted,
and only then the ordinary caseworker orders (S3-R18, S3-R30).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from workflows.bodies import Caseworker
from workflows.elder_care.bodies import Individual, PlaceOffer
from workflows.elder_care.rows import Reminding

CASEWORKER_INFORMED: Final = "CASEWORKER_INFORMED"
AGREED: Final = "AGREED"
READY: Final = frozenset({CASEWORKER_INFORMED, AGREED})
"""The states in which the order may be written."""


class MadeOffer(BaseModel):
    """An offer and what became of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    offer: PlaceOffer
    offered_at: datetime
    accepted: bool | None = None
    reason: str | None = None


class Placement(Reminding):
    """What all such cases keep."""

    individual: Individual
    caseworker: Caseworker | None = None
    """Whose case it is; nobody's yet where it came from somebody else."""
    decision_date: date | None = None
    offers: tuple[MadeOffer, ...] = ()
    chosen: str | None = None
    """The home that was accepted, by key or name."""
    order: str | None = None
    """The case of the order that was placed."""
    closing_reason: str | None = None

    def offered(self, offer: PlaceOffer, at: datetime) -> Self:
        """Return the case with one more offer."""
        made = MadeOffer(number=len(self.offers) + 1, offer=offer, offered_at=at)
        return self.model_copy(update={"offers": (*self.offers, made)})

    def answered(self, accepted: bool, reason: str | None) -> Self:
        """Return the case with the newest offer answered."""
        last = self.offers[-1]
        told = last.model_copy(update={"accepted": accepted, "reason": reason})
        chosen = last.offer.home if accepted else None
        return self.model_copy(update={"offers": (*self.offers[:-1], told), "chosen": chosen})

    @property
    def place(self) -> str:
        """The home that is spoken of: the accepted one, or the one that was offered last."""
        last = self.offers[-1].offer.home if self.offers else ""
        return self.chosen or last
