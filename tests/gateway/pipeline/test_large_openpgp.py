"""A PGP/MIME mail of 25 MB takes no more memory of ours than three times its size."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from base64 import encodebytes
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.showcase.letters import Outer
from keys.openpgp import create
from keys.openpgp.folder import write_openpgp_key
from tests.gateway import pgp
from tests.gateway.rig import MAILBOX, World
from tests.keys.openpgp.peer import Peer

ROOT = Path(__file__).resolve().parents[3]
RANDERS = "sikkermail@randers.example"
# In base64, packed and armoured again; where GnuPG does not pack, the same mail is a third larger.
FILE = os.urandom(18_600_000)


@pytest.fixture(scope="module")
def entity() -> bytes:
    lines = encodebytes(FILE).replace(b"\n", b"\r\n")
    return (
        b"From: sikkermail@randers.example\r\n"
        b'Content-Type: multipart/mixed; boundary="m"; hp="cipher"\r\n\r\n--m\r\n\r\nHej\r\n--m\r\n'
        b"Content-Type: application/pdf; name=sag.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + lines
        + b"--m--\r\n"
    )


@pytest.fixture(scope="module")
def randers() -> Iterator[Peer]:
    peer = Peer("Randers Kommune", RANDERS)
    yield peer
    peer.close()


@pytest.mark.parametrize("form", [pgp.combined, pgp.encapsulated])
def test_opening_takes_three_times_the_size_at_most(
    world: World, tmp_path: Path, entity: bytes, randers: Peer, form: Callable[..., bytes]
) -> None:
    keys = tmp_path / "keys"
    shutil.copytree(world.homes["p256"] / "keys", keys)
    secret, public, mark = create("Region Midtjylland", MAILBOX, datetime.now(UTC))
    write_openpgp_key(keys, "gateway", secret, public)
    randers.meet(public)
    registered, mail = tmp_path / "randers.asc", tmp_path / "mail.eml"
    registered.write_bytes(randers.public)
    mail.write_bytes(pgp.mailed(form(randers, entity, mark), Outer(RANDERS, MAILBOX)))
    assert mail.stat().st_size > 25_000_000

    script = [sys.executable, "-m", "tests.gateway.pipeline.large_mail"]
    files = [str(file) for file in (keys, world.authority.anchor, mail, registered)]
    done = subprocess.run([*script, *files], cwd=ROOT, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)
    assert (found["failure"], found["layers"]) == (None, 2)
    assert found["attachment"] == hashlib.sha256(FILE).hexdigest()
    assert found["peak"] <= 3 * found["size"], f"{found['peak'] / found['size']:.2f} times"
