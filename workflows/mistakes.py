"""Says in plain words what is wrong with names and values that a person wrote: settings, acts.

One line for each mistake, with the key that it stands under and what is allowed there. Nothing of
what was written is repeated but keys, which are words of ours or near them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from parsers.dates import FIRST_YEAR, LAST_YEAR, is_plausible_year
from parsers.identifier import NOT_VALID
from parsers.problems import expected
from parsers.suggestions import nearest

_WORDS: Final = {
    "string_type": "must be text in quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "tuple_type": "must be a list: [...]",
    "too_short": "must have at least one entry",
    "dict_type": "must be a section with keys of its own",
    "date_from_datetime_parsing": "must be a date, such as 2027-01-31",
    "date_parsing": "must be a date, such as 2027-01-31",
    "date_type": "must be a date, such as 2027-01-31",
    "missing": "is missing",
}
_MOST_NAMED: Final = 20
_YEARS: Final = f"must be a date from {FIRST_YEAR} to {LAST_YEAR}"


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong: the key as a dotted path, and what is said of it."""

    key: str
    said: str


def instead(name: str, known: Iterable[str]) -> str:
    """Say what there is in place of a name that nobody knows: the one that was meant, and all.

    Of a long list only the one that was meant, where one name is near.
    """
    names = sorted(known)
    meant, every = nearest(name, names), ", ".join(names)
    if meant is None:
        return f"there are: {every}"
    hint = f"did you mean {meant}?"
    return hint if len(names) > _MOST_NAMED else f"{hint} There are: {every}"


def mistakes(
    error: ValidationError, model: type[BaseModel], *, unknown: str
) -> tuple[Mistake, ...]:
    """Tell every mistake in values that were meant for this model, each once.

    `unknown` is what is said of a key that there is not, such as "is not a setting".
    """
    problems = error.errors(include_url=False, include_input=False)
    found = []
    for problem in problems:
        place = problem["loc"]
        if any(len(p["loc"]) > len(place) and p["loc"][: len(place)] == place for p in problems):
            continue  # a list is not too short: its one entry is wrong, and that is told
        key = ".".join(str(step) for step in place if step != "tuple")
        found.append(Mistake(key, _said(problem, model, unknown)))
    return tuple(dict.fromkeys(found))


def implausible(value: Any, place: str = "") -> tuple[Mistake, ...]:
    """Tell every date in a body that lies outside the years that these procedures deal with."""
    if isinstance(value, date):
        return () if is_plausible_year(value.year) else (Mistake(place, _YEARS),)
    if isinstance(value, BaseModel):
        parts: Iterable[tuple[Any, Any]] = iter(value)
    elif isinstance(value, list | tuple):
        parts = enumerate(value)
    else:
        return ()
    inner = ((f"{place}.{name}".lstrip("."), one) for name, one in parts)
    return tuple(found for where, one in inner for found in implausible(one, where))


def _said(problem: Any, model: type[BaseModel], unknown: str) -> str:
    place, kind = problem["loc"], problem["type"]
    if kind == "extra_forbidden":
        return f"{unknown}; {instead(str(place[-1]), _keys(model, place[:-1]))}"
    if kind == "model_type":
        return f"must be a section with keys of its own: {', '.join(_keys(model, place))}"
    told: str = problem["msg"].removeprefix("Value error, ")
    if kind not in _WORDS and told == NOT_VALID and (looks := expected(kind, "en")):
        return f"must be {looks}"
    return _WORDS.get(kind) or told.replace("Input should be", "must be")


def _keys(model: type[BaseModel], place: Collection[int | str]) -> list[str]:
    """The keys that may stand at a place of a model."""
    section = model
    for step in place:
        field = section.model_fields.get(str(step)) or _by_alias(section, str(step))
        inner = _model_in(field.annotation) if field is not None else None
        section = inner or section
    return sorted(field.alias or name for name, field in section.model_fields.items())


def _by_alias(section: type[BaseModel], key: str) -> Any:
    return next((f for f in section.model_fields.values() if f.alias == key), None)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model within what a field may hold: in a list, or beside nothing."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _model_in(one))), None)
