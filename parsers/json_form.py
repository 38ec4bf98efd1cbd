"""A submission as JSON (RFC 8259): strict, bounded, every error at once.

Keys that stand twice are found with their paths (RFC 8259 leaves them to the reader, and two
readers would differ). Size, depth and the length of numbers are limited before anything is built.
"""

import json
import math
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from parsers.assembly import KEYS, Raw
from parsers.charsets import decode
from parsers.problems import Problem
from parsers.suggestions import nearest

_LARGEST: Final = 8 * 1024 * 1024  # ten thousand rows of a report, and some room
_DEEPEST: Final = 48
_STRUCTURE: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_MOST_DUPLICATES: Final = 50
_MOST_UNKNOWN: Final = 100
_UNFIT: Final = re.compile(r"[\ud800-\udfff]")
_NAMES: Final = tuple('"sagspost"'.encode(one) for one in ("utf-8", "utf-16-le", "utf-16-be"))


class _Object(dict[str, Any]):
    """An object that remembers which keys stood twice in it; the first value stays."""

    __slots__ = ("twice",)
    twice: tuple[str, ...]


class _Refused(ValueError):
    """A number that no reader should be asked to hold."""


def looks_like_submission(data: bytes) -> bool:
    """Whether it names itself one, be it valid or not: UTF-16 is not (RFC 8259 section 8.1)."""
    return any(name in data for name in _NAMES)


def read_json(data: bytes) -> Raw:
    """Read a submission; problems of the form itself are in the result, which never fails."""
    if len(data) > _LARGEST:
        return Raw("json", {}, [Problem("submission.too_large")])
    text = decode(data, "utf-8").removeprefix("\ufeff")
    if _too_deep(text):
        return Raw("json", {}, [Problem("submission.too_large")])
    seen_twice: list[str] = []

    def make_object(pairs: list[tuple[str, Any]]) -> _Object:
        return _make_object(pairs, seen_twice)

    try:
        value = json.loads(
            text,
            object_pairs_hook=make_object,
            parse_int=_read_int,
            parse_float=_read_float,
            parse_constant=_refuse,
        )
    except json.JSONDecodeError as error:
        return Raw(
            "json",
            {},
            [Problem("submission.malformed", "", {"line": str(error.lineno), "form": "JSON"})],
        )
    except (_Refused, RecursionError):
        return _malformed()
    if not isinstance(value, dict):
        return _malformed()
    problems = list(_duplicates(value)) if seen_twice else []
    unknown = [key for key in value if key not in KEYS][:_MOST_UNKNOWN]
    problems += [Problem("field.unknown", key[:80], _unknown_key(key)) for key in unknown]
    composed = "\\u" not in text and unicodedata.is_normalized("NFC", text)
    keys = {key: _fit(value[key]) for key in KEYS if key in value}
    return Raw("json", keys, problems, composed=composed)


def _unknown_key(key: str) -> dict[str, str]:
    label, meant = _UNFIT.sub("?", key[:80]), nearest(key, KEYS)
    return {"label": label, "suggestion": meant} if meant else {"label": label}


def _malformed(**place: str) -> Raw:
    return Raw("json", {}, [Problem("submission.malformed", "", {"form": "JSON", **place})])


def _too_deep(text: str) -> bool:
    if text.count("{") + text.count("[") <= _DEEPEST:
        return False
    depth = 0
    for match in _STRUCTURE.finditer(text):
        mark = match[0]
        depth += 1 if mark in "{[" else -1 if mark in "]}" else 0
        if depth > _DEEPEST:
            return True
    return False


def _make_object(pairs: list[tuple[str, Any]], seen_twice: list[str]) -> _Object:
    made = _Object(pairs)
    made.twice = ()
    if len(made) == len(pairs):
        return made
    made.clear()
    for key, value in pairs:
        if key not in made:
            made[key] = value
        elif len(made.twice) < _MOST_DUPLICATES:
            made.twice += (key,)
            seen_twice.append(key)
    return made


def _read_int(text: str) -> int:
    if len(text) > 16:
        raise _Refused
    return int(text)


def _read_float(text: str) -> float:
    number = float(text) if len(text) <= 40 else math.inf
    if not math.isfinite(number):
        raise _Refused
    return number


def _refuse(_constant: str) -> None:
    raise _Refused


def _fit(value: Any) -> Any:
    """Make a text with a lone surrogate one that every check refuses."""
    return "\0" if isinstance(value, str) and _UNFIT.search(value) else value


def _duplicates(value: Any) -> Iterator[Problem]:
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, _Object):
            for key in dict.fromkeys(item.twice):
                where = _body_path(f"{path}.{key}")
                yield Problem("field.duplicate", where, {"label": where})
            waiting.extend((f"{path}.{key}", inner) for key, inner in item.items())
        elif isinstance(item, list):
            waiting.extend((f"{path}.{at}", inner) for at, inner in enumerate(item))


def _body_path(path: str) -> str:
    """Paths of the body's fields begin at the body."""
    plain = _UNFIT.sub("?", path[1:])
    return plain.removeprefix("body.")[:120]
