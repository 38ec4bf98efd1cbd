"""What may be logged, and what never.

One line per mail and stage, as JSON or as text for people: time, event, ids, codes, digests. Never
a CPR number, a key, a name, a subject or content. As a last net, anything that looks like a CPR
number is masked in every value before it is written.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from traceback import extract_tb
from typing import Any, TextIO, cast

import structlog

_CPR_LIKE = re.compile(r"(?<![0-9A-Za-z])\d{6}-?\d{4}(?![0-9A-Za-z])")


def masked(text: str) -> str:
    """Text with everything that looks like a CPR number replaced by its shape."""
    return _CPR_LIKE.sub("******-****", text)


def _mask(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = masked(value)
    return event


def _place(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Say where an error came from, and never what it says: its text may quote a mail."""
    if event.pop("exc_info", None):
        kind, _error, trace = sys.exc_info()
        frames = extract_tb(trace)[-6:]
        event["error"] = kind.__name__ if kind else "?"
        event["where"] = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames))
    return event


class _Lossy:
    """A stream that loses what cannot be written: mail goes on while the log's disk is full."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write, or lose it."""
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        """Flush, or try again with the next line."""
        with suppress(OSError):
            self._stream.flush()


def set_up(*, process: str, as_json: bool | None = None, stream: TextIO | None = None) -> None:
    """Configure the log of this process once; `process` is written into each line."""
    # It tells what it found in a partner's PDF, which no log may repeat.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    target = stream or sys.stderr
    if as_json is None:
        as_json = not target.isatty()
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _place,
            _mask,
            renderer,
        ],
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _Lossy(target))),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """The log of one part of the gateway."""
    log: structlog.stdlib.BoundLogger = structlog.get_logger(part=name)
    return log
