"""The path cases of x509-limbo: where we differ is written down with its reason, all of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys.certificates import load
from keys.errors import KeysError
from keys.policy import TrustPolicy
from keys.trust import Judge, TrustMaterial
from keys.usage import MAIL_USAGES
from tests.material import absent, cases

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "trust.md").read_text("utf-8")
SERVERS = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)
(FILE,) = cases("x509-limbo", "limbo-subset.json")


def der(pem: str) -> bytes:
    return x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)


def judged(case: dict[str, Any], purposes: Sequence[x509.ObjectIdentifier]) -> str:
    at = case["validation_time"]
    deepest = case["max_chain_depth"]
    policy = TrustPolicy() if deepest is None else TrustPolicy(longest_path=deepest)
    try:
        anchors = tuple(der(pem) for pem in case["trusted_certs"])
        pool = [load(der(pem)).certificate for pem in case["untrusted_intermediates"]]
        leaf = load(der(case["peer_certificate"])).certificate
        Judge(TrustMaterial(anchors=anchors), policy, purposes).judge(
            leaf, pool, datetime.fromisoformat(at) if at else datetime.now(UTC)
        )
    except (KeysError, ValueError):  # what cannot even be read is refused too
        return "FAILURE"
    return "SUCCESS"


def listed(heading: str) -> Iterator[str]:
    section = re.search(rf"^### {heading}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None
    yield from re.findall(r"`([\w-]+(?:::[\w-]+)+)`", section[1])


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # one of the cases is about that
@pytest.mark.parametrize(
    ("heading", "purposes"),
    [("As mail", MAIL_USAGES), ("As what they are: certificates of servers", SERVERS)],
)
def test_the_page_lists_exactly_the_cases_that_we_judge_otherwise(
    heading: str, purposes: Sequence[x509.ObjectIdentifier]
) -> None:
    if absent(FILE):
        return
    assert FILE is not None
    known = json.loads(FILE.read_bytes())["testcases"]
    assert len(known) == 116
    differ = {case["id"] for case in known if judged(case, purposes) != case["expected_result"]}
    assert sorted(listed(heading)) == sorted(differ)
