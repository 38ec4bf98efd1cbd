"""What is wrong with a submission, as a value: a stable code, a place, and one sentence for people.

The sentences stand in ``wording.<language>.toml``. For a code they list several forms, the most
telling first; the first one whose every placeholder is known is used. What a code means at one
field alone stands in ``problem_at``. They never repeat what was
read, only names of fields and what is allowed there.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from pydantic_core import PydanticCustomError

LANGUAGES: Final = ("da", "sv", "en")
Severity: TypeAlias = Literal["error", "warning"]
MORE: Final = "submission.more"

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")


def _read_wording(language: str) -> Mapping[str, Any]:
    path = Path(__file__).parent / f"wording.{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


_WORDING: Final = {language: _read_wording(language) for language in LANGUAGES}


def expected(kind: str, language: str) -> str | None:
    """Say what a value of a kind looks like, as refusals do; None for a kind that has no words."""
    words: str | None = _WORDING[language]["expected"].get(kind)
    return words


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong (``error``) or worth knowing (``warning``).

    ``path`` is dotted and begins at the body for its fields (``citizen.cpr``, ``rates.0.amount``),
    and is the key itself for the submission's own (``id``). ``params``: ``label`` (the field as
    people call it; ``label.sv`` in one language), ``expected`` (a kind of value, see wording),
    ``why`` (a sentence of ours, already in the reader's language), ``allowed``, ``line``,
    ``state``, ``row`` (of the file that the rows came in), ``suggestion`` (a word of our own lists
    that may have been meant; it is asked for at the end).
    """

    code: str
    path: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    severity: Severity = "error"

    def text(self, language: str) -> str:
        """Say it in one sentence, in Danish, Swedish or English (other languages: English)."""
        wording = _WORDING.get(language, _WORDING["en"])
        known = {key: value for key, value in self.params.items() if value}
        called = known.get(f"label.{language}") or known.get("label")
        if called:
            known["label"] = called
        label = called or (wording["envelope"].get(self.path) or self.path)
        if label:
            row = f", {wording['form']['row']} {known['row']}" if "row" in known else ""
            known["field"] = _quoted(label + row, wording)
        if "expected" in known:
            known["expected"] = wording["expected"].get(known["expected"], "")
        told = wording["problem"]
        at_field = wording["problem_at"].get(f"{self.code} {self.path}")
        forms = at_field or told.get(self.code) or told["unknown"]
        fits = (form for form in forms if all(known.get(key) for key in _PLACEHOLDER.findall(form)))
        said = _PLACEHOLDER.sub(lambda match: known[match[1]], next(fits, forms[-1]))
        if "suggestion" not in known:
            return said
        return (
            f"{said} {wording['did_you_mean'].format(meant=_quoted(known['suggestion'], wording))}"
        )


def first_of(problems: Sequence[Problem], most: int) -> tuple[Problem, ...]:
    """Return the first of very many problems, and one more that says how many were left out."""
    if len(problems) <= most:
        return tuple(problems)
    beyond = problems[most:]
    left_out = sum(int(one.params["left_out"]) if one.code == MORE else 1 for one in beyond)
    return (*problems[:most], Problem(MORE, "", {"left_out": str(left_out)}))


def _quoted(words: str, wording: Mapping[str, Any]) -> str:
    return f"{wording['quote'][0]}{words}{wording['quote'][1]}"


def envelope_label(key: str, language: str) -> str:
    """Return what people call a key of the submission itself, as ``Sagsnummer`` for ``case``."""
    return str(_WORDING[language]["envelope"][key])


def envelope_words(key: str) -> tuple[tuple[str, str], ...]:
    """List (language, word) for every word that stands for a key of the submission itself."""
    return tuple(
        (language, word)
        for language in LANGUAGES
        for word in (_WORDING[language]["envelope"][key], *_WORDING[language]["also"].get(key, ()))
    )


def form_words(language: str) -> Mapping[str, str]:
    """Return the words of the labelled text form: its end marker, yes, no, hints."""
    words: Mapping[str, str] = _WORDING[language]["form"]
    return words


def page_words(language: str) -> Mapping[str, str]:
    """Return the words of the form that is filled in a browser."""
    words: Mapping[str, str] = _WORDING[language]["page"]
    return words


def field_fault(code: Literal["field.missing", "field.invalid"], path: str) -> PydanticCustomError:
    """Make the error that a model's own validator raises for one of its fields.

    ``path`` is dotted and relative to the model whose validator raises it; it becomes a Problem
    with that code at that field, beside all the others.
    """
    return PydanticCustomError(code, "{path}", {"path": path})
