"""Finds citizens' numbers in what people wrote where no citizen may be named (S2 P5, S4 P3).

Anything that has the shape of a Danish or Swedish civil number stops a mail: whether it is a real
one is not asked, because a slip of one digit names somebody too.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from pydantic import BaseModel

_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_NUMBER: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"\d{6}[ .]?[-+]?[ .]?\d{4}"  # DDMMYY-SSSS, ÅÅMMDD-NNNN, with + from the age of a hundred
    r"|(?:19|20)\d{6}[ .]?-?[ .]?\d{4}"  # ÅÅÅÅMMDD-NNNN
    r"|\d{6}-[0-9A-Z]{4}"  # substitute numbers with letters
    r")(?![0-9A-Za-z])"
)
_SPACED: Final = re.compile(r"(?<![0-9])\d{2}[ .]\d{2}[ .]\d{2}[ .]?-?[ .]?\d{4}(?![0-9])")


def holds_a_citizens_number(text: str) -> bool:
    """Whether a text holds anything in the shape of a civil registration number."""
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return bool(_NUMBER.search(plain) or _SPACED.search(plain))


def fields_with_numbers(body: BaseModel) -> tuple[str, ...]:
    """Return the dotted paths of all text fields of a body that hold such a number."""
    return tuple(
        path
        for path, text in _texts(body.model_dump(by_alias=True), "")
        if holds_a_citizens_number(text)
    )


def _texts(value: Any, path: str) -> list[tuple[str, str]]:
    match value:
        case str():
            return [(path, value)]
        case dict():
            return [one for key, inner in value.items() for one in _texts(inner, _below(path, key))]
        case list() | tuple():
            return [one for at, inner in enumerate(value) for one in _texts(inner, f"{path}.{at}")]
        case _:
            return []


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
