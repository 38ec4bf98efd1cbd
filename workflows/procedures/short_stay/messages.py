"""What is said about a stay in a short-term or profile home (S3-R21 to S3-R23)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from parsers.values import Money
from workflows.bodies import Body, Caseworker, Line, Text
from workflows.elder_care.bodies import Individual, PlaceAnswer
from workflows.elder_care.placement import Placement
from workflows.elder_care.settings import PlacingSettings

Kilometres = Annotated[Money, Field(ge=0, le=2000)]
"""A way in kilometres, two decimals."""


class Stay(Body):
    """A decision on a stay, taken up by the caseworker."""

    individual: Individual
    caseworker: Caseworker
    decision_date: date
    kind: Literal["short_term_home", "profile_home", "care_home"]
    wished_from: date | None = None
    wished_to: date | None = None
    other: Text | None = None


class ShortStayReferral(Body):
    """Somebody else has got the matter, and sends it to where it belongs (S3-R22)."""

    individual: Individual
    kind: Literal["short_term_home", "profile_home"]
    other: Text | None = None


class Candidate(Body):
    """A home that may fit."""

    home: Line
    distance_km: Kilometres
    """From where the individual lives."""
    free: bool = True
    note: Line | None = None


class Candidates(Body):
    """The homes that may fit, in any order; they are kept the nearest first (S3-R23)."""

    homes: tuple[Candidate, ...] = Field(min_length=1, max_length=50)


class HomeChoice(Body):
    """The home that is asked. Another one than the nearest needs a reason (S3-R23)."""

    home: Line
    reason: Text | None = None


class StayAnswer(PlaceAnswer):
    """What the home, with the individual, says to it."""


class StayCase(Placement):
    """What the case keeps."""

    kind: str
    wished_from: date | None = None
    wished_to: date | None = None
    other: str | None = None
    candidates: tuple[Candidate, ...] = ()
    """The nearest first."""
    asked: str | None = None
    deviation: str | None = None
    """Why it is not the nearest home."""
    declined: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The home that is spoken of: the accepted one, or the one that is asked."""
        return self.chosen or self.asked or ""

    def distance_of(self, home: str) -> Decimal | None:
        """Return how far a candidate is; None for one that is not listed."""
        wanted = home.casefold()
        found = (one for one in self.candidates if one.home.casefold() == wanted)
        return next((one.distance_km for one in found), None)

    def nearest(self) -> Candidate | None:
        """Return the nearest home that has a place and has not said no."""
        said_no = {name.casefold() for name in self.declined}
        open_ones = (one for one in self.candidates if one.free)
        return next((one for one in open_ones if one.home.casefold() not in said_no), None)


class StaySettings(PlacingSettings):
    """`[policy.procedures.short_stay]`."""

    offer_reminder_days: int | None = Field(default=2, ge=1, le=365)
    """Arbetsdagar without an answer, until the home is reminded. A choice of ours."""
