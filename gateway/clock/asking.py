"""Ask a web server for a list or an answer: one request, bounded in time and size.

What is asked is named by certificates that lead to an anchor, so by whom the operator trusts; yet
an authority's mistake must not turn us against our own network. So only http and https, no password
in the URL, no redirect from https to http, and no address that stands for this link or for many
machines. What comes back is read as a list or an answer, and never shown to anybody.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from typing import Final
from urllib.parse import urljoin, urlsplit

from gateway.store.sources import is_fetchable

MOST_REDIRECTS: Final = 3
_BLOCK: Final = 64 * 1024
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))


class AskError(Exception):
    """Nothing usable came back; the text says why, and quotes nothing of what came."""


def ask(
    url: str,
    *,
    most: int,
    seconds: float,
    body: bytes | None = None,
    media_type: str | None = None,
) -> bytes:
    """Get a URL, or post `body` to it; gives at most `most` octets within `seconds`.

    Raises `AskError`. A list may be elsewhere; a question is not passed on.
    """
    until = time.monotonic() + seconds
    for _ in range(MOST_REDIRECTS + 1):
        if not is_fetchable(url):
            raise AskError("the address is not one that is asked")
        answer = _ask_once(url, most, until, body, media_type)
        if isinstance(answer, bytes):
            return answer
        if body is not None:
            raise AskError("the server sends us elsewhere")
        if url.startswith("https:") and not answer.startswith("https:"):
            raise AskError("the server sends us from https to http")
        url = answer
    raise AskError("the server sends us elsewhere again and again")


def _ask_once(
    url: str, most: int, until: float, body: bytes | None, media_type: str | None
) -> bytes | str:
    """Give what came, or the address that it is said to be at."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    if media_type is not None:
        headers["Content-Type"] = media_type
    connection = _connect(url, until)
    connected = connection.sock  # the connection forgets it when the server wants to close
    try:
        connection.request("GET" if body is None else "POST", path, body=body, headers=headers)
        response = connection.getresponse()
        location = response.getheader("Location")
        if response.status in _REDIRECTS and location:
            return urljoin(url, location)
        if response.status != http.client.OK:
            raise AskError(f"the server answered {response.status}")
        return _read(response, connected, most, until)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise AskError(f"no answer: {type(error).__name__}") from None
    finally:
        connection.close()


def _read(
    response: http.client.HTTPResponse, connected: socket.socket, most: int, until: float
) -> bytes:
    blocks = bytearray()
    while True:
        connected.settimeout(_left(until))
        block = response.read1(_BLOCK)
        if not block:
            return bytes(blocks)
        blocks += block
        if len(blocks) > most:
            raise AskError(f"more than {most} octets came")


def _connect(url: str, until: float) -> http.client.HTTPConnection:
    """Connect to an address that was looked at, so that no second look-up gives another."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _address(host, port)
    try:
        connected = socket.create_connection((address, port), timeout=_left(until))
    except OSError as error:
        raise AskError(f"no connection: {type(error).__name__}") from None
    connection = http.client.HTTPConnection(host, port, timeout=_left(until))
    if parts.scheme == "https":
        try:
            connected = ssl.create_default_context().wrap_socket(connected, server_hostname=host)
        except OSError as error:
            connected.close()
            raise AskError(f"no TLS connection: {type(error).__name__}") from None
    connection.sock = connected
    return connection


def _address(host: str, port: int) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AskError(f"the host is not known: {type(error).__name__}") from None
    for *_, address in found:
        ip = ipaddress.ip_address(str(address[0]).partition("%")[0])
        if not (ip.is_link_local or ip.is_multicast or ip.is_unspecified):
            return str(address[0])
    raise AskError("the host is at no address that is asked")


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise AskError("it took too long")
    return left
