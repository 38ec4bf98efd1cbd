"""Whoever writes From as he likes speaks for nobody but himself."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from gateway.showcase import openssl
from tests.attacks.conftest import Scene

AARHUS = "sikkermail@aarhus.example"
SILKEBORG = "sikkermail@silkeborg.example"

SPOOFS = {
    "the address of another": f"From: {AARHUS}",
    "two fields": f"From: {SILKEBORG}\r\nFrom: {AARHUS}",
    "two fields, the other way": f"From: {AARHUS}\r\nFrom: {SILKEBORG}",
    "two fields in other letters": f"From: {SILKEBORG}\r\nFROM : {AARHUS}",
    "two addresses": f"From: {SILKEBORG}, {AARHUS}",
    "two addresses, folded": f"From: {SILKEBORG}\r\n ,{AARHUS}",
    "an address as display name": f'From: "{AARHUS}" <{SILKEBORG}>',
    "an address in the display name": f"From: Aarhus ({AARHUS}) <{SILKEBORG}>",
    "an encoded address as display name": (
        f"From: =?utf-8?q?sikkermail=40aarhus=2Eexample?= <{SILKEBORG}>"
    ),
    "an address before the address": f"From: {AARHUS} <{SILKEBORG}>",
    "an address behind the address": f"From: <{SILKEBORG}> <{AARHUS}>",
    "a group": f"From: Kommuner: {SILKEBORG}, {AARHUS};",
    "a comment": f"From: {SILKEBORG} ({AARHUS})",
    "a comment before": f"From: ({SILKEBORG}) {AARHUS}",
    "an encoded address": "From: =?utf-8?q?sikkermail=40aarhus=2Eexample?=",
    "an encoded address in brackets": "From: <=?utf-8?q?sikkermail=40aarhus=2Eexample?=>",
    "a quoted local part": 'From: "sikkermail"@aarhus.example',
    "a quoted address": f'From: "{AARHUS}"@silkeborg.example',
    "an open quote": f'From: "{SILKEBORG}, {AARHUS}',
    "a source route": f"From: <@silkeborg.example:{AARHUS}>",
    "a NUL": f"From: {AARHUS}\0{SILKEBORG}",
    "a fold in the address": "From: sikkermail@aar\r\n hus.example",
    "a Kelvin sign": "From: sik\u212aermail@aarhus.example",
    "no address": "From: Aarhus Kommune",
    "an empty field": "From:",
}


def with_from(scene: Scene, fields: str) -> bytes:
    """The approval, under another From."""
    entity = scene.approval(scene.silkeborg)
    own = f"From: {SILKEBORG}\r\n".encode()
    assert own in entity
    return entity.replace(own, f"{fields}\r\n".encode(), 1)


@pytest.mark.parametrize("spoof", SPOOFS)
def test_a_from_of_aarhus_signed_by_silkeborg_is_quarantined(scene: Scene, spoof: str) -> None:
    signed = openssl.sign(with_from(scene, SPOOFS[spoof]), scene.silkeborg)
    mail = scene.deliver(scene.to_gateway(signed))
    scene.assert_nothing_came_of(mail, "sender.from")


@pytest.mark.parametrize("spoof", ["two fields", "a group", "an address as display name"])
def test_a_from_in_doubt_does_not_count_for_aarhus_itself(scene: Scene, spoof: str) -> None:
    signed = openssl.sign(with_from(scene, SPOOFS[spoof]), scene.aarhus)
    mail = scene.deliver(scene.to_gateway(signed))
    scene.assert_nothing_came_of(mail, "sender.from")


FIELDS = ("Sender", "Resent-From", "Resent-Sender", "Reply-To", "Return-Path", "X-Original-From")


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("place", ["inside", "outside"])
def test_no_other_field_names_a_sender(scene: Scene, field: str, place: str) -> None:
    """It is Silkeborg's own mail, which is no party: it is told so, at its registered address."""
    entity = scene.approval(scene.silkeborg)
    if place == "inside":
        entity = f"{field}: {AARHUS}\r\n".encode() + entity
    mail = scene.to_gateway(openssl.sign(entity, scene.silkeborg))
    if place == "outside":
        mail = f"{field}: {AARHUS}\r\n".encode() + mail

    judged = scene.deliver(mail)

    assert scene.rig.judged(judged) == ("refused", "case.unknown")
    assert scene.rig.message(judged)["partner"] == "silkeborg"
    assert {sent.to for sent in scene.answers()} == {SILKEBORG}
    scene.assert_unmoved()


def test_the_outer_from_alone_says_nothing(scene: Scene) -> None:
    """The outer From is that of Aarhus in all these mails; here nothing else is."""
    mail = scene.deliver(
        scene.to_gateway(openssl.sign(scene.approval(scene.silkeborg), scene.silkeborg))
    )

    assert scene.rig.judged(mail)[0] == "refused"
    assert scene.rig.message(mail)["partner"] == "silkeborg"
    assert scene.rig.message(mail)["from"] == SILKEBORG
    assert "flag.from.differs" in [step["code"] for step in scene.rig.trace(mail)]
    scene.assert_unmoved()


def test_people_see_that_a_sender_is_only_claimed(scene: Scene) -> None:
    mail = scene.deliver(openssl.dress(scene.approval(), scene.rig.outer(scene.aarhus)))

    listed = scene.rig.run("message", "list", "--state", "quarantined")

    row = next(line for line in listed.splitlines() if f" {mail} " in f" {line} ")
    assert "claims" in row


def test_a_signature_that_was_stripped_and_made_anew_is_the_thiefs(scene: Scene) -> None:
    caught = scene.approval()

    mail = scene.deliver(scene.to_gateway(openssl.sign(caught, scene.silkeborg)))

    scene.assert_nothing_came_of(mail, "sender.from")


def test_a_signature_that_was_stripped_leaves_nothing(scene: Scene) -> None:
    for mail in (scene.to_gateway(scene.approval()), scene.approval()):
        scene.assert_nothing_came_of(scene.deliver(mail), "keys.signature.missing")


@pytest.mark.parametrize("signer", ["favrskov", "granbo"])
def test_a_trusted_certificate_of_another_is_not_aarhus(scene: Scene, signer: str) -> None:
    identity = getattr(scene.rig.world, signer)
    mail = scene.deliver(scene.to_gateway(openssl.sign(scene.approval(), identity)))
    scene.assert_nothing_came_of(mail, "sender.unknown", "sender.from")


def test_a_facility_does_not_speak_for_its_neighbour(scene: Scene) -> None:
    entity = scene.words("Vi har plads.").replace(AARHUS.encode(), b"solvang@rm.example", 1)
    mail = scene.deliver(scene.to_gateway(openssl.sign(entity, scene.rig.granbo)))
    scene.assert_nothing_came_of(mail, "sender.from")


def test_two_outer_froms_name_nobody_where_none_is_signed(scene: Scene) -> None:
    entity = re.sub(rb"From:[^\n]*\n", b"", scene.approval())
    mail = scene.to_gateway(openssl.sign(entity, scene.aarhus))
    for doubled in (
        f"From: {SILKEBORG}\r\n".encode() + mail,
        f"FROM: {AARHUS}\r\n".encode() + mail,
    ):
        scene.assert_nothing_came_of(scene.deliver(doubled), "sender.from")


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "no header": lambda e: re.sub(rb"From:[^\n]*\n", b"", e),
    "an outer one only": lambda e: re.sub(
        rb'; hp="cipher"', b"", re.sub(rb"From:[^\n]*\n", b"", e)
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_without_a_protected_from_the_certificate_still_decides(scene: Scene, change: str) -> None:
    """The outer From of Aarhus is compared with Silkeborg's registered addresses, and differs."""
    signed = openssl.sign(CHANGES[change](scene.approval(scene.silkeborg)), scene.silkeborg)
    scene.assert_nothing_came_of(scene.deliver(scene.to_gateway(signed)), "sender.from")


def test_a_wrapped_mail_speaks_for_its_signer_only(scene: Scene) -> None:
    """RFC 8551 section 3.1: a whole mail inside, whose From is Aarhus."""
    wrapped = b"Content-Type: message/rfc822; forwarded=no\r\n\r\n" + scene.approval()
    mail = scene.deliver(scene.to_gateway(openssl.sign(wrapped, scene.silkeborg)))
    scene.assert_nothing_came_of(mail, "sender.from")
