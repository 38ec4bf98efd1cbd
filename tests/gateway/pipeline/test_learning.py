"""What a partner's signed mail tells that it can read decides how answers to it are sealed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from gateway.showcase import openssl
from gateway.showcase.authority import Identity
from gateway.store import registry
from gateway.store import tables as t
from gateway.store.certificates import Certificate
from keys import smime
from keys.capabilities import Capabilities
from keys.keyring import read_own_key
from tests.gateway.pipeline.test_opening import certificate_of_aarhus
from tests.gateway.rig import Rig

MakeRig = Callable[..., Rig]


def signed(
    rig: Rig, sender: Identity, *, at: datetime | None = None, announce: bool = True
) -> bytes:
    """A request signed with a list of capabilities like ours; OpenSSL's list is fixed."""
    own = read_own_key(sender.key, certificate=sender.certificate)
    if sender.chain is not None:
        own = replace(own, chain=tuple(load_pem_x509_certificates(sender.chain.read_bytes())))
    entity = rig.json(rig.request(), rig.aarhus)
    return smime.sign_entity(entity, own, at or datetime.now(UTC), announce=announce)


def request(rig: Rig, sender: Identity, **options: object) -> bytes:
    """Deliver such a request and give the receipt."""
    entity = signed(rig, sender, **options)  # type: ignore[arg-type]
    mail = rig.deliver(rig.encrypted(entity, rig.outer(rig.aarhus)))
    rig.settle()
    assert rig.judged(mail) == ("processed", None)
    return rig.outgoing(kind="received", to=rig.aarhus.address)[-1].raw


def is_authenticated(mail: bytes) -> bool:
    return b"smime-type=authEnveloped-data" in mail


def learnt(rig: Rig) -> Capabilities | None:
    known = rig.gateway.directory().capabilities.get(("partner", "aarhus"))
    return known.learnt if known else None


def test_a_partner_of_whom_nothing_is_known_gets_what_everybody_reads(rig: Rig) -> None:
    assert not is_authenticated(request(rig, rig.aarhus, announce=False))
    assert learnt(rig) is None


def test_a_partner_that_tells_it_reads_gcm_gets_gcm_and_opens_it(rig: Rig) -> None:
    request(rig, rig.aarhus)

    assert learnt(rig) is not None
    answer = rig.outgoing(kind="received", to=rig.aarhus.address)[-1]
    assert is_authenticated(answer.raw)
    assert answer.evidence["kind"]
    with rig.gateway.store.read() as unit:
        noted = unit.connection.execute(
            select(t.journal.c.facts).where(t.journal.c.what == "capabilities_learnt")
        ).scalars()
        assert [fact["partner"] for fact in noted] == ["aarhus"]


def test_what_a_partner_tells_later_takes_the_place_of_what_it_told(rig: Rig) -> None:
    assert is_authenticated(request(rig, rig.aarhus, at=datetime.now(UTC) - timedelta(days=2)))
    rig.send(rig.aarhus, rig.request())  # OpenSSL lists AES in CBC mode only
    assert learnt(rig) == Capabilities(("aes256-cbc", "aes128-cbc"))
    assert not is_authenticated(request(rig, rig.aarhus, announce=False))


def test_an_older_signature_takes_nothing_back(rig: Rig) -> None:
    rig.send(rig.aarhus, rig.request())
    before = learnt(rig)
    request(rig, rig.aarhus, at=datetime.now(UTC) - timedelta(days=2))
    assert learnt(rig) == before


def test_a_clock_that_runs_ahead_shuts_nothing_out(rig: Rig) -> None:
    request(rig, rig.aarhus, at=datetime.now(UTC) + timedelta(days=400))
    rig.pass_time(minutes=1)
    rig.send(rig.aarhus, rig.request())
    assert learnt(rig) is not None


def test_another_certificate_of_the_partner_teaches_nothing(rig: Rig) -> None:
    """A colleague's program is not the one that opens our mail."""
    colleague = certificate_of_aarhus(rig.world.authority)
    mail = rig.deliver(
        rig.encrypted(
            openssl.sign(rig.json(rig.request(), rig.aarhus), colleague), rig.outer(rig.aarhus)
        )
    )
    rig.settle()
    assert rig.judged(mail) == ("processed", None)
    assert learnt(rig) is None


@pytest.mark.parametrize("same_name", [True, False], ids=["its twin", "another"])
def test_a_certificate_for_encryption_alone_is_told_of_by_its_twin_for_signing(
    rig: Rig, same_name: bool
) -> None:
    signing = load_pem_x509_certificates(rig.aarhus.certificate.read_bytes())[0]
    other = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Another name")])
    key = ec.generate_private_key(ec.SECP256R1())
    now = rig.clock.now()
    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
         "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    encryption = (
        x509.CertificateBuilder()
        .subject_name(signing.subject if same_name else other)
        .issuer_name(signing.issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=90))
        .add_extension(x509.KeyUsage(key_agreement=True, **usage), critical=True)
        .sign(key, hashes.SHA256())
    )
    der = encryption.public_bytes(Encoding.DER)
    with rig.gateway.store.write() as unit:
        kept = Certificate(hashlib.sha256(der).hexdigest(), der, retired=False)
        registry.add_certificate(unit.connection, "partner", "aarhus", kept, at=now)
        registry.changed(unit.connection)

    mail = rig.deliver(rig.encrypted(signed(rig, rig.aarhus), rig.outer(rig.aarhus)))
    rig.gateway.pipeline.process()

    assert rig.judged(mail) == ("processed", None)
    assert (learnt(rig) is not None) == same_name


@pytest.mark.parametrize("use", ["aes256-gcm", "aes256-cbc"])
def test_what_an_operator_set_goes_before_what_was_learnt(rig: Rig, use: str) -> None:
    rig.run("partner", "cipher", "aarhus", "--use", use)
    announce = use == "aes256-cbc"
    assert is_authenticated(request(rig, rig.aarhus, announce=announce)) == (use == "aes256-gcm")
