"""Which fields a PDF form has, in order, with their words and values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from parsers.catalogue import MessageType
from parsers.leaves import Leaf, limits_of
from parsers.problems import envelope_label, form_words
from parsers.text_writing import hint, shown, value_at
from parsers.values import write_date

_ITEMS, _PLAIN_ITEMS = 3, 6  # of a list in a blank form: of groups, of single values
_MANY: Final = 1_000_000
_MOST_NAMED: Final = 8  # choices
_KEYS: Final = ("to", "reference", "case")


@dataclass(frozen=True)
class FormField:
    """A field with its words; one without a name is only a note, which is its help."""

    name: str
    label: str
    help: str = ""
    required: bool = False
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    multiline: bool = False
    hidden: bool = False
    heading: str = ""
    """What the section is called that the field stands in."""
    buttons: tuple[str, ...] = ()
    """The words to choose one of by a button."""


def fields_of(kind: MessageType, fields: Mapping[str, Any], language: str) -> Iterator[FormField]:
    """Yield the fields in order, first the two hidden ones; without a body all are blank."""
    yield FormField("sagspost", "", value="1", hidden=True)
    yield FormField("message", "", value=kind.name, hidden=True)
    heading = envelope_label("body", language)
    for key in _KEYS:
        needed = key == "to" and kind.needs_addressee
        value = str(fields.get(key) or "")
        yield FormField(key, envelope_label(key, language), required=needed, value=value)
    body = fields.get("body") or {}
    done: set[str] = set()
    for leaf in kind.leaves:
        group = leaf.path.rpartition(".")[0]
        named = kind.label(group, language) if group else heading
        title = named if named != group else heading
        if leaf.listed is None:
            yield _field(kind, leaf, leaf.path, value_at(body, leaf.path), language, title)
        elif leaf.listed not in done:
            done.add(leaf.listed)
            yield from _items(kind, leaf.listed, body, language)


def _items(
    kind: MessageType, listed: str, body: Mapping[str, Any], language: str
) -> Iterator[FormField]:
    leaves = [leaf for leaf in kind.leaves if leaf.listed == listed]
    most = limits_of(kind.model).get(listed) or _MANY
    room = _ITEMS if len(leaves) > 1 else len(leaves[0].choices) or _PLAIN_ITEMS
    items = value_at(body, listed) or [{}] * min(room, most)
    for number, item in enumerate(items):
        for leaf in leaves:
            own = leaf.path.removeprefix(listed).lstrip(".")
            value = value_at(item, own) if own else (item or None)
            name = f"{listed}.{number}.{own}".rstrip(".")
            title = f"{kind.label(listed, language)} {number + 1}"
            yield _field(kind, leaf, name, value, language, title if own else "")
    if not body and len(items) < most and not (len(leaves) == 1 and leaves[0].choices):
        name = kind.label(listed, language)
        words = form_words(language)["more"].format(list=name, count=len(items))
        yield FormField("", "", words)


def _field(
    kind: MessageType, leaf: Leaf, name: str, value: Any, language: str, heading: str
) -> FormField:
    words = form_words(language)
    choices = [(one, shown(one, leaf, kind, language)) for one in leaf.choices]
    yes_no = (words["yes"], words["no"]) if leaf.kind == "yes_no" else ()
    text = "" if value is None else str(value)
    if value is not None and leaf.kind == "date":
        text = write_date(date.fromisoformat(value), language)
    elif value is not None and leaf.kind in ("amount", "yes_no"):
        text = shown(value, leaf, kind, language)
    told = kind.help.get(language, {}).get(leaf.path, "")
    offered = _in_words(leaf, [word for _, word in choices])
    if offered:
        help_text = f"{told} ({offered})" if told else offered
    else:
        help_text = told or ("" if choices or yes_no else hint(leaf, kind, language))
    label = kind.label(leaf.path, language)
    multiline = leaf.kind == "text"
    return FormField(
        name,
        label,
        help_text,
        leaf.required,
        text,
        tuple(choices),
        multiline,
        False,
        heading,
        yes_no,
    )


def _in_words(leaf: Leaf, words: list[str]) -> str:
    """Name the choices, since on paper a drop-down shows none; not where they would fill it."""
    return " / ".join(words) if len(words) <= _MOST_NAMED and leaf.path != leaf.listed else ""
