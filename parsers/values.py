"""Dates, amounts and answers: strictly from machines, and as people write them.

The lenient readers (``read_*``) raise ValueError, whose text never holds what was read. Where a
number could mean two things (``1,845`` is 1.845 to one reader and 1845 to another) they refuse.
"""

import re
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from parsers.dates import read_date, write_date
from parsers.marks import plain_dashes

__all__ = [
    "Money",
    "read_amount",
    "read_date",
    "read_yes_no",
    "write_amount",
    "write_date",
]

_LONGEST: Final = 60  # characters of an amount
_MONEY: Final = re.compile(r"-?[0-9]{1,10}(?:\.[0-9]{1,2})?")
_AMOUNT: Final = re.compile(r"(-?)([0-9][0-9., ]*?)(?:,-|\.-|,--|\s?:-)?")
_WORD: Final = r"(?:danske |svenska )?kroner|(?:danske |svenska )?kronor|kr\.?|dkk|sek"
_CURRENCY: Final = re.compile(  # a minus may stand before it
    rf"(?P<minus>-?)\s*(?P<before>{_WORD})?:?\s*(?P<number>[0-9-].*?)\s*(?P<after>{_WORD})?[.;]?"
)
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:([ .,])[0-9]{3})(?:\1[0-9]{3})*")
_YES: Final = frozenset(
    {
        "ja",
        "ja tak",
        "ja tack",
        "jo",
        "j",
        "yes",
        "y",
        "true",
        "sand",
        "sandt",
        "sant",
        "x",
        "☒",
        "☑",
        "✓",
        "✔",
        "√",
        "yes please",
    }
)
_NO: Final = frozenset(
    {"nej", "nej tak", "nej tack", "n", "no", "no thanks", "no thank you", "false", "falsk"}
    | {"falskt"}
)
_TICK: Final = r"\[\s?x\s?\]|\(\s?x\s?\)|☒|☑"
_EMPTY: Final = r"\[\s*\]|\(\s*\)|☐|□"
_BOXES: Final = re.compile(  # both boxes of a form, one of them ticked, before or behind the words
    rf"(?P<a>{_TICK}|{_EMPTY}) ?(?P<one>\w+)[ /]*(?P<b>{_TICK}|{_EMPTY}) ?(?P<two>\w+)"
    rf"|(?P<one_>\w+) ?(?P<a_>{_TICK}|{_EMPTY})[ /]*(?P<two_>\w+) ?(?P<b_>{_TICK}|{_EMPTY})"
)


def _exact_money(value: object) -> object:
    """Machines write ``"1845.50"``; a JSON number of at most two decimals is taken as well."""
    text = repr(value) if isinstance(value, float) else str(value)
    if isinstance(value, bool) or not _MONEY.fullmatch(text):
        raise PydanticCustomError("amount", "not an amount with at most two decimals")
    return Decimal(text)


Money = Annotated[
    Decimal,
    BeforeValidator(_exact_money),
    Field(max_digits=12, decimal_places=2),
    PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,10}(\.[0-9]{1,2})?$"}),
]
"""An amount of money with two decimals; in JSON a string such as ``"1845.50"``."""


def read_amount(text: str, language: str = "da") -> Decimal:
    """Read ``1.845,50 kr.``, ``kr. 1 845,50``, ``1845.50``, ``1.845,-`` as an exact amount.

    In English ``,`` parts thousands and ``.`` decimals; in Danish and Swedish the other way.
    Raises ValueError.
    """
    if len(text) > _LONGEST:
        raise ValueError("not an amount")
    plain = " ".join(plain_dashes(text).casefold().split())
    found = _CURRENCY.fullmatch(plain)
    match = _AMOUNT.fullmatch(found["minus"] + found["number"]) if found else None
    if found is None or match is None or {"dkk", "sek"} <= {found["before"], found["after"]}:
        raise ValueError("not an amount")
    whole, cents = _split_amount(match[2].strip(), language)
    digits = re.sub("[ .,]", "", whole)
    if len(digits) > 10 or not (whole.isdigit() or _GROUPED.fullmatch(whole)):
        raise ValueError("not an amount")
    return Decimal(f"{match[1]}{digits}.{cents or '00'}")


def amount_fault(text: str, language: str) -> str:
    """Return the word for what a text lacks to be an amount: ``amount_two`` if it has two senses.

    It has where another language's readers would understand it.
    """
    for other in ("da", "en"):
        try:
            if other != language and read_amount(text, other):
                return "amount_two"
        except ValueError:
            continue
    return "amount"


def _split_amount(number: str, language: str) -> tuple[str, str]:
    """Part whole and decimal places; the last mark is the decimal one where that is certain."""
    last = max(number.rfind("."), number.rfind(","))
    if last < 0:
        return number, ""
    mark, after = number[last], number[last + 1 :]
    if after.isdigit() and len(after) <= 2:
        if mark in number[:last]:
            raise ValueError("not an amount")
        return number[:last], after.ljust(2, "0")
    other = "," if mark == "." else "."
    thousands = "," if language == "en" else "."
    if mark != thousands or other in number:
        raise ValueError("the amount could mean two things")
    return number, ""


def read_yes_no(text: str) -> bool:
    """Read ``ja``, ``nej``, ``yes``, ``no``, a cross, or ``☒ ja ☐ nej``. Raises ValueError."""
    plain = " ".join(text[:_LONGEST].casefold().replace(",", " ").split()).replace("\ufe0f", "")
    word = _ticked(plain).strip('[]().!"”“»«*_ ')
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError("neither yes nor no")


def _ticked(plain: str) -> str:
    """Return the word whose box is ticked where the other's is empty, else the text as it is."""
    match = _BOXES.fullmatch(plain)
    if match is None:
        return plain
    found = {name.rstrip("_"): text for name, text in match.groupdict().items() if text}
    first, second = (re.fullmatch(_TICK, found[box]) is not None for box in ("a", "b"))
    if first == second or {found["one"] in _YES, found["two"] in _YES} != {True, False}:
        return plain
    return found["one"] if first else found["two"]


def write_amount(amount: Decimal, language: str, currency: str = "DKK") -> str:
    """Write the amount in words, as ``1.845,50 kr.``; in English with its currency."""
    text = f"{amount:,.2f}"
    if language == "en":
        return f"{currency} {text}"
    thousands = "." if language == "da" else "\u00a0"
    swapped = text.replace(",", " ").replace(".", ",").replace(" ", thousands)
    return f"{swapped} kr" + ("." if language == "da" else "")
