"""Every dialogue of this folder, and each that the product brings along, goes as it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.showcase.flows.language import FlowError
from gateway.showcase.flows.player import FlowFailed
from gateway.showcase.flows.reading import read_flow
from tests.flows.rig_stage import Workshop, parts_beside, play

HERE = Path(__file__).parent
FLOWS = sorted(HERE.glob("**/*.flow"))


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("workshop"))


@pytest.mark.parametrize("file", FLOWS, ids=lambda file: str(file.relative_to(HERE)))
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
