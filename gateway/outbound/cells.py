"""How one cell of a table stands in a file for people and for spreadsheets.

A cell of a view is text, a date, a whole number, a Decimal, or nothing.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias

from babel.numbers import format_decimal

from parsers.values import write_date

Cell: TypeAlias = str | date | int | Decimal | None

_LOCALES: Final = {"da": "da", "sv": "sv", "en": "en_GB"}
_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def printed_cell(cell: Cell, language: str) -> str:
    """Return a cell in words of a language: `1.845,50`, `1. december 2026`."""
    match cell:
        case None:
            return "–"
        case Decimal():
            return printed_number(cell, language)
        case int():
            return printed_number(Decimal(cell), language)
        case date():
            return write_date(cell, language)
        case _:
            return cell


def printed_number(number: Decimal, language: str) -> str:
    """Return a number with its own decimals, grouped as the language does it."""
    places = max(0, -int(number.as_tuple().exponent))
    form = "#,##0." + "0" * places if places else "#,##0"
    return str(format_decimal(number, form, locale=_LOCALES.get(language, "en_GB")))


def plain_cell(cell: Cell, language: str) -> str:
    """Return a cell for a CSV file: a comma in decimals where the language has one, ISO dates.

    What somebody else wrote never becomes a formula in the spreadsheet of who opens the file.
    """
    match cell:
        case None:
            return ""
        case Decimal():
            return f"{cell:f}" if language == "en" else f"{cell:f}".replace(".", ",")
        case int():
            return str(cell)
        case date():
            return cell.isoformat()
        case _:
            return f"'{cell}" if cell.startswith(_BEGINS_A_FORMULA) else cell
