"""What people may say about an agreement that stands: changes of it, and facts of its life.

Field names are the wire names of docs/protocol.md, section 3.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from parsers.identifiers import MunicipalityCode
from parsers.values import Money
from workflows.bodies import Body, Caseworker, DisclosureBasis, Line, Text
from workflows.notice import NoticePolicy
from workflows.procedures.payment_agreement.offers import (
    Amount,
    Billing,
    Matching,
    Rate,
    Supplement,
    not_before_first,
)

Month = Annotated[str, StringConstraints(pattern=r"^(?:19|20)\d{2}-(?:0[1-9]|1[0-2])$")]
"""A settlement month, YYYY-MM."""


class AgreementAmendment(Body):
    """A change (da: tillæg): new terms from a day on, by the facility; a wish, by the kommune.

    Terms that are not named stay as they are on that day.
    """

    effective: date
    reason: Text
    rate: Rate | None = None
    rates: tuple[Rate, ...] = Field(default=(), max_length=60)
    end: date | None = None
    service: Text | None = None
    scope: Text | None = None
    supplements: tuple[Supplement, ...] | None = Field(default=None, max_length=60)
    notice_policy: NoticePolicy | None = None
    billing: Billing | None = None
    matching: Matching | None = None
    valid_until: date | None = None

    @property
    def names_terms(self) -> bool:
        """Whether any term is named."""
        named = ("rate", "end", "service", "scope", "notice_policy", "billing", "matching")
        given = any(getattr(self, name) is not None for name in named)
        return given or bool(self.rates) or self.supplements is not None


class AgreementCancellation(Body):
    """The agreement is called off before it has begun (da: annullering)."""

    reason: Text


class MoveInConfirmed(Body):
    """The citizen has moved in (da: indflytning)."""

    moved_in: date
    remark: Text | None = None


class StartChanged(Body):
    """The agreement begins on another day than it says (da: ændret start)."""

    start: date
    reason: Text


class MoveOut(Body):
    """The citizen moves out (da: fraflytning); the notice period runs from this message on."""

    last_day: date
    reason: Text | None = None
    relet_from: date | None = None
    """From when the place is let again; it may be told later, in a second message."""

    @field_validator("relet_from")
    @classmethod
    def _after(cls, relet: date | None, info: ValidationInfo) -> date | None:
        left = info.data.get("last_day")
        if relet and left and relet <= left:
            raise PydanticCustomError("period", "the place is let before it is free")
        return relet


class Death(Body):
    """The citizen has died (da: dødsfald)."""

    died: date
    relet_from: date | None = None


class AbsenceTold(Body):
    """Days away from the place, which is kept (da: fravær, indlæggelse).

    A second message with the same first day says when it ended.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True)

    first: date = Field(alias="from")
    last: date | None = Field(default=None, alias="until")
    cause: Literal["hospital", "leave", "other"] = "other"

    _in_order = field_validator("last")(not_before_first)


class CaseworkerChange(Body):
    """Another caseworker answers for the case (da: ny sagsbehandler)."""

    caseworker: Caseworker


class ResponsibilityTransfer(Body):
    """Another kommune becomes acting and paying kommune (da: ny handlekommune).

    Retssikkerhedsloven § 9. The new kommune gets the whole agreement, so the ground on which it may
    be told is stated.
    """

    to_municipality: MunicipalityCode
    effective: date
    reason: Text
    disclosure_basis: DisclosureBasis


class InvoiceDispute(Body):
    """An objection to a line of the settlement (da: indsigelse), or the answer to one.

    The kommune names month, line and reason; the facility answers with the same and an outcome.
    """

    month: Month
    line: Line | None = None
    """What the line is called; needed where the month has several."""
    reason: Text
    outcome: Literal["granted", "dismissed"] | None = None
    amount: Amount | None = None
    """What the line should have been, where the objection is granted."""


class AdmissionNotice(Body):
    """The facility has admitted a citizen who came by himself (SEL § 110, stk. 6).

    It is told to the kommune within three working days.
    """

    admitted: date
    remark: Text | None = None


class PhoneNote(Body):
    """What was said on the telephone (da: telefonnotat)."""

    text: Text
    spoken_with: Line | None = None


class Misdirected(Body):
    """A mail or document of the case went to somebody whom it was not meant for."""

    what: Text
    recipient: Literal["acting", "payer", "facility"] | None = None
    """The party that is asked to delete it; none: somebody outside, told in another way."""


class Correct(Body):
    """A mistake is mended by a further event, with its reason; what was written stays.

    `month` and `amount`: a line that adds the amount to what was settled for the month. `start`,
    `end`: the agreement's first or last day is another one than was written.
    """

    reason: Text
    start: date | None = None
    end: date | None = None
    month: Month | None = None
    line: Line | None = None
    amount: Money | None = None


class Reopen(Body):
    """A closed case is taken up again."""

    reason: Text


class CloseMonth(Body):
    """A settlement month is closed: its lines never change again."""

    month: Month


class AnnouncedRate(Body):
    """One rate of the year, in place of the one of the same unit, or of a certain amount."""

    amount: Amount
    unit: Literal["day", "hour", "month"]
    replaces: Amount | None = None


class RatesAnnounced(Body):
    """Told by the gateway: rates of the facility for a year were announced."""

    year: int
    announced: date
    announcement: str
    """The number of the announcement's own case."""
    rates: tuple[AnnouncedRate, ...] = ()
    percent: Decimal | None = None
