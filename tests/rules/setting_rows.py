"""Every setting of a procedure as a row for its page: key, default, what is allowed, what for.

From the settings' own model: its fields, their limits and docstrings, and the words of those that
moves and deadlines name.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from datetime import date
from textwrap import dedent
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from workflows.definition import Procedure
from workflows.explain import settings_in_words

_KINDS = ((bool, "true, false"), (int, "a whole number"), (date, "a date"), (str, "text"))


def setting_rows(procedure: Procedure) -> Iterator[tuple[str, str, str, str]]:
    """Give each setting: its key, its default, the values it takes, and what it is for."""
    words = {s.name: s for s in settings_in_words(procedure, procedure.named_settings, "en")}
    for key, field, value, doc in _fields(type(procedure.settings), procedure.settings, ""):
        told = words.pop(key, None)
        yield key, _shown(value), _allowed(field), told.text if told else doc
    for key, told in words.items():
        if key.startswith("policy."):
            yield key, told.value, "", told.text


def _fields(
    model: type[BaseModel], usual: Any, before: str
) -> Iterator[tuple[str, FieldInfo, Any, str]]:
    """Each field with what it usually is: within a group, what the group usually has there."""
    docs = _docstrings(model)
    for name, field in model.model_fields.items():
        value = getattr(usual, name) if isinstance(usual, BaseModel) else field.default
        yield f"{before}{name}", field, value, docs.get(name, "")
        inner = _model_in(field.annotation)
        if inner is not None:
            yield from _fields(inner, value, f"{before}{name}.")


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The text below each field, of the class and those that it comes from."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if not issubclass(one, BaseModel) or one is BaseModel:
            continue
        (tree,) = ast.parse(dedent(inspect.getsource(one))).body
        assert isinstance(tree, ast.ClassDef)
        for field, text in zip(tree.body, tree.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                name, words = field.target, ast.literal_eval(text.value)
                assert isinstance(name, ast.Name)
                found[name.id] = " ".join(str(words).split())
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _model_in(one))), None)


def _shown(value: Any) -> str:
    """A default as TOML has it; nothing where there is none, or where it has rows of its own."""
    if value is None or value is PydanticUndefined or isinstance(value, BaseModel):
        return ""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _allowed(field: FieldInfo) -> str:
    """The values that a setting takes, in words."""
    if _model_in(field.annotation) is not None:
        several = "tuple" in str(field.annotation)
        return (
            "a list of tables, with the keys below" if several else "a table, with the keys below"
        )
    words = field.annotation
    choices = [value for value in _literals(words) if value is not None]
    if choices:
        return ", ".join(json.dumps(value) for value in choices)
    leaves = [one for one in _leaves(words) if isinstance(one, type)]
    kind = next(text for of, text in _KINDS for leaf in leaves if issubclass(leaf, of))
    low, high = (_limit(field, name) for name in ("ge", "le"))
    limits = f", {low} to {high}" if low is not None and high is not None else ""
    return f"{kind}{limits}" if "tuple" not in str(words) else f"a list: {kind}{limits}"


def _limit(field: FieldInfo, name: str) -> int | None:
    return next((getattr(m, name) for m in field.metadata if hasattr(m, name)), None)


def _leaves(annotation: Any) -> list[Any]:
    inner = get_args(annotation)
    return [leaf for one in inner for leaf in _leaves(one)] if inner else [annotation]


def _literals(annotation: Any) -> list[Any]:
    return [leaf for leaf in _leaves(annotation) if isinstance(leaf, str | int)]
