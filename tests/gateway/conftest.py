"""A gateway in this process for each test, and the other side once for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.rig import Rig, World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Keys, certificates and ready homes: made once, copied by each rig."""
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.fixture
def make_rig(world: World, tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    """Makes gateways with other keys or settings; ends them all."""
    made: list[Rig] = []

    def make(**options: Any) -> Rig:
        folder = tmp_path / f"rig-{len(made)}"
        folder.mkdir()
        made.append(Rig(world, folder, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """A gateway with an RSA key and the settings of `init`."""
    return make_rig()
