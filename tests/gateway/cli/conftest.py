"""The command line as its users meet it: an exit status, what it said, what it complained of."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway import cli, logs
from gateway.cli import show
from tests.gateway.rig import Rig, World


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Done]


@pytest.fixture
def sagspost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    """Runs `sagspost --home HOME ...` through its entry point, in this process."""
    monkeypatch.setattr(logs, "set_up", lambda **_: None)
    # As wide as a pipe, whatever terminal the tests run in.
    monkeypatch.setattr(show.people, "_width", 200)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def run(*arguments: object, home: Path | None = None, stdin: str = "") -> Done:
        words = ["sagspost", "--home", str(home or tmp_path / "home"), *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", words)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
        capsys.readouterr()
        try:
            cli.main()
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Done(status, said.out, said.err)

    return run


@pytest.fixture(scope="module")
def settled(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A home with one case at settlement, a refusal, a quarantined mail and words of a person.

    Only to be looked at: nothing that a test does may change it.
    """
    rig = Rig(world, tmp_path_factory.mktemp("settled"))
    rig.clock.time = datetime.now(UTC)
    number = rig.settling()
    rig.send(rig.aarhus, f"Vi ringer i morgen om {number}.")
    rig.send(rig.aarhus, rig.request(facility="findes-ikke"))
    rig.send(rig.world.favrskov, rig.request())
    rig.send(rig.aarhus, "Hvornår har I åbent?")
    yield rig
    rig.close()


@pytest.fixture
def own(make_rig: Callable[..., Rig]) -> Rig:
    """A home of the test's own, whose clock is that of the commands."""
    rig = make_rig()
    rig.clock.time = datetime.now(UTC)
    return rig
