"""How this authority reads what seed 001 leaves open: `[policy.procedures.home_care_change]`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class CareSettings(BaseModel):
    """Each field says what it decides, its default, and why; AMB-n are numbers of the domain."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decline_pay: Literal["loss_capped_to_current_month", "lose_current_month"] = (
        "loss_capped_to_current_month"
    )
    """AMB-1: what "miste betaling" means after a decline. By default the days through handling are
    paid and only a loss for lateness is borne, because S1-R25 orders those days, S1-R29 speaks of
    the period that is settled for them, and S1-R12 would else punish nobody. The other reading:
    nothing is paid for days in the settlement month."""
    cap_anchor: Literal["received", "effective"] = "received"
    """AMB-2: the 5th of the month after which day. By default after the receipt, on which the
    orderer can act; where the month of the effective date would end earlier, a warning says so. A
    5th that has passed before the request came can bind nobody, and then the receipt's counts."""
    fifth_on_day_off: Literal["keep", "next_working_day"] = "keep"
    """AMB-3: what happens when the 5th is no working day. By default nothing ("altid senest"); the
    reminder comes on the last working day before."""
    exceeded_days: Literal["calendar", "working"] = "calendar"
    """AMB-4: which exceeded days are lost. By default all of them, because care is given daily."""
    settlement_month: Literal["until_fifth", "calendar"] = "until_fifth"
    """AMB-5: until the 5th the month before is still being settled. Inferred from S1-R3, where the
    5th is chosen for the budget's sake; `calendar`: always the month of handling."""
    late_by: Literal["request_deadline", "fifth"] = "request_deadline"
    """AMB-6: which deadline "tidsfristen for afregning" is (S1-R12). By default the five working
    days, the only deadline that the seed gives the provider; else the 5th of the next month."""
    close_existing: Literal["always", "on_decline"] = "always"
    """AMB-7: when the existing order is closed for the days that are paid. The seed says it under
    a decline; by default always, because no day is paid twice. `on_decline`: after a grant or
    another intervention a caseworker closes it. An order in another case of ours is closed in
    either reading: the gateway itself never pays a day twice."""
    adjustment_roles: tuple[str, ...] = ()
    """Who may decide on a post-adjustment, by the role that the act names; none: any role."""
    adjustment_four_eyes: bool = False
    """Whether a post-adjustment takes a second person. The seed does not ask for one."""
    nexus_days: int = Field(default=5, ge=1, le=60)
    """After so many working days the caseworker is reminded to align the care record."""
    incomplete_days: int = Field(default=2, ge=1, le=30)
    """After so many working days the provider is reminded of what is missing, and the orderer asks
    itself, where its own deadline is over or no delivery start is known to count it from."""
    ordinary_contact: str = Field(default="", max_length=300)
    """Where the excluded services are asked for, such as a phone number; told in the refusal."""
