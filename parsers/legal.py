"""The paragraph that something rests on, in one normal form.

Danish paragraphs are ``SEL § 107, stk. 1, nr. 2``, Swedish ones ``4 kap. 1 § SoL``, with the number
of the law where it was written: ``11 kap. 1 § SoL (2025:400)``. Which laws there are, what people
call them, and which paragraphs held when, is reference data (`parsers.reference`); their numbering
is under reform. This reads and orders the words, and never decides which paragraph is right.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Literal, Self

from parsers.identifier import Identifier
from parsers.reference import Law, Reference, in_force
from parsers.suggestions import nearest, plain_key

_LONGEST: Final = 200  # characters
_MOST: Final = 10  # paragraphs
# Not the first letter of a word, nor the word between a number and its law (§ 107 i serviceloven).
_LETTER: Final = r"(?:\s?(?P<letter>[a-hj-z]|i(?!\s+[^\W\d_]))(?![^\W\d_]))?"
_SWEDISH_LAW: Final = (
    r"(?P<law>[a-zåäöæø ]{0,90}?)\s*(?:\(?(?:sfs\s*)?(?P<year>[0-9]{4}:[0-9]{1,5})\)?)?"
)
_DANISH: Final = re.compile(
    r"(?P<law>[a-zåäæöø ]{0,90}?)[\s,]*(?:§{1,2}|paragraf(?:ferne|fen)?|section)\s*"
    r"(?P<number>[0-9]{1,4})"
    rf"{_LETTER}"
    r"(?:\s*[.,]?\s*(?:stk\.?\s*(?P<stk>[0-9]{1,2})|\((?P<short>[0-9]{1,2})\)))?"
    r"(?:\s*[.,]?\s*nr\.?\s*(?P<nr>[0-9]{1,2}))?"
    r"(?:,?\s+(?:i\s+|of\s+(?:the\s+)?)?(?P<after>[a-zåäæöø ]{2,90}))?"
)
_SWEDISH: Final = re.compile(
    r"(?:enligt\s+)?(?:(?P<chapter>[0-9]{1,3})\s*kap\.?\s*)?(?P<number>[0-9]{1,3})"
    rf"{_LETTER}"
    r"\s*§(?:\s*(?:p(?:unkt|\.)?\s*)?(?P<point>[0-9]{1,2})(?:\s*p\.?)?)?"
    rf"(?:\s+(?:i\s+)?{_SWEDISH_LAW})?"
)
_LAW_FIRST: Final = re.compile(  # SoL 4 kap. 1 §
    r"(?P<law>[a-zåäöæø ]{2,90}?)\s*(?P<year>\((?:sfs\s*)?[0-9]{4}:[0-9]{1,5}\))?,?\s+"
    r"(?P<rest>(?:[0-9]{1,3}\s*kap\.?\s*)?[0-9]{1,3}(?:\s?[a-z])?\s*§.*)"
)
_COLON: Final = re.compile(rf"{_SWEDISH_LAW}\s+(?P<chapter>[0-9]{{1,3}}):(?P<number>[0-9]{{1,3}})")
_SEVERAL: Final = re.compile(r"\s*(?:\+|;|&|\bjf\.|\bjfr\b|\bog\b|\boch\b|\band\b)\s*")
_NUMBER: Final = re.compile(r"[0-9]{1,4}\s?[a-z]?")

Doubt = Literal["unknown", "not_yet", "ended"]
"""What speaks against a paragraph on a day; ``unknown`` is no objection."""


@dataclass(frozen=True, slots=True)
class Validity:
    """Whether one paragraph held on a day; ``successor`` is what followed it, empty if unknown."""

    paragraph: str
    doubt: Doubt | None
    successor: str = ""


class LegalBasis(Identifier):
    """One or more paragraphs, as ``SEL § 107, stk. 1`` or ``ABL § 105, stk. 2 + SEL § 85``."""

    __slots__ = ()
    kind = "legal_basis"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read paragraphs; without a law they are the Social Services Act's (da: serviceloven)."""
        if len(text) > _LONGEST:
            raise ValueError("too long for a legal basis")
        pieces = [one for one in _SEVERAL.split(" ".join(text.casefold().split())) if one]
        if not 0 < len(pieces) <= _MOST:
            raise ValueError("no paragraph, or too many")
        return str.__new__(cls, " + ".join(_read_all(pieces)))

    @classmethod
    def read(cls, text: str) -> Self:
        """People and machines are read alike: the normal form is the same."""
        return cls.parse(text)

    @classmethod
    def near(cls, text: str) -> str | None:
        """Return a paragraph of the register that a misspelled one nearly is."""
        if len(text) > _LONGEST:
            return None
        plain = re.sub(r"\([^()]*\)|[0-9]{4}:[0-9]+", " ", text.casefold())
        digits = re.findall(r"[0-9]+", plain)
        written = plain_key(re.sub(r"[0-9§().,:]+|\b(?:stk|kap|nr)\b", " ", plain))
        laws = {plain_key(word): one.law for one in in_force().laws for word in one.names}
        laws |= {plain_key(one.law): one.law for one in in_force().laws}
        found = nearest(written, laws) if written else None
        law = laws[found] if found else None
        fits = [
            name
            for name in in_force().paragraphs
            if _digits(name) == digits and (law is None or law in name.split())
        ]
        return fits[0] if fits and (found or not written) else None

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The single paragraphs, each in its normal form."""
        return tuple(self.split(" + "))

    def on(self, day: date) -> tuple[Validity, ...]:
        """Say for each paragraph whether it held on a day, as far as the register knows."""
        return tuple(_validity(one, day) for one in self.paragraphs)


def _digits(name: str) -> list[str]:
    return re.findall(r"[0-9]+", name.partition(" (")[0])


@lru_cache(maxsize=4)
def _law_words(reference: Reference) -> Mapping[str, Law]:
    """Index the laws by their abbreviations and names, the genitive too."""
    found: dict[str, Law] = {}
    for law in reference.laws:
        for words in (law.law, *law.names):
            for form in (words, f"{words}s"):
                found.setdefault(plain_key(form), law)
    return found


def _read_all(pieces: list[str]) -> list[str]:
    """Read the pieces in order; behind ``§§`` further numbers are of the same law."""
    out: list[str] = []
    shared = ""
    for piece in pieces:
        plain = piece.strip(" .,")
        if shared and _NUMBER.fullmatch(plain):
            plain = f"{shared} § {plain}"
        elif "§§" in plain:
            shared, _, numbers = plain.partition("§§")
            shared = shared.strip() or "sel"
            *before, plain = (f"{shared} § {one.strip()}" for one in _listed(numbers))
            out += map(_normal, before)
        elif out and not shared and plain.startswith("§") and not out[-1].startswith("SEL "):
            raise ValueError("a paragraph of which law?")
        else:
            shared = ""
        out.append(_normal(plain))
    return list(dict.fromkeys(out))


def _listed(numbers: str) -> list[str]:
    """Part ``85, 107`` into its numbers; ``107, stk. 1`` is one."""
    parts = numbers.split(",")
    return parts if all(_NUMBER.fullmatch(one.strip()) for one in parts) else [numbers]


def _normal(piece: str) -> str:
    first = None if _SWEDISH.fullmatch(piece) else _LAW_FIRST.fullmatch(piece)
    if first is not None:
        piece = f"{first['rest'].strip()} {first['law']} {first['year'] or ''}".strip()
    if match := _SWEDISH.fullmatch(piece) or _COLON.fullmatch(piece):
        return _swedish(match.groupdict())
    match = _DANISH.fullmatch(piece)
    if match is None or (match["law"].strip() and match["after"]):
        raise ValueError("not a paragraph of a known law")
    law = _law(match["law"].strip() or match["after"] or "sel")
    letter = f" {match['letter']}" if match["letter"] else ""
    if law.country == "SE":
        return f"{match['number']}{letter} § {law.law}"
    out = f"{law.law} § {match['number']}{letter}"
    section = match["stk"] or match["short"]
    out += f", stk. {section}" if section else ""
    return out + (f", nr. {match['nr']}" if match["nr"] else "")


def _swedish(found: Mapping[str, str | None]) -> str:
    law = _law((found["law"] or "").strip())
    year, numbers = found["year"], {one.number for one in in_force().laws if one.law == law.law}
    if law.country != "SE" or (year and year not in numbers):
        raise ValueError("not a paragraph of a known law")
    out = f"{found['chapter']} kap. " if found["chapter"] else ""
    letter, point = found.get("letter"), found.get("point")
    out += f"{found['number']}{f' {letter}' if letter else ''} §"
    out += f" {point} p." if point else ""
    return f"{out} {law.law}" + (f" ({year})" if year and len(numbers) > 1 else "")


def _law(words: str) -> Law:
    plain = words.removeprefix("efter ").removeprefix("jf. ").removeprefix("enligt ")
    found = _law_words(in_force()).get(plain_key(plain))
    if found is None:
        raise ValueError("not a paragraph of a known law")
    return found


def _validity(paragraph: str, day: date) -> Validity:
    reference = in_force()
    whole = paragraph.partition(", ")[0]
    laws = [one for one in reference.laws if one.law in whole.split()]
    named = [one for one in laws if one.number and f"({one.number})" in whole] or laws
    names = (paragraph, whole, *(f"{whole} ({one.number})" for one in named))
    rows = [row for name in dict.fromkeys(names) for row in reference.paragraphs.get(name, ())]
    spans = [(row.span, row.successor) for row in rows]
    spans = spans or [(one.span, one.successor) for one in named]
    if any(span.holds(day) for span, _ in spans):
        return Validity(paragraph, None if rows else "unknown")
    if not spans:
        return Validity(paragraph, "unknown")
    last, successor = max(spans, key=lambda one: one[0].last)
    return Validity(paragraph, "ended" if last.last < day else "not_yet", successor)
