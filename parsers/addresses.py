"""Addresses in a header field, strictly: what two programs could read in two ways names nobody.

Display names are thrown away before anything in them is decoded, so that an encoded word cannot
smuggle an address in. Source: RFC 5322 section 3.4.
"""

import re
from email.errors import MessageError
from email.headerregistry import HeaderRegistry
from typing import Any, Final

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
_SPEC: Final = rf"{_ATOM}(?:\.{_ATOM})*@{_ATOM}(?:\.{_ATOM})*"
_BARE: Final = re.compile(rf"\s*({_SPEC})\s*")
_NAMED: Final = re.compile(rf"\s*[^<>@,;:\"()\\\[\]]*<({_SPEC})>\s*")
_QUOTED: Final = re.compile(rf'\s*"[^"\\]*"\s*<({_SPEC})>\s*')
_LONGEST: Final = 2000
_REGISTRY: Final = HeaderRegistry()


def addresses_in(field: str) -> tuple[str, ...]:
    """Every address that an undecoded, unfolded field names, in lower case; empty when in doubt."""
    if len(field) > _LONGEST:
        return ()
    for simple in (_BARE, _NAMED, _QUOTED):
        match = simple.fullmatch(field)
        if match:
            return (match[1].lower(),)
    try:
        header: Any = _REGISTRY("From", field)
        if header.defects:
            return ()
        return tuple(a.addr_spec.lower() for group in header.groups for a in group.addresses)
    except (MessageError, ValueError, IndexError, AttributeError):
        # The library's parser is not total; what breaks it names nobody.
        return ()
