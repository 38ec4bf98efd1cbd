"""Labels as people write them: any letter case, numbered, starred, with a hint in brackets."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from parsers.marks import plain_apostrophes, plain_dashes, without_invisible

LabelIndex: TypeAlias = Mapping[str, str]
"""The normal form of a label, and the dotted path that it stands for."""

_NUMBERING: Final = re.compile(r"^(?:\(?[0-9]{1,2}[.)]\s+|[-*\u2022\u00b7]\s+)")
_HINT: Final = re.compile(r"\s*\([^()]*\)$")
_COUNTER: Final = re.compile(r"^(.*?)\s*(?:nr\.?|no\.?|#)?\s*([0-9]{1,2})$")


def normal_label(label: str) -> str:
    """Return the label without what does not tell it apart from others."""
    plain = plain_apostrophes(without_invisible(plain_dashes(label)))
    text = " ".join(unicodedata.normalize("NFC", plain).casefold().split())
    return _NUMBERING.sub("", text).rstrip(" :*").lstrip("*").strip()


def index_labels(words: Iterable[tuple[str, str]]) -> LabelIndex:
    """Index (path, label) pairs; a label without its hint counts where it is the only one."""
    full: dict[str, str] = {}
    short: dict[str, set[str]] = {}
    for path, label in words:
        normal = normal_label(label)
        full.setdefault(normal, path)
        short.setdefault(_HINT.sub("", normal).strip(), set()).add(path)
    found = {label: paths.pop() for label, paths in short.items() if len(paths) == 1 and label}
    return {**found, **full}


def find_label(label: str, index: LabelIndex) -> tuple[str, int | None] | None:
    """Return the path that a label stands for, and its number where it has one (``Takst 2``)."""
    normal = normal_label(label)
    for _ in range(3):
        if normal in index:
            return index[normal], None
        counted = _COUNTER.match(normal)
        if counted and counted[1] in index:
            return index[counted[1]], int(counted[2])
        shorter = _HINT.sub("", normal).rstrip(" :*").strip()
        if shorter == normal:
            break
        normal = shorter
    return None
