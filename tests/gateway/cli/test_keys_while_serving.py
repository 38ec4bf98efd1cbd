"""A running `serve` takes up new keys, from a file and from a token, without a restart."""

from __future__ import annotations

import smtplib
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.showcase import openssl
from gateway.showcase.inboxes import Inboxes
from gateway.showcase.letters import Outer, json_entity
from gateway.showcase.stage import GATEWAY_ADDRESS, Cast, Stage, make_cast
from tests.softhsm import softhsm


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Cast:
    return make_cast(tmp_path_factory.mktemp("cast"), key="p256")


@pytest.fixture
def stage(cast: Cast, tmp_path: Path) -> Iterator[Stage]:
    hsm = softhsm()
    with Inboxes() as inboxes:
        made = Stage(tmp_path / "home", inboxes.port)
        made.set_up(cast, key="p256")
        file = made.home / "sagspost.toml"
        section = f'\n[hsm]\nmodule = "{hsm.module}"\ntoken = "{hsm.label}"\n'
        section += f'pin_file = "{hsm.at.pin_file}"\n[limits]\nworkers = 2\n'
        file.write_text(file.read_text("utf-8") + section, "utf-8")
        yield made


def send(stage: Stage, cast: Cast, certificate: Path) -> str:
    """Seal a dialogue to a certificate of ours and hand it in at the door; gives its id there."""
    submission = {
        "sagspost": "1", "message": "dialogue", "id": str(uuid.uuid4()), "to": "29190925",
        "case": "RM-2026-999999", "body": {"text": "Hej"},
    }  # fmt: skip
    outer = Outer(cast.kommune.address, GATEWAY_ADDRESS)
    addresses = {"sender": cast.kommune.address, "recipient": GATEWAY_ADDRESS}
    entity = json_entity(submission, subject="Sagspost", **addresses)
    sealed = openssl.encrypt(openssl.sign(entity, cast.kommune), certificate, ecdh_digest="sha256")
    with smtplib.SMTP("127.0.0.1", stage.smtp_port, timeout=30) as door:
        door.sendmail(cast.kommune.address, [GATEWAY_ADDRESS], openssl.dress(sealed, outer))
    return outer.message_id


def judged(stage: Stage, message_id: str, wanted: str) -> dict[str, Any]:
    """The mail, when it has come to this state."""
    until = time.monotonic() + 60
    found: list[dict[str, Any]] = []
    while time.monotonic() < until:
        rows = stage.json("message", "list")
        found = [row for row in rows if row["direction"] == "in" and row["state"] == wanted]
        for row in found:
            if row["message_id"] == message_id:
                return dict(row)
        time.sleep(0.2)
    raise AssertionError(f"not {wanted}: {stage.log.read_text('utf-8')[-3000:]}")


def test_a_running_gateway_opens_with_each_key_as_it_comes(stage: Stage, cast: Cast) -> None:
    keys = stage.home / "keys"
    with stage.serving():
        first = send(stage, cast, stage.certificate)
        judged(stage, first, "refused")  # opened and read: there is no such case
        stage.run("key", "renew", "gateway", "--to", "next")
        judged(stage, send(stage, cast, keys / "next.pem"), "refused")
        stage.run("key", "create", "hsm", "--kind", "p256", "--pkcs11", f"serving-{uuid.uuid4()}")
        judged(stage, send(stage, cast, keys / "hsm.pem"), "refused")
        judged(stage, send(stage, cast, stage.certificate), "refused")
        # The answers are made by the key in the token, which is the newest.
        (row,) = [row for row in stage.json("key", "list") if row["signs"]]
        assert row["id"] == "hsm"
