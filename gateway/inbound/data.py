r"""Reads what follows DATA: the exact bytes of one mail, in chunks instead of line by line.

The mail ends at CR LF "." CR LF and at nothing else (RFC 5321 section 4.1.1.4). `\n.\r\n`,
`\r\n.\n`, `\r.\r` and the like are content, and content with a bare CR or LF is refused as a whole:
what one server takes for an end and the next does not is how SMTP smuggling works (CVE-2024-27305).

The CR LF that ended the command line also opens the first line of the mail. It is put back in
front, so that one search finds the end of an empty mail too.
"""

from __future__ import annotations

import asyncio

from gateway.inbound import replies
from gateway.inbound.limits import Limits
from gateway.inbound.occupancy import Occupancy
from gateway.inbound.replies import Reply

_END = b"\r\n.\r\n"
_LOOSE = 32  # chunks of some 64 KiB


class Incoming:
    """The reading of one mail. It counts against `occupancy` until `release`."""

    def __init__(
        self, reader: asyncio.StreamReader, *, limits: Limits, occupancy: Occupancy
    ) -> None:
        self._reader = reader
        self._limits = limits
        self._occupancy = occupancy
        self._held = 0
        self._loose = 0
        self.in_step = True
        """False when the end was not reached: the next bytes are no command, so hang up."""

    async def read(self) -> bytes | Reply:
        """Read the mail, without its dot-stuffing, or say the refusal.

        Raises asyncio.IncompleteReadError when the client goes before the end.
        """
        reader = self._reader
        buffer: bytearray = reader._buffer  # type: ignore[attr-defined]  # there is no public unread
        buffer[:0] = b"\r\n"
        chunks: list[bytes] = []
        size = 0
        limit = self._limits.message_bytes * 4 // 3 + len(_END)  # were each line but a stuffed dot
        while True:
            try:
                chunk = await reader.readuntil(_END)
                ended = True
            except (
                asyncio.LimitOverrunError
            ) as overrun:  # nothing is lost; `consumed` spares a part of _END
                chunk = await reader.read(overrun.consumed)
                ended = False
            size += len(chunk)
            if size <= limit:
                if not self._hold(len(chunk)):
                    return self._give_up(replies.OVERLOADED)
                self._add(chunks, chunk)
            elif chunks:
                chunks.clear()
                self.release()
            if ended:
                break
            if size > 2 * limit:
                return self._give_up(replies.TOO_LARGE)
        if size > limit:
            return replies.TOO_LARGE
        return mail_in(chunks, self._limits)

    def _add(self, chunks: list[bytes], chunk: bytes) -> None:
        """Keep one more chunk; of many, make one block, which goes back to the system when freed.

        The chunks alone would leave holes in the heap, as large as all mail that ever came at once.
        """
        chunks.append(chunk)
        self._loose += 1
        if self._loose == _LOOSE:
            chunks[-_LOOSE:] = [b"".join(chunks[-_LOOSE:])]
            self._loose = 0

    def release(self) -> None:
        """Stop counting its bytes: the mail is kept or dropped."""
        self._occupancy.give_back(self._held)
        self._held = 0

    def _hold(self, size: int) -> bool:
        if not self._occupancy.take(size):
            return False
        self._held += size
        return True

    def _give_up(self, refusal: Reply) -> Reply:
        self.in_step = False
        return refusal


def mail_in(chunks: list[bytes], limits: Limits) -> bytes | Reply:
    r"""Take the mail out of what was read: `\r\n`, stuffed lines, `.\r\n`. Empties `chunks`."""
    chunks[-1] = chunks[-1][:-3]
    chunks[0] = chunks[0][2:]
    raw = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    chunks.clear()
    ends = raw.count(b"\r\n")
    if raw.count(b"\r") != ends or raw.count(b"\n") != ends:
        return replies.BARE_NEWLINE
    if raw.startswith(b"."):
        raw = raw[1:]
    if b"\r\n." in raw:
        raw = raw.replace(b"\r\n.", b"\r\n")
    if len(raw) > limits.message_bytes:
        return replies.TOO_LARGE
    if _has_line_over(raw, limits.line_bytes):
        return replies.MAIL_LINE_TOO_LONG
    return raw


def _has_line_over(raw: bytes, limit: int) -> bool:
    """Whether a line is longer than `limit`. Looks at one line end in each `limit` bytes only."""
    start = 0
    while len(raw) - start > limit:
        end = raw.rfind(b"\r\n", start, start + limit + 2)
        if end < 0:
            return True
        start = end + 2
    return False
