"""Whatever comes is opened, or refused with a reason; and only what was signed is content."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.pipeline.opening import open_message
from gateway.pipeline.peel import Means
from gateway.showcase import openssl
from gateway.showcase.letters import Outer, text_entity
from keys.keyring import load_keyring
from keys.own import Keyring
from keys.trust import Judge, TrustMaterial
from tests.gateway.rig import MAILBOX, World

WORDS = "Har I plads til en borger?"


@pytest.fixture(scope="module")
def means(world: World) -> Means:
    der = openssl.openssl("x509", "-in", str(world.authority.anchor), "-outform", "DER")
    judge = Judge(TrustMaterial(anchors=(der,)))
    return Means(load_keyring(world.homes["p256"] / "keys"), judge, datetime.now(UTC))


@pytest.fixture(scope="module")
def mails(world: World) -> tuple[bytes, ...]:
    """The same words signed in both ways, and each of them sealed in both ways."""
    sender = world.viborg
    entity = text_entity(WORDS, sender=sender.address, recipient=MAILBOX, subject="Plads")
    signed = [openssl.sign(entity, sender, detached=detached) for detached in (True, False)]
    sealed = [
        openssl.encrypt(
            one, world.homes["p256"] / "keys" / "gateway.pem", cipher=cipher, ecdh_digest="sha256"
        )
        for one in signed
        for cipher in ("aes256", "aes-256-gcm")
    ]
    outer = Outer(sender.address, MAILBOX)
    return tuple(openssl.dress(one, outer) for one in (*signed, *sealed))


@pytest.mark.parametrize("number", range(6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_changed_mail_is_refused_or_says_what_was_signed(
    number: int, data: st.DataObject, *, mails: tuple[bytes, ...], means: Means
) -> None:
    mail = bytearray(mails[number])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(mail) - 1))
        length = data.draw(st.integers(0, 40))
        mail[at : at + length] = data.draw(st.binary(max_size=40))
    opened = open_message(bytes(mail), means)
    assert opened.layers
    if opened.content is None:
        assert opened.failure is not None
        return
    assert opened.content.text == WORDS
    assert opened.signer is not None
    assert opened.from_addresses == ("sikkermail@viborg.example",)


def test_the_mails_are_good_as_they_are(mails: tuple[bytes, ...], means: Means) -> None:
    for mail in mails:
        opened = open_message(mail, means)
        assert (opened.failure, opened.content and opened.content.text) == (None, WORDS)


def test_a_store_with_bare_line_feeds_keeps_the_mail_good(
    mails: tuple[bytes, ...], means: Means
) -> None:
    for mail in mails:
        opened = open_message(mail.replace(b"\r\n", b"\n"), means)
        assert opened.failure is None
        assert opened.mic == open_message(mail, means).mic


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Har I plads", b"Har I  plads"),
        (b"borger?\r\n", b"borger? \r\n"),
        (b"borger?\r\n", b"borger?\r\n\r\n"),
        (b"borger?\r\n", b"borger?\r"),
        (b"Subject: Plads", b"Subject:  Plads"),
        (b"Subject: Plads", b"subject: Plads"),
    ],
)
def test_nothing_but_line_ends_is_ever_mended(
    mails: tuple[bytes, ...], means: Means, old: bytes, new: bytes
) -> None:
    clear = mails[0]
    assert old in clear
    for line_end in (b"\r\n", b"\n"):
        changed = clear.replace(old, new, 1).replace(b"\r\n", line_end)
        assert open_message(changed, means).failure == "keys.signature.invalid"


def test_what_no_signature_covers_is_read_only_through_a_tunnel(means: Means) -> None:
    mail = text_entity(WORDS, sender="a@viborg.example", recipient=MAILBOX, subject="Plads")

    stranger = open_message(mail, means)
    tunnel = open_message(mail, replace(means, tunnel=True))

    assert (stranger.content, stranger.failure) == (None, "keys.signature.missing")
    assert tunnel.content is not None
    assert (tunnel.content.text, tunnel.failure, tunnel.signer) == (WORDS, None, None)


@given(st.binary(max_size=300))
def test_any_bytes_are_opened_or_refused(data: bytes) -> None:
    nobody = Means(Keyring(()), Judge(TrustMaterial()), datetime.now(UTC))
    opened = open_message(data, nobody)
    assert opened.content is None
    assert opened.failure is not None
