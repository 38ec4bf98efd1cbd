"""A command line that is loaded once answers each command as one that is started for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.showcase.resident import Resident, resident

ALONE = "import sys; sys.argv[0] = 'sagspost'; from gateway.cli.app import main; main()"
COMMANDS = {
    "one that lists": ("procedure", "list", "--json"),
    "one that prints": ("form", "placement_request", "--as", "text"),
    "one that is refused": ("--home", "nowhere", "case", "list"),
    "one that does not exist": ("dance",),
    "one that is called wrongly": ("case", "list", "--limit", "many"),
    "help": ("case", "--help"),
}


@pytest.fixture(scope="module")
def loaded() -> Iterator[Resident]:
    with resident() as commands:
        yield commands


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_it_answers_as_a_command_by_itself_does(
    loaded: Resident, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    placed = [str(tmp_path / one) if one == "nowhere" else one for one in arguments]
    alone = subprocess.run(
        [sys.executable, "-P", "-c", ALONE, *placed],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    answer = loaded.run(placed, {})
    assert (answer.status, answer.out) == (alone.returncode, alone.stdout)
    assert answer.err == alone.stderr


def test_the_environment_of_one_command_is_not_that_of_the_next(
    loaded: Resident, tmp_path: Path
) -> None:
    there = loaded.run(["case", "list"], {"SAGSPOST_HOME": str(tmp_path / "there")})
    assert str(tmp_path / "there") in there.err
    assert str(tmp_path) not in loaded.run(["case", "list"], {}).err


def test_many_at_once_each_get_their_own_answer(loaded: Resident) -> None:
    names = ["placement_request", "dialogue", "unavailable"] * 3
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda name: loaded.run(["form", name, "--as", "json"], {}), names)
    for name, answer in zip(names, answers, strict=True):
        assert f'"message": "{name}"' in answer.out


def test_one_that_is_gone_is_told() -> None:
    with resident() as commands:
        pass
    with pytest.raises((OSError, ValueError)):
        commands.run(["case", "list"], {})
