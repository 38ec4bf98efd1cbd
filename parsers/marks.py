"""The marks that word processors and mail programs put in place of plain ones.

Outlook and Word write ``–`` for ``--``, ``’`` for ``'`` and hide hyphens in long words; a number
that was copied from a page may carry a hyphen that does not break. People do not see a difference.
"""

from typing import Final

_DASHES: Final = dict.fromkeys(
    map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-"
)
_LONG_DASHES: Final = dict.fromkeys(map(ord, "\u2013\u2014\u2015"), "--")
_APOSTROPHES: Final = dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u00b4`"), "'")
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff\u200e\u200f"))
_QUOTES: Final = "\"'“”„»«‘’"


def plain_dashes(text: str) -> str:
    """Return the text with hyphens for all dashes and minus signs."""
    return text.translate(_DASHES)


def typed_dashes(text: str) -> str:
    """Return the text with hyphens as they were typed: programs make one dash of two of them."""
    return plain_dashes(text.translate(_LONG_DASHES))


def plain_apostrophes(text: str) -> str:
    """Return the text with straight apostrophes."""
    return text.translate(_APOSTROPHES)


def without_invisible(text: str) -> str:
    """Return the text without soft hyphens, blanks of no width, and marks of direction."""
    return text.translate(_INVISIBLE)


def plain_value(text: str) -> str:
    """Return a value of one line as it was meant: single blanks, no quotes around it."""
    plain = " ".join(plain_dashes(without_invisible(text)).split())
    quoted = len(plain) > 1 and plain[0] in _QUOTES and plain[-1] in _QUOTES
    return plain[1:-1].strip() if quoted else plain
