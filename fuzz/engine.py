"""One target under libFuzzer, in a process of its own: it ends by exit, found something or not."""

import importlib
import random
import sys
import tempfile
from pathlib import Path

import atheris

from fuzz.mutation import mutate, mutate_lines

TREES = ("ber", "cms")  # their messages are changed as trees


def structured(data: bytes, most: int, seed: int) -> bytes:
    """Change a tree half of the time, octets the other half."""
    chance = random.Random(seed)
    changed = mutate(data, chance) if chance.random() < 0.6 else None
    if changed is None or len(changed) > most:
        return bytes(atheris.Mutate(data, most))
    return changed


def by_lines(data: bytes, most: int, seed: int) -> bytes:
    """Change whole lines most of the time, octets the rest."""
    chance = random.Random(seed)
    if chance.random() < 0.25:
        return bytes(atheris.Mutate(data, most))
    return mutate_lines(data, chance, importlib.import_module("fuzz.status").LINES)[:most]


def main() -> None:
    """`python -m fuzz.engine TARGET LIBFUZZER-ARGUMENTS...`; the first folder is the corpus."""
    name, *arguments = sys.argv[1:]
    with atheris.instrument_imports(include=["keys", "parsers"]):
        target = importlib.import_module(f"fuzz.{name}")
    fresh = Path(tempfile.mkdtemp(prefix="fuzz-"))
    for number, seed in enumerate(target.seeds()):
        (fresh / str(number)).write_bytes(seed)
    mutator = structured if name in TREES else by_lines if name == "status" else None
    options = {"custom_mutator": mutator} if mutator else {}
    atheris.Setup([f"fuzz-{name}", *arguments, str(fresh)], target.one, **options)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
