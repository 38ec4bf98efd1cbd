"""The demonstration, from its first line to its last, as a reader sees it."""

import os
import subprocess
import sys
from pathlib import Path


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
