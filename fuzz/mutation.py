"""Change a BER message as a tree, and set the lengths right again; or a status by its lines.

Blind changes of octets nearly always break a length, so that little behind the first element is
ever reached. Here an element is dropped, doubled, exchanged, retagged, given other content, or its
length made indefinite, and all that stands around it is written anew. It reads by itself, so that
a fault in `keys.asn1` cannot hide from it.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

_DEEPEST = 24
_TAGS = (0x02, 0x03, 0x04, 0x05, 0x06, 0x17, 0x18, 0x24, 0x30, 0x31, 0x80, 0xA0, 0xA1, 0xA2, 0xA3)
_WORDS = (b"", b"0", b"1", b"2", b"9", b"01", b"-1", b"A" * 40, b"99999999999", b"[GNUPG:]", b"\r")
_CONTENTS = (b"", b"\x00", b"\x01", b"\x7f", b"\x80", b"\xff" * 8, bytes(65))


@dataclass
class Node:
    """One element: its children when they could be read, else its octets."""

    tag: int
    content: bytes = b""
    children: list["Node"] = field(default_factory=list)
    indefinite: bool = False

    def write(self) -> bytes:
        """Encode it, with lengths that fit."""
        inside = b"".join([child.write() for child in self.children]) or self.content
        if self.indefinite and self.tag & 0x20:
            return bytes((self.tag, 0x80)) + inside + b"\x00\x00"
        if len(inside) < 0x80:
            return bytes((self.tag, len(inside))) + inside
        size = len(inside).to_bytes((len(inside).bit_length() + 7) // 8, "big")
        return bytes((self.tag, 0x80 | len(size))) + size + inside


def read_nodes(data: bytes, depth: int = 0) -> list[Node] | None:
    """Read elements that fill `data`; None where they do not."""
    found: list[Node] = []
    at = 0
    while at < len(data):
        if len(data) - at < 2 or depth > _DEEPEST:
            return None
        tag, size, body = data[at], data[at + 1], at + 2
        if size >= 0x80:
            octets = size & 0x7F
            if octets == 0 or octets > 4:
                return None
            size, body = int.from_bytes(data[body : body + octets], "big"), body + octets
        if body + size > len(data):
            return None
        content = data[body : body + size]
        # An octet string often holds a structure of its own, but is written as it was.
        inner = read_nodes(content, depth + 1) if tag & 0x20 else None
        found.append(Node(tag, content, inner or []))
        at = body + size
    return found


def mutate(data: bytes, chance: random.Random) -> bytes | None:
    """Give a changed message, or None where `data` is no tree of definite lengths."""
    roots = read_nodes(data)
    if not roots:
        return None
    top = Node(0x30, children=roots)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        _change(top, chance)
    return b"".join(child.write() for child in top.children)


def mutate_lines(data: bytes, chance: random.Random, known: Sequence[bytes]) -> bytes:
    """Drop, double, move, cut or put in a status line; the first octet is no part of them."""
    head, lines = data[:1] or b"\x00", data[1:].split(b"\n")
    for _ in range(chance.choice((1, 1, 2, 3))):
        place = chance.randrange(len(lines))
        match chance.randrange(6):
            case 0:
                lines[place : place + 1] = []
            case 1:
                lines.insert(place, lines[place])
            case 2:
                lines.insert(chance.randrange(len(lines)), lines.pop(place))
            case 3:
                words = lines[place].split(b" ")
                words[chance.randrange(len(words))] = chance.choice(_WORDS)
                lines[place] = b" ".join(words)
            case _:
                lines.insert(place, b"[GNUPG:] " + chance.choice(known))
        lines = lines or [b""]
    head = chance.choice((head, head, head, b"\x00", b"\x02"))
    return head + b"\n".join(lines)


def _change(top: Node, chance: random.Random) -> None:
    parents = [node for node in _all(top) if node.children]
    if not parents:
        return
    parent = chance.choice(parents)
    place = chance.randrange(len(parent.children))
    node = parent.children[place]
    match chance.randrange(9):
        case 0:
            del parent.children[place]
        case 1:
            parent.children.insert(place, node)
        case 2:
            other = chance.choice(chance.choice(parents).children)
            # A copy: a tree that holds itself could not be written.
            parent.children[place] = Node(other.tag, other.write()[2:])
        case 3:
            node.tag = chance.choice(_TAGS)
        case 4:
            node.indefinite = not node.indefinite
        case 5:
            node.content, node.children = chance.choice(_CONTENTS), []
        case 6 if not node.children and node.content:
            octets = bytearray(node.content)
            octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
            node.content = bytes(octets)
        case 7 if not node.children and len(node.content) > 1:
            cut = chance.randrange(1, len(node.content))
            pieces = [Node(node.tag, node.content[:cut]), Node(node.tag, node.content[cut:])]
            node.tag, node.children = node.tag | 0x20, pieces
        case _:
            chance.shuffle(parent.children)


def _all(top: Node) -> list[Node]:
    found = [top]
    for node in found:  # grows while it is walked
        found.extend(node.children)
    return found
