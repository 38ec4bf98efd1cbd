"""Texts that people read, by key and language, from TOML files.

`workflows/wording.<language>.toml` holds what every procedure shares (days, counts, the mails that
belong to no procedure); a procedure's folder holds the rest, and wins. Keys are dotted:
`mail.received.subject`. A text may hold `{names}`, which are replaced by plain values; a value is
never read as a text again, so nothing that a stranger wrote can pull in another value.
`{n} {n:day|days}` counts: the first word where the value is 1, else the second.

All files are read once, when the package is imported.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any, Final

from workflows.errors import MissingText

LANGUAGES: Final = ("da", "sv", "en")
SEPARATOR: Final = " | "
"""Between the entries of a list, such as the aliases of a label."""
_LABEL: Final = re.compile(r"^[^:{}]*: (?=\{\w+\}$)")
_GAP: Final = re.compile(r"\n{3,}")


class _Counting(Formatter):
    """Fills in values, and the word that goes with a number."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" in format_spec:
            one, many = format_spec.split("|")
            return one if value == "1" else many
        return str(super().format_field(value, format_spec))


_TEXTS: Final = _Counting()


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and text of one mail. The gateway adds case token and reference to the subject."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of a procedure in all languages."""

    texts: Mapping[str, Mapping[str, str]]

    def has(self, key: str, language: str) -> bool:
        """Whether a text exists."""
        return key in self.texts[language]

    def text(self, key: str, language: str, values: Mapping[str, str] | None = None) -> str:
        """Return a text with its values filled in. Raises MissingText."""
        try:
            return _TEXTS.vformat(self.texts[language][key], (), values or {})
        except KeyError as missing:
            raise MissingText(f"{key} ({language}): {missing.args[0]}") from None

    def _body(self, key: str, language: str, values: Mapping[str, str]) -> str:
        """Return a body without empty lines of ours, or labels with nothing behind them."""
        try:
            template = self.texts[language][key]
            empty = {"{" + name + "}" for name, value in values.items() if not value}
            kept = [line for line in template.splitlines() if _LABEL.sub("", line) not in empty]
            # Only our own text is put in order; what somebody wrote stays as it is.
            return _TEXTS.vformat(_GAP.sub("\n\n", "\n".join(kept)), (), values)
        except KeyError as missing:
            raise MissingText(f"{key} ({language}): {missing.args[0]}") from None

    def under(self, prefix: str, language: str) -> dict[str, str]:
        """Return all texts below a key, by the rest of their keys."""
        start = prefix + "."
        return {
            key.removeprefix(start): text
            for key, text in self.texts[language].items()
            if key.startswith(start)
        }

    def fields(self, key: str, language: str) -> frozenset[str]:
        """Return the names of the values that a text asks for."""
        parsed = _TEXTS.parse(self.texts[language][key])
        return frozenset(name for _, name, _, _ in parsed if name)

    def letter(
        self,
        wording: str,
        language: str,
        values: Mapping[str, str],
        *,
        plain: bool = False,
        remarks: Sequence[str] = (),
        basis: Sequence[str] = (),
    ) -> Letter:
        """Return the mail `mail.<wording>`, with the closing under it. Raises MissingText.

        Besides the effect's values, the caller gives `number`, `authority` (the authority's name),
        `contacts` (contact block and postal identity, S0-R20 and S0-R21) and `link`. `plain` asks
        for the variant without anything personal; `remarks` are told below the text, and `basis`,
        the settings that it rests on, below them.
        """
        stem = f"mail.{wording}.plain_" if plain else f"mail.{wording}."
        body = self._body(stem + "body", language, values).strip()
        for heading, points in (("remarks", remarks), ("basis", () if plain else basis)):
            if points:
                noted = "\n".join(f"- {point}" for point in points)
                body = f"{body}\n\n{self.text(heading, language)}\n{noted}"
        closing = self.text("mail_closing", language, values).strip()
        return Letter(self.text(stem + "subject", language, values), f"{body}\n\n{closing}\n")


def load(folder: Path, shared: Wording | None = None) -> Wording:
    """Read `wording.<language>.toml` of a folder, over the shared texts. Raises MissingText."""
    texts = {}
    for language in LANGUAGES:
        file = folder / f"wording.{language}.toml"
        try:
            tree = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise MissingText(f"{folder.name}: there is no {file.name}") from None
        below = dict(shared.texts[language]) if shared else {}
        texts[language] = MappingProxyType(below | _flat(tree))
    return Wording(MappingProxyType(texts))


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            flat[prefix + key] = SEPARATOR.join(value)
        else:
            flat[prefix + key] = str(value)
    return flat


SHARED: Final = load(Path(__file__).parent)
"""Texts that belong to no procedure: refusals, mails to be sorted, help, days and counts."""
