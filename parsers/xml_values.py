"""The text of an XML element as a JSON value, and the patterns that XML Schema and reader share."""

import re
from functools import lru_cache
from typing import Any, Final

from parsers.leaves import Leaf

DATE: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
COUNT: Final = "-?[0-9]{1,16}"
AMOUNT: Final = r"-?[0-9]{1,10}(\.[0-9]{1,2})?"
_SPACE: Final = " \t\r\n"
_WORDS: Final = ("text", "line")
_UNLIKE: Final = re.compile(
    r"\\[^dtnr.\-\[\]()|*+?{}\\/]|\(\?|[*+?}][?+]|[\^$](?<!\[\^)|&&|~~|--|\[\["
)


def xsd_pattern(pattern: str) -> str | None:
    """Return a pattern as XML Schema writes it (anchored by itself), or None where it cannot."""
    inner = pattern.removeprefix("^").removesuffix("$")
    if inner.startswith("(?:") and inner.endswith(")"):
        inner = f"({inner[3:]}"
    inner = inner.replace("(?:", "(").replace(r"\x00-\x1f", r"\t\n\r").replace(r"\x7f", "\x7f")
    return None if _UNLIKE.search(inner) else inner


def exact_value(text: str, leaf: Leaf) -> Any:
    """Give what stands there as the kind of its field; what does not fit stays text, to be refused.

    Space around a value that is no text is no part of it.
    """
    if leaf.kind in _WORDS:
        return text
    plain = text.strip(_SPACE)
    if leaf.kind == "yes_no":
        return {"true": True, "false": False}.get(plain, plain)
    if leaf.kind == "count":
        return int(plain) if re.fullmatch(COUNT, plain) else plain
    if leaf.kind == "date":
        return plain if re.fullmatch(DATE, plain) else f"no date: {plain[:40]}"
    if leaf.identifier is not None:
        known = _machine_form(leaf.identifier.pattern)
        return plain if known is None or known.fullmatch(plain) else "\0"
    return plain


@lru_cache(maxsize=64)
def _machine_form(pattern: str) -> re.Pattern[str] | None:
    shared = xsd_pattern(pattern) if pattern else None
    return re.compile(shared) if shared else None
