"""The paragraph that a placement rests on, in one normal form.

The laws are those of domain rules E.3, their numbering is under reform: this reads and orders the
words, and never decides which paragraph is right.
"""

import re
from typing import Final, Self

from parsers.identifier import Identifier

_LAWS: Final = {
    "SEL": ("sel", "serviceloven", "servicelovens", "lov om social service"),
    "ABL": ("abl", "almenboligloven", "almenboliglovens", "lov om almene boliger"),
    "BL": ("bl", "barnets lov", "barnets lovs"),
    "RSL": ("rsl", "retssikkerhedsloven", "retssikkerhedslovens"),
    "SUL": ("sul", "sundhedsloven", "sundhedslovens"),
    "LAB": ("lab",),
    "SoL": ("sol", "socialtjänstlagen"),
    "LSS": ("lss",),
}
_BY_WORDS: Final = {words: law for law, all_words in _LAWS.items() for words in all_words}
_PARAGRAPH: Final = re.compile(
    r"(?P<law>[a-zåäæöø ]{0,40}?)\s*(?:§{1,2}|paragraf)\s*(?P<number>[0-9]{1,4})"
    r"\s?(?P<letter>[a-z]?)"
    r"(?:\s*,?\s*(?:stk\.?\s*(?P<stk>[0-9]{1,2})|\((?P<short>[0-9]{1,2})\)))?"
    r"(?:\s*,?\s*nr\.?\s*(?P<nr>[0-9]{1,2}))?\.?"
)
_SEVERAL: Final = re.compile(r"\s*(?:\+|;|\bjf\.|\bog\b)\s*")


class LegalBasis(Identifier):
    """One or more paragraphs, as ``SEL § 107, stk. 1`` or ``ABL § 105, stk. 2 + SEL § 85``."""

    __slots__ = ()
    kind = "legal_basis"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read paragraphs; without a law they are the Social Services Act's (da: serviceloven)."""
        if len(text) > 200:
            raise ValueError("too long for a legal basis")
        pieces = _SEVERAL.split(" ".join(text.casefold().split()))
        if not any(pieces):
            raise ValueError("no paragraph")
        return str.__new__(cls, " + ".join(_normal(piece) for piece in pieces if piece))

    @classmethod
    def read(cls, text: str) -> Self:
        """People and machines are read alike: the normal form is the same."""
        return cls.parse(text)


def _normal(piece: str) -> str:
    match = _PARAGRAPH.fullmatch(piece.strip(" .,"))
    law = _BY_WORDS.get(match["law"].strip() or "sel") if match else None
    if match is None or law is None:
        raise ValueError("not a paragraph of a known law")
    out = f"{law} § {match['number']}" + (f" {match['letter']}" if match["letter"] else "")
    section = match["stk"] or match["short"]
    out += f", stk. {section}" if section else ""
    return out + (f", nr. {match['nr']}" if match["nr"] else "")
