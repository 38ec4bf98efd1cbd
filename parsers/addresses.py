"""Addresses in a header field, strictly: what two programs could read in two ways names nobody.

Read are `a@b`, `Name <a@b>` and `"Name" <a@b>`, and lists of them. Not read are groups, comments,
quoted local parts, source routes, domain literals, encoded words in an address, octets that are no
UTF-8: all of them are rare, and each has been used to show one sender and mean another. A display
name is thrown away, and where it holds an address other than the one behind it, so is the field.

Sources: RFC 5322 section 3.4, RFC 6532 (UTF-8), RFC 5321 section 4.5.3.1 (lengths), RFC 5890 to
5892 (domains).
"""

import re
import unicodedata
from encodings import idna
from functools import lru_cache
from typing import Final

from parsers.headers import decode_words

_LONGEST: Final = 2000
_MOST: Final = 100
_LOCAL_OCTETS: Final = 64
_DOMAIN_OCTETS: Final = 253
_LABEL_OCTETS: Final = 63
_ATEXT: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+/=?^_`{|}~-")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
# Letters that IDNA of 2003 and of 2008 turn into different domains, or drop without a trace.
_DISPUTED: Final = frozenset("ßς\u200c\u200d")
_SPACE: Final = " \t"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NAME_AND_ADDRESS: Final = re.compile(
    r'[ \t]*(?P<name>"(?:[^"\\]|\\.)*"|[^<>@,;:"()\\\[\]]*)[ \t]*<(?P<address>[^<>]*)>[ \t]*',
    re.DOTALL,
)
_LIKE_ADDRESS: Final = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")


def addresses_in(field: str | bytes) -> tuple[str, ...]:
    """Every address that an undecoded field names, in `comparable` form; empty when in doubt."""
    text = _one_line(field)
    if text is None:
        return ()
    found = []
    for item in _split(text):
        address = _address_of(item)
        if address is None:
            return ()
        found.append(address)
    return tuple(found) if len(found) <= _MOST else ()


@lru_cache(maxsize=1024)
def comparable(address: str) -> str | None:
    """Give the form in which two spellings of a mailbox are equal, None for what is no address.

    The domain becomes its A-labels (RFC 5890), so that `rådhus.example` and `xn--rdhus-mra.example`
    are one. The local part is compared without regard to letter case, which RFC 5321 leaves to the
    host that owns it: no Nordic authority has two mailboxes that differ in case only.
    """
    local, at, domain = address.rpartition("@")
    if not at or len(address) > _LONGEST:
        return None
    mailbox, host = _local(local), _domain(domain)
    return f"{mailbox}@{host}" if mailbox and host else None


def _one_line(field: str | bytes) -> str | None:
    """The field unfolded; None where it is too long, no UTF-8, or holds what no line may hold."""
    if len(field) > _LONGEST:
        return None
    if isinstance(field, bytes):
        try:
            field = field.decode("utf-8")
        except UnicodeDecodeError:
            return None
    text = re.sub(r"\r?\n(?=[ \t])", "", field)
    return None if _CONTROL.search(text) else text


def _split(text: str) -> list[str]:
    """Part a list at its commas, those within quotes aside."""
    items, start, quoted, at = [], 0, False, 0
    while at < len(text):
        if text[at] == "\\" and quoted:
            at += 1
        elif text[at] == '"':
            quoted = not quoted
        elif text[at] == "," and not quoted:
            items.append(text[start:at])
            start = at + 1
        at += 1
    return [*items, text[start:]]


def _address_of(item: str) -> str | None:
    match = _NAME_AND_ADDRESS.fullmatch(item)
    if match is None:
        return comparable(item.strip(_SPACE))
    address = comparable(match["address"])
    shown = decode_words(match["name"])
    others = {comparable(one) for one in _LIKE_ADDRESS.findall(shown)}
    # A name that looks like another address is what most programs show instead of the address.
    return None if others - {address} else address


def _local(text: str) -> str | None:
    plain = unicodedata.normalize("NFC", text).lower()
    if not plain or len(plain.encode("utf-8", "replace")) > _LOCAL_OCTETS or "=?" in plain:
        return None
    # The lower case of a few letters is ASCII (the Kelvin sign's is k): no name is made of them.
    if not text.isascii() and any(not c.isascii() and c.lower().isascii() for c in text):
        return None
    if not all(atom and all(map(_is_atext, atom)) for atom in plain.split(".")):
        return None
    return plain


def _is_atext(character: str) -> bool:
    if character.isascii():
        return character in _ATEXT
    return unicodedata.category(character)[0] in "LMN"


def _domain(text: str) -> str | None:
    labels = [_label(label) for label in unicodedata.normalize("NFC", text).lower().split(".")]
    known = [label for label in labels if label is not None]
    domain = ".".join(known)
    return domain if len(known) == len(labels) and len(domain) <= _DOMAIN_OCTETS else None


def _label(label: str) -> str | None:
    """A label as it stands in the DNS; None for what has no form, or more than one."""
    if len(label) > _LABEL_OCTETS:
        return None
    try:
        if not label.isascii():
            if _DISPUTED & set(label) or idna.nameprep(label) != label:
                return None
            label = idna.ToASCII(label).decode("ascii")
        if label.startswith("xn--") and idna.ToASCII(idna.ToUnicode(label)) != label.encode():
            return None
    except UnicodeError:
        return None
    return label if len(label) <= _LABEL_OCTETS and _LABEL.fullmatch(label) else None
