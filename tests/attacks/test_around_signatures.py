"""A signature speaks for what it covers, and for a mail only where it covers all of it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from gateway.showcase import openssl
from tests.attacks.conftest import CANARY, Scene, mixed

MISSING = "keys.signature.missing"
INVALID = "keys.signature.invalid"


def text(words: str) -> bytes:
    return f"Content-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n".encode()


def page(words: str) -> bytes:
    return f"Content-Type: text/html; charset=utf-8\r\n\r\n<p>{words}</p>\r\n".encode()


def attached(mail: bytes) -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\n" + mail


ADDED = text("Skrevet af en anden.")

# What is made of the genuine, signed approval, that Aarhus sent to somebody and was caught.
MAKE: dict[str, Callable[[bytes], bytes]] = {
    "text before it": lambda signed: mixed(ADDED, signed),
    "text after it": lambda signed: mixed(signed, ADDED),
    "text around it": lambda signed: mixed(ADDED, signed, ADDED),
    "nothing but a multipart around it": mixed,
    "two multiparts around it": lambda signed: mixed(mixed(signed), ADDED),
    "a page beside it": lambda signed: mixed(page("x"), signed, kind="multipart/alternative"),
    "text beside it": lambda signed: mixed(signed, ADDED, kind="multipart/alternative"),
    "related to a page": lambda signed: mixed(page("x"), signed, kind="multipart/related"),
    "forwarded in an unsigned mail": lambda signed: mixed(ADDED, attached(signed)),
    "the only attachment": attached,
    "a digest of it": lambda signed: mixed(attached(signed), kind="multipart/digest"),
    "a footer of a mailing list": lambda signed: mixed(
        signed, text("_______\r\nListe: https://liste.example")
    ),
}


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "in clear"])
@pytest.mark.parametrize("detached", [True, False], ids=["detached", "opaque"])
@pytest.mark.parametrize("way", MAKE)
def test_a_signature_that_covers_a_part_of_the_mail_does_not_count(
    scene: Scene, way: str, detached: bool, sealed: bool
) -> None:
    signed = openssl.sign(scene.approval(), scene.aarhus, detached=detached)
    made = MAKE[way](signed)
    outer = scene.rig.outer(scene.aarhus)

    mail = scene.deliver(scene.to_gateway(made) if sealed else openssl.dress(made, outer))

    scene.assert_nothing_came_of(mail, MISSING)
    words = " ".join(step["words"] for step in scene.rig.trace(mail))
    assert (
        "covers only a part" in words
        or "sealed part" in words
        or "attached" in words
        or (way == "the only attachment")
    ), words


def boundary_of(signed: bytes) -> bytes:
    found = re.search(rb'boundary="([^"]+)"', signed)
    assert found is not None
    return b"--" + found[1]


def replaced(signed: bytes, entity: bytes) -> bytes:
    """Put another entity in the place of the signed one."""
    return signed.replace(signed_part(signed), entity, 1)


def signed_part(signed: bytes) -> bytes:
    line = boundary_of(signed)
    return signed.split(line + b"\r\n", 1)[1].split(b"\r\n" + line, 1)[0]


WRAP: dict[str, Callable[[Scene, bytes], bytes]] = {
    "another entity in its place": lambda scene, mail: replaced(mail, scene.approval()),
    "moved below another": lambda scene, mail: replaced(
        mail, mixed(text(scene.line), signed_part(mail))
    ),
    "moved behind another": lambda scene, mail: replaced(
        mail, mixed(signed_part(mail), text(scene.line))
    ),
    "an added first part": lambda scene, mail: mail.replace(
        boundary_of(mail), boundary_of(mail) + b"\r\n" + text(scene.line) + boundary_of(mail), 1
    ),
    "an added last part": lambda scene, mail: mail.replace(
        boundary_of(mail) + b"--",
        boundary_of(mail) + b"\r\n" + text(scene.line) + boundary_of(mail) + b"--",
    ),
    "the signature first": lambda _, mail: turned(mail),
    "no signature": lambda _, mail: mail.replace(mail[signature_at(mail) :], b"--\r\n"),
    "a changed letter": lambda _, mail: mail.replace(b"Frode", b"Frede", 1),
    "a changed header": lambda _, mail: mail.replace(b"Subject: Sag", b"Subject: Svar", 1),
    "an added header": lambda _, mail: replaced(mail, b"X-Line: 1\r\n" + signed_part(mail)),
    "a longer end": lambda _, mail: replaced(mail, signed_part(mail) + b"\r\n"),
}


def signature_at(signed: bytes) -> int:
    """Where the boundary before the signature ends."""
    line = b"\r\n" + boundary_of(signed)
    return signed.index(line, signed.index(signed_part(signed))) + len(line)


def turned(signed: bytes) -> bytes:
    line = boundary_of(signed)
    head, first, rest = signed.split(line + b"\r\n", 2)
    second = rest.split(b"\r\n" + line, 1)[0]
    return head + line + b"\r\n" + second + b"\r\n" + line + b"\r\n" + first + line + b"--\r\n"


@pytest.mark.parametrize("way", WRAP)
def test_a_signature_is_good_for_exactly_its_bytes_in_exactly_its_place(
    scene: Scene, way: str
) -> None:
    signed = openssl.sign(scene.words(CANARY), scene.aarhus)
    made = WRAP[way](scene, signed)
    assert made != signed

    mail = scene.deliver(scene.to_gateway(made))

    scene.assert_nothing_came_of(mail, INVALID, "keys.structure", "keys.signature.signer_unknown")


@pytest.mark.parametrize("place", ["preamble", "epilogue", "both"])
def test_what_stands_before_and_after_the_parts_is_read_by_nobody(scene: Scene, place: str) -> None:
    """The mail is the dialogue that was signed; the approval around it is not there."""
    entity = scene.words(f"Vi vender tilbage ({place}).")
    signed = openssl.sign(entity, scene.aarhus)
    added = f"{scene.line}\r\n\r\n{CANARY}\r\n".encode()
    line = boundary_of(signed)
    head, rest = signed.split(b"\r\n\r\n", 1)
    if place in ("preamble", "both"):
        rest = added + rest[rest.index(line) :]
    if place in ("epilogue", "both"):
        rest = rest.rstrip() + b"\r\n" + added
    mail = scene.deliver(scene.to_gateway(head + b"\r\n\r\n" + rest))

    assert scene.rig.judged(mail) == ("processed", None)
    scene.assert_unmoved()
    assert not any("approv" in event["event"] for event in scene.rig.events(scene.number))


def test_content_between_the_layers_counts_for_nothing(scene: Scene) -> None:
    """Inside the encryption and outside the signature: text, and fields of the approval."""
    signed = openssl.sign(scene.words(CANARY), scene.aarhus)
    between = f"Subject: {scene.line}\r\nFrom: {scene.aarhus.address}\r\n".encode() + signed

    mail = scene.deliver(scene.to_gateway(between))

    assert scene.rig.judged(mail)[0] == "processed"
    assert scene.rig.state(scene.number) == "DRAFT_SENT"
    assert not any("approv" in event["event"] for event in scene.rig.events(scene.number))


@pytest.mark.parametrize("inner", ["genuine", "forged"])
def test_of_signatures_within_each_other_the_outer_one_is_the_senders(
    scene: Scene, inner: str
) -> None:
    """Silkeborg signs around the approval of Aarhus: the mail is Silkeborg's, its From is not."""
    genuine = openssl.sign(scene.approval(), scene.aarhus)
    content = genuine if inner == "genuine" else replaced(genuine, scene.approval())

    mail = scene.deliver(scene.to_gateway(openssl.sign(content, scene.silkeborg)))

    scene.assert_nothing_came_of(mail, "sender.from", INVALID)


def test_a_second_signature_by_a_stranger_refuses_the_mail(scene: Scene) -> None:
    """Anybody can add a signer to a SignedData; one that is not trusted takes the mail down."""
    stranger = scene.rig.world.stranger.kommune(
        "Aarhus Kommune", "55133018", scene.aarhus.address, key="p256"
    )
    both = openssl.openssl(
        *("cms", "-sign", "-binary", "-nodetach", "-md", "sha256", "-outform", "SMIME"),
        *("-signer", str(stranger.certificate), "-inkey", str(stranger.key)),
        *("-signer", str(scene.aarhus.certificate), "-inkey", str(scene.aarhus.key)),
        *("-certfile", str(scene.aarhus.chain)),
        stdin=scene.approval(),
    )
    mail = scene.deliver(scene.to_gateway(both))
    scene.assert_nothing_came_of(mail, "keys.certificate.untrusted")
