"""What a signature tells about its signer's program is read, and decides how it is sealed to."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import asn1
from keys.asn1 import oid_octets
from keys.capabilities import (
    MAX_CAPABILITIES,
    USUAL,
    Capabilities,
    Choice,
    Sealing,
    choose,
    read_capabilities,
    write_capabilities,
)
from keys.cms import Keyring, decrypt, encrypt, sign, verify
from keys.errors import StructureError
from tests.keys.conftest import ENTITY
from tests.keys.gpgsm import Gpgsm
from tests.keys.other_side import Party, openssl
from tests.keys.own_keys import own_key_of

OAEP = "1.2.840.113549.1.1.7"
SHA1, SHA256 = "1.3.14.3.2.26", "2.16.840.1.101.3.4.2.1"


def oaep(digest: str, mask: str, *, null: bool = True) -> bytes:
    """The capability of RSA-OAEP with these hashes."""
    ending = asn1.DER_NULL if null else b""
    algorithms = [asn1.sequence(asn1.oid(oid_octets(one)), ending) for one in (digest, mask)]
    mgf1 = asn1.sequence(asn1.oid(oid_octets("1.2.840.113549.1.1.8")), algorithms[1])
    parameters = asn1.sequence(asn1.explicit(0, algorithms[0]), asn1.explicit(1, mgf1))
    return asn1.sequence(asn1.oid(oid_octets(OAEP)), parameters)


def test_our_own_list_tells_everything(now: datetime) -> None:
    for kind in ("rsa2048", "p256", "ed25519"):
        der = sign(ENTITY, own_key_of(kind), detached=False, signing_time=now)
        told = verify(der).signers[0].capabilities
        assert told is not None
        assert set(told.ciphers) == {"aes256-gcm", "aes128-gcm", "aes256-cbc", "aes128-cbc"}
        assert told.oaep
        assert choose(told) == Sealing("aes256-gcm", "oaep")


def test_a_signature_that_announces_nothing_tells_nothing(now: datetime) -> None:
    own = own_key_of("p256")
    der = sign(ENTITY, own, detached=False, signing_time=now, announce=False)
    assert verify(der).signers[0].capabilities is None


def test_the_lists_of_openssl_and_gnupg_are_read(
    parties: dict[str, Party], gpgsm: Gpgsm, entity_file: Path
) -> None:
    party = parties["p256"]
    by_openssl = openssl(
        *("cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-in", entity_file),
        *("-signer", party.pem, "-inkey", party.key),
    )
    for der in (by_openssl, gpgsm.run("--sign", stdin=ENTITY)):
        told = verify(der).signers[0].capabilities
        assert told is not None
        assert "aes256-cbc" in told.ciphers or "aes128-cbc" in told.ciphers
        assert not any(name.endswith("gcm") for name in told.ciphers)
        assert choose(told).cipher.endswith("cbc")
        assert choose(told).key_transport == "pkcs1v15"


CHOICES: list[tuple[Capabilities | None, Choice, Sealing]] = [
    (None, "auto", USUAL),
    (Capabilities(), "auto", USUAL),
    (Capabilities(("aes128-cbc",)), "auto", Sealing("aes128-cbc")),
    (Capabilities(("aes128-cbc", "aes256-cbc")), "auto", Sealing("aes256-cbc")),
    (Capabilities(("aes256-cbc", "aes128-gcm")), "auto", Sealing("aes128-gcm")),
    (Capabilities(("aes256-cbc", "aes256-gcm"), True), "auto", Sealing("aes256-gcm", "oaep")),
    (Capabilities(("aes256-gcm",)), "aes256-cbc", Sealing("aes256-cbc")),
    (None, "aes256-gcm", Sealing("aes256-gcm")),
    (Capabilities((), True), "aes256-gcm", Sealing("aes256-gcm", "oaep")),
]


@pytest.mark.parametrize(("learnt", "choice", "expected"), CHOICES)
def test_the_best_that_is_read_is_chosen_and_what_is_set_goes_before(
    learnt: Capabilities | None, choice: Choice, expected: Sealing
) -> None:
    assert choose(learnt, choice) == expected


@pytest.mark.parametrize("kind", ["rsa2048", "p256", "p384", "p521", "x25519"])
def test_whatever_is_chosen_opens_with_the_readers_key(kind: str) -> None:
    own = own_key_of(kind)
    for learnt, choice, _ in CHOICES:
        cipher, transport = choose(learnt, choice)
        sealed = encrypt(ENTITY, [own.certificate], cipher=cipher, key_transport=transport)
        assert decrypt(sealed, Keyring((own,))).content == ENTITY


@pytest.mark.parametrize(
    ("capability", "counts"),
    [
        (oaep(SHA256, SHA256), True),
        (oaep(SHA256, SHA256, null=False), True),
        (oaep(SHA256, SHA1), False),
        (oaep(SHA1, SHA1), False),
        (asn1.sequence(asn1.oid(oid_octets(OAEP))), False),  # its defaults mean SHA-1
    ],
)
def test_oaep_counts_only_with_the_hashes_that_are_written_here(
    capability: bytes, counts: bool
) -> None:
    assert read_capabilities(asn1.read(asn1.sequence(capability))).oaep == counts


def test_a_list_without_end_is_refused() -> None:
    unknown = asn1.sequence(asn1.oid(oid_octets("1.2.3")))
    with pytest.raises(StructureError):
        read_capabilities(asn1.read(asn1.sequence(*[unknown] * (MAX_CAPABILITIES + 1))))


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_or_promise_nothing(data: bytes) -> None:
    for value in (data, asn1.sequence(data)):
        with suppress(StructureError):
            assert read_capabilities(asn1.read(value)) == Capabilities()


def test_it_is_kept_as_json_and_read_back_without_what_is_no_longer_known() -> None:
    whole = read_capabilities(asn1.read(write_capabilities()))
    assert Capabilities.from_json(whole.to_json()) == whole
    old: dict[str, Any] = {"ciphers": ["rc2", "aes128-cbc"], "oaep": "yes", "more": 1}
    assert Capabilities.from_json(old) == Capabilities(("aes128-cbc",))
    assert Capabilities.from_json({}) == Capabilities()
