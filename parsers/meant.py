"""What the sender of a wrong submission may have meant: fields, choices, messages, identifiers.

Every answer is a word that we know already (`parsers.suggestions`), in the sender's language where
the form has words, and as JSON and XML have it where it has none.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from parsers.catalogue import Catalogue, MessageType
from parsers.dates import date_fault
from parsers.leaves import Leaf
from parsers.problems import LANGUAGES, Problem
from parsers.suggestions import nearest, plain_key
from parsers.values import amount_fault

MACHINE_FORMS: Final = frozenset({"json", "xml"})
"""Forms in which fields and choices stand by the names of the model, not by people's words."""
_SHORTEST_PART: Final = 6  # letters of a label that is asked about as a part of one of ours


def meant_field(steps: Sequence[str], kind: MessageType) -> str | None:
    """Return the dotted path of the field that an unknown key (the last step) was meant as.

    A key beside it is preferred to one that is called the same elsewhere in the message.
    """
    *above, key = steps
    parent = ".".join(step for step in above if not step.isdigit())
    paths = list(dict.fromkeys(path for leaf in kind.leaves for path in _prefixes(leaf.path)))
    beside = {path.rpartition(".")[2]: path for path in paths if path.rpartition(".")[0] == parent}
    found = nearest(key, beside)
    if found is not None:
        return beside[found]
    same = [path for path in paths if plain_key(path.rpartition(".")[2]) == plain_key(key)]
    if len(same) == 1:
        return same[0]
    called = [(path, kind.label(path, language)) for language in LANGUAGES for path in paths]
    named = {path for path, label in called if plain_key(label) == plain_key(key)}
    return named.pop() if len(named) == 1 else None


def _prefixes(path: str) -> Iterator[str]:
    steps = path.split(".")
    return (".".join(steps[:length]) for length in range(1, len(steps) + 1))


def meant_label(label: str, kind: MessageType, languages: Sequence[str]) -> str | None:
    """Return the label that an unknown one was meant as, in the first language that has one."""
    for language in languages:
        also = kind.aliases.get(language, {})
        words = {kind.label(leaf.path, language): leaf.path for leaf in kind.leaves}
        every = {word: path for path, several in also.items() for word in several} | words
        found = nearest(label, every) or _part_of(label, every)
        if found is not None:
            return found
    return None


def _part_of(label: str, labels: Mapping[str, str]) -> str | None:
    """Return the label that alone has this one as a part of it (``Startdato``)."""
    key = plain_key(label)
    if len(key) < _SHORTEST_PART:
        return None
    fits = {path: word for word, path in labels.items() if key in plain_key(word)}
    return next(iter(fits.values())) if len(fits) == 1 else None


def choices_in_words(path: str, kind: MessageType, form: str, language: str) -> dict[str, str]:
    """Name the choices of a field as people do; nothing where machines write, or have no words."""
    plain = ".".join(step for step in path.split(".") if not step.isdigit())
    leaf = next((leaf for leaf in kind.leaves if leaf.path == plain), None)
    words = kind.choices.get(language, {}).get(plain, {})
    if form in MACHINE_FORMS or leaf is None or not words:
        return {}
    return {"allowed": ", ".join(words.get(choice, choice) for choice in leaf.choices)}


def fault_of(expected: str | None, value: Any, language: str) -> dict[str, str]:
    """Say more closely what a date or an amount lacks that a person wrote."""
    if isinstance(value, str) and expected == "date":
        return {"expected": date_fault(value)}
    if isinstance(value, str) and expected == "amount":
        return {"expected": amount_fault(value, language)}
    return {}


def _called(catalogue: Catalogue, form: str, language: str) -> tuple[str, ...]:
    """Name the messages that there are: by their titles where people write."""
    if form in MACHINE_FORMS:
        return tuple(catalogue.names())
    return tuple(sorted({kind.title(language) for kind in catalogue}))


def meant_value(value: Any, path: str, kind: MessageType, form: str, language: str) -> str | None:
    """Return the choice, or the identifier, that a wrong value of a field was meant as."""
    plain = ".".join(step for step in path.split(".") if not step.isdigit())
    leaf = next((leaf for leaf in kind.leaves if leaf.path == plain), None)
    if leaf is None or not isinstance(value, str):
        return None
    if leaf.identifier is not None:
        return leaf.identifier.near(value)
    return _meant_choice(value, leaf, kind, form, language) if leaf.kind == "choice" else None


def _meant_choice(
    value: str, leaf: Leaf, kind: MessageType, form: str, language: str
) -> str | None:
    """Look among the values themselves, and among people's words for them in all languages."""
    words = {choice: choice for choice in leaf.choices}
    for one in LANGUAGES:
        said = kind.choices.get(one, {}).get(leaf.path, {})
        words |= {word: choice for choice, word in said.items() if choice in leaf.choices}
    found = nearest(value, words)
    if found is None:
        same = {choice for word, choice in words.items() if plain_key(word) == plain_key(value)}
        choice = same.pop() if len(same) == 1 else None
    else:
        choice = words[found]
    if choice is None or form in MACHINE_FORMS:
        return choice
    return kind.choices.get(language, {}).get(leaf.path, {}).get(choice, choice)


def meant_message(name: object, catalogue: Catalogue, form: str, language: str) -> str | None:
    """Return the message that an unknown name was meant as."""
    if not isinstance(name, str):
        return None
    kinds = {kind.name: kind for kind in catalogue}
    titles = {title: kind.name for kind in catalogue for title in kind.titles.values()}
    found = nearest(name, {**titles, **{one: one for one in kinds}})
    if found is None:
        kind = catalogue.by_title(name.replace("_", " "))
        return kind.name if kind else None
    kind = kinds[titles.get(found, found)]
    return kind.name if form in MACHINE_FORMS else kind.title(language)


def unknown_message(name: object, catalogue: Catalogue, form: str, language: str) -> Problem:
    """Tell that a message is unknown or missing, by the one that was meant or those there are."""
    if name is None:
        return Problem("field.missing", "message")
    meant = meant_message(name, catalogue, form, language)
    found = {"suggestion": meant} if meant else {}
    if meant is not None and form not in MACHINE_FORMS:
        return Problem("message.unknown", "message", found)
    params = {"allowed": ", ".join(_called(catalogue, form, language))}
    return Problem("message.unknown", "message", params | found)
