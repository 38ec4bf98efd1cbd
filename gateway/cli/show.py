"""How the command line shows things: tables for people, JSON for programs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table.")]

people = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

_COLOURS = {
    "processed": "green",
    "delivered": "green",
    "sent": "green",
    "good": "green",
    "refused": "yellow",
    "held": "yellow",
    "manual": "yellow",
    "quarantined": "red",
    "parked": "red",
    "failed": "red",
    "wrong": "red",
}


_NOTHING: Final[tuple[Any, ...]] = (None, [], (), "")
_GAP: Final = 2  # between two columns
_NARROW: Final = 10  # as narrow as a column that folds may get
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")


def time_text(value: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the second."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    return value


def listing(
    rows: Sequence[Mapping[str, Any]],
    *,
    as_json: bool,
    title: str,
    columns: Sequence[str] | None = None,
) -> None:
    """Print rows that all have the same columns; of them people see `columns`, as far as filled."""
    if as_json:
        print_json([plain(row) for row in rows])
        return
    if not rows:
        people.print(f"[dim]No {title}.[/dim]")
        return
    table = Table(title=None, header_style="bold", box=None, pad_edge=False)
    filled = [n for n in columns or rows[0] if any(row[n] not in _NOTHING for row in rows)]
    whole = _whole(rows, filled)
    for name in filled:
        table.add_column(name.replace("_", " "), overflow="fold", no_wrap=name in whole)
    for row in rows:
        table.add_row(*(cell(short(row[name])) for name in filled))
    people.print(table)


def _whole(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> set[str]:
    """The columns that stay on one line: the narrowest, as far as the others keep room to fold."""
    widths = {n: max(len(n), *(len(short(row[n])) for row in rows)) for n in names}
    room = people.width - _GAP * (len(names) - 1)
    whole: set[str] = set()
    for name in sorted(names, key=lambda n: widths[n]):
        others = len(names) - len(whole) - 1
        if room - widths[name] < others * _NARROW:
            break
        room -= widths[name]
        whole.add(name)
    return whole


def short(value: Any) -> str:
    """A value as it stands in a table: times to the minute, the beginning of a fingerprint."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(short(one) for one in value) or "-"
    if isinstance(value, str) and _FINGERPRINT.fullmatch(value):
        return f"{value[:16]}..."
    if value is None:
        return "-"
    return (
        json.dumps(plain(value), ensure_ascii=False) if isinstance(value, Mapping) else str(value)
    )


def details(row: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one thing with all its fields, lists as tables of their own."""
    if as_json:
        print_json(plain(row))
        return
    for name, value in row.items():
        title = name.replace("_", " ")
        if isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            people.print(f"\n[bold]{title}[/bold]")
            listing(value, as_json=False, title=title)
        else:
            people.print(f"[bold]{title:<16}[/bold] {cell(value)}")


def cell(value: Any) -> str:
    """A value as a person reads it."""
    value = plain(value)
    if value is None:
        return "[dim]-[/dim]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(cell(v) for v in value) or "[dim]-[/dim]"
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    text = str(value).replace("[", "\\[")
    colour = _COLOURS.get(text)
    return f"[{colour}]{text}[/{colour}]" if colour else text


@contextmanager
def progress(work: str) -> Iterator[Callable[[str], None]]:
    """Tell a terminal how far long work is, on standard error; a pipe is told nothing."""
    if not errors.is_terminal:
        yield lambda _at: None
        return
    with errors.status(f"{work} ...") as status:
        yield lambda at: status.update(f"{work}: {at}")


def print_json(value: Any) -> None:
    """JSON on standard output, indented for a terminal."""
    indent = 2 if sys.stdout.isatty() else None
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")


def done(text: str) -> None:
    """One line that says what was done."""
    people.print(text.replace("[", "\\["))
