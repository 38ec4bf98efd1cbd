"""What a command is given in a file of JSON or TOML, and in single fields with `--set`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import typer

from gateway.errors import Refused


def content_of(file: Path | None, pairs: Iterable[str]) -> dict[str, Any]:
    """The file's fields, and those of `--set` in their place. Raises Refused for what is neither.

    A field within a group is named by its path, an item of a list by its number from 0:
    `rates.0.amount=1845.50`.
    """
    toml = file is not None and file.suffix == ".toml"
    content: Any = read_tree(file, "TOML" if toml else "JSON") if file is not None else {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not all(name.split(".")):
            raise Refused(f"--set {pair}: must be name=value.")
        content = _with(content, name.split("."), value, pair)
    found: dict[str, Any] = content
    return found


def read_tree(file: Path, kind: Literal["JSON", "TOML"]) -> dict[str, Any]:
    """What a file holds; `-` is standard input. Raises Refused for what is no such file."""
    try:
        text = (
            typer.get_text_stream("stdin").read() if str(file) == "-" else file.read_text("utf-8")
        )
        found = tomllib.loads(text) if kind == "TOML" else json.loads(text)
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Refused(f"{file} is not {kind}: its text is not UTF-8.") from None
    except ValueError as error:
        raise Refused(f"{file} is not {kind}: {error}.") from None
    if not isinstance(found, dict):
        raise Refused(f"{file} must hold one JSON object.")
    return found


def _with(kept: Any, path: Sequence[str], value: str, pair: str) -> Any:
    """The kept value with another one at a path within it."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if not step.isdigit():
        fields = dict(kept) if isinstance(kept, dict) else {}
        return fields | {step: _with(fields.get(step), rest, value, pair)}
    items, at = list(kept) if isinstance(kept, list) else [], int(step)
    if at > len(items):
        raise Refused(f"--set {pair}: the item before it is missing: number {len(items)}.")
    items[at : at + 1] = [_with(items[at] if at < len(items) else None, rest, value, pair)]
    return items
