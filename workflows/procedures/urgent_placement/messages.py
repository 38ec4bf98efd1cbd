"""What the mail to the queue unit has to say (S3-R11 to S3-R16)."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from workflows.bodies import Body, Caseworker, Line, Text
from workflows.elder_care.bodies import Individual, PlaceAnswer, PlaceOffer
from workflows.elder_care.placement import Placement
from workflows.elder_care.settings import PlacingSettings


class UrgentPlacement(Body):
    """The individual stands in the queue to a home of choice, and can not wait."""

    individual: Individual
    caseworker: Caseworker
    decision_date: date
    kind: Literal["care_home", "short_term_home", "profile_home"] = "care_home"
    home: Line
    """The home of choice (sv: valfritt boende)."""
    queue_ref: Line | None = None
    """The place in the queue, as the queue system numbers it."""
    whereabouts: Line | None = None
    """Where the individual is now."""
    ready_for_discharge: date | None = None
    """The day on which they can leave hospital (sv: utskrivningsklar)."""
    payment_liability: date | None = None
    """The day from which the municipality pays (sv: betalningsansvar)."""
    not_in_hospital: bool = False
    """Neither day applies (sv: ej aktuellt, inte inlagd)."""
    other: Text | None = None
    queue_unit: Line | None = None
    """Who handles the queue, where it is not the one of the settings (sv: handläggningsenhet)."""


class HomeOffer(PlaceOffer):
    """The queue unit offers a home."""


class HomeAnswer(PlaceAnswer):
    """What the individual says to it."""


class UrgentCase(Placement):
    """What the case keeps."""

    request: UrgentPlacement


class UrgentSettings(PlacingSettings):
    """`[policy.procedures.urgent_placement]`."""

    queue_unit: str | None = None
    """The partner that handles the queue; in Stockholm the Handläggningsenhet."""
    liability_days: int = Field(default=3, ge=0, le=60)
    """Calendar days from ready for discharge to the payment liability, where nothing else is agreed
    (lag 2017:612). The caseworker's date counts; another one only makes a remark."""
    offer_reminder_days: int | None = Field(default=1, ge=1, le=365)
    """"Omgående" is no number: the queue unit is reminded after so many arbetsdagar."""
