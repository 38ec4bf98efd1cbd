"""Which messages there are, and what people call them and their fields.

The words come from the procedures' wording files; this package knows none of them itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias

from pydantic import BaseModel

from parsers.labels import LabelIndex, index_labels
from parsers.leaves import Leaf, leaves_of, rows_of
from parsers.problems import LANGUAGES

ALWAYS: Final = ("json", "text")
"""The forms that every message may come in."""
READ: Final = (*ALWAYS, "xml", "table", "pdf", "csv", "xlsx")
"""All forms that can be read."""

_OUTER: Final = frozenset({"sagspost", "message", "id", "to", "reference", "case", "body"})
"""Fields of every submission: on paper forms a body's field of that name would be the same one."""
Words: TypeAlias = Mapping[str, Mapping[str, str]]
"""By language, then by dotted path."""


@dataclass(frozen=True)
class MessageType:
    """One kind of message: its model, the forms it may come in, and its words by language.

    Paths are dotted by the JSON keys and without numbers: ``citizen.cpr``, ``rates.amount``.
    ``titles`` are by language; ``choices`` give the word for each value of a field with choices;
    ``aliases`` are further labels that are understood. ``needs_addressee``: the mail could be
    re-addressed with effect, so ``to`` is required (unless the body carries a ``digest``).
    ``forms`` are all that make sense for the model, where none are named: CSV and XLSX for those
    with a long list of rows. The model must forbid unknown fields. Raises ValueError where a form
    could not show it, or JSON or text is not among the forms.
    """

    name: str
    model: type[BaseModel]
    forms: tuple[str, ...] = ()
    labels: Words = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    aliases: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    help: Words = field(default_factory=dict)
    needs_addressee: bool = False

    def __post_init__(self) -> None:
        for leaf in leaves_of(self.model):
            if leaf.path in _OUTER:
                raise ValueError(f"{self.name}: {leaf.path} is a field around the body")
        if not self.forms:
            object.__setattr__(self, "forms", READ if self.rows else READ[:-2])
        if not set(ALWAYS) <= set(self.forms) <= set(READ):
            raise ValueError(f"{self.name}: forms are of {', '.join(READ)}; json and text always")

    @property
    def rows(self) -> str | None:
        """The path of the list that is long enough for a spreadsheet, where there is one."""
        return rows_of(self.model)

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The fields of the body, laid flat."""
        return leaves_of(self.model)

    def label(self, path: str, language: str) -> str:
        """Say what people call a field; a path may carry numbers, as ``rates.0.amount``."""
        plain = ".".join(step for step in path.split(".") if not step.isdigit())
        for words in (self.labels.get(language), self.labels.get("en"), self.labels.get("da")):
            if words and plain in words:
                return words[plain]
        return plain

    @cached_property
    def index(self) -> Mapping[str, LabelIndex]:
        """What each label means, by language; dotted paths are understood in all of them."""
        found = {}
        for language in LANGUAGES:
            words = [(path, path) for path in (leaf.path for leaf in self.leaves)]
            words += [(leaf.path, self.label(leaf.path, language)) for leaf in self.leaves]
            for path, also in self.aliases.get(language, {}).items():
                words += [(path, word) for word in also]
            found[language] = index_labels(words)
        return found

    def title(self, language: str) -> str:
        """Say what people call the message; its name where there is no word."""
        return self.titles.get(language) or self.name


class Catalogue:
    """The message types by name and by title words in any language."""

    def __init__(self, types: Sequence[MessageType]) -> None:
        self._types = {one.name: one for one in types}
        if len(self._types) != len(types):
            raise ValueError("two message types have the same name")

    def __iter__(self) -> Iterator[MessageType]:
        return iter(self._types.values())

    def get(self, name: str) -> MessageType | None:
        """Return the type of that exact name."""
        return self._types.get(name)

    def by_title(self, words: str) -> MessageType | None:
        """Return the type that is called so, by name or title, in any letter case."""
        return self._by_title.get(_key(words))

    def names(self) -> tuple[str, ...]:
        """Return the names of all message types, in order."""
        return tuple(self._types)

    @cached_property
    def _by_title(self) -> Mapping[str, MessageType]:
        found: dict[str, MessageType] = {}
        for one in self._types.values():
            for words in (one.name, one.name.replace("_", " "), *one.titles.values()):
                found.setdefault(_key(words), one)
        return found


def _key(words: str) -> str:
    return " ".join(words.casefold().split())
