"""A search in an LDAP directory (RFC 4511): bind, search, read the entries, go.

So small a part of the protocol that our own bounded BER reader carries it: the libraries that there
are have no wheels or no maintainer. Every bound is on us, since a directory is somebody else's
machine: the time of the whole search, the octets of a message and of all, the number of entries.

TLS by `ldaps://`, always verified. `ldap://` carries no password but to this machine itself:
certificates are public, and are judged before they count.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from gateway.errors import Refused, TryLater
from keys import asn1
from keys.asn1 import Element, Reader
from keys.errors import StructureError

ATTRIBUTES: Final = ("userCertificate;binary", "userCertificate", "userSMIMECertificate")
SECONDS: Final = 10.0
MOST_ENTRIES: Final = 50
MOST_OCTETS: Final = 4 * 1024 * 1024
_MOST_OF_ONE: Final = 1024 * 1024

_ENUMERATED, _BOOLEAN = 0x0A, 0x01
_BIND, _BOUND, _UNBIND = 0x60, 0x61, 0x42
_SEARCH, _ENTRY, _DONE, _REFERENCE = 0x63, 0x64, 0x65, 0x73
_SIMPLE: Final = 0x80
_WHOLE_TREE: Final = b"\x02"
_TOO_MANY: Final = 4  # sizeLimitExceeded: what came so far is good
_NO_SUCH_ENTRY: Final = 32


@dataclass(frozen=True, slots=True)
class Directory:
    """Where a directory is, and who asks it."""

    url: str
    base: str
    ca_file: Path | None = None
    bind_dn: str = ""
    password: bytes = b""


class _Wire:
    """Messages over a socket, each within bounds."""

    def __init__(self, wire: socket.socket, until: float) -> None:
        self._wire, self._until = wire, until
        self._left = MOST_OCTETS

    def send(self, number: int, operation: bytes) -> None:
        self._wire.settimeout(self._time())
        self._wire.sendall(asn1.sequence(asn1.integer(number), operation))

    def receive(self, number: int, *kinds: int) -> Element:
        """Read the next message; it must answer that number, and be of one of the kinds."""
        head = self._exactly(2)
        size = head[1]
        if head[0] != asn1.SEQUENCE or size == 0x80:
            raise StructureError("no message of LDAP")
        if size > 0x80:
            more = self._exactly(min(size - 0x80, 5))
            head, size = head + more, int.from_bytes(more, "big")
        if size > min(_MOST_OF_ONE, self._left):
            raise StructureError("too much for an answer")
        reader = asn1.read(head + self._exactly(size)).children()
        if reader.take(asn1.INTEGER).integer() != number:
            raise StructureError("an answer to something else")
        answer = reader.take()
        if answer.tag not in kinds:
            raise StructureError("an answer of another kind")
        return answer

    def _exactly(self, size: int) -> bytes:
        self._left -= size
        got = b""
        while len(got) < size:
            self._wire.settimeout(self._time())
            piece = self._wire.recv(size - len(got))
            if not piece:
                raise OSError("it hung up")
            got += piece
        return got

    def _time(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("it takes too long")
        return left


def search(directory: Directory, condition: bytes) -> list[bytes]:
    """Find the certificates of all entries that meet a condition (`filters.filter_of`).

    Each value is DER: a certificate, or PKCS#7 with several. Raises Refused for a wrong address or
    answer, and TryLater where the directory does not answer.
    """
    host, port, tls = _place(directory)
    if directory.password and not tls and not _is_here(host):
        raise Refused(f"{directory.url}: a password goes over ldaps:// only.")
    until = time.monotonic() + SECONDS
    try:
        with ExitStack() as closing:
            wire = closing.enter_context(socket.create_connection((host, port), timeout=SECONDS))
            if tls:
                context = ssl.create_default_context(cafile=directory.ca_file)
                secured = context.wrap_socket(wire, server_hostname=host)
                wire = closing.enter_context(secured)
            return _talk(_Wire(wire, until), directory, condition)
    except ssl.SSLCertVerificationError as error:
        raise Refused(
            f"{directory.url}: its certificate is not good: {error.verify_message}"
        ) from None
    except OSError as error:
        raise TryLater(f"{directory.url} does not answer: {error}") from None
    except StructureError as error:
        raise Refused(f"{directory.url} does not speak LDAP: {error.detail}") from None


def _talk(wire: _Wire, directory: Directory, condition: bytes) -> list[bytes]:
    name = asn1.octet_string(directory.bind_dn.encode())
    bind = asn1.integer(3) + name + asn1.tlv(_SIMPLE, directory.password)
    wire.send(1, asn1.tlv(_BIND, bind))
    code, said = _result(wire.receive(1, _BOUND))
    if code:
        raise Refused(f"{directory.url} lets nobody in: result {code} {said}".rstrip())
    wire.send(2, asn1.tlv(_SEARCH, _request(directory.base, condition)))
    found: list[bytes] = []
    entries = 0
    while True:
        answer = wire.receive(2, _ENTRY, _DONE, _REFERENCE)
        if answer.tag == _DONE:
            break
        if answer.tag == _ENTRY and entries < MOST_ENTRIES:
            entries += 1
            found.extend(_values(answer))
    wire.send(3, asn1.tlv(_UNBIND, b""))
    code, said = _result(answer)
    if code not in {0, _TOO_MANY, _NO_SUCH_ENTRY}:
        raise Refused(f"{directory.url} does not search: result {code} {said}".rstrip())
    return found


def _request(base: str, condition: bytes) -> bytes:
    wanted = b"".join(asn1.octet_string(name.encode("ascii")) for name in ATTRIBUTES)
    return b"".join(
        (
            asn1.octet_string(base.encode()),
            asn1.tlv(_ENUMERATED, _WHOLE_TREE),
            asn1.tlv(_ENUMERATED, b"\0"),  # follow no aliases
            asn1.integer(MOST_ENTRIES),
            asn1.integer(int(SECONDS)),
            asn1.tlv(_BOOLEAN, b"\0"),
            condition,
            asn1.sequence(wanted),
        )
    )


def _values(entry: Element) -> Iterator[bytes]:
    """The values of the certificate attributes of one entry."""
    wanted = {name.partition(";")[0].lower() for name in ATTRIBUTES}
    reader = entry.children()
    reader.take(asn1.OCTET_STRING)
    attributes = reader.take(asn1.SEQUENCE).children()
    while attributes.more():
        attribute = attributes.take(asn1.SEQUENCE).children()
        name = bytes(attribute.take(asn1.OCTET_STRING).content).decode("utf-8", "replace")
        values = attribute.take(asn1.SET).children()
        if name.partition(";")[0].lower() in wanted:
            while values.more():
                yield bytes(values.take(asn1.OCTET_STRING).content)


def _result(answer: Element) -> tuple[int, str]:
    reader: Reader = answer.children()
    code = int.from_bytes(reader.take(_ENUMERATED).content, "big")
    reader.take(asn1.OCTET_STRING)
    said = bytes(reader.take(asn1.OCTET_STRING).content).decode("utf-8", "replace")
    return code, "".join(c for c in said[:200] if c.isprintable())


def _place(directory: Directory) -> tuple[str, int, bool]:
    try:
        url = urlsplit(directory.url)
        port = url.port
    except ValueError:
        raise Refused(f"{directory.url}: must be ldaps://HOST or ldap://HOST:PORT.") from None
    if url.scheme not in {"ldap", "ldaps"} or not url.hostname or url.username:
        raise Refused(f"{directory.url}: must be ldaps://HOST or ldap://HOST:PORT.")
    tls = url.scheme == "ldaps"
    return url.hostname, port or (636 if tls else 389), tls


def _is_here(host: str) -> bool:
    return host in {"localhost", "127.0.0.1", "::1"}
