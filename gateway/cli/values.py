"""What the value of an option may be; anything else is refused by the option's name."""

from __future__ import annotations

from gateway.errors import Refused
from gateway.setting_values import mail_address
from parsers.addresses import comparable
from parsers.organisations import organisation_number

LANGUAGES = ("da", "sv", "en")
_LONGEST_KEY = 80


def one_of(option: str, value: str, allowed: tuple[str, ...]) -> str:
    """One of a few words."""
    if value not in allowed:
        raise Refused(f"{option} {value}: allowed are {', '.join(allowed)}.")
    return value


def key_of(text: str) -> str:
    """The short name of a partner or facility, in lower case as mails are matched with it."""
    key = text.strip().casefold()
    if not key or len(key) > _LONGEST_KEY or not all(c.isalnum() or c in "-_." for c in key):
        raise Refused(f"{text!r}: a short name is letters, digits, - _ and . without spaces.")
    return key


def address_of(option: str, text: str) -> str:
    """A mail address in the form in which it is compared: lower case, its domain as in the DNS."""
    try:
        known = comparable(mail_address(text.strip()))
    except ValueError as error:
        raise Refused(f"{option} {text}: {error}") from None
    if known is None:
        raise Refused(
            f"{option} {text}: must be a plain mail address, such as sikkermail@region.example:"
            " no quotes, no comments, and a domain name that the DNS can have."
        )
    return known


def number_of(text: str) -> str:
    """A CVR or a Swedish organisation number, digits only."""
    try:
        return organisation_number(text)
    except ValueError:
        raise Refused(
            f"--cvr {text}: must be 8 digits (CVR) or 10 (Swedish organisation number)."
        ) from None


def municipality_of(text: str | None) -> str | None:
    """The code of a municipality."""
    if text is None:
        return None
    if not text.isdigit() or len(text) > 4:
        raise Refused(f"--municipality {text}: must be the code of four digits, such as 0751.")
    return text.zfill(4)


def rights_of(text: str) -> frozenset[str]:
    """What a partner may do: one word, or several with commas."""
    rights = frozenset(word.strip() for word in text.split(",") if word.strip())
    if not rights or rights - {"request", "approve"}:
        raise Refused(f"--may {text}: allowed are request, approve, or both with a comma.")
    return rights
