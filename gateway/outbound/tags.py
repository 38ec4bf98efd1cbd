"""Bounce addresses that only we can make: `bounce+<token>.<mac>@domain`.

The envelope sender of each mail names the mail, and an HMAC stands behind the name. So a bounce
finds its mail without reading what it says, and nobody can change the state of a mail by guessing
an address. Letters are lower case throughout, because relays are free to change them.

Not here: accepting such mail at the door, and what a bounce then does.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Final

from gateway.outbound.errors import AddressError

PREFIX: Final = "bounce+"

_TOKEN: Final = re.compile(r"[a-z0-9-]{1,36}")
_ADDRESS: Final = re.compile(r"bounce\+([a-z0-9-]{1,36})\.([a-z2-7]{16})@([a-z0-9.-]{1,253})")
_MAC_OCTETS: Final = 10
"""80 bits, 16 letters in base32: the local part stays within its 64 (RFC 5321 section 4.5.3.1.1)"""


def make_address(secret: bytes, token: str, domain: str) -> str:
    """Return the tagged address for a mail's token (1 to 36 of a-z, 0-9 and hyphen).

    Raises AddressError for another token.
    """
    if not _TOKEN.fullmatch(token):
        raise AddressError("outbound.token")
    return f"{PREFIX}{token}.{_mac(secret, token, domain.lower())}@{domain.lower()}"


def token_of(address: str, secrets: Sequence[bytes]) -> str | None:
    """Return the token, or None for an address that we did not make.

    `secrets` holds the newest first, and those before it for as long as bounces may be under way.
    """
    match = _ADDRESS.fullmatch(address.lower()) if len(address) <= 320 else None
    if match is None:
        return None
    token, mac, domain = match.groups()
    genuine = [hmac.compare_digest(_mac(secret, token, domain), mac) for secret in secrets]
    return token if any(genuine) else None


def _mac(secret: bytes, token: str, domain: str) -> str:
    code = hmac.digest(secret, f"{token}@{domain}".encode("ascii"), hashlib.sha256)
    return base64.b32encode(code[:_MAC_OCTETS]).decode("ascii").lower()
