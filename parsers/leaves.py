"""The fields of a message model, laid flat, as forms print and labelled text fills them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from annotated_types import MaxLen
from pydantic import BaseModel, TypeAdapter, ValidationError

from parsers.identifier import Identifier

_DEEPEST: Final = 8
_LONG: Final = 100  # items: what may be longer, people keep in a spreadsheet


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that holds one value.

    ``path`` is dotted by the JSON keys, without numbers (``rates.amount``); ``listed`` is the path
    of the list that it repeats in, which is the path itself for a list of plain values.
    ``kind``: text (which may have several lines), line, date, amount, yes_no, count, choice, or
    that of an identifier (cpr, cvr...).
    """

    path: str
    kind: str
    required: bool
    choices: tuple[str, ...] = ()
    listed: str | None = None
    identifier: type[Identifier] | None = None
    needed: bool = False
    """Required where the item of a list is there that it stands in."""


@lru_cache(maxsize=256)
def leaves_of(model: type[BaseModel]) -> tuple[Leaf, ...]:
    """All leaves of a model in their order, those of nested models in place.

    Raises ValueError for a model that forms cannot show: nested too deeply, lists within lists,
    a model that does not forbid unknown fields, or a type that has no plain form.
    """
    return tuple(_leaves(model, "", True, None, 0))


@lru_cache(maxsize=256)
def rows_of(model: type[BaseModel]) -> str | None:
    """Return the path of the one list of groups that may be long: the rows of a spreadsheet."""
    found = [path for path, most in _lists(model, "") if most is None or most > _LONG]
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=256)
def limits_of(model: type[BaseModel]) -> Mapping[str, int | None]:
    """Return the most items of each list of groups, by its path; None where there is no limit."""
    return dict(_lists(model, ""))


def _lists(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, int | None]]:
    """Yield each list of groups with the most items that it takes (None: it has no limit)."""
    for name, info in model.model_fields.items():
        path = prefix + (info.alias or name)
        annotation = _plain(info.annotation)
        if get_origin(annotation) in (list, tuple):
            item = _plain(get_args(annotation)[0])
            if isinstance(item, type) and issubclass(item, BaseModel):
                limits = [one.max_length for one in info.metadata if isinstance(one, MaxLen)]
                yield path, min(limits, default=None)
        elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _lists(annotation, f"{path}.")


def _leaves(
    model: type[BaseModel],
    prefix: str,
    required: bool,
    listed: str | None,
    depth: int,
    inside: bool = True,
) -> Iterator[Leaf]:
    if depth > _DEEPEST:
        raise ValueError(f"{model.__name__} is nested too deeply")
    if model.model_config.get("extra") != "forbid":
        raise ValueError(f"{model.__name__} must forbid unknown fields")
    for name, info in model.model_fields.items():
        path = prefix + (info.alias or name)
        annotation = _plain(info.annotation)
        needed = required and info.is_required()
        within = inside and info.is_required()
        if get_origin(annotation) in (list, tuple):
            if listed is not None:
                raise ValueError(f"{path} is a list within a list")
            item = _plain(get_args(annotation)[0])
            if isinstance(item, type) and issubclass(item, BaseModel):
                yield from _leaves(item, f"{path}.", needed, path, depth + 1)
            else:
                leaf = _leaf(path, item, needed, path)
                yield _with_lines(leaf, _item_type(info.annotation))
        elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _leaves(annotation, f"{path}.", needed, listed, depth + 1, within)
        else:
            full = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
            leaf = replace(_leaf(path, annotation, needed, listed), needed=within)
            yield _with_lines(leaf, full)


def _item_type(annotation: Any) -> Any:
    """Return the type of a list's items as it is written, constraints and all."""
    while get_origin(annotation) not in (list, tuple):
        annotation = next(one for one in get_args(annotation) if one is not NoneType)
    return get_args(annotation)[0]


def _plain(annotation: Any) -> Any:
    """Take off Annotated and Optional."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            inner = [item for item in get_args(annotation) if item is not NoneType]
            if len(inner) != 1:
                raise ValueError("a field of several types has no plain form")
            annotation = inner[0]
        else:
            return annotation


def _with_lines(leaf: Leaf, annotation: Any) -> Leaf:
    """Ask the type itself whether it takes text of several lines."""
    if leaf.kind != "text":
        return leaf
    try:
        TypeAdapter(annotation).validate_python("a line\nand another")
    except ValidationError:
        return replace(leaf, kind="line")
    return leaf


def _leaf(path: str, annotation: Any, required: bool, listed: str | None) -> Leaf:
    if get_origin(annotation) is Literal:
        choices = tuple(str(value) for value in get_args(annotation))
        return Leaf(path, "choice", required, choices, listed)
    if isinstance(annotation, type):
        if issubclass(annotation, Enum):
            return Leaf(path, "choice", required, tuple(str(m.value) for m in annotation), listed)
        if issubclass(annotation, Identifier):
            return Leaf(path, annotation.kind, required, (), listed, annotation)
        kinds = ((bool, "yes_no"), (int, "count"), (Decimal, "amount"), (date, "date"))
        for kind, word in (*kinds, (str, "text")):
            if issubclass(annotation, kind):
                return Leaf(path, word, required, (), listed)
    raise ValueError(f"{path} has a type without a plain form")
