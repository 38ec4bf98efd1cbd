"""A BER reader that is bounded in depth, length and work, and a DER writer.

The reader is iterative: no input makes it recurse. It copies nothing but what the caller asks for.
Definite and indefinite lengths and constructed strings are read (X.690 8.1.3, 8.7.3), since mail
programs and `openssl cms -stream` write them. What is signed must be DER (RFC 5652 5.3), so
`Element.require_definite` exists for those parts.

Refused on purpose: tags above 30, lengths of more than four octets, more than `MAX_DEPTH` levels,
more than `MAX_ELEMENTS` elements below indefinite lengths, and anything that overruns its parent.
"""

from typing import Final

from keys.errors import StructureError

MAX_DEPTH: Final = 32
MAX_ELEMENTS: Final = 250_000

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OID: Final = 0x06
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31
CONSTRUCTED: Final = 0x20


class _Source:
    """The bytes of one message, and the ends of indefinite elements that were already found."""

    __slots__ = ("ends", "left", "view")

    def __init__(self, view: memoryview) -> None:
        self.view = view
        self.left = MAX_ELEMENTS
        self.ends: dict[int, int] = {}

    def head(self, pos: int, limit: int) -> tuple[int, int, int]:
        """Read tag and length at `pos`: (tag, start of content, length or -1 for indefinite)."""
        view = self.view
        if pos + 2 > limit:
            raise StructureError("element cut off")
        tag = view[pos]
        length = view[pos + 1]
        if tag & 0x1F == 0x1F:
            raise StructureError("tag above 30")
        body = pos + 2
        if length >= 0x80:
            if length == 0x80:
                if not tag & CONSTRUCTED:
                    raise StructureError("indefinite length on a primitive")
                return tag, body, -1
            size = length & 0x7F
            if size > 4 or body + size > limit:
                raise StructureError("length of the length")
            length = int.from_bytes(view[body : body + size], "big")
            body += size
        if body + length > limit:
            raise StructureError("element longer than its parent")
        return tag, body, length

    def end_of_contents(self, body: int, limit: int, depth: int) -> int:
        """Find the end-of-contents octets that close the indefinite element starting at `body`."""
        known = self.ends.get(body)
        if known is not None:
            return known
        open_bodies = [body]
        pos = body
        while open_bodies:
            self.left -= 1
            if self.left < 0:
                raise StructureError("too many elements")
            tag, start, length = self.head(pos, limit)
            if tag == 0:
                if length != 0:
                    raise StructureError("end-of-contents with a length")
                self.ends[open_bodies.pop()] = pos
                pos += 2
            elif length < 0:
                open_bodies.append(start)
                if depth + len(open_bodies) > MAX_DEPTH:
                    raise StructureError("nested too deep")
                pos = start
            else:
                pos = start + length
        return self.ends[body]


class Element:
    """One tag-length-value; a view on the message, never a copy."""

    __slots__ = ("_depth", "_source", "body", "end", "indefinite", "start", "stop", "tag")

    def __init__(self, source: _Source, start: int, limit: int, depth: int) -> None:
        self.start = start
        self._source = source
        self._depth = depth
        view = source.view
        body = start + 2
        # Most elements are short ones with a tag below 31: read without a call.
        if body <= limit and view[start + 1] < 0x80 and view[start] & 0x1F != 0x1F:
            self.tag = view[start]
            self.body = body
            self.end = self.stop = end = body + view[start + 1]
            if end > limit:
                raise StructureError("element longer than its parent")
            self.indefinite = False
        else:
            self.tag, self.body, length = source.head(start, limit)
            self.indefinite = length < 0
            if length < 0:
                self.end = source.end_of_contents(self.body, limit, depth)
                self.stop = self.end + 2
            else:
                self.end = self.stop = self.body + length
        if self.tag == 0:
            raise StructureError("end-of-contents without a start")

    @property
    def content(self) -> memoryview:
        """The octets between head and end."""
        return self._source.view[self.body : self.end]

    @property
    def encoding(self) -> memoryview:
        """The whole element as received, head included."""
        return self._source.view[self.start : self.stop]

    def require_definite(self) -> "Element":
        """Return itself, or raise `StructureError` when the length is indefinite (so no DER)."""
        if self.indefinite:
            raise StructureError("indefinite length where DER is required")
        return self

    def children(self) -> "Reader":
        """Walk into a constructed element."""
        if not self.tag & CONSTRUCTED:
            raise StructureError("primitive where a constructed element is required")
        if self._depth >= MAX_DEPTH:
            raise StructureError("nested too deep")
        return Reader(self._source, self.body, self.end, self._depth + 1)

    def octets(self) -> memoryview:
        """Give the value of an octet string, primitive or in pieces (X.690 8.7.3)."""
        if not self.tag & CONSTRUCTED:
            return self.content
        pieces: list[memoryview] = []
        source = self._source
        walk = [self.children()]
        while walk:
            reader = walk[-1]
            if not reader.more():
                walk.pop()
                continue
            source.left -= 1
            if source.left < 0:
                raise StructureError("too many elements")
            piece = reader.take()
            if piece.tag == OCTET_STRING:
                pieces.append(piece.content)
            elif piece.tag == OCTET_STRING | CONSTRUCTED:
                walk.append(piece.children())
            else:
                raise StructureError("no octet string")
        return memoryview(b"".join(pieces))

    def integer(self) -> int:
        """Give the value of an INTEGER of at most 64 octets."""
        if self.tag != INTEGER or not 1 <= self.end - self.body <= 64:
            raise StructureError("no integer")
        return int.from_bytes(self.content, "big", signed=True)

    def bits(self) -> memoryview:
        """Give the octets of a primitive BIT STRING without unused bits."""
        if self.tag != BIT_STRING or self.end <= self.body or self._source.view[self.body] != 0:
            raise StructureError("no bit string of whole octets")
        return self._source.view[self.body + 1 : self.end]


class Reader:
    """A cursor over the elements of one constructed value."""

    __slots__ = ("_depth", "_limit", "_pos", "_source")

    def __init__(self, source: _Source, pos: int, limit: int, depth: int) -> None:
        self._source = source
        self._pos = pos
        self._limit = limit
        self._depth = depth

    def more(self) -> bool:
        """Say whether an element is left."""
        return self._pos < self._limit

    def tag(self) -> int:
        """Give the tag of the next element, -1 at the end."""
        return self._source.view[self._pos] if self._pos < self._limit else -1

    def take(self, tag: int = -1) -> Element:
        """Take the next element; raises `StructureError` when its tag is not `tag` (-1: any)."""
        element = Element(self._source, self._pos, self._limit, self._depth)
        if tag != element.tag and tag != -1:  # noqa: PLR1714  (half the time of a tuple)
            raise StructureError("another element than the one required")
        self._pos = element.stop
        return element

    def enter(self, tag: int, *, definite: bool = False) -> "Reader":
        """Take the next element, which must have this constructed tag, and walk into it.

        With `definite` an indefinite length is refused, as DER does.
        """
        source, pos, limit = self._source, self._pos, self._limit
        view, body = source.view, pos + 2
        # The same as `take(tag).children()`, without an Element that nobody keeps.
        if body < limit and view[pos] == tag and self._depth < MAX_DEPTH:
            length = view[pos + 1]
            if length == 0x81:
                length = view[body]
                body += 1
            elif length == 0x82 and body + 1 < limit:
                length = view[body] << 8 | view[body + 1]
                body += 2
            elif length >= 0x80:
                length = limit  # any other form, which `take` reads
            if body + length <= limit:
                self._pos = body + length
                return Reader(source, body, body + length, self._depth + 1)
        element = self.take(tag)
        return (element.require_definite() if definite else element).children()

    def take_if(self, tag: int) -> Element | None:
        """Take the next element when it has this tag."""
        if self._pos < self._limit and self._source.view[self._pos] == tag:
            return self.take()
        return None

    def octets(self) -> memoryview:
        """Take an OCTET STRING, primitive or in pieces, and give its value."""
        if self.tag() not in (OCTET_STRING, OCTET_STRING | CONSTRUCTED):
            raise StructureError("no octet string")
        return self.take().octets()

    def oid(self) -> bytes:
        """Take an OBJECT IDENTIFIER and give its content octets."""
        view, pos = self._source.view, self._pos
        end = pos + 2
        if end < self._limit and view[pos] == OID and 1 <= view[pos + 1] <= 64:
            end += view[pos + 1]
            if end <= self._limit:
                self._pos = end
                return bytes(view[pos + 2 : end])
        element = self.take(OID)
        if not 1 <= element.end - element.body <= 64:
            raise StructureError("object identifier of a wrong length")
        return bytes(element.content)

    def finish(self) -> None:
        """Raise `StructureError` unless everything was taken."""
        if self._pos != self._limit:
            raise StructureError("elements left over")


def read(data: bytes | bytearray | memoryview) -> Element:
    """Read the one element that `data` must consist of; raises `StructureError`."""
    view = memoryview(data)
    if view.format != "B" or not view.contiguous or view.ndim != 1:
        view = view.cast("B")
    element = Element(_Source(view), 0, len(view), 0)
    if element.stop != len(view):
        raise StructureError("bytes after the end")
    return element


def tlv(tag: int, content: bytes | memoryview) -> bytes:
    """Write one element with a definite, minimal length (X.690 10.1)."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def sequence(*parts: bytes) -> bytes:
    """Write a SEQUENCE of elements that are already encoded."""
    return tlv(SEQUENCE, b"".join(parts))


def set_of(*parts: bytes) -> bytes:
    """Write a SET OF, in DER's order (X.690 11.6)."""
    return tlv(SET, b"".join(sorted(parts)))


def integer(value: int) -> bytes:
    """Write an INTEGER in as few octets as hold it (X.690 section 8.3.2)."""
    # A negative power of two needs no octet for its sign: -128 is 80, and +128 is 00 80.
    bits = (value if value >= 0 else ~value).bit_length()
    return tlv(INTEGER, value.to_bytes(bits // 8 + 1, "big", signed=True))


def octet_string(value: bytes) -> bytes:
    """Write an OCTET STRING."""
    return tlv(OCTET_STRING, value)


def bit_string(value: bytes) -> bytes:
    """Write a BIT STRING of whole octets."""
    return tlv(BIT_STRING, b"\x00" + value)


def explicit(number: int, content: bytes) -> bytes:
    """Write a constructed, context-specific element [number]."""
    return tlv(0xA0 | number, content)


def oid(octets: bytes) -> bytes:
    """Write an OBJECT IDENTIFIER from its content octets."""
    return tlv(OID, octets)


def oid_octets(dotted: str) -> bytes:
    """Encode a dotted object identifier to its content octets (X.690 8.19)."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    out = bytearray()
    for arc in (first * 40 + second, *rest):
        group = [arc & 0x7F]
        while arc := arc >> 7:
            group.append(arc & 0x7F | 0x80)
        out += bytes(reversed(group))
    return bytes(out)


DER_NULL: Final = tlv(NULL, b"")
