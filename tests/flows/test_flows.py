"""Every dialogue of this folder, and each that the product brings along, goes as it is written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gateway.showcase.flows.language import FlowError
from gateway.showcase.flows.packaged import NAME, packaged
from gateway.showcase.flows.player import FlowFailed
from gateway.showcase.flows.reading import read_flow
from tests.flows.rig_stage import Workshop, parts_beside, play

HERE = Path(__file__).parent
_RULES = re.compile(r"^> .*\brules .*$", re.MULTILINE)
FLOWS = [*sorted(HERE.glob("**/*.flow")), *packaged().values()]


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("workshop"))


def _with_rules(file: Path) -> Any:
    """A flow, marked with the rules that it names: it is a test that keeps them."""
    rules = re.findall(r"S\d-R\d+", " ".join(_RULES.findall(file.read_text("utf-8"))))
    marks = [pytest.mark.rule(*dict.fromkeys(rules))] if rules else []
    name = f"{file.parent.name}/{file.name}" if file.name == NAME else file.stem
    return pytest.param(file, id=name, marks=marks)


@pytest.mark.parametrize("file", [_with_rules(file) for file in FLOWS])
def test_the_dialogue_goes_as_it_is_written(file: Path, workshop: Workshop, tmp_path: Path) -> None:
    try:
        play(read_flow(file.read_text("utf-8"), parts_beside(file)), workshop, tmp_path)
    except (FlowError, FlowFailed) as error:
        pytest.fail(f"{file.name}:\n{error}", pytrace=False)


def test_the_example_of_the_documentation_goes_as_it_is_written(
    workshop: Workshop, tmp_path: Path
) -> None:
    page = (HERE.parents[1] / "docs" / "flows.md").read_text("utf-8")
    (example,) = re.findall(r"^```flow\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    play(read_flow(example), workshop, tmp_path)
