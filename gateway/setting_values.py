"""The kinds of values in `sagspost.toml`, each with what is allowed, in words that name it."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from parsers.organisations import organisation_number


def endpoint(text: str) -> str:
    """HOST:PORT, as it came. Raises ValueError for anything else."""
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdigit() and int(port) < 65536):
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:2525")
    return text


def mail_address(text: str) -> str:
    """A mail address in lower case. Raises ValueError for anything else."""
    local, at, domain = text.rpartition("@")
    if not (at and local and domain) or any(c.isspace() or not c.isprintable() for c in text):
        raise ValueError("must be a mail address, such as sikkermail@region.example")
    return text.lower()


def relay_address(text: str) -> str:
    """The address of a relay, as it came. Raises ValueError, which says what is allowed."""
    scheme, sep, rest = text.partition("://")
    if not sep or scheme not in {"smtp", "smtps", "smtp+starttls"}:
        raise ValueError("must be smtp://HOST:PORT, smtp+starttls://HOST:PORT or smtps://HOST:PORT")
    endpoint(rest)
    return text


def redis_address(text: str) -> str:
    """`embedded`, or the address of a Redis. Raises ValueError for anything else."""
    if text != "embedded" and not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must be 'embedded', or redis://, rediss:// or unix:// and an address")
    return text


def scanner_address(text: str) -> str:
    """HOST:PORT, or the path of a socket. Raises ValueError for anything else."""
    if text.startswith("unix:/"):
        return text
    try:
        return endpoint(text)
    except ValueError:
        raise ValueError("must be HOST:PORT or unix:/path/to/socket") from None


def authority_number(text: str) -> str:
    """The digits of a CVR or of a Swedish organisation number. Raises ValueError."""
    try:
        return organisation_number(text)
    except ValueError:
        raise ValueError(
            'must be a CVR: 8 digits in quotes, such as "29190925";'
            ' or a Swedish organisation number, such as "212000-0142"'
        ) from None


def matching(pattern: str, words: str) -> AfterValidator:
    """Text of a form that is told in words."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise ValueError(f"must be {words}")
        return text

    return AfterValidator(check)


def database_address(text: str) -> str:
    """The address of a database. Raises ValueError for anything else."""
    if not re.match(r"sqlite:///.|postgresql\+\w+://.", text):
        raise ValueError("must be sqlite:///FILE, or postgresql+psycopg://... for more")
    return text


Endpoint = Annotated[str, AfterValidator(endpoint)]
MailAddress = Annotated[str, AfterValidator(mail_address)]
