"""CSV as spreadsheets write it: cells parted by comma, semicolon or tab.

UTF-8 with or without a mark, UTF-16 with one, or Windows-1252; a line ``sep=;`` may name it.
"""

import csv
import io
from collections.abc import Callable, Iterator
from typing import Final

from parsers.charsets import decode
from parsers.sheet import (
    FIRST_ROWS,
    MOST_BYTES,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    RefusedSheet,
    Row,
    Sheet,
)

_MARKS: Final = (";", ",", "\t")
_HEAD: Final = 64 * 1024  # characters: enough to tell which mark parts the cells


def read_csv(data: bytes, fits: Callable[[Sheet], int], *, whole: bool = True) -> Sheet:
    """Read the rows by the mark whose reading fits best. Raises RefusedSheet.

    ``fits`` tells how many labels of a file's head it knows. Without ``whole`` only the first rows
    are read.
    """
    if len(data) > MOST_BYTES:
        raise RefusedSheet(too_large=True)
    text = _text_of(data)
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) <= 5:
        mark = first.strip()[4:] or "\t"
        return _sheet(rest, mark if mark in _MARKS else ";", first_line=2, whole=whole)
    heads = [(_sheet(text[:_HEAD], mark, whole=False), mark) for mark in _MARKS]
    best = max(heads, key=lambda one: fits(one[0]))[1]
    return _sheet(text, best, whole=whole)


def _text_of(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return decode(data, "utf-16").removeprefix("\ufeff")
    return decode(data, "utf-8").removeprefix("\ufeff")


def _sheet(text: str, mark: str, *, first_line: int = 1, whole: bool) -> Sheet:
    try:
        return Sheet("csv", tuple(_rows(text, mark, first_line, whole)))
    except csv.Error:
        raise RefusedSheet(too_large=True) from None


def _rows(text: str, mark: str, first_line: int, whole: bool) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    seen = cells = 0
    for number, row in enumerate(reader, first_line):
        if not any(map(str.strip, row)):
            continue
        seen += 1
        cells += len(row)
        if seen > MOST_ROWS or cells > MOST_CELLS or len(row) > MOST_COLUMNS:
            raise RefusedSheet(too_large=True)
        if seen > FIRST_ROWS and not whole:
            return
        yield number, [cell.strip() for cell in row]
