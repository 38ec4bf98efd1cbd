"""The source documents' sentences that carry a rule, and why some have no place in a gateway.

`seeds.toml` holds the sentences by id (`S1-R12`), `outside.toml` the reasons. What keeps a rule is
said by the procedures themselves: rows of moves, guards, deadlines and money name it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Seed:
    """One source document: an authority says in it how the work is done."""

    name: str
    title: str
    language: str
    sentences: Mapping[str, str]
    """By the rule's id, in the document's order."""


def _load(file: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / file).read_text(encoding="utf-8"))


SEEDS: Final[tuple[Seed, ...]] = tuple(
    Seed(
        name,
        table["title"],
        table["language"],
        MappingProxyType({f"{name}-{rule}": text for rule, text in table["rules"].items()}),
    )
    for name, table in _load("seeds.toml").items()
)
SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {rule: text for seed in SEEDS for rule, text in seed.sentences.items()}
)
OUTSIDE: Final[Mapping[str, str]] = MappingProxyType(_load("outside.toml"))
"""Why a rule is kept by no table: the gateway has nothing to do there."""
