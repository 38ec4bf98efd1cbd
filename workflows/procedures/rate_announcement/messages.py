"""What a caseworker announces: the rates of one facility for one year."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from workflows.bodies import Body, Line, Text
from workflows.procedures.payment_agreement.running import AnnouncedRate


class AnnounceRates(Body):
    """Rates (da: takster): amounts, or one percentage for all (da: pl-fremskrivning)."""

    facility: Line
    year: int = Field(ge=2000, le=2100)
    rates: tuple[AnnouncedRate, ...] = Field(default=(), max_length=60)
    percent: Annotated[Decimal, Field(gt=-100, le=100, decimal_places=4)] | None = Field(
        default=None, validate_default=True
    )
    note: Text | None = None

    @field_validator("percent")
    @classmethod
    def _one_way_to_say_it(cls, percent: Decimal | None, info: ValidationInfo) -> Decimal | None:
        if "rates" in info.data and bool(info.data["rates"]) == (percent is not None):
            raise PydanticCustomError("rates", "either rates or percent")
        return percent
