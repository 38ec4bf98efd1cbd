"""What a mail is, told from its type and the first octets of its body; and verdicts in words."""

import json
from base64 import b64encode
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.cms import Keyring, decrypt, encrypt, sign, verify
from keys.errors import OpenError
from keys.smime import classify
from keys.trust import Judge, TrustMaterial
from keys.verdicts import (
    encrypted_verdict,
    plain_verdict,
    refused_verdict,
    signed_verdict,
    tls_verdict,
)
from tests.keys.conftest import ENTITY
from tests.keys.other_side import Party, openssl

MIME_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime", "Application/PKCS7-MIME")


@pytest.fixture(scope="module")
def bodies(parties: dict[str, Party], now: datetime) -> dict[str, bytes]:
    own = parties["p256"].own
    return {
        "signed-opaque": sign(ENTITY, own, detached=False, signing_time=now),
        "encrypted": encrypt(ENTITY, [own.certificate]),
        "authenticated": encrypt(ENTITY, [own.certificate], cipher="aes256-gcm"),
        "streamed": openssl(
            *("cms", "-encrypt", "-binary", "-stream", "-aes256", "-outform", "DER"),
            *("-recip", parties["p256"].pem),
            stdin=ENTITY,
        ),
    }


@pytest.mark.parametrize("media_type", MIME_TYPES)
@pytest.mark.parametrize("smime_type", ["", "enveloped-data", "signed-data", "nonsense"])
def test_the_content_decides_before_the_parameter(
    media_type: str, smime_type: str, bodies: dict[str, bytes]
) -> None:
    parameters = {"smime-type": smime_type} if smime_type else {}
    for name, der in bodies.items():
        expected = "signed-opaque" if name == "signed-opaque" else "encrypted"
        assert classify(media_type, parameters, der[:64]) == expected
        assert classify(media_type, parameters, b64encode(der)[:76]) == expected
        assert classify(media_type, parameters, b"\r\n" + b64encode(der)[:76]) == expected


def test_a_named_octet_stream_is_looked_into(bodies: dict[str, bytes]) -> None:
    head = bodies["encrypted"][:64]
    assert classify("application/octet-stream", {"name": "smime.P7M"}, head) == "encrypted"
    assert classify("application/octet-stream", {}, head, filename="a.p7m") == "encrypted"
    assert classify("application/octet-stream", {}, head) == "plain"
    assert classify("application/octet-stream", {"name": "smime.p7m"}, b"PK") == "plain"


@pytest.mark.parametrize(
    ("smime_type", "expected"),
    [
        ("enveloped-data", "encrypted"),
        ("authEnveloped-data", "encrypted"),
        ("signed-data", "signed-opaque"),
        ("certs-only", "signed-opaque"),
        ("compressed-data", "compressed"),
        ("", "encrypted"),
    ],
)
def test_the_parameter_decides_where_the_content_cannot_be_read(
    smime_type: str, expected: str
) -> None:
    assert classify("application/pkcs7-mime", {"smime-type": smime_type}, b"") == expected


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        ("application/pkcs7-signature", "signed-clear"),
        ("application/x-pkcs7-signature", "signed-clear"),
        ("application/pgp-signature", "plain"),
    ],
)
def test_clear_signed_mail_is_told_by_its_protocol(protocol: str, expected: str) -> None:
    assert classify("multipart/signed", {"protocol": protocol}, b"") == expected
    assert classify("multipart/signed", {}, b"") == "signed-clear"
    assert classify("text/plain", {"protocol": protocol}, b"") == "plain"


@given(st.text(max_size=30), st.binary(max_size=300))
def test_classifying_never_fails(media_type: str, head: bytes) -> None:
    classify(media_type, {}, head)
    classify("application/pkcs7-mime", {}, head)


def test_verdicts_say_what_was_found_in_words(
    parties: dict[str, Party], bodies: dict[str, bytes], material: TrustMaterial, now: datetime
) -> None:
    own = parties["p256"].own
    opened = encrypted_verdict(1, decrypt(bodies["encrypted"], Keyring((own,))))
    assert opened.words == (
        "Encrypted with AES-256-CBC to our key partner-p256 (P-256, ECDH sha256)"
    )
    (signer,) = verify(bodies["signed-opaque"]).signers
    trusted = Judge(material).judge(signer.certificate, (), now)
    signed = signed_verdict(2, signer, trusted)
    assert signed.words.startswith("Signed by Aarhus Kommune at 20")
    assert "no revocation list is known" in signed.words
    assert signed.facts["cvr"] == "55133018"
    refused = refused_verdict(1, "encrypted", OpenError("content did not open"))
    assert (refused.ok, refused.code) == (False, "keys.open.failed")
    assert "content did not open" not in refused.words
    tls = tls_verdict({"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"})
    assert tls.words == "Arrived over TLSv1.3 with TLS_AES_256_GCM_SHA384"
    for verdict in (opened, signed, refused, tls, tls_verdict(None), plain_verdict(3)):
        assert json.loads(json.dumps(verdict.to_json()))["layer"] == verdict.layer


TOUCH = {"keyring.py", "files.py", "token.py"}  # our own keys: their folder, or their token


def test_nothing_but_the_keyring_and_its_files_touches_the_disk() -> None:
    package = Path(__file__).resolve().parents[2] / "keys"
    for module in package.glob("*.py"):
        if module.name not in TOUCH:
            text = module.read_text("utf-8")
            assert "pathlib" not in text, module.name
            assert " open(" not in text.replace("def open(", ""), module.name
