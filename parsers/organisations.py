"""The number of an organisation in its own country: a Danish CVR, or a Swedish organisation number.

Wherever the gateway keeps or compares one, in its settings, its registry, certificates and
evidence, it stands in digits alone: eight of a CVR, ten of an organisation number. The key is named
`cvr` throughout, as the protocol has it.
"""

import re
from typing import Final

from parsers.swedish import Orgnr

_CVR: Final = re.compile(r"[0-9]{8}")


def organisation_number(text: str) -> str:
    """Return the digits: eight as they are, or ten whose check digit (Luhn) is right.

    Blanks and dashes may stand between them. Raises ValueError for anything else.
    """
    plain = re.sub(r"[\s-]", "", text)
    return plain if _CVR.fullmatch(plain) else Orgnr.parse(plain).digits


def is_cvr(number: str) -> bool:
    """Whether a number is a Danish one."""
    return _CVR.fullmatch(number) is not None


def is_public(number: str) -> bool:
    """Whether a Swedish number is an authority's: of the state, a region or a municipality (C.5).

    Of a Danish number nothing can be told.
    """
    return not is_cvr(number) and number.startswith("2")


def titled(number: str) -> str:
    """Return a number as a letter head tells it: `CVR 29190925`, `Org.nr 212000-0142`."""
    return f"CVR {number}" if is_cvr(number) else f"Org.nr {number[:6]}-{number[6:]}"


def names(text: str, key: str, number: str) -> bool:
    """Whether what somebody wrote names an organisation: by its key with us, or by its number."""
    if text.casefold() == key:
        return True
    try:
        return organisation_number(text) == number
    except ValueError:
        return False
