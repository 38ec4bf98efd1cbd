"""What the acting kommune asks of the residence kommune, and what that answers."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import ConfigDict, Field

from parsers.identifiers import LegalBasis, MunicipalityCode
from workflows.bodies import Body, Caseworker, Citizen, DisclosureBasis, Line, Text

Area = Literal["employment", "pension", "health", "housing", "education", "family", "other"]
"""A field of other laws than the Service Act in which a benefit may run."""


class CoordinationRequest(Body):
    """Which other benefits run? (da: koordinering med andre lov-ydelser i bopælskommunen).

    The acting kommune (da: handlekommune) decides after the Service Act; the residence kommune
    (da: bopælskommune) after the other laws.
    """

    citizen: Citizen
    acting_municipality: MunicipalityCode
    residence_municipality: MunicipalityCode
    caseworker: Caseworker
    legal_basis: LegalBasis
    """The benefit under the Service Act that is to be coordinated."""
    areas: tuple[Area, ...] = Field(default=(), max_length=20)
    """What is asked about; about all where none is named."""
    question: Text
    disclosure_basis: DisclosureBasis
    """By consent, or by which paragraph, the question may be asked. Never left out."""


class Benefit(Body):
    """One benefit that runs, or is planned."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    area: Area
    name: Line
    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")
    contact: Line | None = None


class CoordinationReply(Body):
    """Which benefits run, or that none does."""

    benefits: tuple[Benefit, ...] = Field(default=(), max_length=50)
    text: Text | None = None
    caseworker: Caseworker
    disclosure_basis: DisclosureBasis
    """By consent, or by which paragraph, the answer may be given."""


class CoordinationClosed(Body):
    """What was agreed on, or why the question needs no answer any more."""

    outcome: Text
