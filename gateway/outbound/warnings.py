"""A warning above the text of a mail that passes on what can act when it is opened."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.outbound.compose import Piece
from parsers.active import active_kind
from workflows.wording import SHARED


def warned(text: str, pieces: Sequence[Piece], language: str) -> str:
    """Give the text, with the attachments named before it that their reader should mind.

    The bytes themselves are asked at the moment they go out, whatever was noted when they came.
    """
    lines = [
        f"- {piece.name}: {SHARED.text(f'active.{kind}', language)}"
        for piece in pieces
        if (kind := active_kind(piece.name, piece.media_type, piece.data)) is not None
    ]
    return "\n".join((SHARED.text("active.warning", language), *lines, "", text)) if lines else text
