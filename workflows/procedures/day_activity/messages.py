"""What is said about a place in day activity (S3-R28 to S3-R30)."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from workflows.bodies import Body, Caseworker, Line, Text
from workflows.elder_care.bodies import Individual, PlaceAnswer, PlaceOffer
from workflows.elder_care.placement import Placement
from workflows.elder_care.settings import PlacingSettings


class DayActivityQueue(Body):
    """The individual is put into the queue to the centres that they wish for (S3-R28)."""

    individual: Individual
    caseworker: Caseworker
    decision_date: date
    centres: tuple[Line, ...] = Field(min_length=1, max_length=20)
    """The wished day centres, the one wished for most first."""
    days_per_week: int | None = Field(default=None, ge=1, le=7)
    other: Text | None = None
    reception_group: Line | None = None
    """Who watches the queue, where it is not the one of the settings (sv: mottagningsgrupp)."""


class CentreOffer(PlaceOffer):
    """The reception group offers a place at a centre."""

    days_per_week: int | None = Field(default=None, ge=1, le=7)


class CentreAnswer(PlaceAnswer):
    """What the individual says to it."""


class DayCase(Placement):
    """What the case keeps."""

    request: DayActivityQueue


class DaySettings(PlacingSettings):
    """`[policy.procedures.day_activity]`."""

    reception_group: str | None = None
    """The partner that watches the queue."""
