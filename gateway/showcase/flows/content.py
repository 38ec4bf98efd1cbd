"""From the fields of a flow to the content of a submission or an act, with the types of its model.

A value stays text unless the model wants a number, yes or no, or a list of plain values; what does
not fit is sent as it is written, because a flow may show what becomes of a mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel

from gateway.showcase.flows.language import Field, FlowError
from parsers.leaves import Leaf, leaves_of

_YES_NO: Final = {"yes": True, "true": True, "ja": True, "no": False, "false": False, "nej": False}


def body_of(fields: Sequence[Field], model: type[BaseModel] | None) -> dict[str, Any]:
    """Lay fields out as an object; later ones replace earlier ones. Raises FlowError."""
    last = {field.path: field for field in fields}
    body: dict[str, Any] = {}
    for field in last.values():
        if field.value is not None:
            _put(body, field, _typed(field.value, field.path, model))
    packed = _packed(body)
    assert isinstance(packed, dict)
    return packed


def _put(body: dict[str, Any], field: Field, value: object) -> None:
    *steps, name = field.path.split(".")
    target = body
    for step in steps:
        inner = target.setdefault(step, {})
        if not isinstance(inner, dict):
            raise FlowError(field.line, f"{field.path}: {step} has a value of its own above")
        target = inner
    if isinstance(target.get(name), dict):
        raise FlowError(field.line, f"{field.path}: there are fields below it above")
    target[name] = value


def _packed(value: Any) -> Any:
    """Turn objects whose names are 1, 2, 3 ... into lists."""
    if not isinstance(value, dict):
        return value
    inner = {name: _packed(one) for name, one in value.items()}
    if inner and all(name.isdecimal() and len(name) < 7 for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def _typed(value: str, path: str, model: type[BaseModel] | None) -> object:
    plain = ".".join(step for step in path.split(".") if not step.isdecimal())
    leaf = next((one for one in leaves_of(model) if one.path == plain), None) if model else None
    if leaf is None:
        return value
    if leaf.listed == leaf.path and not path[-1].isdecimal():
        return [_plain(one.strip(), leaf) for one in value.split(",") if one.strip()]
    return _plain(value, leaf)


def _plain(value: str, leaf: Leaf) -> object:
    if leaf.kind == "yes_no":
        return _YES_NO.get(value.casefold(), value)
    if leaf.kind == "count" and value.removeprefix("-").isdecimal() and len(value) < 19:
        return int(value)
    return value
