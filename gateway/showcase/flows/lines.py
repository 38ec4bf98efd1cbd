"""A flow's text as blocks: one line at the margin, and the indented lines that belong to it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.showcase.flows.language import Field, FlowError

LARGEST = 200_000
"""Characters of a flow; no dialogue that a person reads is longer."""
_FIELD = re.compile(r"([A-Za-z_][\w-]*(?:\.[\w-]+)*):(?:\s+(.*))?")
_LEAVE_OUT = "-"
_BLOCK = "|"


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its number, without the white space at its end."""

    number: int
    text: str

    @property
    def indent(self) -> int:
        """How far from the margin it begins."""
        return len(self.text) - len(self.text.lstrip(" "))


@dataclass(frozen=True, slots=True)
class Block:
    """A line at the margin and what is indented below it."""

    number: int
    text: str
    inner: tuple[Line, ...]

    @property
    def words(self) -> str:
        """The indented lines as the text that they are."""
        return textwrap.dedent("\n".join(line.text for line in self.inner)).strip("\n")

    def nothing_inside(self) -> None:
        """Raise FlowError where something is indented that cannot belong here."""
        if self.inner:
            line = self.inner[0]
            raise FlowError(line.number, f"nothing may be indented below {self.text!r}")


def blocks_of(text: str) -> Iterator[Block]:
    """Give the blocks of a text; comments and empty lines are left out. Raises FlowError."""
    if len(text) > LARGEST:
        raise FlowError(1, f"a flow has at most {LARGEST} characters")
    head: Line | None = None
    inner: list[Line] = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = Line(number, raw.rstrip())
        if "\t" in raw[: len(raw) - len(raw.lstrip())]:
            raise FlowError(number, "indent with spaces, not with tabs")
        if line.indent or not line.text:
            if head is not None:
                inner.append(line)
            elif line.text:
                raise FlowError(number, "this is indented below nothing")
            continue
        if head is not None:
            yield _block(head, inner)
        head, inner = line, []
    if head is not None:
        yield _block(head, inner)


def _block(head: Line, inner: list[Line]) -> Block:
    while inner and not inner[-1].text:
        inner.pop()
    return Block(head.number, head.text, tuple(inner))


def fields_of(block: Block) -> tuple[Field, ...]:
    """Read the indented lines of a block as `dotted.path: value`. Raises FlowError.

    `-` alone leaves a field out; `|` alone is followed by a text of several lines.
    """
    found: list[Field] = []
    lines = [line for line in block.inner if not line.text.lstrip().startswith("#")]
    margin = lines[0].indent if lines else 0
    while lines:
        line = lines.pop(0)
        if not line.text:
            continue
        match = _FIELD.fullmatch(line.text.strip())
        if match is None or line.indent != margin:
            raise FlowError(line.number, f"expected `name: value`, found {line.text.strip()!r}")
        path, value = match[1], match[2] or ""
        if any(one.path == path for one in found):
            raise FlowError(line.number, f"{path} is given twice")
        if value == _BLOCK:
            inside = []
            while lines and (not lines[0].text or lines[0].indent > margin):
                inside.append(lines.pop(0).text)
            value = textwrap.dedent("\n".join(inside)).strip("\n")
        found.append(Field(line.number, path, None if value == _LEAVE_OUT else value))
    return tuple(found)
