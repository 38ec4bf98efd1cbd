"""Slice a mail into its parts, by offsets into the bytes that came.

Nothing is copied but headers and nothing is ever written again from a model: the first child of
multipart/signed is the exact byte range that was signed (RFC 1847 section 2.1, RFC 2046 section
5.1.1), from the boundary line's end up to, but not with, the line end before the next boundary.
One pass over the bytes; boundaries of all open levels are recognised wherever they stand.

Refuses what two readers would read in two ways: a multipart without boundary or without parts,
a boundary used on two open levels, a Content-Type that stands twice, an encoded multipart.
"""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from parsers.errors import MalformedMail
from parsers.headers import Headers, parse_parameterised, unfold

__all__ = ["Headers", "Limits", "Part", "canonical_crlf", "read_entity"]

_LONGEST_BOUNDARY_LINE: Final = 300  # 70 characters (RFC 2046), and generous transport padding
_IDENTITY: Final = ("7bit", "8bit", "binary", "")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a mail may hold before it is refused."""

    parts: int = 1000
    depth: int = 100
    header: int = 256 * 1024  # bytes, for each part
    dashed_lines: int = 50_000  # lines that begin like a boundary and are none


@dataclass(frozen=True, slots=True)
class Part:
    """One entity: its header, its body and the whole of it, as views into the raw mail.

    ``start`` is where it begins there, so that ``raw`` is the mail's bytes from ``start`` on.
    """

    header: memoryview
    body: memoryview
    raw: memoryview
    media_type: str
    parameters: Mapping[str, str]
    disposition: str
    filename: str | None
    transfer_encoding: str
    children: tuple["Part", ...]
    start: int
    fields: Headers = field(repr=False, compare=False)

    def headers(self) -> Headers:
        """Return the entity's own header fields."""
        return self.fields

    def decoded(self) -> bytes:
        """Return the body without its transfer encoding; an unknown one stays.

        Raises MalformedMail (mime.malformed) where base64 is broken.
        """
        if self.transfer_encoding == "base64":
            try:
                return binascii.a2b_base64(self.body)
            except binascii.Error:
                raise MalformedMail("mime.malformed", "a part's base64 is broken") from None
        if self.transfer_encoding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        return bytes(self.body)

    def octets(self) -> bytes | memoryview:
        """Return the same as `decoded`, without a copy where nothing is encoded."""
        encoded = self.transfer_encoding in ("base64", "quoted-printable")
        return self.decoded() if encoded else self.body


class _Open:
    """A part whose end has not been seen yet."""

    __slots__ = ("body_at", "boundary", "children", "facts", "start")

    def __init__(self, start: int, body_at: int, facts: "_Facts") -> None:
        self.start = start
        self.body_at = body_at
        self.facts = facts
        self.boundary = facts.boundary
        self.children: list[Part] = []


@dataclass(frozen=True, slots=True)
class _Facts:
    fields: Headers
    media_type: str
    parameters: Mapping[str, str]
    disposition: str
    filename: str | None
    transfer_encoding: str
    boundary: bytes | None


def read_entity(raw: bytes | memoryview, limits: Limits | None = None) -> Part:
    """Slice ``raw`` into a tree of parts, without recursion and in one pass.

    A memoryview is copied once; bytes are not. Raises MalformedMail.
    """
    return _Slicer(raw if isinstance(raw, bytes) else bytes(raw), limits or Limits()).read()


class _Slicer:
    """The state of one pass: the parts that are open, outermost first."""

    def __init__(self, raw: bytes, limits: Limits) -> None:
        self.raw = raw
        self.view = memoryview(raw)
        self.limits = limits
        self.open: list[_Open] = []
        self.levels: dict[bytes, int] = {}
        self.parts = 0
        self.dashed_lines = 0
        self.done: Part | None = None

    def read(self) -> Part:
        at = self.begin(0)
        while found := self.next_boundary(at, len(self.raw)):
            boundary_at, line_end, level, closing = found
            self.close_below(level, boundary_at)
            if closing:
                self.forget_boundary(level)
                at = line_end
            else:
                at = self.begin(min(line_end + 1, len(self.raw)))
        self.close_below(-1, len(self.raw))
        assert self.done is not None
        return self.done

    def next_boundary(self, at: int, end: int) -> tuple[int, int, int, bool] | None:
        """Find the next boundary line: the line end before it, its end, its level, if it closes."""
        while self.levels:
            at = self.raw.find(b"\n--", at, end)
            if at < 0:
                break
            line_end = self.raw.find(b"\n", at + 3, at + _LONGEST_BOUNDARY_LINE)
            cut = line_end < 0 and at + _LONGEST_BOUNDARY_LINE < len(self.raw)
            if line_end < 0:
                line_end = min(len(self.raw), at + _LONGEST_BOUNDARY_LINE)
            level, closing = self.match(self.raw[at + 3 : line_end])
            if level is not None:
                if cut:  # what follows the blanks decides whether it is one, and readers differ
                    raise MalformedMail("mime.malformed", "a boundary line is too long")
                return at, line_end, level, closing
            self.dashed_lines += 1
            if self.dashed_lines > self.limits.dashed_lines:
                raise MalformedMail("mime.malformed", "too many lines look like boundaries")
            at += 1
        return None

    def match(self, line: bytes) -> tuple[int | None, bool]:
        token = line.rstrip(b" \t\r")
        level = self.levels.get(token)
        if level is not None:
            return level, False
        return (self.levels.get(token[:-2]), True) if token.endswith(b"--") else (None, False)

    def begin(self, start: int) -> int:
        """Open the part that begins at ``start``; gives where to look for the next boundary."""
        self.parts += 1
        if self.parts > self.limits.parts:
            raise MalformedMail("mime.too_many_parts", "the mail has too many parts")
        header_end, body_at = self.header_end(start)
        part = _Open(start, body_at, _read_facts(Headers(self.raw[start:header_end])))
        self.open.append(part)
        if part.boundary is None:
            return max(body_at - 1, 0)
        if len(self.open) > self.limits.depth:
            raise MalformedMail("mime.too_deep", "the mail is nested too deeply")
        if part.boundary in self.levels:
            raise MalformedMail("mime.malformed", "two open levels have the same boundary")
        self.levels[part.boundary] = len(self.open) - 1
        return max(body_at - 1, 0)

    def header_end(self, start: int) -> tuple[int, int]:
        """Where the header ends and the body begins; a boundary may cut the header short."""
        raw, end = self.raw, min(len(self.raw), start + self.limits.header)
        for empty in (b"\r\n", b"\n"):
            if raw.startswith(empty, start):
                return start, start + len(empty)
        crlf = raw.find(b"\n\r\n", start, end)
        # One octet more: the empty line may end with the LF that the other kind begins with.
        bare = raw.find(b"\n\n", start, crlf + 1 if crlf >= 0 else end)
        found = min((at for at in (crlf, bare) if at >= 0), default=-1)
        blank = found if found >= 0 else end
        cut = self.next_boundary(max(start - 1, 0), blank)
        if cut is not None:
            line = max(cut[0] + 1, start)
            return line, line
        if found >= 0:
            return found + 1, found + (3 if found == crlf else 2)
        if end < len(raw):
            raise MalformedMail("mime.header_too_large", "a header is larger than allowed")
        return end, end

    def forget_boundary(self, level: int) -> None:
        boundary = self.open[level].boundary
        if boundary is not None:
            self.levels.pop(boundary, None)

    def close_below(self, level: int, boundary_at: int) -> None:
        """Finish every open part below ``level``; they end before the line end at the boundary."""
        end = boundary_at
        if end < len(self.raw) and end > 0 and self.raw[end - 1] == 0x0D:
            end -= 1
        while len(self.open) > level + 1:
            self.forget_boundary(len(self.open) - 1)
            closed = self.open.pop()
            part = self.finish(closed, max(end, closed.start))
            if self.open:
                self.open[-1].children.append(part)
            else:
                self.done = part

    def finish(self, part: _Open, end: int) -> Part:
        if part.boundary is not None and not part.children:
            raise MalformedMail("mime.malformed", "a multipart holds no part")
        facts, body_at = part.facts, min(part.body_at, end)
        return Part(
            header=self.view[part.start : body_at],
            body=self.view[body_at:end],
            raw=self.view[part.start : end],
            media_type=facts.media_type,
            parameters=facts.parameters,
            disposition=facts.disposition,
            filename=facts.filename,
            transfer_encoding=facts.transfer_encoding,
            children=tuple(part.children),
            start=part.start,
            fields=facts.fields,
        )


def _single(fields: Headers, name: str) -> str:
    if fields.count(name) > 1:
        raise MalformedMail("mime.malformed", f"{name} stands twice in one header")
    return unfold(fields.raw(name) or b"")


def _read_facts(fields: Headers) -> _Facts:
    media_type, parameters = parse_parameterised(_single(fields, "content-type") or "text/plain")
    if media_type.count("/") != 1:
        media_type = "application/octet-stream"
    encoding = _single(fields, "content-transfer-encoding").partition(";")[0].strip().lower()
    disposition, more = parse_parameterised(unfold(fields.raw("content-disposition") or b""))
    boundary = None
    if media_type.startswith("multipart/"):
        boundary = parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
        if not boundary or encoding not in _IDENTITY:
            raise MalformedMail("mime.malformed", "a multipart has no boundary, or is encoded")
    name = more.get("filename") or parameters.get("name")
    return _Facts(fields, media_type, parameters, disposition, name, encoding, boundary)


def canonical_crlf(data: bytes | memoryview) -> bytes:
    """Return the same lines with CRLF at each end (RFC 8551 section 3.1.1); bare CR stays."""
    plain = data if isinstance(data, bytes) else bytes(data)
    if plain.count(b"\n") == plain.count(b"\r\n"):
        return plain
    return plain.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
