"""The first visible sheet of an XLSX workbook (ISO 29500): values only, bounded in every way.

Formulas are not calculated: the value counts that the writing program kept. Dates are numbers whose
format is that of a date. Macros, links, pictures and all other parts are never opened.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, timedelta
from typing import Final

from parsers.sheet import (
    FIRST_ROWS,
    MOST_BYTES,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    Broken,
    Exact,
    RefusedSheet,
    Row,
    Sheet,
)
from parsers.strict_xml import Handlers, Limits, RefusedXml, read_events

_MOST_PARTS: Final = 2000
_LARGEST_PART: Final = 64 * 1024 * 1024
_DATES: Final = frozenset({*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)})
_QUOTED: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_COLUMN: Final = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,3})?")
_LIMITS: Final = Limits(depth=32, elements=8 * MOST_CELLS)


class _EnoughError(Exception):
    """The first rows were read, and no more are wanted."""


def read_xlsx(data: bytes, *, whole: bool = True) -> Sheet:
    """Read the rows of the first sheet that is not hidden. Raises RefusedSheet."""
    if len(data) > MOST_BYTES:
        raise RefusedSheet(too_large=True)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return Sheet("xlsx", tuple(_Workbook(archive, whole).rows()))
    except RefusedXml as error:
        raise RefusedSheet(too_large=error.too_large) from None
    except (zipfile.BadZipFile, zlib.error, LookupError, ValueError, EOFError, OSError) as error:
        if isinstance(error, RefusedSheet):
            raise
        raise RefusedSheet from None
    except (NotImplementedError, RuntimeError, OverflowError):  # an odd compression, or encryption
        raise RefusedSheet from None


class _Workbook:
    """The parts that are read, and what cells mean by them."""

    def __init__(self, archive: zipfile.ZipFile, whole: bool) -> None:
        if len(archive.infolist()) > _MOST_PARTS:
            raise RefusedSheet(too_large=True)
        self.archive = archive
        self.whole = whole
        self.left = _LARGEST_PART
        self.from_1904 = False

    def part(self, name: str) -> bytes:
        info = self.archive.getinfo(name)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RefusedSheet
        with self.archive.open(info) as file:
            data = file.read(self.left + 1)
        self.left -= len(data)
        if self.left < 0:
            raise RefusedSheet(too_large=True)
        return data

    def rows(self) -> list[Row]:
        sheet = self.sheet_name()
        names = set(self.archive.namelist())
        strings = self.strings() if "xl/sharedStrings.xml" in names else []
        dates = self.date_styles() if "xl/styles.xml" in names else frozenset()
        cells = _Cells(strings, dates, self.from_1904, self.whole)
        with suppress(_EnoughError):
            read_events(self.part(sheet), Handlers(cells.start, cells.end, cells.text), _LIMITS)
        return cells.rows

    def sheet_name(self) -> str:
        shown: list[str] = []

        def start(name: str, attributes: Mapping[str, str]) -> None:
            plain = {_local(key): value for key, value in attributes.items()}
            if _local(name) == "workbookPr":
                self.from_1904 = plain.get("date1904") in ("1", "true")
            if _local(name) == "sheet" and plain.get("state", "visible") == "visible":
                shown.append(plain.get("id", ""))

        self.each(self.part("xl/workbook.xml"), start)
        targets: dict[str, str] = {}

        def relation(_name: str, attributes: Mapping[str, str]) -> None:
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

        self.each(self.part("xl/_rels/workbook.xml.rels"), relation)
        target = targets[shown[0]] if shown else ""
        return target[1:] if target.startswith("/") else f"xl/{target}"

    def strings(self) -> list[str]:
        found: list[str] = []
        inside: list[str] = []

        def start(name: str, _attributes: Mapping[str, str]) -> None:
            inside.append(_local(name))
            if inside[-1] == "si":
                found.append("")

        def end(_name: str) -> None:
            inside.pop()

        def text(piece: str) -> None:
            if inside[-1:] == ["t"] and "rPh" not in inside:
                found[-1] += piece

        read_events(self.part("xl/sharedStrings.xml"), Handlers(start, end, text), _LIMITS)
        return found

    def date_styles(self) -> frozenset[int]:
        own: set[int] = set()
        styles: list[int] = []
        inside: list[str] = []

        def start(name: str, attributes: Mapping[str, str]) -> None:
            inside.append(_local(name))
            number = int(attributes.get("numFmtId", "0"))
            if inside[-1] == "numFmt" and _is_date(attributes.get("formatCode", "")):
                own.add(number)
            if inside[-2:] == ["cellXfs", "xf"]:
                styles.append(number)

        def end(_name: str) -> None:
            inside.pop()

        data = self.part("xl/styles.xml")
        read_events(data, Handlers(start, end, lambda _text: None), _LIMITS)
        return frozenset(at for at, one in enumerate(styles) if one in _DATES or one in own)

    def each(self, data: bytes, start: Callable[[str, Mapping[str, str]], None]) -> None:
        read_events(data, Handlers(start, lambda _name: None, lambda _text: None), _LIMITS)


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _is_date(code: str) -> bool:
    plain = _QUOTED.sub("", code[:200]).lower().split(";")[0]
    return "general" not in plain and any(mark in plain for mark in "dmyå")


class _Cells:
    """The rows of a sheet while its cells are read."""

    def __init__(
        self, strings: list[str], dates: frozenset[int], from_1904: bool, whole: bool
    ) -> None:
        self.strings = strings
        self.dates = dates
        self.origin = date(1904, 1, 1) if from_1904 else date(1899, 12, 30)
        self.whole = whole
        self.rows: list[Row] = []
        self.number = 0
        self.row: list[str] = []
        self.kind = ""
        self.style = 0
        self.column = 0
        self.parts: list[str] = []
        self.inside = ""
        self.cells = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.inside = _local(name)
        if self.inside == "row":
            self.number = int(attributes.get("r", self.number + 1))
            self.row = []
            self.column = -1
        elif self.inside == "c":
            found = _COLUMN.fullmatch(attributes.get("r", ""))
            self.column = _column(found[1]) if found else self.column + 1
            self.kind = attributes.get("t", "n")
            self.style = int(attributes.get("s", "0"))
            self.parts = []

    def text(self, piece: str) -> None:
        if self.inside in ("v", "t"):
            self.parts.append(piece)

    def end(self, name: str) -> None:
        local = _local(name)
        self.inside = ""
        if local == "c":
            self.add(self.value("".join(self.parts)))
        elif local == "row" and any(self.row):
            self.rows.append((self.number, self.row))
            if len(self.rows) > MOST_ROWS:
                raise RefusedSheet(too_large=True)
            if len(self.rows) >= FIRST_ROWS and not self.whole:
                raise _EnoughError

    def add(self, value: str) -> None:
        if not value:
            return
        self.cells += 1
        if self.column >= MOST_COLUMNS or self.cells > MOST_CELLS:
            raise RefusedSheet(too_large=True)
        self.row.extend([""] * (self.column + 1 - len(self.row)))
        self.row[self.column] = value

    def value(self, text: str) -> str:
        if self.kind == "s":
            return self.strings[int(text)].strip() if text else ""
        if self.kind == "b":
            return Exact("true" if text.strip() == "1" else "false")
        if self.kind == "e":
            return Broken(text or "#")
        if self.kind == "d":
            return Exact(text.strip()[:10])
        if self.kind == "n" and _NUMBER.fullmatch(text.strip()):
            return self.number_of(text.strip())
        return text.strip()

    def number_of(self, text: str) -> str:
        number = float(text)
        if self.style in self.dates:
            days = int(number) + (1 if 0 < number < 60 and self.origin.year == 1899 else 0)
            if 0 < days < 2_950_000:
                return Exact((self.origin + timedelta(days=days)).isoformat())
        if number == int(number) and abs(number) < 10**15:
            return Exact(int(number))
        return Exact(f"{number:.12f}".rstrip("0"))  # where a program's sum is 0.30000000000000004


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
