"""Ask clamd whether octets hold malware: its protocol, with bounds on time and size.

One connection for a mail, in a session (`zIDSESSION`): each piece is streamed in chunks behind a
four-octet length, and answered by one line `1: stream: OK`, `... NAME FOUND` or `... ERROR`.

    ScannerAway   nobody answers: the mail waits
    Unscannable   clamd is there, and will not scan this: too large, or its limits are reached
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterable
from typing import Final

from gateway.errors import GatewayError, TryLater

_CHUNK: Final = 256 * 1024
_LONGEST_LINE: Final = 4096
_FIRST_ANSWER: Final = 5.0  # seconds, for whoever only asks if it is there


class ScannerAway(TryLater):
    """The malware scanner does not answer."""


class Unscannable(GatewayError):
    """The malware scanner is there, and did not scan this."""


class Clamd:
    """One scanner at `HOST:PORT` or `unix:/path`; connects when it is asked something."""

    def __init__(self, address: str, seconds: float = 60.0) -> None:
        self._address = address
        self._seconds = seconds

    def version(self) -> str:
        """What answers there, in its own words. Raises ScannerAway."""
        with self._session(_FIRST_ANSWER) as session:
            if session.ask(b"PING") != "PONG":
                raise ScannerAway(f"{self._address} answers, but is no clamd: check scan.clamd")
            return session.ask(b"VERSION")

    def scan(self, pieces: Iterable[bytes]) -> str | None:
        """Give the name of the first malware that is found, or None when all is clean.

        Raises ScannerAway, and Unscannable where it is there and will not scan these pieces.
        """
        try:
            with self._session(self._seconds) as session:
                for piece in pieces:
                    found = session.stream(piece)
                    if found is not None:
                        return found
        except ScannerAway:
            # It may be this mail that it stumbles over: who else would be held up by it for ever?
            self.version()
            raise Unscannable("clamd broke off, and is there") from None
        return None

    def _session(self, seconds: float) -> _Session:
        return _Session(self._address, time.monotonic() + seconds)


class _Session:
    """One connection that must be done by a moment of the monotonic clock."""

    def __init__(self, address: str, until: float) -> None:
        self._address = address
        self._until = until
        self._kept = b""
        try:
            self._socket = self._connect()
            self._send(b"zIDSESSION\0")
        except OSError as error:
            raise self._away(error) from None

    def __enter__(self) -> _Session:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._send(b"zEND\0")
        self._socket.close()

    def ask(self, command: bytes) -> str:
        """Send a command and give its answer."""
        try:
            self._send(b"z" + command + b"\0")
            return self._answer()
        except OSError as error:
            raise self._away(error) from None

    def stream(self, piece: bytes) -> str | None:
        """Scan one piece; gives the malware's name or None."""
        view = memoryview(piece)
        try:
            try:
                self._send(b"zINSTREAM\0")
                for at in range(0, len(view), _CHUNK):
                    chunk = view[at : at + _CHUNK]
                    self._send(len(chunk).to_bytes(4, "big"))
                    self._send(chunk)
                self._send(bytes(4))
            except (BrokenPipeError, ConnectionResetError):
                pass  # it says why before it hangs up
            answer = self._answer()
        except OSError as error:
            raise self._away(error) from None
        if answer == "stream: OK":
            return None
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return answer[8:-6]
        raise Unscannable(f"clamd said {answer[:100]!r}")

    def _connect(self) -> socket.socket:
        scheme, _, path = self._address.partition("unix:")
        if not scheme:
            found = socket.socket(socket.AF_UNIX)
            found.settimeout(_FIRST_ANSWER)
            try:
                found.connect(path)
            except OSError:
                found.close()
                raise
            return found
        host, _, port = self._address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=_FIRST_ANSWER)

    def _send(self, data: bytes | memoryview) -> None:
        self._socket.settimeout(self._left())
        self._socket.sendall(data)

    def _answer(self) -> str:
        """Read one answer up to its NUL, without the number of the request."""
        while b"\0" not in self._kept:
            self._socket.settimeout(self._left())
            more = self._socket.recv(_LONGEST_LINE)
            if not more or len(self._kept) > _LONGEST_LINE:
                raise ConnectionError("hung up")
            self._kept += more
        line, _, self._kept = self._kept.partition(b"\0")
        text = line.decode("ascii", "replace")
        number, colon, rest = text.partition(": ")
        return rest if colon and number.isdigit() else text

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        return left

    def _away(self, error: OSError) -> ScannerAway:
        return ScannerAway(f"the malware scanner at {self._address} does not answer ({error})")
