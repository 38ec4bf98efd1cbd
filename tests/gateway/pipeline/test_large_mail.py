"""A mail of 25 MB is opened in no more than three times its size of memory."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from base64 import encodebytes
from pathlib import Path

import pytest

from gateway.showcase import openssl
from gateway.showcase.letters import Outer
from tests.gateway.rig import MAILBOX, World

ROOT = Path(__file__).resolve().parents[3]
FILE = os.urandom(13_600_000)  # twice in base64 and once around it: a mail of 25 MB


@pytest.fixture(scope="module")
def entity() -> bytes:
    lines = encodebytes(FILE).replace(b"\n", b"\r\n")
    return (
        b"From: sikkermail@aarhus.example\r\n"
        b'Content-Type: multipart/mixed; boundary="m"; hp="cipher"\r\n\r\n--m\r\n\r\nHej\r\n--m\r\n'
        b"Content-Type: application/pdf; name=sag.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + lines
        + b"--m--\r\n"
    )


@pytest.mark.parametrize("cipher", ["aes256", "aes-256-gcm"])
@pytest.mark.parametrize("detached", [True, False], ids=["detached", "opaque"])
def test_opening_takes_three_times_the_size_at_most(
    world: World, tmp_path: Path, entity: bytes, cipher: str, detached: bool
) -> None:
    home = world.homes["p256"] / "keys"
    signed = openssl.sign(entity, world.viborg, detached=detached)
    sealed = openssl.encrypt(signed, home / "gateway.pem", cipher=cipher, ecdh_digest="sha256")
    mail = tmp_path / "mail.eml"
    mail.write_bytes(openssl.dress(sealed, Outer(world.viborg.address, MAILBOX)))
    assert mail.stat().st_size > 25_000_000

    script = [sys.executable, "-m", "tests.gateway.pipeline.large_mail"]
    files = [str(file) for file in (home, world.authority.anchor, mail)]
    done = subprocess.run([*script, *files], cwd=ROOT, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)
    assert (found["failure"], found["layers"]) == (None, 2)
    assert found["attachment"] == hashlib.sha256(FILE).hexdigest()
    assert found["peak"] <= 3 * found["size"], f"{found['peak'] / found['size']:.2f} times"
