"""What is told about facilities, and what buyers say to it.

Field names are the wire names of docs/protocol.md.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from parsers.identifiers import MunicipalityCode
from parsers.values import Money
from workflows.bodies import Body, Line, Text
from workflows.participants import OperatorType


class NewOfferProposal(Body):
    """A facility, or an offer of one, that somebody plans (da: nyt tilbud; S4-R9)."""

    name: Line
    operator_type: OperatorType
    municipality: MunicipalityCode
    target_group: Line
    small_target_group: bool = False
    places: int = Field(ge=1, le=10_000)
    expected_rate: Money | None = Field(default=None, ge=0)
    """Kroner a day."""
    planned_from: date
    contact: Line
    text: Text


class OfferClosureNotice(Body):
    """A facility, or some of its places, that is closed."""

    facility: Line
    effective_from: date
    """The first day without it."""
    places: int | None = Field(default=None, ge=1, le=10_000)
    """How many places, where it is not all of them."""
    contact: Line
    reason: Text


class TakstChangeNotice(Body):
    """A rate that changes within the year (da: takstændring)."""

    facility: Line
    effective_from: date
    old_rate: Money = Field(ge=0)
    new_rate: Money = Field(ge=0)
    unit: Literal["day", "hour", "month"] = "day"
    contact: Line
    reason: Text


class NoticeObjection(Body):
    """What a buyer has against a notice (da: indsigelse)."""

    text: Text


class NoticeWithdrawal(Body):
    """The notice is taken back before it has taken effect."""

    reason: Text


class Conclusion(Body):
    """What came of a proposal, or of an objection."""

    text: Text
