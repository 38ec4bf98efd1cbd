"""One running gateway for all hostile mail of this process: it must outlive each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.badinput.memory import Memory
from tests.crash.rig import Served, Template, make_template, served


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="module")
def gateway(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(template, tmp_path_factory.mktemp("gateway")) as one:
        one.start()
        yield one
        one.stop()


@pytest.fixture(scope="module")
def idle(gateway: Served) -> Memory:
    """What the processes hold before any mail has come."""
    return Memory(gateway)
