"""How Danish prints dates, amounts and quantities, and which characters can be printed at all.

Amounts stand as `1.845,50 kr.`, dates as `1. december 2026`.
"""

import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal

from gateway.outbound.errors import ViewError

UNITS: Final[Mapping[str, str]] = {
    "day": "pr. døgn",
    "hour": "pr. time",
    "month": "pr. måned",
    "once": "engangsbeløb",
}
_COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    "day": ("døgn", "døgn"),
    "hour": ("time", "timer"),
    "month": ("måned", "måneder"),
    "once": ("gang", "gange"),
}
_PRINTED_RANGES: Final = ((0x20, 0x24F), (0x391, 0x3C9), (0x410, 0x44F), (0x2010, 0x2026))
_PRINTED_SINGLE: Final = frozenset("\n€™−§µ")


def amount(value: str) -> str:
    """Return kroner as they are printed. Raises ViewError."""
    return f"{_decimal(value, '#,##0.00')} kr."


def quantity(value: str, unit: str) -> str:
    """Return a number of days, hours or months with its noun. Raises ViewError."""
    one, many = _COUNTED.get(unit, ("", ""))
    shown = _decimal(value, "#,##0.##")
    return f"{shown} {one if shown == '1' else many}".rstrip()


def long_date(value: str | None) -> str:
    """Return `1. december 2026`; a dash where there is none. Raises ViewError."""
    return format_date(iso_date(value), "d. MMMM y", locale="da") if value else "–"


def month(value: str) -> str:
    """Return `december 2026` for `2026-12`. Raises ViewError."""
    return format_date(iso_date(f"{value}-01"), "MMMM y", locale="da")


def short_period(first: str, last: str) -> str:
    """Return `1.12.–31.12.2026`. Raises ViewError."""
    start, end = iso_date(first), iso_date(last)
    return f"{start.day}.{start.month}.–{end.day}.{end.month}.{end.year}"


def period(first: str | None, last: str | None) -> str:
    """Return when something holds, in words. Raises ViewError."""
    if first and last:
        return f"{long_date(first)} – {long_date(last)}"
    if first:
        return f"fra {long_date(first)}"
    return f"til og med {long_date(last)}" if last else "i hele perioden"


def iso_date(value: str) -> date:
    """Return the date. Raises ViewError, without the value."""
    try:
        return date.fromisoformat(value)
    except (ValueError, TypeError):
        raise ViewError("view.date") from None


def printable(text: str) -> str:
    """Return the text without control characters and those that turn the reading direction.

    They print nothing, and can make a line say something else than its digest covers.
    """
    kept = text.replace("\r\n", "\n").replace("\t", " ")
    return "".join(one for one in kept if one == "\n" or unicodedata.category(one)[0] != "C")


def only_known_letters(text: str) -> str:
    """Return the text with letters beyond our fonts as `[U+6F22]`, so that nothing is lost."""
    return "".join(one if _has_glyph(one) else f"[U+{ord(one):04X}]" for one in text)


def _has_glyph(one: str) -> bool:
    code = ord(one)
    return one in _PRINTED_SINGLE or any(low <= code <= high for low, high in _PRINTED_RANGES)


def _decimal(value: str, form: str) -> str:
    try:
        return str(format_decimal(Decimal(value), form, locale="da"))
    except (InvalidOperation, TypeError, ValueError):
        raise ViewError("view.amount") from None
