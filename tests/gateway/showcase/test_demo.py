"""The demonstration, from its first line to its last, as a reader sees it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.showcase.flows.packaged import packaged, packaged_flow

USUAL = "payment_agreement"
FALSE_FLOW = """# Nothing comes of nothing
procedure: payment_agreement
clock: 2026-11-23 09:00
mail to inbox waits
> refused case.state
"""


def _left_running(folder: Path) -> list[str]:
    """Give the command lines of every process that was started for this folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if str(folder) in words:
            found.append(words)
    return found


def test_the_demonstration_plays_to_its_end_and_leaves_nothing_running(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "demo"],
        env=os.environ | {"TMPDIR": str(tmp_path), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    told = " ".join(done.stdout.split())
    for promise in (
        "is SETTLEMENT_ACTIVE",
        "refused with ['draft.superseded']",
        "is quarantined: keys.certificate.untrusted",
        "Journal, evidence, documents and mails are as they were kept",
    ):
        assert promise in told
    assert list(tmp_path.glob("sagspost-demo-*/draft-2-*.pdf"))
    assert _left_running(tmp_path) == []


def _demo(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", "demo", *more],
        env=os.environ | {"TMPDIR": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _every_procedure() -> list[Any]:
    """One is played with all tests; the others take too long for that."""
    others = [name for name in packaged() if name != USUAL]
    return [USUAL, *(pytest.param(name, marks=pytest.mark.long) for name in others)]


@pytest.mark.parametrize("name", _every_procedure())
def test_each_procedure_plays_its_own_dialogue_and_leaves_nothing_running(
    tmp_path: Path, name: str
) -> None:
    done = _demo(tmp_path, "--procedure", name, "--no-keep")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    flow = packaged_flow(name)
    for step in flow.steps:
        assert step.words in done.stdout
    assert "(decrypted and verified by OpenSSL)" in done.stdout
    assert "evidence, chain, documents and mails are as they were kept" in done.stdout
    assert list(tmp_path.iterdir()) == []
    assert _left_running(tmp_path) == []


def test_a_procedure_without_a_dialogue_is_told_with_those_that_have_one(tmp_path: Path) -> None:
    done = _demo(tmp_path, "--procedure", "nothing")
    assert done.returncode == 1
    for name in packaged():
        assert name in done.stderr


def test_a_dialogue_that_goes_otherwise_ends_the_demonstration_with_what_was_seen(
    tmp_path: Path,
) -> None:
    script = (
        "from rich.console import Console\n"
        "from gateway.showcase import demo\n"
        "from gateway.showcase.flows.reading import read_flow\n"
        "from gateway.showcase.flows import live\n"
        "live._PATIENCE = 2.0\n"
        "demo.packaged_flow = lambda name: read_flow(name)\n"
        f"flow = {FALSE_FLOW!r}\n"
        "raise SystemExit(demo.play(Console(width=200), procedure=flow, keep=False))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "line 5: nothing was sent or done in this step" in done.stdout
    assert list(tmp_path.iterdir()) == []
    assert _left_running(tmp_path) == []


def test_the_demonstration_says_what_went_wrong_and_removes_its_folder(tmp_path: Path) -> None:
    script = (
        "from rich.console import Console\n"
        "from gateway.showcase import demo, stage\n"
        "stage.Stage.set_up = lambda *_: (_ for _ in ()).throw(stage.StageError('no home'))\n"
        "raise SystemExit(demo.play(Console(), keep=False))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "no home" in done.stdout
    assert list(tmp_path.iterdir()) == []
