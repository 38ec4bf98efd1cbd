"""Compression stands inside a signature or around it; what counts as signed stays right."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime

import pytest
from asn1crypto import cms as oracle

from gateway.pipeline.opened import Opened
from gateway.pipeline.opening import open_message
from gateway.pipeline.peel import Means
from keys.cms import Keyring
from keys.keyring import issue_own_key, own_key
from keys.own import OwnKey
from keys.smime import base64_lines, encrypt_entity, sign_entity
from keys.trust import Judge, TrustMaterial

NOW = datetime.now(UTC)
OUTER = b"MIME-Version: 1.0\r\nFrom: outer@aarhus.example\r\n"
ENTITY = b"Content-Type: text/plain\r\nFrom: inner@aarhus.example\r\n\r\nSigned words\r\n"


@pytest.fixture(scope="module")
def own() -> OwnKey:
    key, certificate = issue_own_key("Aarhus", "55133018", "inner@aarhus.example", "p256", NOW)
    return own_key(key, certificate=certificate)


@pytest.fixture(scope="module")
def means(own: OwnKey) -> Means:
    material = TrustMaterial(pinned=frozenset((own.loaded.fingerprint,)))
    return Means(Keyring((own,)), Judge(material), NOW)


def compress(entity: bytes, packed: bytes | None = None) -> bytes:
    """An entity of compressed data, by a second writer."""
    content = {
        "version": "v0",
        "compression_algorithm": {"algorithm": "1.2.840.113549.1.9.16.3.8"},
        "encap_content_info": {
            "content_type": "data",
            "content": zlib.compress(entity) if packed is None else packed,
        },
    }
    info = oracle.ContentInfo({"content_type": "compressed_data", "content": content})
    return (
        b"Content-Type: application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64_lines(info.dump()) + b"\r\n"
    )


def kinds(opened: Opened) -> list[str]:
    return [layer.kind for layer in opened.layers]


def test_content_that_was_compressed_and_then_signed_counts_as_signed(
    own: OwnKey, means: Means
) -> None:
    opened = open_message(OUTER + sign_entity(compress(ENTITY), own, NOW), means)
    assert kinds(opened) == ["signed", "compressed"]
    assert opened.signer == own.loaded.der
    assert opened.content is not None
    assert opened.content.text.strip() == "Signed words"
    assert opened.from_addresses == ("inner@aarhus.example",)


def test_a_signature_inside_the_compression_counts_as_without_it(own: OwnKey, means: Means) -> None:
    signed = sign_entity(ENTITY, own, NOW)
    bare = open_message(OUTER + signed, means)
    opened = open_message(OUTER + compress(signed), means)
    assert kinds(opened) == ["compressed", "signed"]
    assert (opened.signer, opened.mic) == (bare.signer, bare.mic)
    assert opened.from_addresses == ("inner@aarhus.example",)


@pytest.mark.parametrize("inside", [True, False], ids=["inside", "around"])
def test_below_the_encryption_it_is_unpacked_in_either_place(
    own: OwnKey, means: Means, inside: bool
) -> None:
    if inside:
        layer = sign_entity(compress(ENTITY), own, NOW)
    else:
        layer = compress(sign_entity(ENTITY, own, NOW))
    opened = open_message(OUTER + encrypt_entity(layer, own.certificate), means)
    assert opened.encrypted
    assert opened.signer == own.loaded.der
    assert opened.failure is None


def test_compression_alone_vouches_for_nothing(means: Means) -> None:
    opened = open_message(OUTER + compress(ENTITY), means)
    assert opened.signer is None
    assert not opened.encrypted


def test_a_signature_around_a_ciphertext_is_forgotten_whatever_is_compressed_between(
    own: OwnKey, means: Means
) -> None:
    sealed = encrypt_entity(compress(ENTITY), own.certificate)
    opened = open_message(OUTER + sign_entity(compress(sealed), own, NOW), means)
    assert opened.signer is None


def test_a_ciphertext_that_is_compressed_below_a_decryption_is_not_opened(
    own: OwnKey, means: Means
) -> None:
    inner = compress(encrypt_entity(ENTITY, own.certificate))
    opened = open_message(OUTER + encrypt_entity(inner, own.certificate), means)
    assert opened.failure == "keys.open.nested"
    assert opened.content is None


def test_what_is_compressed_twice_is_refused(own: OwnKey, means: Means) -> None:
    signed = sign_entity(compress(compress(ENTITY)), own, NOW)
    opened = open_message(OUTER + signed, means)
    assert opened.failure == "mail.compressed_twice"
    assert opened.content is None


@pytest.mark.parametrize(
    "packed", [zlib.compress(bytes(200 * 1024 * 1024)), b"not zlib"], ids=["bomb", "broken"]
)
def test_what_cannot_be_unpacked_ends_the_mail(own: OwnKey, means: Means, packed: bytes) -> None:
    opened = open_message(OUTER + sign_entity(compress(b"", packed), own, NOW), means)
    assert opened.failure == "keys.structure"
    assert opened.content is None
