"""One home, set up once for all tests that run in this process."""

from __future__ import annotations

import pytest

from tests.crash.rig import Template, make_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return make_template(tmp_path_factory.mktemp("template"))
