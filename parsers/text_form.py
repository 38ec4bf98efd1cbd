"""A submission as labelled text, as people write it into a mail (``CPR-nummer: 670765-4005``).

Between the markers ``--- Sagspost: placement_request ---`` and ``--- slut ---`` (``--- end ---``)
every line is read; without them, only the sender's own text is, and only where its labels tell
which message it is. Labels are known in Danish, Swedish and English, in any letter case, numbered
or starred, with a hint in brackets, or as dotted paths; ``:`` or a tab parts them from the value.

What follows a label without being one continues its value, if that is text (a value of one line
ends at an empty line; its lines are joined by commas); a value may begin on the line below.
Lines that begin with ``|`` belong to the value word for word. In a list a label is repeated, or
numbered (``Takst 2``); a rate may be written in one line:
``Takst: 1.845,50 kr. pr. døgn fra 1. december 2026``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from parsers.assembly import Raw
from parsers.catalogue import Catalogue, MessageType
from parsers.identifiers import CaseNumber, Cvr, MunicipalityCode, Orgnr, RegionCode
from parsers.labels import LabelIndex, find_label, index_labels, normal_label
from parsers.marks import plain_value, typed_dashes, without_invisible
from parsers.meant import meant_label
from parsers.owntext import is_greeting, own_text, unquoted_lines
from parsers.problems import LANGUAGES, Problem, envelope_words
from parsers.text_values import Entry, fill_body

_START: Final = re.compile(r"\s*-{2,}\s*sagspost\s*:\s*(\S.{0,100}?)\s*-{2,}\s*", re.IGNORECASE)
_END: Final = re.compile(  # and not the end of a certificate in the text, which looks like it
    r"\s*-{2,}\s*(?:slut|end)\b(?!\s+certificate)[^-]{0,60}-{2,}\s*", re.IGNORECASE
)
_EMPHASIS: Final = re.compile(r"[\s\u2022\u00b7-]*([*_]{1,2})(?=[^\s*_])")
_EMPHASISED: Final = re.compile(r"\s*([*_]{1,2})([^\s*_](?:[^*_\n]*[^\s*_])?)\1\s*")
_NAMED_NUMBER: Final = re.compile(
    r"(\D+?)[\s,(]+([0-9][0-9 ]{7,10})\)?|([0-9][0-9 ]{7,10})[\s,(-]+(\D+?)\)?"
)
_LABEL_LIKE: Final = re.compile(r"(?:[0-9]{1,2}[.)]\s+)?[A-ZÆØÅÄÖ][^\s:]*(?:\s[^\s:]+){0,4}\s*")
_ENVELOPE: Final = {
    language: index_labels(
        [
            (key, word)
            for key in ("message", "to", "reference", "case")
            for known, word in envelope_words(key)
            if known == language
        ]
    )
    for language in LANGUAGES
}
_LONGEST_MARKER: Final = 200  # characters
_LONGEST_LABEL: Final = 320  # characters, with the hint that a blank form gives
_MOST_BREAKS: Final = 5  # lines that a mail program makes of one label
_FEWEST_LABELS: Final = 3  # without markers, fewer labels make no submission
_MOST_LABELS: Final = 300  # of an unmarked text, to find which message it is
_MOST_LINES: Final = 20_000
_MOST_WARNINGS: Final = 20


@dataclass
class Block:
    """Lines that are a submission: where they begin, and what the marker calls the message."""

    title: str | None
    lines: list[str]
    first_line: int = 1
    kind: MessageType | None = None


@dataclass
class _Found:
    entries: list[Entry] = field(default_factory=list)
    envelope: dict[str, str] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def warns(self) -> bool:
        """Whether one more warning is told."""
        return len(self.warnings) < _MOST_WARNINGS

    def warn(self, code: str, line: int, suggestion: str | None = None) -> None:
        if self.warns:
            params = {"line": str(line)} | ({"suggestion": suggestion} if suggestion else {})
            self.warnings.append(Problem(code, "", params, "warning"))


def find_blocks(text: str) -> list[Block]:
    """Find the blocks between markers that are not quoted."""
    lines = text.split("\n")[:_MOST_LINES]
    blocks: list[Block] = []
    at = outside = 0
    while at < len(lines):
        match = _marker(_START, lines[at])
        if match is None:
            at += 1
            continue
        before = [line for line in lines[outside:at] if not line.lstrip().startswith(">")]
        if len(unquoted_lines([*before, "."])) == 0 or unquoted_lines([*before, "."])[-1] != ".":
            break  # a quoted mail began above: what follows is not the sender's
        end = next((n for n in range(at + 1, len(lines)) if _marker(_END, lines[n])), len(lines))
        inner = lines[at + 1 : end]
        if end == len(lines):  # no end was written: it ends where the sender's own words do
            inner = own_text("\n".join(inner)).split("\n")
        blocks.append(Block(match[1], inner, at + 2))
        at = outside = end + 1
    return blocks


def _marker(form: re.Pattern[str], line: str) -> re.Match[str] | None:
    """Read a line as a marker, whatever a mail program made of its hyphens."""
    if len(line) >= _LONGEST_MARKER:
        return None
    return form.fullmatch(typed_dashes(without_invisible(line)))


def find_unmarked(text: str, catalogue: Catalogue) -> Block | None:
    """Find a submission in the sender's own text by its labels, or by its title and labels."""
    if text.count(":") + text.count("\t") < _FEWEST_LABELS:
        return None
    lines = own_text(text).split("\n")[:_MOST_LINES]
    labels = [label for line in lines if (label := _label_of(line))][:_MOST_LABELS]
    named = _named_kind(lines, catalogue)
    if named is not None:
        _, found = _language_of(labels, named)
        return Block(None, lines, kind=named) if found else None
    best: tuple[float, MessageType] | None = None
    for kind in catalogue:
        _, found = _language_of(labels, kind)
        required = {leaf.path for leaf in kind.leaves if leaf.required}
        covered = len(found & required) / (len(required) or 1)
        score = len(found) + covered
        if len(found) >= _FEWEST_LABELS and covered >= 0.34 and (not best or score > best[0]):
            best = (score, kind)
    return Block(None, lines, kind=best[1]) if best else None


def _named_kind(lines: Sequence[str], catalogue: Catalogue) -> MessageType | None:
    for line in lines[:30]:
        label, _, value = line.partition(":")
        if value and any(_ENVELOPE[one].get(normal_label(label)) == "message" for one in LANGUAGES):
            kind = catalogue.by_title(value)
            if kind is not None:
                return kind
    for line in [line for line in lines if line.strip()][:5]:
        kind = catalogue.by_title(line.strip(" :.*#=_-\u2022\u00b7\u2013\u2014\u00a0"))
        if kind is not None:
            return kind
    return None


def _label_of(line: str) -> str:
    label, mark, _ = _split(line)
    return label if mark else ""


def _split(line: str) -> tuple[str, str, str]:
    found = (line.find(":", 0, _LONGEST_LABEL), line.find("\t", 0, _LONGEST_LABEL))
    at = min((n for n in found if n > 0), default=-1)
    if at <= 0:
        return "", "", line
    label, mark, rest = line[:at], line[at], line[at + 1 :]
    bold = _EMPHASIS.match(label)  # *Sagsnummer:* RM-2026-000123
    if bold and rest.startswith(bold[1]) and not label.rstrip().endswith(bold[1]):
        rest = rest[len(bold[1]) :]
    return label, mark, rest


def _language_of(labels: Sequence[str], kind: MessageType) -> tuple[str, set[str]]:
    """Find the language that most labels are in, and the fields that they name."""
    best, most = LANGUAGES[0], set[str]()
    for language in LANGUAGES:
        index = kind.index[language]
        found = {match[0] for label in labels if (match := find_label(label, index))}
        if len(found) > len(most):
            best, most = language, found
    return best, most


def block_kind(block: Block, catalogue: Catalogue) -> MessageType | None:
    """Return the message that a block is, as far as its marker or its labels tell."""
    return block.kind or catalogue.by_title(block.title or "")


def read_text(block: Block, catalogue: Catalogue, fallback_id: str) -> Raw:
    """Read a block; what is wrong with it is in the result, which never fails."""
    kind = block_kind(block, catalogue)
    if kind is None:
        return Raw("text", {"sagspost": "1", "id": fallback_id, "message": block.title or ""})
    labels = [label for line in block.lines if (label := _label_of(line))]
    language, _ = _language_of(labels, kind)
    found = _read_lines(block, kind, language)
    body, problems = fill_body(found.entries, kind, language)
    keys: dict[str, Any] = {"sagspost": "1", "message": kind.name, "id": fallback_id, "body": body}
    for key in ("to", "reference", "case"):
        if value := found.envelope.get(key, "").strip():
            keys[key] = read_own(key, value)
    return Raw("text", keys, problems, found.warnings, language)


def read_own(key: str, value: str) -> str:
    """Read a key of the submission itself as people write it; what does not fit stays."""
    try:
        if key == "case":
            return str(CaseNumber.read(value))
        return _read_authority(value) if key == "to" else value
    except ValueError:
        return value


def _read_authority(value: str) -> str:
    for read in (Cvr.read, Orgnr.read, _cvr_by_name):
        try:
            return str(read(value))
        except ValueError:
            continue
    return value


def _cvr_by_name(value: str) -> str:
    """Find a kommune or region by its name, or a name and its own number. Raises ValueError."""
    found = _NAMED_NUMBER.fullmatch(plain_value(value))
    name, number = (found[1] or found[4], found[2] or found[3]) if found else (value, None)
    try:
        cvr = RegionCode.read(name).register.cvr
    except ValueError:
        cvr = MunicipalityCode.read(name).cvr
    if number is not None and Cvr.read(number) != cvr:
        raise ValueError("name and number are not of the same authority")
    return str(Cvr.read(cvr))


def _read_lines(block: Block, kind: MessageType, language: str) -> _Found:
    order = (language, *(one for one in LANGUAGES if one != language))
    indexes = [kind.index[one] for one in order]
    kinds = {leaf.path: leaf.kind for leaf in kind.leaves}
    found = _Found()
    current: tuple[str, int | None, int] | None = None
    parts: list[str] = []

    def finish() -> None:
        if current is not None:
            found.entries.append(Entry(current[0], current[1], _value_of(parts), current[2]))

    for number, line in _unbroken(block, indexes):
        label, mark, rest = ("", "", line) if line.startswith("|") else _split(line)
        match = _lookup(label, indexes) if mark else None
        own_key = _lookup(label, [_ENVELOPE[one] for one in order]) if mark and not match else None
        if match or (own_key and not own_key[1]):
            finish()
            current, parts = ((*match, number), [rest.strip()]) if match else (None, [])
            if own_key and not match:
                found.envelope.setdefault(own_key[0], rest)
            continue
        of_kind = kinds[current[0]] if current is not None else ""
        labelled = bool(mark and rest.strip() and _LABEL_LIKE.fullmatch(label))
        # A line that was broken goes on; what has a label of its own is not part of a name.
        is_text = of_kind == "text" or (
            of_kind == "line" and bool(line.strip()) and bool(parts[-1]) and not labelled
        )
        if of_kind == "line" and not line.strip() and any(parts):
            finish()
            current, parts = None, []
        if labelled and not is_text:
            finish()
            current, parts = None, []
        if mark and _LABEL_LIKE.fullmatch(label):
            meant = meant_label(label, kind, order) if found.warns else None
            found.warn("label.unknown", number, meant)
        if current is not None and (is_text or not any(parts)):
            parts.append(line)
        elif line.strip() and not mark and not _is_ornament(line, kind):
            found.warn("text.unread", number)
    finish()
    return found


def _unbroken(block: Block, indexes: Sequence[LabelIndex]) -> Iterator[tuple[int, str]]:
    """Give the numbered lines; a label that a mail program broke inside its hint is one again."""
    at, lines = 0, block.lines
    while at < len(lines):
        line, taken = lines[at], 1
        if "(" in line and _split(line)[1] == "" and _lookup(line.partition("(")[0], indexes):
            for count in range(2, _MOST_BREAKS + 1):
                joined = " ".join(one.strip() for one in lines[at : at + count])
                label, mark, _ = _split(joined)
                if mark or not lines[at + count - 1 : at + count]:
                    whole = mark and label.count("(") == label.count(")")
                    line, taken = (joined, count) if whole else (line, 1)
                    break
        yield block.first_line + at, line
        at += taken


def _is_ornament(line: str, kind: MessageType) -> bool:
    """Tell a rule, a greeting, the title, or a form's note on its stars from lost text."""
    if is_greeting(line):
        return True
    plain = line.strip(" :.#=_-*\u00b7\u2022\u2013\u2014")
    return (
        not plain
        or line.lstrip().startswith("*")
        or plain.casefold() in {title.casefold() for title in (kind.name, *kind.titles.values())}
    )


def _lookup(label: str, indexes: Sequence[LabelIndex]) -> tuple[str, int | None] | None:
    return next((match for index in indexes if (match := find_label(label, index))), None)


def _value_of(parts: Sequence[str]) -> str:
    if len(parts) > 1 and not parts[0] and all(p.startswith("|") for p in parts[1:] if p.strip()):
        return "\n".join(part[1:].removeprefix(" ") for part in parts[1:] if part.strip())
    value = "\n".join(part.rstrip() for part in parts).strip()
    whole = _EMPHASISED.fullmatch(value)
    return whole[2] if whole else value
