"""The kernel's own record: the mail is forced to the disk before 250 is written to the socket."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

from tests.badinput.hostile import good_request
from tests.crash.rig import Template, served


def test_the_mail_is_forced_to_disk_before_250_is_said(template: Template, tmp_path: Path) -> None:
    record = tmp_path / "strace"
    with served(template, tmp_path) as gateway:
        gateway.start()
        mail = good_request("A-1", gateway.cast.kommune, gateway.stage.certificate)
        calls = "pwrite64,write,sendto,sendmsg,writev,fsync,fdatasync"
        line = ["strace", "-f", "-y", "-s", "64", "-e", f"trace={calls}", "-o", str(record)]
        tracer = subprocess.Popen(
            [*line, "-p", str(gateway.child("smtp"))], stderr=subprocess.PIPE, text=True
        )
        assert tracer.stderr is not None
        with tracer.stderr:
            assert "attached" in tracer.stderr.readline()
            assert gateway.send(mail).code == 250
            tracer.send_signal(signal.SIGTERM)
            tracer.wait(10)
        gateway.settle()
        gateway.stop()
    lines = record.read_text("utf-8", "replace").splitlines()
    answer = _only(lines, r'(write|sendto|sendmsg|writev)\(\d+<socket:.*"250 2\.0\.0 kept as m1')
    writes = [n for n, call in enumerate(lines) if re.search(r"pwrite64\(\d+<.*\.db-wal>", call)]
    syncs = [n for n, call in enumerate(lines) if re.search(r"sync\(\d+<.*\.db-wal>\) += 0", call)]
    assert writes, "the mail went into the write-ahead log"
    before = [n for n in writes if n < answer]
    assert any(before[-1] < n < answer for n in syncs), "a sync between the last write and 250"


def _only(lines: list[str], pattern: str) -> int:
    found = [n for n, line in enumerate(lines) if re.search(pattern, line)]
    assert len(found) == 1, found
    return found[0]
