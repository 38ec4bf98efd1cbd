"""A submission as XML: the same keys as in JSON, each an element of the namespace `urn:sagspost:1`.

``<submission>`` holds ``sagspost``, ``message``, ``id``, ``to``, ``reference``, ``case`` and
``body``, in any order; a list is one element with an ``item`` for each of its items; what JSON
says by ``null`` is left out. There are no attributes but ``xsi:schemaLocation``, which is not
followed. Read as strictly as JSON: what is unknown or stands twice is told with its path.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from xml.sax.saxutils import escape  # escapes text, reads nothing

from parsers.assembly import KEYS, Raw
from parsers.catalogue import Catalogue, MessageType
from parsers.leaves import Leaf
from parsers.problems import Problem, envelope_label, form_words
from parsers.strict_xml import Handlers, Limits, RefusedXml, read_events
from parsers.xml_values import exact_value

NAMESPACE: Final = "urn:sagspost:1"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_HINTS: Final = frozenset({f"{_XSI} schemaLocation", f"{_XSI} noNamespaceSchemaLocation"})
_LARGEST: Final = 8 * 1024 * 1024
_MOST_FAULTS: Final = 1000
_SPACE: Final = " \t\r\n"
_UNFIT: Final = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(slots=True)
class _Element:
    name: str
    attributes: tuple[str, ...]
    children: list["_Element"] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts)


def looks_like_xml_submission(data: bytes) -> bool:
    """Whether it names our namespace, be it valid or not."""
    return NAMESPACE.encode() in data or NAMESPACE.encode("utf-16-le") in data


def read_xml(data: bytes, catalogue: Catalogue) -> Raw:
    """Read a submission; problems of the form itself are in the result, which never fails."""
    if len(data) > _LARGEST:
        return Raw("xml", {}, [Problem("submission.too_large")])
    try:
        root = _tree_of(data)
    except RefusedXml as error:
        if error.too_large:
            return Raw("xml", {}, [Problem("submission.too_large")])
        where = {"line": str(error.line), "form": "XML"}
        return Raw("xml", {}, [Problem("submission.malformed", "", where)])
    if root is None or root.name != f"{NAMESPACE} submission":
        return Raw("xml", {}, [Problem("submission.malformed", "", {"form": "XML"})])
    reading = _Meaning()
    keys = reading.envelope(root)
    kind = catalogue.get(keys.get("message") or "")
    body = next((one for one in root.children if _local(one) == "body"), None)
    if body is not None:
        keys["body"] = reading.body(body, kind) if kind else {}
    return Raw("xml", keys, reading.problems[:_MOST_FAULTS])


def _tree_of(data: bytes) -> _Element | None:
    open_elements: list[_Element] = []
    roots: list[_Element] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        made = _Element(name, tuple(attributes))
        (open_elements[-1].children if open_elements else roots).append(made)
        open_elements.append(made)

    def end(_name: str) -> None:
        open_elements.pop()

    def text(piece: str) -> None:
        if open_elements:
            open_elements[-1].parts.append(piece)

    read_events(data, Handlers(start, end, text), Limits())
    return roots[0] if roots else None


def _local(element: _Element) -> str:
    """Return the name within our namespace; a foreign name keeps its own, with a blank in it."""
    return element.name.removeprefix(f"{NAMESPACE} ")


def _shown(name: str) -> str:
    return name.rpartition(" ")[2][:80]


class _Meaning:
    """What the elements mean by the message's fields, and what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.leaves: Mapping[str, Leaf] = {}
        self.lists: frozenset[str] = frozenset()
        self.groups: frozenset[str] = frozenset()

    def tell(self, code: str, path: str, **params: str) -> None:
        label = {} if path in KEYS else {"label": path[:120]}
        self.problems.append(Problem(code, path[:120], {**label, **params}))

    def envelope(self, root: _Element) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.no_attributes(root, "", _HINTS)
        if root.text.strip(_SPACE):
            self.tell("field.invalid", "submission", expected="object")
        for child in root.children:
            name = _local(child)
            if name not in KEYS:
                self.tell("field.unknown", _shown(name))
                continue
            if name in found:
                self.tell("field.duplicate", name)
                continue
            self.no_attributes(child, name)
            found[name] = child.text if name != "body" else {}
            if name != "body" and child.children:
                self.tell("field.invalid", name, expected="text")
        return found

    def no_attributes(
        self, element: _Element, path: str, allowed: frozenset[str] = frozenset()
    ) -> None:
        for name in element.attributes:
            if name not in allowed:
                self.tell("field.unknown", f"{path}.@{_shown(name)}".lstrip("."))

    def body(self, element: _Element, kind: MessageType) -> dict[str, Any]:
        self.leaves = {leaf.path: leaf for leaf in kind.leaves}
        self.lists = frozenset(leaf.listed for leaf in kind.leaves if leaf.listed)
        self.groups = frozenset(_groups(self.leaves))
        return self.group(element, "", "")

    def group(self, element: _Element, path: str, where: str) -> dict[str, Any]:
        """Read a group of fields; ``path`` is its name in the model, ``where`` has numbers too."""
        made: dict[str, Any] = {}
        if element.text.strip(_SPACE):
            self.tell("field.invalid", where or "body", expected="object")
        for child in element.children:
            name = _local(child)
            inner, place = f"{path}.{name}".lstrip("."), f"{where}.{name}".lstrip(".")
            if inner not in self.leaves and inner not in self.groups:
                self.tell("field.unknown", f"{where}.{_shown(name)}".lstrip("."))
            elif name in made:
                self.tell("field.duplicate", place)
            else:
                self.no_attributes(child, place)
                made[name] = self.value(child, inner, place)
        return made

    def value(self, element: _Element, path: str, where: str) -> Any:
        if path in self.lists:
            return [self.item(*one, path, where) for one in enumerate(self.items(element, where))]
        if path in self.leaves:
            return self.leaf(element, path, where)
        return self.group(element, path, where)

    def items(self, element: _Element, where: str) -> Iterator[_Element]:
        if element.text.strip(_SPACE):
            self.tell("field.invalid", where, expected="list")
        for child in element.children:
            if _local(child) == "item":
                yield child
            else:
                self.tell("field.unknown", f"{where}.{_shown(_local(child))}")

    def item(self, at: int, element: _Element, path: str, where: str) -> Any:
        place = f"{where}.{at}"
        self.no_attributes(element, place)
        if path in self.leaves:
            return self.leaf(element, path, place)
        return self.group(element, path, place)

    def leaf(self, element: _Element, path: str, where: str) -> Any:
        for child in element.children:
            self.tell("field.unknown", f"{where}.{_shown(_local(child))}")
        return exact_value(element.text, self.leaves[path])


def _groups(leaves: Mapping[str, Leaf]) -> Iterator[str]:
    for path in leaves:
        steps = path.split(".")
        yield from (".".join(steps[:end]) for end in range(1, len(steps)))


def written_xml(fields: Mapping[str, Any]) -> bytes:
    """Write a submission's canonical fields. Raises ValueError for text that XML cannot hold."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<submission xmlns="{NAMESPACE}">']
    for key in KEYS:
        lines += _element(key, fields.get(key), 1)
    text = "\n".join([*lines, "</submission>", ""])
    if _UNFIT.search(text):
        raise ValueError("XML cannot hold some of these characters")
    return text.encode("utf-8")


def _element(name: str, value: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if value is None:
        return
    if isinstance(value, Mapping | list):
        inner = value.items() if isinstance(value, Mapping) else (("item", one) for one in value)
        yield f"{indent}<{name}>"
        for key, one in inner:
            yield from _element(key, one, depth + 1)
        yield f"{indent}</{name}>"
        return
    text = str(value).lower() if isinstance(value, bool) else str(value)
    yield f"{indent}<{name}>{escape(text, {chr(13): '&#13;'})}</{name}>"


def blank_xml(kind: MessageType, language: str) -> bytes:
    """Write an empty submission to fill, each element with its label; a star: it is required."""
    words = form_words(language)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<submission xmlns="{NAMESPACE}">']
    lines += [f"  <!-- {_remark(kind.title(language))}", f"       {words['required']}"]
    lines += [f"       {_remark(words['remove'])} -->", "  <sagspost>1</sagspost>"]
    lines += [f"  <message>{kind.name}</message>", "  <id></id> <!-- * -->"]
    for key in ("to", "reference", "case"):
        lines.append(f"  <{key}></{key}> <!-- {_remark(envelope_label(key, language))} -->")
    inner = _blank_group(kind, "", language, 2)
    return "\n".join([*lines, "  <body>", *inner, "  </body>", "</submission>", ""]).encode("utf-8")


def _blank_group(kind: MessageType, prefix: str, language: str, depth: int) -> Iterator[str]:
    indent = "  " * depth
    inside = {leaf.path: leaf for leaf in kind.leaves if leaf.path.startswith(prefix)}
    for name in dict.fromkeys(path.removeprefix(prefix).split(".")[0] for path in inside):
        path = prefix + name
        leaf = inside.get(path)
        star = " *" if leaf and leaf.required else ""
        note = f" <!-- {_remark(kind.label(path, language))}{star} -->"
        if leaf is not None:
            item = "<item></item>" if leaf.listed else ""
            yield f"{indent}<{name}>{item}</{name}>{note}"
            continue
        yield f"{indent}<{name}>{note if kind.label(path, language) != path else ''}"
        if any(one.listed == path for one in inside.values()):
            yield f"{indent}  <item>"
            yield from _blank_group(kind, f"{path}.", language, depth + 2)
            yield f"{indent}  </item>"
        else:
            yield from _blank_group(kind, f"{path}.", language, depth + 1)
        yield f"{indent}</{name}>"


def _remark(text: str) -> str:
    """Make a text fit for a comment."""
    return " ".join(text.replace("--", "\u2013").split())
