"""What CSV and XLSX have in common: numbered rows of cells, bounded.

A cell is text as a person typed it; what a program knows exactly is marked, since ``1.845`` typed
by a Dane and the number 1.845 are two things.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

MOST_BYTES: Final = 16 * 1024 * 1024
MOST_ROWS: Final = 50_000
MOST_CELLS: Final = 1_000_000
MOST_COLUMNS: Final = 200
FIRST_ROWS: Final = 80
"""How far down the head of a file may reach."""


class Exact(str):
    """A number (``1845.5``), a date (``2026-12-01``) or ``true``/``false`` that a program wrote."""

    __slots__ = ()


class Broken(str):
    """A cell that holds an error in place of a value (``#REF!``)."""

    __slots__ = ()


Row: TypeAlias = tuple[int, Sequence[str]]
"""The number that a spreadsheet shows beside the row, and its cells; no row is all empty."""


@dataclass(frozen=True)
class Sheet:
    """The rows of a file. ``form`` is csv or xlsx."""

    form: str
    rows: tuple[Row, ...]


class RefusedSheet(ValueError):
    """No file of this form, or more than is read."""

    def __init__(self, *, too_large: bool = False) -> None:
        super().__init__("not a sheet as it is read here")
        self.too_large = too_large
