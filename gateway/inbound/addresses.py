"""Reads the paths of MAIL FROM and RCPT TO (RFC 5321 section 4.1.2, RFC 6531 for UTF-8).

Strict in what an address may hold, lenient in what people and old programs put around it: spaces
after the colon, a display name, a missing angle bracket, a source route.
"""

from __future__ import annotations

import contextlib
import re
from typing import NamedTuple

_PATH = re.compile(
    r"""\s*
    (?: [^<>]* < (?P<angled> (?: "(?:[^"\\]|\\.)*" | [^"<>] )* ) >   # perhaps a name, then <path>
      | (?P<bare> [^\s<>]+ ) )                                       # or a bare address
    (?P<parameters> (?:\s.*)? ) \Z""",
    re.VERBOSE | re.DOTALL,
)
_ROUTE = re.compile(r"@[^:]*:")
_ATOM = r"[^\s\x00-\x20()<>\[\]:;@\\,\".\x7f]+"
_ADDRESS = re.compile(
    rf"""(?P<local> {_ATOM}(?:\.{_ATOM})* | "(?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])*" )
    @ (?P<domain> [^\s\x00-\x20()<>\[\]:;@\\,"\x7f]+ | \[[0-9A-Za-z.:]+\] )""",
    re.VERBOSE,
)
_SIMPLE_QUOTED = re.compile(rf'"({_ATOM}(?:\.{_ATOM})*)"')
_LONGEST = 320  # 64 octets of local part, "@", 255 of domain (RFC 5321 section 4.5.3.1)


class Path(NamedTuple):
    """An address (empty for `<>`) and the ESMTP parameters behind it."""

    address: str
    parameters: str


def read_path(argument: str) -> Path | None:
    """Read what stands after `FROM:` or `TO:`; None if there is no address in it."""
    match = _PATH.match(argument)
    if match is None:
        return None
    address = match["angled"] if match["angled"] is not None else match["bare"]
    address = _ROUTE.sub("", address.strip(), count=1) if address[:1] == "@" else address.strip()
    if address and (len(address) > _LONGEST or _ADDRESS.fullmatch(address) is None):
        return None
    return Path(address, match["parameters"])


def comparable(address: str) -> str:
    """Give the form in which two spellings of a mailbox are equal: lower case, no needless quotes.

    A domain in Unicode becomes its ASCII form where it has one. RFC 5321 lets hosts tell local
    parts apart by case; ours never do.
    """
    local, _, domain = address.strip().rpartition("@")
    quoted = _SIMPLE_QUOTED.fullmatch(local)
    if quoted is not None:
        local = quoted[1]
    domain = domain.rstrip(".")
    if not domain.isascii():
        with contextlib.suppress(UnicodeError):
            domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}".casefold()
