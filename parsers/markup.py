"""HTML mail to the plain text that its reader would see, in one linear pass.

This is no browser: tags end at the next ``>``, hidden elements and scripts are left out, cells of
a row are parted by a tab, and what a mail program marks as quoted gets ``> `` before each line.
"""

import html
import re
from typing import Final

from parsers.marks import without_invisible

_LARGEST: Final = 4 * 1024 * 1024  # characters
_TAG: Final = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]*)")
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|\shidden\b", re.IGNORECASE)
_LEGACY_DISPLAY: Final = re.compile(
    r"\bclass\s*=\s*[\"']?header-protection-legacy-display(?![\w-])", re.IGNORECASE
)
_SPACE: Final = re.compile(r"[ \t\r\n\f]+")
_MANY: Final = re.compile(r"\n{3,}")
_SILENT: Final = frozenset({"script", "style", "head", "title", "template", "noscript"})
_VOID: Final = frozenset({"br", "hr", "img", "meta", "link", "input", "wbr", "col", "base"})
_BLOCK: Final = frozenset(
    {
        "address",
        "article",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "thead",
        "tr",
        "ul",
    }
)


def text_of_html(source: str, *, legacy_display: bool = False) -> str:
    """Return the visible text; longer input is cut off at 4 million characters.

    With ``legacy_display`` an element that repeats protected fields (RFC 9788 section 4.10.2) is
    left out, where it is the first that is seen.
    """
    return Page(source[:_LARGEST], legacy_display).text()


class Page:
    """Where the pass stands: the text so far, the depth of quotes, the element that hides."""

    def __init__(self, source: str, legacy_display: bool) -> None:
        self.source = source
        self.legacy_display = legacy_display
        self.line: list[str] = []
        self.lines: list[str] = []
        self.quotes = 0
        self.hidden = ""
        self.hidden_depth = 0
        self.row = _LARGEST  # where the lines of the table's row begin; no line comes after this

    def text(self) -> str:
        """Run over the source, and return what is seen."""
        source, at = self.source, 0
        while at < len(source):
            start = source.find("<", at)
            if start < 0:
                break
            self.write(source[at:start])
            if source.startswith("<!--", start):
                end = source.find("-->", start + 4)
                at = len(source) if end < 0 else end + 3
                continue
            end = source.find(">", start)
            if end < 0:
                break
            self.tag(source[start + 1 : end])
            at = end + 1
        else:
            start = at
        self.write(source[at:])
        self.end_line()
        return _MANY.sub("\n\n", "\n".join(self.lines)).strip("\n")

    def write(self, raw: str) -> None:
        """Add text to the line."""
        if raw and not self.hidden:
            self.line.append(_SPACE.sub(" ", without_invisible(html.unescape(raw))))

    def end_line(self) -> None:
        """Finish the line."""
        line = "".join(self.line).replace("\xa0", " ").strip()
        self.lines.append("> " * self.quotes + line)
        self.line.clear()

    def tag(self, inside: str) -> None:
        """Take a tag, without its angle brackets."""
        match = _TAG.match(inside)
        if match is None:
            return
        name, closing = match[1].lower(), inside.startswith("/")
        if self.hidden:
            self.hidden_depth += 0 if name != self.hidden else (-1 if closing else 1)
            self.hidden = self.hidden if self.hidden_depth else ""
            return
        if not closing and name not in _VOID and self.is_hidden(name, inside):
            self.hidden, self.hidden_depth = name, 1
            return
        if name in ("td", "th") and not closing:
            self.next_cell()
        if name in _BLOCK and (name == "br" or (self.line and (closing or not self.at_cell()))):
            self.end_line()
        if name in ("tr", "table"):
            self.row = len(self.lines)
        if name == "p" and closing:
            self.end_line()
        if name == "blockquote":
            self.quotes = max(0, min(20, self.quotes + (-1 if closing else 1)))

    def next_cell(self) -> None:
        """Go on in the line of the cell before: Word puts a paragraph into every cell."""
        prefix = "> " * self.quotes
        while len(self.lines) > self.row and not any(map(str.strip, self.line)):
            self.line = [self.lines.pop().removeprefix(prefix)]
        if any(map(str.strip, self.line)) and not self.at_cell():
            self.line.append("\t")

    def at_cell(self) -> bool:
        """Whether a cell has just begun: what it holds begins in the same line."""
        return "".join(self.line[-3:]).rstrip(" \xa0").endswith("\t")

    def is_hidden(self, name: str, inside: str) -> bool:
        """Whether an element is not shown."""
        if name in _SILENT or _HIDDEN.search(inside):
            return True
        if not self.legacy_display or name != "div" or not _LEGACY_DISPLAY.search(inside):
            return False
        self.legacy_display = False  # the first one only, and only at the top
        return not any(map(str.strip, [*self.line, *self.lines]))
