"""Data sets: small CSV files that say themselves where they come from and until when they hold.

A file begins with ``# source:``, ``# as_of:`` (the day that it was true) and ``# review_by:`` (the
day by which somebody must look again), then comes CSV with the columns of its name. Those that
ship with this package stand in ``parsers/data``; an operator may replace each by a file of the same
name (see `parsers.reference`).
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

from parsers.errors import WrongData

_WORDS: Final = r"[^\x00-\x1f]{1,200}"
_CODE: Final = r"[0-9]{4}"
_DAY: Final = r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?"
_VALIDITY: Final = {"valid_from": _DAY, "valid_to": _DAY}
_SUCCESSOR: Final = {"successor": f"(?:{_WORDS})?"}

COLUMNS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "municipalities_dk": {
            "code": _CODE,
            "name": _WORDS,
            "official_name": _WORDS,
            "region_code": _CODE,
            "cvr": "[0-9]{8}",
            **_VALIDITY,
        },
        "regions_dk": {
            "name": _WORDS,
            "code": f"(?:{_CODE})?",
            "cvr": "(?:[0-9]{8})?",
            **_VALIDITY,
            **_SUCCESSOR,
        },
        "collaborations_dk": {
            "collaboration": "[a-z]{2,30}",
            "kind": "kommune|region",
            "member": _CODE,
            **_VALIDITY,
        },
        "municipalities_se": {
            "code": _CODE,
            "name": _WORDS,
            "official_name": _WORDS,
            "also": f"(?:{_WORDS})?",
            "county_code": "[0-9]{2}",
            "orgnr": "[0-9]{6}-[0-9]{4}",
            **_VALIDITY,
        },
        "districts_stockholm": {"name": _WORDS, **_VALIDITY, **_SUCCESSOR},
        "laws": {
            "law": "[A-Za-zÆØÅÄÖæøåäö]{2,6}",
            "country": "DK|SE",
            "names": _WORDS,
            "number": r"(?:[0-9]{4}:[0-9]{1,5})?",
            **_VALIDITY,
            **_SUCCESSOR,
        },
        "paragraphs": {"paragraph": _WORDS, "title": _WORDS, **_VALIDITY, **_SUCCESSOR},
    }
)
"""The columns of each data set, and what may stand in them (a whole match)."""

_HEAD: Final = re.compile(r"#\s*(source|as_of|review_by)\s*:\s*(\S.*?)\s*")
_LARGEST: Final = 4 * 1024 * 1024  # characters


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set: its rows in order, where they come from, and until when they hold."""

    name: str
    source: str
    as_of: date
    review_by: date
    rows: tuple[Mapping[str, str], ...]
    replaced: bool = False
    """It stands in place of the one that ships."""


def read_data_set(name: str, text: str, *, replaced: bool = False) -> DataSet:
    """Read the file of a data set. Raises WrongData, which names the line and what is allowed."""
    columns = COLUMNS.get(name)
    if columns is None:
        raise WrongData(name, 0, f"there is no such data set; there are: {', '.join(COLUMNS)}")
    lines = text[:_LARGEST].removeprefix("\ufeff").splitlines()
    heads = {m[1]: m[2] for line in lines if (m := _HEAD.fullmatch(line))}
    table = [line if not line.startswith("#") else "" for line in lines]
    rows = _rows(name, table, columns)
    return DataSet(
        name=name,
        source=_head(name, heads, "source"),
        as_of=_day(name, heads, "as_of"),
        review_by=_day(name, heads, "review_by"),
        rows=rows,
        replaced=replaced,
    )


def _rows(name: str, table: list[str], columns: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
    above = next((at for at, line in enumerate(table) if line), 0)
    reader = csv.reader(table[above:])
    header, found = tuple(columns), list[Mapping[str, str]]()
    try:
        for values in reader:
            line = above + reader.line_num
            if line == above + 1 and tuple(values) != header:
                raise WrongData(name, line, f"the columns must be {','.join(header)}")
            if line > above + 1 and values:
                found.append(_row(name, line, values, columns))
    except csv.Error as error:
        raise WrongData(name, above + reader.line_num, str(error)) from None
    if not found:
        raise WrongData(name, 0, "there is no row")
    return tuple(found)


def _row(name: str, line: int, values: list[str], columns: Mapping[str, str]) -> Mapping[str, str]:
    if len(values) != len(columns):
        raise WrongData(name, line, f"there must be {len(columns)} values, as many as columns")
    row = MappingProxyType(dict(zip(columns, values, strict=True)))
    for column, pattern in columns.items():
        if not re.fullmatch(pattern, row[column]):
            raise WrongData(name, line, f"{column} must match {pattern}")
    days = [_iso(name, line, column, row[column]) for column in _VALIDITY if row[column]]
    if len(days) == len(_VALIDITY) and days[0] > days[1]:
        raise WrongData(name, line, "valid_to is before valid_from")
    return row


def _iso(name: str, line: int, column: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongData(name, line, f"{column} must be a date, YYYY-MM-DD") from None


def _head(name: str, heads: Mapping[str, str], key: str) -> str:
    if key not in heads:
        raise WrongData(name, 1, f"a line such as '# {key}: ...' is missing")
    return heads[key]


def _day(name: str, heads: Mapping[str, str], key: str) -> date:
    return _iso(name, 1, key, _head(name, heads, key))


def _built_in(name: str) -> DataSet:
    path = Path(__file__).parent / "data" / f"{name}.csv"
    return read_data_set(name, path.read_text(encoding="utf-8"))


BUILT_IN: Final[Mapping[str, DataSet]] = MappingProxyType(
    {name: _built_in(name) for name in COLUMNS}
)
"""The data sets that ship, by name; read once, at import."""
