"""What happened to this mail? The answer first, what to do beside it, and then the grounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.cli.conftest import Command
from tests.gateway.rig import Rig

MakeRig = Callable[..., Rig]
QUESTIONS = {"what", "who", "when", "how", "checked", "why"}


@pytest.fixture
def quarantined(own: Rig) -> tuple[Rig, str]:
    """A mail of a kommune whose certificate nobody that is trusted has issued."""
    kommune = own.world.stranger.kommune(
        "Favrskov Kommune", "29189714", "sikkermail@favrskov.example", key="p256"
    )
    mail = own.deliver(own.seal(kommune, own.request()))
    own.settle()
    return own, mail


def traced(sagspost: Command, rig: Rig, mail: str, *more: str) -> Any:
    return sagspost("message", "trace", mail, "--json", *more, home=rig.home).json


def test_quarantined_mail_says_what_to_do_before_anything_else(
    sagspost: Command, quarantined: tuple[Rig, str]
) -> None:
    rig, mail = quarantined

    told = sagspost("message", "trace", mail, home=rig.home).out.splitlines()

    assert told[0].startswith(f"{mail}: quarantined (keys.certificate.untrusted)")
    assert "No authority that is trusted here" in told[1]
    assert "sagspost anchor add FILE" in told[2]
    assert "judged again by itself" in told[2]
    assert "claims to be from sikkermail@favrskov.example" in told[3]


def test_old_and_new_judgement_are_both_told(
    sagspost: Command, quarantined: tuple[Rig, str]
) -> None:
    rig, mail = quarantined
    rig.run("anchor", "add", str(rig.world.stranger.anchor))
    rig.settle()

    shown = traced(sagspost, rig, mail)
    told = sagspost("message", "trace", mail, home=rig.home).out

    first, second = shown["told"]["judgements"]
    assert first["reason"] == "keys.certificate.untrusted"
    assert second["reason"] == shown["reason"] == "sender.unknown"
    assert "partner add" in shown["told"]["next"]
    assert told.index("judgement 1") < told.index("judgement 2")


def test_each_layer_answers_what_who_when_how_checked_and_why(sagspost: Command, own: Rig) -> None:
    own.acknowledged()

    shown = traced(sagspost, own, "m1")

    layers = {s["stage"]: s for s in shown["steps"] if s["layer"] is not None}
    assert [layers[k]["layer"] for k in ("tls", "encrypted", "signed")] == [0, 1, 2]
    signed = layers["signed"]["told"]
    assert set(signed) == QUESTIONS
    for word in ("Aarhus Kommune", "55133018", "sikkermail@aarhus.example", "issued by", "valid"):
        assert word in signed["who"], word
    assert "RSA PKCS#1 v1.5 with SHA-256" in signed["how"]
    assert "path to a trusted authority" in signed["checked"]
    assert "revoked" in signed["checked"]
    assert "our key gateway" in layers["encrypted"]["told"]["what"]
    sender = next(s for s in shown["steps"] if s["stage"] == "sender")
    assert "Enough for every message" in sender["told"]["why"]


def test_a_refused_layer_says_what_was_good_and_what_was_not(
    sagspost: Command, quarantined: tuple[Rig, str]
) -> None:
    rig, mail = quarantined

    steps = traced(sagspost, rig, mail)["steps"]
    signed = next(step for step in steps if step["stage"] == "signed")

    assert signed["ok"] is False
    assert "the signature fits" in signed["told"]["checked"]
    assert "trusted" not in signed["told"]["checked"]
    assert "No authority" in signed["told"]["why"]


@pytest.mark.parametrize(
    ("language", "words"),
    [("da", ("karantæne", "hvad nu", "kryptering")), ("sv", ("karantän", "vad nu", "kryptering"))],
)
def test_verdicts_are_told_in_the_language_that_is_asked_for(
    sagspost: Command, quarantined: tuple[Rig, str], language: str, words: tuple[str, ...]
) -> None:
    rig, mail = quarantined

    told = sagspost("message", "trace", mail, "--language", language, home=rig.home)
    shown = traced(sagspost, rig, mail, "--language", language)

    assert all(word in told.out for word in words)
    assert words[0] in shown["told"]["state"]


def test_an_unknown_language_is_refused(sagspost: Command, own: Rig) -> None:
    done = sagspost("message", "trace", "m1", "--language", "fi", home=own.home)

    assert done.status == 1
    assert "--language fi" in done.err


def test_what_came_of_a_mail_is_told_after_its_judgement(sagspost: Command, own: Rig) -> None:
    number = own.acknowledged()

    told = sagspost("message", "trace", "m1", home=own.home).out

    assert told.splitlines()[0].startswith("m1: processed")
    assert f"case {number}: nothing -> NOTIFIED by placement_request of aarhus" in told
    assert "received -> sikkermail@aarhus.example: sent" in told
    assert told.index("signature") < told.index("NOTIFIED") < told.index("sent")


def test_a_waiting_mail_says_that_it_waits(sagspost: Command, own: Rig) -> None:
    mail = own.deliver(own.seal(own.aarhus, own.request()))

    told = sagspost("message", "trace", mail, home=own.home).out

    assert "waits to be judged" in told
    assert "sagspost check" in told


@pytest.mark.parametrize(
    ("language", "clear"), [("en", "in clear"), ("da", "åbent"), ("sv", "öppet")]
)
def test_mail_that_is_held_says_why_and_how_it_goes_out(
    sagspost: Command, own: Rig, language: str, clear: str
) -> None:
    number = own.acknowledged()
    (known,) = sagspost("partner", "certificate", "list", "aarhus", "--json", home=own.home).json
    own.run("partner", "certificate", "retire", "aarhus", known["fingerprint"])
    own.act(number, "offer", **own.terms())
    own.settle()
    held = f"o{own.outgoing(state='held')[-1].id}"

    told = sagspost("message", "trace", held, "--language", language, home=own.home).out

    assert told.splitlines()[0].startswith(f"{held}: held (draft)")
    assert f"sagspost outbox retry {held}`" in told
    assert "sagspost partner certificate add KEY FILE" in told
    assert clear in told
    assert traced(sagspost, own, held, "--language", language)["told"]["next"] in told


def test_mail_that_was_taken_leaves_nothing_to_do(sagspost: Command, own: Rig) -> None:
    own.acknowledged()
    sent = f"o{own.outgoing(kind='received')[-1].id}"
    told = sagspost("message", "trace", sent, home=own.home).out
    assert "received -> sikkermail@aarhus.example: 250" in told
    assert "Nothing." in told
