"""Values as people read them in elder care: a number without zeros at its end, a month, a list."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from parsers.dates import write_date


def plain_number(value: Decimal, language: str) -> str:
    """Return a number as short as it is: 1.50 as `1,5`, in English `1.5`."""
    text = f"{value:f}"
    plain = text.rstrip("0").rstrip(".") if "." in text else text
    return plain if language == "en" else plain.replace(".", ",")


def month_in_words(day: date, language: str) -> str:
    """Return the month of a day, as `november 2026`."""
    return write_date(day.replace(day=1), language).partition(" ")[2]


def joined(*parts: str | None) -> str:
    """Return what is known of several parts, with commas."""
    return ", ".join(part for part in parts if part)
