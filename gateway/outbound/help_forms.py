"""The blank forms that go to a partner who asks for help, and how they are listed in the mail.

Every message comes as PDF, as text and as JSON; one that opens a case also as the page that a
person fills in a browser, the request module of seed 000; and a long list as spreadsheet.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from gateway.outbound.compose import Piece
from parsers import forms
from parsers.catalogue import MessageType
from workflows.catalogue import catalogue
from workflows.definition import Procedure

_TYPES: Final[dict[str, tuple[str, str, dict[str, str]]]] = {
    "html": ("html", "text/html", {"charset": "utf-8"}),
    "xlsx": (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        {},
    ),
    "pdf": ("pdf", "application/pdf", {}),
    "text": ("txt", "text/plain", {"charset": "utf-8"}),
    "json": ("json", "application/json", {}),
}
"""How each form that is sent ends, and its media type, those for people first."""


def blank_pieces(procedures: Sequence[Procedure], language: str) -> Iterator[Piece]:
    """Make the blank forms of all messages of these procedures."""
    for kind, sent in _sent(procedures):
        for form in sent:
            ending, media_type, parameters = _TYPES[form]
            data = forms.blank(kind, form, language)
            yield Piece(f"{kind.name}.{ending}", media_type, data, parameters)


def listed(procedures: Sequence[Procedure], language: str) -> str:
    """Name each message as people call it, with its files: those that open a case first."""
    rows = sorted(
        ("html" not in sent, f"- {kind.title(language)}: {kind.name} ({_endings(sent)})")
        for kind, sent in _sent(procedures)
    )
    return "\n".join(row for _, row in rows)


def _sent(procedures: Sequence[Procedure]) -> Iterator[tuple[MessageType, tuple[str, ...]]]:
    opening = {rule.name for one in procedures for rule in one.messages if rule.opens}
    for kind in catalogue(procedures):
        able = forms.offered(kind)
        yield (
            kind,
            tuple(
                form for form in _TYPES if form in able and (form != "html" or kind.name in opening)
            ),
        )


def _endings(sent: Sequence[str]) -> str:
    return ", ".join(f".{_TYPES[form][0]}" for form in sent)
