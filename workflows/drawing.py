"""Draws a procedure from its own table, as SVG: states, moves, who makes them, what is due.

States stand below each other in the order of the table. An arrow straight down leads to the next
one; every other state that can be reached has a line of its own on the left, which the states that
lead to it join. To the right of each state stands what can happen in it. What changes no state in
many of them stands once, at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from textwrap import wrap
from typing import Final

from workflows.definition import Move, Procedure

_MANY: Final = 3
"""A move that leaves its state alone in so many states is told once for all."""
_BOX: Final = 230
_ROW: Final = 18
_PAD: Final = 14
_GAP: Final = 26
_LANE: Final = 14
_WORDS: Final = 620
_LINE: Final = 92  # characters of a line of words
_NAME: Final = 26  # characters of a line in a box, in bold
_NAME_ROW: Final = 16
_COLOURS: Final = ("#1b5e8c", "#8c3b1b", "#2f7d4f", "#6a3d9a", "#8a6d00", "#9b2c5e", "#35657a")


@dataclass(frozen=True, slots=True)
class _Row:
    """A state with its words, and where it stands."""

    state: str | None
    lines: tuple[str, ...]
    top: int
    height: int

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def middle(self) -> int:
        return self.top + self.height // 2


@dataclass(frozen=True, slots=True)
class _Lane:
    """The line that leads to one state, and the rows that join it."""

    target: int
    sources: tuple[int, ...]

    @property
    def span(self) -> tuple[int, int]:
        every = (self.target, *self.sources)
        return min(every), max(every)


def draw(procedure: Procedure, language: str) -> str:
    """Return the picture as an SVG document. Raises MissingText."""
    rows = _rows(procedure, language)
    lanes = _lanes(procedure, rows)
    columns = _columns(lanes)
    left = 24 + _LANE * (max(columns, default=-1) + 1)
    always = _always(procedure, language)
    foot = rows[-1].bottom + _GAP
    height = foot + (_ROW * (len(always) + 2) if always else 0) + 12
    width = left + _BOX + 24 + _WORDS
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="Helvetica, Arial, sans-serif" '
        f'font-size="13" role="img">',
        f"<title>{escape(procedure.name)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *_boxes(procedure, rows, left, language),
        *_straight(procedure, rows, left),
        *_drawn_lanes(lanes, columns, rows, left),
        *_foot(always, foot, left, procedure, language),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _rows(procedure: Procedure, language: str) -> list[_Row]:
    rows: list[_Row] = []
    top = 16
    for state in (None, *procedure.states):
        told = dict.fromkeys(_words(procedure, m, language) for m in _told(procedure, state))
        lines = tuple(line for words in told for line in words)
        named = len(_name(procedure, state, language)) if state else 1
        height = max(44, _ROW * len(lines) + _PAD, _NAME_ROW * named + _PAD)
        rows.append(_Row(state, lines, top, height))
        top += height + _GAP
    return rows


def _name(procedure: Procedure, state: str, language: str) -> list[str]:
    return wrap(procedure.wording.text(f"state.{state}", language), _NAME)


def _told(procedure: Procedure, state: str | None) -> list[Move]:
    return [m for m in procedure.moves if state in m.sources and not _is_everywhere(m)]


def _is_everywhere(move: Move) -> bool:
    return move.target is None and len(move.sources) >= _MANY


def _words(procedure: Procedure, move: Move, language: str) -> tuple[str, ...]:
    text = procedure.wording.text
    what = text(f"deadline.{move.deadline}", language) if move.deadline else None
    events = what or " / ".join(dict.fromkeys(text(f"event.{e}", language) for e in move.events))
    who = ", ".join(_role(procedure, role, language) for role in move.who)
    target = f" → {text(f'state.{move.target}', language)}" if move.target else ""
    mark = "◷ " if move.deadline else ""
    return tuple(wrap(f"{mark}{events} ({who}){target}", _LINE, subsequent_indent="    "))


def _role(procedure: Procedure, role: str, language: str) -> str:
    return procedure.wording.text(f"role.{role}", language)


def _place(rows: Sequence[_Row], state: str | None) -> int:
    return next(number for number, row in enumerate(rows) if row.state == state)


def _steps(procedure: Procedure) -> Iterator[tuple[str | None, str]]:
    """Give every change from one state to another, those within one step too."""
    for move in procedure.moves:
        for source in move.sources:
            path = (source, *move.passing, move.target)
            for before, after in pairwise(path):
                if after is not None and after != before:
                    yield before, after


def _lanes(procedure: Procedure, rows: Sequence[_Row]) -> list[_Lane]:
    joined: dict[int, set[int]] = {}
    for before, after in _steps(procedure):
        source, target = _place(rows, before), _place(rows, after)
        if target != source + 1:
            joined.setdefault(target, set()).add(source)
    return [_Lane(target, tuple(sorted(found))) for target, found in sorted(joined.items())]


def _columns(lanes: Sequence[_Lane]) -> list[int]:
    """Give each lane the first column, counted from the boxes, in which it meets no other."""
    taken: list[list[tuple[int, int]]] = []
    columns = []
    for lane in lanes:
        first, last = lane.span
        for number, column in enumerate(taken):
            if all(last < begin or first > end for begin, end in column):
                column.append(lane.span)
                columns.append(number)
                break
        else:
            taken.append([lane.span])
            columns.append(len(taken) - 1)
    return columns


def _boxes(procedure: Procedure, rows: Sequence[_Row], left: int, language: str) -> Iterator[str]:
    for row in rows:
        if row.state is None:
            yield f'<circle cx="{left + _BOX // 2}" cy="{row.middle}" r="9" fill="#333333"/>'
        else:
            ends = row.state in procedure.terminal
            fill, edge = ("#eeeeee", "#555555") if ends else ("#eaf2fb", "#1b5e8c")
            yield (
                f'<rect x="{left}" y="{row.top}" width="{_BOX}" height="{row.height}" rx="7" '
                f'fill="{fill}" stroke="{edge}" stroke-width="{2 if ends else 1.2}"/>'
            )
            yield from _label(procedure, row, row.state, left, language)
        for number, line in enumerate(row.lines):
            y = row.top + _PAD + 4 + number * _ROW
            x = left + _BOX + 18
            yield f'<text x="{x}" y="{y}" xml:space="preserve">{escape(line)}</text>'


def _label(procedure: Procedure, row: _Row, state: str, left: int, language: str) -> Iterator[str]:
    lines = _name(procedure, state, language)
    for number, line in enumerate(lines):
        y = row.middle + 5 + round((number - (len(lines) - 1) / 2) * _NAME_ROW)
        yield (
            f'<text x="{left + _BOX // 2}" y="{y}" text-anchor="middle" '
            f'font-weight="bold">{escape(line)}</text>'
        )


def _straight(procedure: Procedure, rows: Sequence[_Row], left: int) -> Iterator[str]:
    steps = {(_place(rows, before), _place(rows, after)) for before, after in _steps(procedure)}
    x = left + _BOX // 2
    for before, after in sorted(steps):
        if after == before + 1:
            start = rows[before].middle + 9 if rows[before].state is None else rows[before].bottom
            yield _line(f"M{x} {start} V{rows[after].top - 7}", "#333333")
            yield _head(x, rows[after].top, "down", "#333333")


def _drawn_lanes(
    lanes: Sequence[_Lane], columns: Sequence[int], rows: Sequence[_Row], left: int
) -> Iterator[str]:
    for number, (lane, column) in enumerate(zip(lanes, columns, strict=True)):
        colour = _COLOURS[number % len(_COLOURS)]
        x = left - 18 - column * _LANE
        end = rows[lane.target].middle
        joins = [_port(rows[source], column) for source in lane.sources]
        yield _line(f"M{x} {min(end, *joins)} V{max(end, *joins)}", colour)
        yield _line(f"M{x} {end} H{left - 7}", colour)
        yield _head(left, end, "right", colour)
        for source, y in zip(lane.sources, joins, strict=True):
            edge = left if rows[source].state else left + _BOX // 2 - 9
            yield _line(f"M{edge} {y} H{x}", colour)
            yield f'<circle cx="{x}" cy="{y}" r="2.6" fill="{colour}"/>'


def _port(row: _Row, column: int) -> int:
    """Where a row joins a lane: below its middle, where the arrow comes in."""
    if row.state is None:
        return row.middle
    return min(row.middle + 6 + 4 * (column % 4), row.bottom - 3)


def _line(path: str, colour: str) -> str:
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.4"/>'


def _head(x: int, y: int, way: str, colour: str) -> str:
    points = {"down": f"{x - 5},{y - 8} {x + 5},{y - 8} {x},{y}",
              "right": f"{x - 8},{y - 5} {x - 8},{y + 5} {x},{y}"}[way]  # fmt: skip
    return f'<polygon points="{points}" fill="{colour}"/>'


def _always(procedure: Procedure, language: str) -> list[str]:
    moves = (move for move in procedure.moves if _is_everywhere(move))
    told = dict.fromkeys(_words(procedure, move, language) for move in moves)
    return [line for words in told for line in words]


def _foot(
    lines: Sequence[str], top: int, left: int, procedure: Procedure, language: str
) -> Iterator[str]:
    if not lines:
        return
    heading = escape(procedure.wording.text("picture.always", language))
    yield f'<text x="{left}" y="{top + 6}" font-weight="bold">{heading}</text>'
    for number, line in enumerate(lines, 1):
        y = top + 6 + number * _ROW
        yield f'<text x="{left}" y="{y}" xml:space="preserve">{escape(line)}</text>'
