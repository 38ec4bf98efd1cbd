"""`form` and `seal`: what a partner gets from us, and can send with it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from gateway.showcase import openssl
from gateway.showcase.stage import free_port
from tests.gateway.cli.conftest import Command
from tests.gateway.rig import Rig
from workflows.catalogue import catalogue, procedures

MESSAGES = catalogue(procedures()).names()
WORDS = {"da": "CPR-nummer", "sv": "Personnummer", "en": "CPR number"}


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("language", ["da", "sv", "en"])
def test_every_message_has_its_forms_in_every_language(
    sagspost: Command, message: str, language: str
) -> None:
    said = {
        form: sagspost("form", message, "--as", form, "--language", language)
        for form in ("json", "schema", "text")
    }

    assert all(done.status == 0 for done in said.values())
    assert said["json"].json["message"] == message
    assert said["schema"].json["$schema"].startswith("https://json-schema.org/")
    assert f"--- Sagspost: {message} ---" in said["text"].out


@pytest.mark.parametrize(("language", "label"), WORDS.items())
def test_a_form_has_labels_in_the_readers_language(
    sagspost: Command, language: str, label: str
) -> None:
    done = sagspost("form", "placement_request", "--as", "text", "--language", language)

    assert label.lower() in done.out.lower()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nothing",), "placement_request"),
        (("placement_request", "--as", "fax"), "json"),
        (("placement_request", "--language", "fi"), "da, sv, en"),
    ],
)
def test_a_form_that_is_not_there_is_refused_with_what_is(
    sagspost: Command, arguments: tuple[str, ...], told: str
) -> None:
    done = sagspost("form", *arguments)

    assert (done.status, done.out) == (1, "")
    assert told in done.err


class Door:
    """Takes what is sent to it; threads of its own, like any mail server."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, list[str], bytes]] = []
        self.taken = threading.Event()

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append((str(envelope.mail_from), envelope.rcpt_tos, content))
        self.taken.set()
        return "250 2.0.0 Ok"


@pytest.fixture
def door() -> Iterator[tuple[Door, str]]:
    handler = Door()
    port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, f"127.0.0.1:{port}"
    controller.stop()


def written(tmp_path: Path, submission: Any) -> Path:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(submission, ensure_ascii=False), encoding="utf-8")
    return file


@pytest.mark.parametrize("kind", ["pem", "p12"])
def test_a_sealed_submission_is_sent_and_processed(
    sagspost: Command,
    own: Rig,
    tmp_path: Path,
    door: tuple[Door, str],
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handler, address = door
    sender = own.aarhus
    key = sender.key
    if kind == "p12":
        monkeypatch.setenv("SAGSPOST_P12_PASSWORD", "hemmeligt")
        key = tmp_path / "aarhus.p12"
        chain = ("-certfile", str(sender.chain)) if sender.chain else ()
        openssl.openssl(
            "pkcs12", "-export", "-inkey", str(sender.key), "-in", str(sender.certificate),
            *chain, "-passout", "pass:hemmeligt", "-out", str(key),
        )  # fmt: skip
    elif sender.chain is not None:
        # A PEM file may hold the chain beside the key, as certificate authorities give it.
        key = tmp_path / "aarhus.pem"
        parts = (sender.key, sender.certificate, sender.chain)
        key.write_bytes(b"".join(part.read_bytes() for part in parts))
    file = written(tmp_path, own.request())

    done = sagspost("seal", file, "--from", key, "--to", own.certificate, "--send", address)
    envelope_from, envelope_to, raw = handler.mails[0]
    mail = own.deliver(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    own.settle()

    assert done.status == 0, done.err
    assert (envelope_from, envelope_to) == (sender.address, ["sikkermail@rm.example"])
    assert b"670765" not in raw
    assert own.judged(mail) == ("processed", None)
    assert own.message(mail)["assurance"] == "sealed"


def test_labelled_text_is_sealed_as_a_person_would_write_it(
    sagspost: Command, own: Rig, tmp_path: Path
) -> None:
    number = own.acknowledged()
    file, output = tmp_path / "words.txt", tmp_path / "mail.eml"
    file.write_text(f"Vi har spurgt borgeren igen. [{number}]\n", "utf-8")
    key = tmp_path / "aarhus.pem"
    parts = (own.aarhus.key, own.aarhus.certificate, own.aarhus.chain)
    key.write_bytes(b"".join(part.read_bytes() for part in parts if part))

    done = sagspost("seal", file, "--from", key, "--to", own.certificate, "--output", output)
    mail = own.deliver(output.read_bytes())
    own.settle()

    assert done.status == 0, done.err
    assert own.judged(mail) == ("processed", None)
    assert own.message(mail)["case"] == number


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"--from": "missing.pem"}, "missing.pem"),
        ({"--to": "missing.pem"}, "missing.pem"),
        ({"--send": "127.0.0.1:1"}, "did not take the mail"),
        ({"--send": "nowhere"}, "did not take the mail"),
        ({"--format": "zip"}, "smime"),
        ({"file": "missing.json"}, "missing.json"),
    ],
)
def test_what_cannot_be_sealed_or_sent_is_refused(
    sagspost: Command, own: Rig, tmp_path: Path, change: dict[str, str], told: str
) -> None:
    options = {
        "--from": str(own.aarhus.key),
        "--to": str(own.certificate),
        "--output": str(tmp_path / "mail.eml"),
    } | {name: value for name, value in change.items() if name != "file"}
    file = change.get("file") or written(tmp_path, own.request())

    done = sagspost("seal", file, *(word for pair in options.items() for word in pair))

    assert done.status == 1
    assert told in done.err


def test_a_key_that_cannot_be_read_is_named_with_what_may_be_missing(
    sagspost: Command, rig: Rig, tmp_path: Path
) -> None:
    locked = tmp_path / "aarhus.p12"
    openssl.openssl(
        "pkcs12", "-export", "-inkey", str(rig.aarhus.key), "-in", str(rig.aarhus.certificate),
        "-out", str(locked), "-passout", "pass:hemmelig",
    )  # fmt: skip
    request = tmp_path / "request.json"
    request.write_text(json.dumps(rig.request()), "utf-8")
    command = ("seal", request, "--from", locked, "--to", rig.certificate, "--output")

    without = sagspost(*command, tmp_path / "no.eml")
    wrong = sagspost(*command, tmp_path / "no.eml", "--password", "forkert")
    right = sagspost(*command, tmp_path / "yes.eml", "--password", "hemmelig")

    assert (without.status, wrong.status, right.status) == (1, 1, 0)
    for done in (without, wrong):
        assert "aarhus.p12" in done.err
        assert "--password" in done.err
    assert not (tmp_path / "no.eml").exists()
