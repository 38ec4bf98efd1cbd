"""Values as people read them in elder care: a number without zeros at its end, a list of parts."""

from __future__ import annotations

from decimal import Decimal


def plain_number(value: Decimal, language: str) -> str:
    """Return a number as short as it is: 1.50 as `1,5`, in English `1.5`."""
    text = f"{value:f}"
    plain = text.rstrip("0").rstrip(".") if "." in text else text
    return plain if language == "en" else plain.replace(".", ",")


def joined(*parts: str | None) -> str:
    """Return what is known of several parts, with commas."""
    return ", ".join(part for part in parts if part)
