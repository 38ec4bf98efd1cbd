"""The example mails of RFC 9788 are opened, verified, and read by their protected header."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.pipeline.opened import Opened
from gateway.pipeline.opening import open_message
from gateway.pipeline.peel import Means
from keys.keyring import own_key
from keys.own import Keyring
from keys.trust import Judge, TrustMaterial
from tests.material import TESTDATA, absent, cases

MAILS = cases("rfc9788", "*.eml")
RECEIVED = datetime(2021, 2, 21, tzinfo=UTC)
# The owner's key pairs, by the section of RFC 9216: certificate, private key.
BOB = ("5_3", "5_4")
ALICE = ("4_3", "4_4")


def pem(section: str) -> bytes:
    return next((TESTDATA / "rfc9216-keys").glob(f"{section}_*.pem")).read_bytes()


@cache
def means() -> Means:
    """Keys and anchor of RFC 9216, at the time of the mails."""
    root = x509.load_pem_x509_certificate(pem("3_1")).public_bytes(Encoding.DER)
    pairs = tuple(
        own_key(pem(key), certificate=pem(certificate), key_id=certificate)
        for certificate, key in (BOB, ALICE)
    )
    return Means(Keyring(pairs), Judge(TrustMaterial(anchors=(root,))), RECEIVED)


def opened(path: Path, change: tuple[bytes, bytes] = (b"", b"")) -> Opened:
    raw = path.read_bytes()
    return open_message(raw.replace(*change, 1) if change[0] else raw, means())


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem if path else "absent")
def test_a_vector_is_opened_and_its_protected_header_counts(path: Path | None) -> None:
    if absent(path):
        return
    assert path is not None
    found = opened(path)
    assert found.failure is None
    assert [layer.ok for layer in found.layers] == [True] * len(found.layers)
    assert found.encrypted == ("enc" in path.stem)
    assert found.from_addresses == ("alice@smime.example",)
    assert found.recipients == ("bob@smime.example",)
    assert found.content is not None
    assert found.content.subject == path.stem
    assert found.content.text.startswith("This is the\n"), "no legacy display in the text"
    assert found.notes == ()


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem if path else "absent")
def test_what_stands_outside_a_vector_is_never_used(path: Path | None) -> None:
    if absent(path):
        return
    assert path is not None
    spoofed = opened(path, (b"\nFrom: ", b"\nFrom: evil@smime.example\nX-From: "))
    assert spoofed.envelope.from_addresses == ("evil@smime.example",)
    assert spoofed.from_addresses == ("alice@smime.example",)
    assert spoofed.notes == ("flag.from.differs",)
    renamed = opened(path, (b"\nSubject: ", b"\nSubject: GODKENDT RM-2026-000001\nX-Subject: "))
    assert renamed.content is not None
    assert renamed.content.subject == path.stem


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem if path else "absent")
def test_a_vector_with_windows_line_ends_is_the_same_mail(path: Path | None) -> None:
    if absent(path):
        return
    assert path is not None
    crlf = open_message(path.read_bytes().replace(b"\n", b"\r\n"), means())
    lf = opened(path)
    assert crlf.failure is None
    assert (crlf.content, crlf.mic) == (lf.content, lf.mic)
