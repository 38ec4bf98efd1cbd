"""The mails that Thunderbird is tested with are opened and judged as Thunderbird does."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.pipeline.opening import open_message
from gateway.pipeline.peel import Means
from keys.keyring import own_key
from keys.own import Keyring
from keys.trust import Judge, TrustMaterial
from tests.material import TESTDATA, absent, cases

FOLDER = TESTDATA / "thunderbird-smime"
CASES = cases("thunderbird-smime", "*.eml")


@cache
def keyring() -> Keyring:
    files = [FOLDER / f"{name}.p12" for name in ("Alice", "Bob", "Eve")]
    return Keyring(
        tuple(own_key(file.read_bytes(), password=b"nss", key_id=file.stem) for file in files)
    )


@cache
def expected() -> dict[str, dict[str, Any]]:
    return {case["filename"]: case for case in json.loads((FOLDER / "expected.json").read_bytes())}


@pytest.mark.filterwarnings("ignore:PKCS#12 bundle could not be parsed as DER")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem if case else "none")
def test_each_mail_is_judged_as_its_suite_says(case: Path | None) -> None:
    if absent(case):
        return
    assert case is not None
    said = expected()[case.name]
    authority = x509.load_pem_x509_certificate((FOLDER / "TestCA.pem").read_bytes())
    judge = Judge(TrustMaterial(anchors=(authority.public_bytes(Encoding.DER),)))
    alice = keyring().keys[0].certificate

    means = Means(keyring(), judge, alice.not_valid_before_utc)
    opened = open_message(case.read_bytes(), means)

    assert opened.encrypted == said["enc"]
    assert any(layer.kind == "signed" for layer in opened.layers) == said["sig"]
    assert (opened.signer is not None) == said["sig_good"]
    if said["sig_good"]:
        assert opened.signer == alice.public_bytes(Encoding.DER)
    if said["sig"] and not said["sig_good"]:
        assert opened.failure == "keys.signature.invalid"
        assert opened.content is None
    if not said["sig"]:
        assert opened.failure == "keys.signature.missing"  # opened, and read by nobody
    elif "check_text" in said:
        assert opened.content is not None
        assert said["check_text"] in opened.content.text


def test_every_mail_of_the_suite_is_there_to_be_judged() -> None:
    if not absent(CASES[0]):
        assert {case.name for case in CASES if case} == set(expected())
