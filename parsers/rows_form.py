"""A message with rows as CSV or XLSX: a head of label and value, a row of labels, and the rows.

    Meddelelse; capacity_report      the head; it may stand in the mail's text instead, or in both
    År; 2026
                                     empty rows are skipped
    Tilbud; Antal pladser; Takst     labels in Danish, Swedish or English, or dotted paths
    Granbo; 12; 1.845,50             one item for each row

Values are read as people write them. What is wrong in a row is told with the item's path
(``rows.17.places``) and, to people, with the row's number in the file. Columns that nobody knows
are told and do no harm, as unknown labels in a text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from parsers.assembly import Raw
from parsers.catalogue import Catalogue, MessageType
from parsers.labels import LabelIndex, find_label, index_labels, normal_label
from parsers.leaves import Leaf
from parsers.problems import LANGUAGES, Problem, envelope_words
from parsers.sheet import FIRST_ROWS, Broken, Exact, Row, Sheet
from parsers.text_form import read_own
from parsers.text_values import Entry, fill_body, read_value

_OWN: Final = index_labels(
    [
        (key, word)
        for key in ("message", "id", "to", "reference", "case")
        for _, word in (*envelope_words(key), ("", key))
    ]
)
_FEWEST: Final = 2  # labels that make a row the row of labels
_MOST_WARNINGS: Final = 20


@dataclass
class _Head:
    """What stands above the rows, and where they begin."""

    kind: MessageType
    language: str
    at: int = 0
    columns: list[str | None] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    own: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def warn(self, code: str, line: int) -> None:
        if len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(Problem(code, "", {"line": str(line)}, "warning"))


def named_kind(sheet: Sheet, catalogue: Catalogue) -> MessageType | None:
    """Return the message that the head of a file names, where it takes this form."""
    for _, cells in sheet.rows[:FIRST_ROWS]:
        if len(cells) > 1 and _OWN.get(normal_label(cells[0][:200])) == "message":
            kind = catalogue.by_title(cells[1])
            return kind if kind and sheet.form in kind.forms else None
    return None


def fits(sheet: Sheet, kind: MessageType) -> bool:
    """Whether a file has a row of labels of a message's rows."""
    return _label_row(sheet, kind) is not None


def known_labels(sheet: Sheet, catalogue: Catalogue) -> int:
    """Count the labels in the row of labels, and what parts a message's name from its label."""
    best = 2 * (named_kind(sheet, catalogue) is not None)
    for kind in catalogue:
        found = _label_row(sheet, kind) if kind.rows else None
        best = max(best, found[1] if found else 0)
    return best


def read_rows(sheet: Sheet, kind: MessageType, fallback_id: str, text: Raw | None = None) -> Raw:
    """Read a file, and the labelled text that came with it; the result never fails."""
    head = _read_head(sheet, kind)
    body, problems = fill_body(head.entries, kind, head.language)
    keys: dict[str, Any] = {"sagspost": "1", "message": kind.name, "id": fallback_id, **head.own}
    problems = [*head.problems, *problems]
    warnings = head.warnings
    if text is not None:
        problems = [*text.problems, *problems]
        warnings = [*text.warnings, *warnings]
        keys = _joined(text.keys, keys, problems)
        body = _joined(text.keys.get("body") or {}, body, problems)
    numbers: tuple[int, ...] = ()
    if head.columns:
        items, numbers = _items(sheet.rows[head.at :], head)
        assert kind.rows is not None
        _put(body, kind.rows, items, problems)
    keys["body"] = body
    raw = Raw(sheet.form, keys, problems, warnings, head.language)
    raw.row_numbers = (f"{kind.rows}.", numbers)
    return raw


def _joined(
    first: Mapping[str, Any], second: Mapping[str, Any], problems: list[Problem], path: str = ""
) -> dict[str, Any]:
    """Put two accounts of the same into one; where they differ, it stands twice."""
    made = dict(first)
    for key, value in second.items():
        where = f"{path}.{key}".lstrip(".")
        if key == "body" and not path:
            continue
        if isinstance(value, dict) and isinstance(made.get(key), dict):
            made[key] = _joined(made[key], value, problems, where)
        elif made.get(key, value) != value and key != "id":
            problems.append(Problem("field.duplicate", where, {"label": where}))
        else:
            made[key] = value
    return made


def _put(body: dict[str, Any], path: str, items: list[Any], problems: list[Problem]) -> None:
    *steps, last = path.split(".")
    for step in steps:
        body = body.setdefault(step, {})
    if last in body:
        problems.append(Problem("field.duplicate", path, {"label": path}))
    body[last] = items


def _row_leaves(kind: MessageType) -> dict[str, Leaf]:
    return {leaf.path: leaf for leaf in kind.leaves if leaf.listed and leaf.listed == kind.rows}


def _index(kind: MessageType, language: str) -> list[LabelIndex]:
    """Return the labels by language, the likeliest first; in rows the last step is enough."""
    short = [(path, path.removeprefix(f"{kind.rows}.")) for path in _row_leaves(kind)]
    order = (language, *(one for one in LANGUAGES if one != language))
    return [*(kind.index[one] for one in order), index_labels(short)]


def _path_of(label: str, indexes: Sequence[LabelIndex]) -> tuple[str, int | None] | None:
    if not label or len(label) > 200:
        return None
    return next((found for index in indexes if (found := find_label(label, index))), None)


def _label_row(sheet: Sheet, kind: MessageType) -> tuple[int, int] | None:
    """Find the first row that is mostly labels of the rows: where it is, and how many it has."""
    inside = _row_leaves(kind)
    if not inside:
        return None
    indexes = _index(kind, LANGUAGES[0])
    for at, (_, cells) in enumerate(sheet.rows[:FIRST_ROWS]):
        filled = [cell for cell in cells if cell]
        known = [cell for cell in filled if (_path_of(cell, indexes) or ("",))[0] in inside]
        if len(known) >= min(_FEWEST, len(inside)) and 2 * len(known) >= len(filled):
            return at, len(known)
    return None


def _language_of(sheet: Sheet, kind: MessageType) -> str:
    labels = [cell for _, cells in sheet.rows[:FIRST_ROWS] for cell in cells[:50]]

    def known(language: str) -> int:
        return sum(find_label(label[:200], kind.index[language]) is not None for label in labels)

    return max(LANGUAGES, key=known)


def _read_head(sheet: Sheet, kind: MessageType) -> _Head:
    head = _Head(kind, _language_of(sheet, kind))
    found = _label_row(sheet, kind)
    indexes = _index(kind, head.language)
    # Without a row of labels there are no rows: what there is reads as a head.
    end = found[0] if found else len(sheet.rows[: FIRST_ROWS if kind.rows else None])
    for row in sheet.rows[:end]:
        _read_head_row(row, head, indexes)
    if found is None and kind.rows is None:
        return head
    if found is None:
        head.problems.append(Problem("field.missing", kind.rows or "", {"label": _name(head)}))
        return head
    number, cells = sheet.rows[end]
    head.at = end + 1
    inside = _row_leaves(kind)
    for cell in cells:
        path = (_path_of(cell, indexes) or (None,))[0]
        if path is not None and path in head.columns:
            label = {"label": kind.label(path, head.language)}
            head.problems.append(Problem("field.duplicate", path, label))
        elif path not in inside and cell:
            head.warn("label.unknown", number)
        head.columns.append(path if path in inside and path not in head.columns else None)
    return head


def _name(head: _Head) -> str:
    return head.kind.label(head.kind.rows or "", head.language)


def _read_head_row(row: Row, head: _Head, indexes: Sequence[LabelIndex]) -> None:
    number, cells = row
    label, value = cells[0], cells[1] if len(cells) > 1 else ""
    own = _OWN.get(normal_label(label[:200]))
    found = _path_of(label, indexes)
    if own and not (found and own != "message"):
        if value and own not in ("message", "id"):
            head.own.setdefault(own, read_own(own, value))
    elif found is not None and found[0] not in _row_leaves(head.kind):
        value = _exactly(value) if isinstance(value, Exact) else value
        head.entries.append(Entry(found[0], found[1], value, number))
    elif value:
        head.warn("label.unknown", number)
    if any(cells[2:]):
        head.warn("text.unread", number)


def _exactly(value: str) -> str:
    """Write a program's number so that nobody takes its point for one of thousands."""
    whole, point, part = value.partition(".")
    return f"{whole},{part}" if point and len(part) <= 2 else value


def _items(rows: Sequence[Row], head: _Head) -> tuple[list[Any], tuple[int, ...]]:
    kind, leaves = head.kind, _row_leaves(head.kind)
    order = (head.language, *(one for one in LANGUAGES if one != head.language))
    items: list[dict[str, Any]] = []
    numbers: list[int] = []
    start = len(f"{kind.rows}.")
    for number, cells in rows:
        item: dict[str, Any] = {}
        for path, cell in zip(head.columns, cells, strict=False):
            if path is None or not cell:
                continue
            value = _value(cell, leaves[path], kind, order)
            *steps, last = path[start:].split(".")
            target = item
            for step in steps:
                target = target.setdefault(step, {})
            target[last] = value
        if any(cells[len(head.columns) :]):
            head.warn("text.unread", number)
        if item:
            items.append(item)
            numbers.append(number)
    return items, tuple(numbers)


def _value(cell: str, leaf: Leaf, kind: MessageType, order: Sequence[str]) -> Any:
    if isinstance(cell, Broken):
        return []  # which is no value of any field
    if isinstance(cell, Exact) and leaf.kind == "amount":
        return str(cell)
    return read_value(cell, leaf, kind, order)
