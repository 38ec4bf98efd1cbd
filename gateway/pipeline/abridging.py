"""What evidence repeats of a submission: all of it, or of a long report how many rows it had.

Evidence of ten thousand rows would be larger than the report itself. The digest of the whole
submission stands beside it, and each list that is left out has a digest of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from parsers.canonical import digest_of_plain

_MOST_ROWS: Final = 200
_WHOLE: Final = "sagspost"
"""The key by which a reader of evidence knows that the fields are the whole submission."""


def told_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields as evidence has them; a long list as `{"count", "sha256"}`."""
    body = fields.get("body")
    if not isinstance(body, Mapping):
        return dict(fields)
    long = {key for key, value in body.items() if _is_long(value)}
    if not long:
        return dict(fields)
    short = {
        key: {"count": len(value), "sha256": digest_of_plain(value)} if key in long else value
        for key, value in body.items()
    }
    return {key: value for key, value in fields.items() if key != _WHOLE} | {"body": short}


def _is_long(value: object) -> bool:
    return isinstance(value, list) and len(value) > _MOST_ROWS
