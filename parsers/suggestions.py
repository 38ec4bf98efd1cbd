"""Near misses: the one word of our own lists that somebody most likely meant.

What is suggested always comes from the lists, never from what was read: neither a number nor a name
that a sender wrote can come back this way. Where two words are equally near, none is suggested.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

_LONGEST: Final = 60  # characters; nobody mistypes more, and the comparison is quadratic
_SHORTEST: Final = 3
_MOST: Final = 1000  # words that are compared
_LETTERS: Final = str.maketrans({"æ": "ae", "ä": "ae", "ø": "oe", "ö": "oe", "å": "aa"})


def plain_key(words: str) -> str:
    """Return the letters and digits of a text alone, as people tell words apart.

    Letter case, hyphens, underscores and blanks do not count; ``å`` and ``aa`` are the same, and so
    are ``ø``, ``ö`` and ``oe``, ``æ``, ``ä`` and ``ae``.
    """
    folded = unicodedata.normalize("NFC", words).casefold().translate(_LETTERS)
    return "".join(character for character in folded if character.isalnum())


def nearest(text: str, words: Iterable[str]) -> str | None:
    """Return the word that the text nearly is; None where none is near, or several are.

    Of a mapping the keys are the words: several that stand for the same are no doubt.
    """
    wanted = plain_key(text) if len(text) <= _LONGEST else ""
    if len(wanted) < _SHORTEST:
        return None
    most = min(3, max(1, len(wanted) // 4))
    best, found = most + 1, dict[str, str]()
    for word in list(words)[:_MOST]:
        key = plain_key(word)
        far = distance(wanted, key, best + 1)
        if far < best:
            best, found = far, {key: word}
        elif far == best <= most:
            found.setdefault(key, word)
    near = list(found.values())
    meanings = {words[word] for word in near} if isinstance(words, Mapping) else set(near)
    return near[0] if len(meanings) == 1 else None


def distance(one: str, other: str, enough: int) -> int:
    """Count the letters that differ, two that changed places as one; no further than `enough`.

    The optimal string alignment distance (a restricted Damerau-Levenshtein distance).
    """
    if abs(len(one) - len(other)) >= enough:
        return enough
    before, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        last, before, row = before, row, [at]
        for n, against in enumerate(other, 1):
            cost = min(before[n] + 1, row[n - 1] + 1, before[n - 1] + (letter != against))
            if at > 1 and n > 1 and letter == other[n - 2] and one[at - 2] == against:
                cost = min(cost, last[n - 2] + 1)
            row.append(cost)
        if min(row) >= enough:
            return enough
    return min(row[-1], enough)
