"""Parts of what is said in elder care: the individual, who speaks for them, kinds of care."""

from __future__ import annotations

from datetime import date
from typing import Literal

from parsers.identifiers import Personnummer
from workflows.bodies import Body, Line, Text

CareKind = Literal[
    "home_care", "care_home", "short_term_home", "profile_home", "day_activity", "other"
]
"""What is ordered (sv: hemtjänst, vård- och omsorgsboende, korttidsboende, profilboende,
dagverksamhet)."""


class Individual(Body):
    """The person whom it is about (sv: den enskilde), by personal number and name (S3-R13)."""

    personnummer: Personnummer
    name: Line
    address: Line | None = None
    phone: Line | None = None
    language: Line | None = None
    """The language spoken, and whether an interpreter is needed (sv: språk, tolk)."""


class Representative(Body):
    """Who speaks for the individual (sv: företrädare, such as a god man or a förvaltare)."""

    name: Line
    relation: Line | None = None
    phone: Line | None = None


class PlaceOffer(Body):
    """A place that is offered to the individual (sv: erbjudande)."""

    home: Line
    """Its key with us, or its name."""
    unit: Line | None = None
    flat: Line | None = None
    available_from: date | None = None


class PlaceAnswer(Body):
    """What the individual says to an offer (sv: tackar ja eller nej)."""

    accepted: bool
    answered_by: Literal["individual", "representative"] = "individual"
    reason: Text | None = None


class Withdrawal(Body):
    """Nothing more is asked for (sv: återtagande)."""

    reason: Text


class OrderPlaced(Body):
    """Told by the order's own case: the written order has been sent."""

    order: Line
