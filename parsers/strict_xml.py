"""Hostile XML to events: no document type, no entities, no instructions, bounded in every way.

What XML could fetch or expand stands in a document type declaration (billion laughs, quadratic
blow-up, external entities and parameters), so that the first one ends the reading. The encoding is
one of those of `parsers.charsets`; the name in the XML declaration chooses no other.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn
from xml.parsers import expat  # every declaration ends the reading, see above

from parsers.charsets import decode

_DECLARATION: Final = re.compile(
    r"""<\?xml\s[^>]{0,120}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']"""
)
_UNFIT: Final = re.compile("[\ud800-\udfff]")


class RefusedXml(ValueError):
    """Not well-formed, or more than is read; ``line`` is 0 where it has no place."""

    def __init__(self, line: int, *, too_large: bool = False) -> None:
        super().__init__("not XML as it is read here")
        self.line = line
        self.too_large = too_large


@dataclass(frozen=True)
class Limits:
    """How much is read at most: levels, and elements together with their attributes."""

    depth: int = 48
    elements: int = 200_000


@dataclass(frozen=True)
class Handlers:
    """What is called. Names are ``namespace local``, or ``local`` where there is no namespace."""

    start: Callable[[str, Mapping[str, str]], None]
    end: Callable[[str], None]
    text: Callable[[str], None]


def read_events(data: bytes, handlers: Handlers, limits: Limits) -> None:
    """Hand on everything in order. Raises RefusedXml; what the handlers raise passes through."""
    _Reading(handlers, limits).run(_text_of(data))


def _text_of(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = decode(data, "utf-16")
    else:
        named = _DECLARATION.match(data[:200].decode("latin-1").removeprefix("\u00ef\u00bb\u00bf"))
        text = decode(data, named[1] if named else "utf-8")
    return _UNFIT.sub("\ufffe", text.removeprefix("\ufeff"))  # which XML forbids


class _Reading:
    """One run of expat, and how deep and far it has come."""

    def __init__(self, handlers: Handlers, limits: Limits) -> None:
        self.handlers = handlers
        self.limits = limits
        self.depth = 0
        self.elements = 0
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = handlers.text
        self.parser.StartDoctypeDeclHandler = self.refuse
        self.parser.ProcessingInstructionHandler = self.refuse
        self.parser.EntityDeclHandler = self.refuse
        self.parser.ExternalEntityRefHandler = self.refuse

    def run(self, text: str) -> None:
        try:
            self.parser.Parse(text.encode("utf-8"), True)
        except expat.ExpatError as error:
            raise RefusedXml(error.lineno) from None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        self.elements += 1 + len(attributes)
        if self.depth > self.limits.depth or self.elements > self.limits.elements:
            raise RefusedXml(self.parser.CurrentLineNumber, too_large=True)
        self.handlers.start(name, attributes)

    def end(self, name: str) -> None:
        self.depth -= 1
        self.handlers.end(name)

    def refuse(self, *_declared: object) -> NoReturn:
        raise RefusedXml(self.parser.CurrentLineNumber)
