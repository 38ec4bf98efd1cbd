"""What an authority chooses about its payment agreements where no source says it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Region = Literal["nordjylland", "midtjylland", "syddanmark", "hovedstaden", "sjaelland"]
"""A framework agreement's region (da: rammeaftaleregion)."""


def _day_of_a_year(text: str) -> str:
    date.fromisoformat(f"2027-{text}")
    return text


MonthDay = Annotated[str, Field(pattern=r"^\d{2}-\d{2}$"), AfterValidator(_day_of_a_year)]
"""A day of every year as MM-DD."""


class PaymentSettings(BaseModel):
    """`[policy.procedures.payment_agreement]`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    annual_notice: MonthDay = "11-15"
    """The last day on which rates of the next year can be announced. Default 15 November: the
    annual clause of the standard contract of 2014; later, the old terms continue unchanged."""
    annual_notice_by_region: dict[Region, MonthDay] = Field(default_factory=dict)
    """The same for one framework region, where its styringsaftale names another day."""
    plan_start: Literal["agreed", "move_in"] = "agreed"
    """From which day is paid when the citizen moves in on another day than agreed. Default
    `agreed`: the agreement says its start; `move_in` where the framework agreement says so."""
    stop_when_relet: bool = True
    """Payment stops when the place is let again, though notice still runs. Default yes; uncertain:
    the practice is known, no source fixes it."""
    death_tail: Literal["days", "notice", "none"] = "days"
    """How long is paid after a death: so many days, until notice has run, or not at all. Default
    `days`: a short tail; uncertain."""
    death_tail_days: int = Field(default=14, ge=0, le=366)
    """Calendar days after the day of death, for `days`; never longer than notice. Uncertain."""
    absence_percent: int = Field(default=100, ge=0, le=100)
    """Of the rate, for days of absence. Default 100: the place is kept; no source says less."""
    absence_full_days: int = Field(default=0, ge=0, le=366)
    """So many first days of each absence are paid in full, whatever the percentage."""
    month_closing: Literal["when_over", "by_act"] = "when_over"
    """When a settlement month is closed. Default: when it is over, for settlement is monthly; by
    act where the invoices are made later."""
    dispute_answer_days: int = Field(default=10, ge=1, le=365)
    """Working days in which the facility answers an objection to a line. No source fixes it; it is
    less than the shortest term of payment, 14 days."""
    payer_reference: Literal["asked", "required"] = "asked"
    """Whether a request in which another kommune pays has to name the agreement or decision that
    says so. Default: it is asked for; S4-R2 makes it an exception, and refuses none."""

    @property
    def annual_notice_days(self) -> str:
        """The annual notice date, and those of single regions: as receipts tell it."""
        named = sorted(self.annual_notice_by_region.items())
        return "; ".join([self.annual_notice, *(f"{region} {day}" for region, day in named)])

    def notice_day(self, year: int, region: str | None) -> date:
        """Return the last day on which rates for a year can be announced."""
        named = {str(name): day for name, day in self.annual_notice_by_region.items()}
        return date.fromisoformat(f"{year - 1}-{named.get(region or '', self.annual_notice)}")
