"""What we sign and seal is verified and opened by OpenSSL and GnuPG."""

from datetime import datetime
from pathlib import Path

import pytest
from asn1crypto import cms as oracle
from cryptography import x509

from keys.capabilities import CipherName, KeyTransport, Sealing
from keys.cms import Keyring, decrypt, encrypt, sign, verify
from keys.errors import RecipientError
from keys.smime import seal_entity, sign_detached, sign_entity
from tests.keys.conftest import ENTITY
from tests.keys.gpgsm import Gpgsm
from tests.keys.other_side import Party, openssl, openssl_refuses

CIPHERS: tuple[CipherName, ...] = ("aes128-cbc", "aes256-cbc", "aes128-gcm", "aes256-gcm")
MAIL = b"MIME-Version: 1.0\r\nSubject: =?utf-8?q?Kvittering?=\r\n"


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("kind", ["rsa2048", "rsa3072", "p256", "p384"])
@pytest.mark.parametrize("own", ["rsa3072", "p256"])
def test_a_sealed_mail_is_opened_and_its_signature_verified_by_openssl(
    own: str,
    kind: str,
    cipher: CipherName,
    *,
    parties: dict[str, Party],
    gateways: dict[str, Party],
    now: datetime,
) -> None:
    recipient = parties[kind]
    mail = MAIL + seal_entity(
        ENTITY, gateways[own].own, recipient.certificate, now, Sealing(cipher)
    )
    assert b"kommune" not in mail
    assert max(map(len, mail.split(b"\r\n"))) <= 78
    inside = openssl(
        "cms", "-decrypt", "-recip", recipient.pem, "-inkey", recipient.key, stdin=mail
    )
    content = openssl("cms", "-verify", "-CAfile", gateways[own].pem, stdin=inside)
    assert content == ENTITY


@pytest.mark.parametrize("transport", ["pkcs1v15", "oaep"])
@pytest.mark.parametrize("cipher", CIPHERS)
def test_each_of_several_recipients_opens_it_by_either_transport(
    cipher: CipherName, transport: KeyTransport, parties: dict[str, Party]
) -> None:
    certificates = [party.certificate for party in parties.values()]
    der = encrypt(ENTITY, certificates, cipher=cipher, key_transport=transport)
    for party in parties.values():
        opened = openssl(
            *("cms", "-decrypt", "-binary", "-inform", "DER"),
            *("-recip", party.pem, "-inkey", party.key),
            stdin=der,
        )
        assert opened == ENTITY
        assert decrypt(der, Keyring((party.own,))).content == ENTITY


@pytest.mark.parametrize("own", ["rsa3072", "p256"])
@pytest.mark.parametrize("purpose", [(), ("-purpose", "any"), ("-purpose", "smimesign")])
def test_evidence_verifies_with_openssl_and_the_certificate_alone(
    own: str,
    purpose: tuple[str, ...],
    gateways: dict[str, Party],
    *,
    now: datetime,
    tmp_path: Path,
) -> None:
    evidence, signature = tmp_path / "evidence.json", tmp_path / "evidence.json.p7s"
    evidence.write_bytes(b'{"sagspost_evidence":"1"}')
    signature.write_bytes(sign_detached(evidence.read_bytes(), gateways[own].own, now))
    command = (
        *("cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", evidence),
        *("-CAfile", gateways[own].pem, *purpose, "-out", tmp_path / "out"),
    )
    openssl(*command)
    openssl(*command, "-cades")
    evidence.write_bytes(b'{"sagspost_evidence":"2"}')
    assert openssl_refuses(*command)


@pytest.mark.parametrize("own", ["rsa3072", "p256"])
def test_an_opaque_signature_verifies_with_openssl(
    own: str, gateways: dict[str, Party], now: datetime
) -> None:
    der = sign(ENTITY, gateways[own].own, detached=False, signing_time=now)
    command = ("cms", "-verify", "-binary", "-inform", "DER", "-CAfile", gateways[own].pem)
    assert openssl(*command, stdin=der) == ENTITY


@pytest.mark.parametrize("own", ["rsa3072", "p256"])
def test_gnupg_verifies_our_signature_and_opens_our_envelope(
    own: str, gateways: dict[str, Party], gpgsm: Gpgsm, now: datetime
) -> None:
    gateway = gateways[own]
    gpgsm.import_certificate(gateway.pem.read_bytes())
    gpgsm.trust(gateway.certificate)
    der = sign(ENTITY, gateway.own, detached=False, signing_time=now)
    assert gpgsm.run("--output", "-", "--verify", stdin=der) == ENTITY
    sealed = encrypt(ENTITY, [gpgsm.party.certificate])
    assert gpgsm.run("--decrypt", stdin=sealed) == ENTITY


def test_a_second_reader_finds_the_attributes_in_der_order(
    gateways: dict[str, Party], now: datetime
) -> None:
    own = gateways["p256"].own
    info = oracle.ContentInfo.load(sign(ENTITY, own, detached=False, signing_time=now))
    (signer,) = info["content"]["signer_infos"]
    attributes = signer["signed_attrs"]
    encoded = [attribute.dump() for attribute in attributes]
    assert encoded == sorted(encoded)
    assert [attribute["type"].native for attribute in attributes].count("message_digest") == 1
    assert verify(info.dump()).signers[0].signed_at == now.replace(microsecond=0)


def test_the_signed_bytes_stand_unchanged_in_the_clear_signed_mail(
    gateways: dict[str, Party], now: datetime
) -> None:
    mail = sign_entity(ENTITY, gateways["p256"].own, now)
    assert mail.count(ENTITY) == 1
    assert b"micalg=sha-256" in mail


@pytest.mark.parametrize("broken", [b"a\nb", b"a\rb", b"\r\r\n", b"x\n"])
def test_an_entity_with_other_line_ends_is_not_signed(
    broken: bytes, gateways: dict[str, Party], now: datetime
) -> None:
    with pytest.raises(ValueError, match="CRLF"):
        sign_entity(broken, gateways["p256"].own, now)


def test_nothing_is_sealed_to_nobody_or_to_a_key_for_signing_only(
    gateways: dict[str, Party],
) -> None:
    with pytest.raises(RecipientError):
        encrypt(ENTITY, [])
    with pytest.raises(RecipientError):
        encrypt(ENTITY, [ed25519_certificate()])


def ed25519_certificate() -> x509.Certificate:
    key = openssl("genpkey", "-algorithm", "ED25519")
    pem = openssl("req", "-x509", "-key", "/dev/stdin", "-subj", "/CN=x", stdin=key)
    return x509.load_pem_x509_certificate(pem)
