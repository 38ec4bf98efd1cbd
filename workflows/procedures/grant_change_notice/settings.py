"""`[policy.procedures.grant_change_notice]`: what was agreed between kommuner, pair by pair.

The source asks in what form, to whom and how long before a change has to be told (S2-R10), and
foresees that there may be fixed rules, only intents, or only contacts (S2-R12).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from parsers.identifiers import MunicipalityCode
from parsers.reference import in_force
from workflows.contacts import Addressee
from workflows.procedures.contact_directory.timers import months_after

Level = Literal["FIXED_RULE", "DECLARATION_OF_INTENT", "CONTACTS_ONLY"]
"""Only a fixed rule binds; an intent (da: hensigtserklæring) and mere contacts warn."""
Form = Literal["message", "sealed_message", "message_with_decision"]
"""How a notice is given: as a message; sealed end to end; with the decision (da: afgørelse)."""


class _Rows(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Period(_Rows):
    """A notice period (da: varsel). Days or months, after the running month where that counts."""

    running_month: bool = False
    """The month in which notice is received runs out first (da: løbende måned)."""
    days: int = Field(default=0, ge=0, le=3660)
    months: int = Field(default=0, ge=0, le=120)

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if self.days and self.months:
            raise ValueError("days and months exclude each other")
        return self

    def earliest(self, received: date) -> date:
        """Return the first day on which a change may take effect (S2 P1: notice date + period)."""
        start = months_after(received.replace(day=1), 1) if self.running_month else received
        return months_after(start, self.months) + timedelta(days=self.days)


class PairRule(_Rows):
    """What two kommuner, or all of a region, have agreed on. What is left out holds for all."""

    one: MunicipalityCode | None = None
    other: MunicipalityCode | None = None
    """The two of a pair, in any order."""
    region: str | None = None
    """All kommuner of a region's collaboration among themselves, as they take part on the day."""
    level: Level = "CONTACTS_ONLY"
    form: Form = "message"
    addressee: Addressee | None = None
    """For whom notices are meant, where the receiver has registered both."""
    period: Period = Period()
    valid_from: date | None = None
    valid_to: date | None = None

    def rank(self, sides: frozenset[str], day: date) -> int:
        """Return how closely the rule fits two kommuner on a day; 0: not at all."""
        if not (self.valid_from or day) <= day <= (self.valid_to or day):
            return 0
        named = {code for code in (self.one, self.other) if code is not None}
        if not named <= sides:
            return 0
        if self.region is not None and (
            len(sides) < 2 or not sides <= in_force().collaborating(self.region, day)
        ):
            return 0
        return 1 + (self.region is not None) + 2 * len(named)


class SteeringRule(_Rows):
    """A period of the steering agreement (da: styringsaftale) for a region's framework facilities.

    It goes before whatever two kommuner agreed on: their model supplements it (S2-R7).
    """

    region: str
    period: Period
    valid_from: date | None = None
    valid_to: date | None = None


class Mandate(_Rows):
    """What a seller may do towards the buyer (S2-R9): facilities differ in what they know."""

    organisation: str
    """The key of a partner or a facility."""
    may_inform: bool = True
    may_negotiate: bool = False


class ChangeSettings(_Rows):
    """How changes of grants are told."""

    pairs: tuple[PairRule, ...] = ()
    """The closest that fits is taken; among equals the one that stands last."""
    fallback: PairRule = PairRule(period=Period(running_month=True, days=30))
    """Where no pair fits: contacts only, and a period that only warns. The source fixes no
    number; running month + 30 days is the common wording (uncertain)."""
    steering: tuple[SteeringRule, ...] = ()
    """The steering agreements of the regions; none is known."""
    mandates: tuple[Mandate, ...] = ()
    """Sellers whose mandate is not the usual one."""
    usual_mandate: Mandate = Mandate(organisation="")
    """What a seller may do that is not listed: inform, and not negotiate. The source says that
    they differ; to agree on terms somebody has to have been given the right."""
    objection_days: int = Field(default=10, ge=1, le=365)
    """Working days to object to a notice. The source names none."""
    answer_days: int = Field(default=10, ge=1, le=365)
    """Working days to answer a proposal, and each reminder. The source names none."""
    reminders: int = Field(default=2, ge=0, le=20)
    """So many reminders of a proposal."""
    citizen_notice_weeks: int = Field(default=14, ge=0, le=104)
    """The citizen's own notice, for some paragraphs (SEL §§ 95, 96, 98, 114; barnets lov §§ 83, 84
    and 87(4)): a reduction has effect so many weeks after the decision at the earliest."""

    def rule_for(self, sides: frozenset[str], day: date) -> PairRule:
        """Return what holds between two kommuner on a day."""
        ranked = [(rule.rank(sides, day), rule) for rule in self.pairs]
        best = max((rank for rank, _ in ranked), default=0)
        return [rule for rank, rule in ranked if rank == best][-1] if best else self.fallback

    def steering_period(self, sides: frozenset[str], day: date) -> Period | None:
        """Return the period of the steering agreement that all sides take part in, if any."""
        found = [
            rule.period
            for rule in self.steering
            if sides <= in_force().collaborating(rule.region, day)
            and (rule.valid_from or day) <= day <= (rule.valid_to or day)
        ]
        return found[-1] if found else None

    def mandate_of(self, organisation: str) -> Mandate:
        """Return what a seller may do."""
        named = (one for one in self.mandates if one.organisation == organisation)
        return next(named, self.usual_mandate)
