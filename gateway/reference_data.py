"""Reference data of a home: an operator's files in `data/`, and what is out of date by the clock.

A file `data/NAME.csv` stands in place of the data set of that name which ships. It keeps the same
form (`parsers.data_sets`); one that does not is told like a wrong setting, and nothing starts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal

from gateway.errors import WrongSettings
from parsers.data_sets import BUILT_IN, DataSet, read_data_set
from parsers.errors import WrongData
from parsers.reference import Reference, install, span_of

FOLDER: Final = "data"
SOON: Final = timedelta(days=60)
"""How long before the day a change is told."""
_NEEDED: Final = {
    "municipalities_dk": ("cvr",),
    "regions_dk": ("code", "cvr"),
    "municipalities_se": ("orgnr",),
}
"""What a row cannot do without from the day on which it is valid."""

State = Literal["good", "soon", "outdated"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is out of date, or will be within `SOON`."""

    state: State
    words: str


def load(home: Path) -> dict[str, DataSet]:
    """Read the data sets that an operator put in place of ours. Raises WrongSettings."""
    found = {}
    folder = home / FOLDER
    for file in sorted(folder.glob("*.csv")) if folder.is_dir() else ():
        try:
            text = file.read_text(encoding="utf-8")
            found[file.stem] = read_data_set(file.stem, text, replaced=True)
        except WrongData as error:
            raise WrongSettings(f"{file.parent}: {error}") from None
        except (OSError, UnicodeDecodeError) as error:
            raise WrongSettings(f"{file}: must be CSV in UTF-8 ({error})") from None
    return found


def take_up(home: Path) -> None:
    """Let this process work with a home's reference data. Raises WrongSettings."""
    install(load(home))


def reference_of(home: Path) -> Reference:
    """Return a home's reference data without taking it up. Raises WrongSettings."""
    return Reference({**BUILT_IN, **load(home)})


def findings(name: str, reference: Reference, today: date) -> tuple[Finding, ...]:
    """Say what is out of date in a data set on a day, or will be soon; the worst first."""
    one = reference.sets[name]
    found = [*_age(one, today), *_changes(one, today), *_missing(one, today)]
    found += _stranded(name, reference, today)
    return tuple(sorted(found, key=lambda finding: finding.state != "outdated"))


def replaced(one: DataSet) -> str | None:
    """Say what an operator's data set replaces; None for one that ships."""
    if not one.replaced:
        return None
    ours = BUILT_IN[one.name]
    before = {tuple(row.items()) for row in ours.rows}
    now = {tuple(row.items()) for row in one.rows}
    return (
        f"{len(ours.rows)} rows as of {ours.as_of}:"
        f" {len(now - before)} rows are new or changed, {len(before - now)} gone"
    )


def _age(one: DataSet, today: date) -> Iterator[Finding]:
    if one.review_by < today:
        yield Finding("outdated", f"was to be compared with its source by {one.review_by}")
    elif one.review_by <= today + SOON:
        yield Finding("soon", f"is to be compared with its source by {one.review_by}")
    if one.replaced and one.as_of < BUILT_IN[one.name].as_of:
        ours = BUILT_IN[one.name].as_of
        yield Finding("outdated", f"is older than what ships, which is as of {ours}")
    if not any(span_of(row).holds(today) for row in one.rows):
        yield Finding("outdated", "no row holds today")


def _changes(one: DataSet, today: date) -> Iterator[Finding]:
    for row in one.rows:
        span = span_of(row)
        if today <= span.last <= today + SOON:
            later = f", then {row['successor']}" if row.get("successor") else ""
            yield Finding("soon", f"{_called(row)} holds until {span.last}{later}")
        if today < span.first <= today + SOON:
            yield Finding("soon", f"{_called(row)} holds from {span.first}")


def _missing(one: DataSet, today: date) -> Iterator[Finding]:
    for row in one.rows:
        span = span_of(row)
        empty = [column for column in _NEEDED.get(one.name, ()) if not row[column]]
        if not empty or span.last < today or span.first > today + SOON:
            continue
        state: State = "outdated" if span.holds(today) else "soon"
        told = f"{_called(row)} has no {' and no '.join(empty)}"
        yield Finding(state, f"{told}: give it in HOME/{FOLDER}/{one.name}.csv")


def _stranded(name: str, reference: Reference, today: date) -> Iterator[Finding]:
    """Rows that lead to a region or a kommune which has ended, or which nobody knows."""
    rows = [row for row in reference.sets[name].rows if span_of(row).holds(today)]
    codes = {r.code: r.span.holds(today) for r in reference.regions if r.code}
    if name == "municipalities_dk":
        wrong = [r for r in rows if reference.region_of(r["code"], today) is None]
        if wrong:
            yield Finding("outdated", f"{len(wrong)} kommuner lie in no region of today")
    if name == "collaborations_dk":
        known = codes | {c: m.span.holds(today) for c, m in reference.municipalities.items()}
        for row in rows:
            if not known.get(row["member"], False):
                told = f"{row['kind']} {row['member']} of {row['collaboration']}"
                yield Finding("outdated", f"{told} is not there today")


def _called(row: Mapping[str, str]) -> str:
    """The words by which a row is told: its name, or what stands first in it."""
    return row.get("name") or row.get("paragraph") or " ".join([*row.values()][:3])
